"""Step 4: the announcement to every household, and who was reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation, Mailing, MailingRecipient
from models.deliberation.electorate import household_of, households
from models.deliberation.meeting import Meeting
from models.deliberation.plan import PlanOption, Printout
from models.deliberation.steps import Capacity, Move, Step
from workflows.deliberation.access import doer_of, load, require
from workflows.deliberation.calling import check_notice_time, expect_meeting, meeting_of
from workflows.deliberation.facts import ANNOUNCEMENT, newest_meeting
from workflows.deliberation.hall import tell_members
from workflows.deliberation.invitation import invitation_ics
from workflows.deliberation.moves import apply_move
from workflows.deliberation.printouts import (
    assign_all_printouts,
    assign_printout,
    list_printouts,
    make_printouts,
    my_printouts,
    report_printout,
)
from workflows.mailing import (
    Reach,
    delivered,
    newest_mailing,
    reach_of,
    refused,
    start_mailing,
    with_fates,
)
from workflows.mailing import (
    mark_seen as mark_mailing_seen,
)
from workflows.work import Person, Work

__all__ = [
    "ReachView",
    "assign_all_printouts",
    "assign_printout",
    "begin_consultation",
    "invitation_ics",
    "list_printouts",
    "mark_seen",
    "my_printouts",
    "publish",
    "reach",
    "report_printout",
]

_AFTER_MEETING = timedelta(days=1)
"""The step is late at the earliest this long after the announced meeting."""


@dataclass(frozen=True, slots=True)
class ReachView:
    """How far the announcement got: households by the chat, the others by hand."""

    households: int
    """Doors of the concerned grids, from the district's files."""
    reached: int
    """Households with at least one person to whom the message was delivered."""
    seen: int
    """Households in which somebody pressed "seen"."""
    people: Reach
    printouts: list[Printout]

    @property
    def by_hand(self) -> int:
        """Doors at which a poster was handed over or posted."""
        return sum(printout.delivered or 0 for printout in self.printouts)

    @property
    def unaccounted(self) -> int:
        """Doors neither reached in the chat nor given to somebody as a printout."""
        return sum(printout.doors for printout in self.printouts if printout.staff is None)


async def publish(work: Work, person: Person, d_id: int) -> Deliberation:
    """The organiser announces the options and the consultation to every household.

    Raises NotReady: `notice_time` (`again_at`), when the meeting is not `announce_least` ahead any
    more, or what the move still needs.
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    planned = await newest_meeting(work, deliberation)
    if deliberation.step is Step.DRAFT and planned is not None:
        check_notice_time(work, planned.starts_at)
    await apply_move(work, deliberation, Move.PUBLISH, doer, due_at=_late_at(work, planned))
    meeting = await meeting_of(work, deliberation)
    data = await _words(work, deliberation, meeting)
    await start_mailing(work, ANNOUNCEMENT, "residents", deliberation=deliberation, data=data)
    await tell_members(work, deliberation, ANNOUNCEMENT, **data)
    await make_printouts(work, deliberation)
    await expect_meeting(work, meeting)
    return deliberation


async def mark_seen(work: Work, person: Person, d_id: int) -> None:
    """Somebody read the announcement; also who gave their doorway after it was sent."""
    deliberation = await load(work, d_id, lock=False)
    mailing = await newest_mailing(work, d_id, ANNOUNCEMENT)
    if mailing is None or await mark_mailing_seen(work, person.id, d_id, ANNOUNCEMENT):
        return
    doer = await doer_of(work, person, deliberation)
    # While the mailing is under way, whoever comes after its cursor is still to be written to.
    waits = mailing.done_at is None and person.id > mailing.cursor
    if Capacity.RESIDENT in doer.capacities and not waits:
        work.session.add(_read_on_screen(work, person, mailing))


async def reach(work: Work, person: Person, d_id: int) -> ReachView:
    """Whom the announcement reached, for the organiser and the office; nobody's name is in it."""
    deliberation = await load(work, d_id, lock=False)
    await require(work, person, deliberation, Capacity.ORGANISER, Capacity.OFFICE)
    mailing = await newest_mailing(work, d_id, ANNOUNCEMENT)
    total = households(work.district, deliberation.grids)
    printouts = await list_printouts(work, deliberation)
    if mailing is None:
        return ReachView(total, 0, 0, Reach(0, 0, 0, 0, done=False), printouts)
    homes = func.count(func.distinct(col(MailingRecipient.household)))
    of_it = with_fates(select(homes).select_from(MailingRecipient)).where(
        col(MailingRecipient.mailing_id) == mailing.id
    )
    reached = await work.session.scalar(of_it.where(delivered(), ~refused()))
    seen = await work.session.scalar(of_it.where(col(MailingRecipient.seen_at).is_not(None)))
    people = await reach_of(work, mailing)
    return ReachView(total, int(reached or 0), int(seen or 0), people, printouts)


async def begin_consultation(work: Work, person: Person, d_id: int) -> Deliberation:
    """The organiser begins step 5: questions and the roll call are open.

    Otherwise the clock does it at the announced time. Raises what `apply_move` raises.
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    await apply_move(work, deliberation, Move.CONVENE, doer)
    return deliberation


def _late_at(work: Work, meeting: Meeting | None) -> datetime | None:
    most = work.policy.deliberation.most(Step.ANNOUNCE)
    if most is None or meeting is None:
        return None
    return max(work.now + most, meeting.starts_at + _AFTER_MEETING)


async def _words(work: Work, deliberation: Deliberation, meeting: Meeting) -> dict[str, Any]:
    """What the announcement says besides the title: the same for everybody who gets it."""
    options = await work.session.scalars(
        select(PlanOption)
        .where(
            col(PlanOption.deliberation_id) == deliberation.key, col(PlanOption.state) == "ready"
        )
        .order_by(col(PlanOption.letter))
    )
    return {
        "starts_at": meeting.starts_at,
        "place": meeting.place,
        "link": meeting.link,
        "mode": meeting.mode,
        "options": [
            {"letter": o.letter, "title": o.title, "cost_cents": o.cost_cents} for o in options
        ],
    }


def _read_on_screen(work: Work, person: Person, mailing: Mailing) -> MailingRecipient:
    """They were not written to, and read it anyway: reached all the same."""
    return MailingRecipient(
        mailing_id=mailing.id or 0,
        resident_id=person.id,
        ref=0,
        household=household_of(person.resident.place, work.district),
        sent_at=work.now,
        seen_at=work.now,
    )
