"""What a card offers fits what can be done: no button that leads nowhere."""

from __future__ import annotations

from models.deliberation.steps import Capacity, Step
from workflows.deliberation.screens import Stage, screens_for

RESIDENT = frozenset({Capacity.RESIDENT})
ORGANISER = frozenset({Capacity.ORGANISER})
COUNCIL = frozenset({Capacity.COUNCIL})
VOLUNTEER = frozenset({Capacity.VOLUNTEER})


def test_the_ballot_is_offered_until_the_vote_is_cast() -> None:
    voting = {"ballot": True, "ballot_open": True}
    before = screens_for(Step.CONSULT, RESIDENT, Stage(**voting))
    after = screens_for(Step.CONSULT, RESIDENT, Stage(voted=True, **voting))
    assert "vote" in before
    assert "vote" not in after
    assert "receipt" in after


def test_options_are_not_changed_while_people_decide_about_them() -> None:
    assert "amend" in screens_for(Step.CONSULT, RESIDENT, Stage(options=True))
    for deciding in (Stage(ballot_open=True), Stage(consensus_open=True)):
        assert "amend" not in screens_for(Step.CONSULT, RESIDENT, deciding)


def test_a_meeting_that_is_over_is_left_to_its_minutes() -> None:
    over = Stage(meeting=True, meeting_over=True)
    assert "meeting" not in screens_for(Step.CONSULT, RESIDENT, over)
    secretary = screens_for(Step.CONSULT, frozenset({Capacity.SECRETARY}), over)
    assert "run_meeting" not in secretary
    assert "minutes" in secretary


def test_one_button_leads_to_the_motion() -> None:
    for capacities in (ORGANISER, COUNCIL):
        before = screens_for(Step.CONFIRM, capacities, Stage())
        voting = screens_for(Step.CONFIRM, capacities, Stage(motion_open=True))
        assert ("motion" in before, "motion_vote" in before) == (True, False)
        assert ("motion" in voting, "motion_vote" in voting) == (False, True)


def test_drafted_topics_are_not_called_decided() -> None:
    assert "topics" not in screens_for(Step.CONFIRM, RESIDENT, Stage(topics=True))
    assert "topics" not in screens_for(Step.DIVERTED, RESIDENT, Stage(topics=True))
    assert "topics" in screens_for(Step.DRAFT, RESIDENT, Stage(topics=True))


def test_a_volunteer_finds_the_way_to_the_doors() -> None:
    for step in (Step.COLLECT, Step.ANNOUNCE, Step.CONSULT):
        assert "door" in screens_for(step, VOLUNTEER, Stage())
    for step in (Step.DRAFT, Step.REPORT, Step.CLOSED, Step.DIVERTED):
        assert "door" in screens_for(step, VOLUNTEER, Stage(to_tell=True))
        assert "door" not in screens_for(step, VOLUNTEER, Stage())


def test_the_record_is_archived_by_a_button_of_that_name() -> None:
    assert "report_edit" in screens_for(Step.APPLY, ORGANISER, Stage())
    public = screens_for(Step.REPORT, ORGANISER, Stage(reported=True))
    assert "archive" in public
    assert "report_edit" not in public
