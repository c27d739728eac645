"""The catalogue of notices: what each is for, who reads it, and which buttons it deserves.

The words are in `templates/chat/<locale>/notices/<name>.html`. Every notice gets

=============  ==================================================================================
``ticket``     the `Ticket`
``category``   its `Category`
``node``       its `GridNode`
``address``    the doorway as the gazetteer writes it; only the building for followers
``assignee``   the `Staff` who has it now, or None
``by``         the `Staff` who did what the notice tells, or None (a resident, the clock)
``text``       the words that came with it (reason, question, answer, note), or None
``files``      the photos and voice notes that came with it (`Attachment`), to be sent after it
=============  ==================================================================================

and the variables that its `extra` names. `digest` is about no ticket: it gets `digest` alone.
Notices of deliberations (`d_…`, see `workflows.deliberation.notices`) get ``deliberation`` and
their `extra` instead.
"""

from __future__ import annotations

from workflows.deliberation.notices.ballots import BALLOT_NOTICES
from workflows.deliberation.notices.consult import CONSULT_NOTICES
from workflows.deliberation.notices.plans import PLAN_NOTICES
from workflows.deliberation.notices.steps import STEP_NOTICES
from workflows.notice_spec import Keyboard, NoticeSpec

__all__ = ["NOTICES", "Keyboard", "NoticeSpec"]


def _reporter(keyboard: Keyboard, *extra: str) -> NoticeSpec:
    return NoticeSpec(keyboard, "reporter", frozenset(extra))


def _staff(keyboard: Keyboard, *extra: str, urgent: bool = False) -> NoticeSpec:
    return NoticeSpec(keyboard, "staff", frozenset(extra), urgent)


NOTICES: dict[str, NoticeSpec] = {
    # --- to the person whose matter it is
    "ticket_assigned": _reporter("resident_card"),
    "ticket_parked": _reporter("resident_card"),
    "ticket_accepted": _reporter("resident_card"),
    "ticket_started": _reporter("resident_card"),
    "ticket_question": _reporter("answer"),
    "ticket_question_reminder": _reporter("answer", "closes_at"),
    "ticket_message": _reporter("resident_card"),
    "ticket_transferred": _reporter("resident_card"),
    "ticket_help": _reporter("resident_card", "helper", "department"),
    "ticket_escalated": _reporter("resident_card"),
    "ticket_refused": _reporter("resident_card", "responsible"),
    "ticket_forwarded": _reporter("resident_card", "department"),
    "ticket_outside_answer": _reporter("resident_card", "department", "settled"),
    "ticket_overdue": _reporter("resident_card", "which"),
    "ticket_resolved": _reporter("rate"),
    "ticket_closed": _reporter("none"),
    "ticket_reopened": _reporter("resident_card"),
    "ticket_split": _reporter("resident_card", "parts"),
    "ticket_merged": _reporter("none", "into"),
    # --- to neighbours who follow: never more than category, place, and what became of it
    "follow_update": NoticeSpec("follow_card", "follower", frozenset({"change"})),
    "follow_merged": NoticeSpec("follow_card", "follower", frozenset({"into"})),
    # --- to staff
    "staff_new_ticket": _staff("staff_card"),
    "staff_emergency": _staff("staff_card", "emergency", urgent=True),
    "staff_triage": _staff("desk_card"),
    "staff_unassigned": _staff("desk_card"),
    "staff_moved_on": _staff("none"),
    "staff_escalated": _staff("staff_card", "previous"),
    "staff_reminder": _staff("staff_card", "which", "due_at"),
    "staff_overdue": _staff("none", "which"),
    "staff_still_waiting": _staff("desk_card", "which"),
    "staff_answer": _staff("staff_card"),
    "staff_added": _staff("staff_card"),
    "staff_edited": _staff("staff_card", "before"),
    "staff_note": _staff("staff_card"),
    "staff_urged": _staff("staff_card"),
    "staff_help": _staff("staff_card"),
    "staff_help_department": _staff("staff_card", "department"),
    "staff_outside_answer": _staff("staff_card", "department", "settled"),
    "staff_outside_reminder": _staff("staff_card", "department"),
    "staff_withdrawn": _staff("none"),
    "staff_resolved": _staff("staff_card"),
    "staff_closed": _staff("none"),
    "staff_rated": _staff("none"),
    "staff_reopened": _staff("staff_card"),
    "staff_merged": _staff("none", "into"),
    "digest": NoticeSpec("none", "staff", frozenset({"digest"})),
}
NOTICES |= STEP_NOTICES | PLAN_NOTICES | CONSULT_NOTICES | BALLOT_NOTICES
"""Every notice by name."""
