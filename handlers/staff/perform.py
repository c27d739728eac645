"""A completed action, handed to its workflow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.staff.flow import YES, Flow, split_parts
from handlers.texts import Texts
from models.lifecycle import Action, Outcome
from models.ticket import Ticket
from workflows.tickets.desk import (
    assign_ticket,
    classify_ticket,
    close_ticket,
    forward_ticket,
    merge_ticket,
    record_outside_answer,
    split_ticket,
)
from workflows.tickets.staff import (
    accept_ticket,
    ask_resident,
    call_help,
    escalate_ticket,
    note_ticket,
    refuse_ticket,
    resolve_ticket,
    start_ticket,
    transfer_ticket,
)
from workflows.work import Person, Work

TAKES_FILES = frozenset({Action.ASK, Action.RESOLVE, Action.NOTE, Action.ADD})
"""Actions whose workflow stores photos; for the others they are kept as a note."""


async def perform_at_once(
    work: Work, person: Person, action: Action, ticket_id: int, version: int
) -> Ticket:
    """Do an action that asks nothing: accept or start."""
    if action is Action.ACCEPT:
        return await accept_ticket(work, person, ticket_id, version)
    return await start_ticket(work, person, ticket_id, version)


async def perform(work: Work, person: Person, t: Texts, flow: Flow) -> list[Ticket]:
    """Do the action that `flow` describes; the ticket first, then those split off from it.

    Raises what its workflow raises; nothing is written then, except photos kept as a note.
    """
    if flow.files and flow.action not in TAKES_FILES:
        # First, because afterwards the ticket may be out of this person's hands.
        words = flow.answers.get("reason") or flow.answers.get("note") or ""
        await note_ticket(work, person, flow.ticket, words, flow.files)
    if flow.action is Action.SPLIT:
        parts = split_parts(flow.answers["parts"])
        return await split_ticket(work, person, flow.ticket, parts, version=flow.version)
    if flow.action is Action.RESOLVE:
        return [await _resolve(work, person, t, flow)]
    if flow.action in (Action.ASK, Action.NOTE, Action.ADD):
        return [await _say(work, person, flow)]
    return [await _move(work, person, flow)]


async def _say(work: Work, person: Person, flow: Flow) -> Ticket:
    """Words for the resident, or a note among staff."""
    text = flow.answers["text"]
    if flow.action is Action.ASK or flow.answers.get("as") == Action.ASK:
        return await ask_resident(work, person, flow.ticket, text, flow.files, version=flow.version)
    return await note_ticket(work, person, flow.ticket, text, flow.files)


async def _resolve(work: Work, person: Person, t: Texts, flow: Flow) -> Ticket:
    """Settle the ticket; a duplicate is joined with its twin, which tells its followers."""
    outcome = Outcome(flow.answers["outcome"])
    if outcome is Outcome.DUPLICATE:
        into = int(flow.answers["into"])
        return await merge_ticket(work, person, flow.ticket, into, version=flow.version)
    note = flow.answers["note"]
    if why := flow.answers.get("why_no_proof"):
        note = t.label("staff.note_without_photo", note=note, why=why)
    return await resolve_ticket(
        work, person, flow.ticket, outcome, note, flow.files, version=flow.version
    )


async def _move(work: Work, person: Person, flow: Flow) -> Ticket:
    """Everything that puts the ticket into other hands or another category."""
    workflow, answers = _MOVES[flow.action]
    given = [flow.answers[name] for name in answers]
    moved: Ticket = await workflow(work, person, flow.ticket, *given, version=flow.version)
    return moved


async def _merge(work: Work, person: Person, ticket: int, into: str, *, version: int) -> Ticket:
    return await merge_ticket(work, person, ticket, int(into), version=version)


async def _close(
    work: Work, person: Person, ticket: int, outcome: str, reason: str, *, version: int
) -> Ticket:
    return await close_ticket(work, person, ticket, Outcome(outcome), reason, version=version)


async def _outside(
    work: Work, person: Person, ticket: int, text: str, settled: str, *, version: int
) -> Ticket:
    return await record_outside_answer(work, person, ticket, text, settled == YES, version=version)


_MOVES: dict[Action, tuple[Callable[..., Awaitable[Ticket]], tuple[str, ...]]] = {
    Action.CLASSIFY: (classify_ticket, ("category",)),
    Action.ASSIGN: (assign_ticket, ("staff",)),
    Action.TRANSFER: (transfer_ticket, ("staff", "reason")),
    Action.CALL_HELP: (call_help, ("target", "reason")),
    Action.ESCALATE: (escalate_ticket, ("reason",)),
    Action.REFUSE: (refuse_ticket, ("reason", "responsible")),
    Action.FORWARD: (forward_ticket, ("department", "note")),
    Action.OUTSIDE_ANSWER: (_outside, ("text", "settled")),
    Action.MERGE: (_merge, ("into",)),
    Action.CLOSE: (_close, ("outcome", "reason")),
}
"""The workflow of each action and the answers that it takes, in its order."""
