"""Hiding opinions with a reason that the author is told, and their appeal to the office."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from models.deliberation.core import Contribution, Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Capacity, Step, position
from models.errors import ActionNotAllowed, InvalidInput, NotReady
from workflows.deliberation.access import Doer, load, require
from workflows.deliberation.events import record, set_outcome
from workflows.deliberation.outcomes import tell_outcomes
from workflows.deliberation.pictures import spoil_picture
from workflows.deliberation.posts import office, tell_posts
from workflows.deliberation.voices import opinion_by_id
from workflows.work import Person, Work

MAX_REASON = 300
_MODERATORS = (Capacity.ORGANISER, Capacity.OFFICE)


async def hide_opinion(work: Work, person: Person, opinion_id: int, reason: str) -> Opinion:
    """The organiser or the office hides an opinion; its author is told why and may appeal.

    Raises NotFound, ActionNotAllowed, NotReady (`ended`), InvalidInput (`reason`,
    `opinion_gone`: it is not shown).
    """
    opinion, deliberation, doer = await _open(work, person, opinion_id, *_MODERATORS)
    words = _reason(reason)
    if opinion.status != "shown":
        raise InvalidInput("not shown", reason="opinion_gone")
    opinion.status = "hidden"
    opinion.hidden_reason = words
    opinion.hidden_by = doer.name
    opinion.appeal = None
    opinion.appeal_decided_at = None
    opinion.topic_id = None
    await _decide(work, deliberation, opinion, "hidden", words)
    await spoil_picture(work, deliberation.key)
    _note(work, deliberation, doer, "hide_opinion", opinion, words)
    await _tell_author(work, deliberation, opinion, "d_opinion_hidden")
    return opinion


async def show_opinion_again(work: Work, person: Person, opinion_id: int) -> Opinion:
    """Take a hiding back; what the office decided upon appeal only the office takes back.

    Raises NotFound, ActionNotAllowed, NotReady (`ended`), InvalidInput (`opinion_not_hidden`).
    """
    opinion, deliberation, doer = await _open(work, person, opinion_id, *_MODERATORS)
    if opinion.appeal_decided_at is not None and Capacity.OFFICE not in doer.capacities:
        raise ActionNotAllowed("decided by the office")
    await _show(work, deliberation, opinion)
    _note(work, deliberation, doer, "show_opinion", opinion, None)
    await _tell_author(work, deliberation, opinion, "d_opinion_shown")
    return opinion


async def appeal(work: Work, person: Person, opinion_id: int, words: str) -> Opinion:
    """The author of a hidden opinion asks the office to look again, once.

    Raises ActionNotAllowed, NotReady (`ended`), InvalidInput (`reason`, `opinion_not_hidden`,
    `appealed`).
    """
    opinion = await opinion_by_id(work, opinion_id, lock=True)
    if opinion.author_id is None or opinion.author_id != person.id:
        raise ActionNotAllowed("not the author")
    deliberation = await _running(work, opinion)
    if opinion.status != "hidden":
        raise InvalidInput("not hidden", reason="opinion_not_hidden")
    if opinion.appeal is not None:
        raise InvalidInput("appealed before", reason="appealed")
    opinion.appeal = _reason(words)
    doer = Doer(frozenset({Capacity.RESIDENT}), person.id)
    record(work, deliberation, "appeal", doer, Capacity.RESIDENT, opinion=opinion.key)
    await tell_posts(
        work,
        office(work),
        "d_appeal",
        deliberation,
        opinion=opinion.text,
        reason=opinion.hidden_reason,
        words=opinion.appeal,
        subject_id=opinion.key,
    )
    return opinion


async def decide_appeal(
    work: Work, person: Person, opinion_id: int, uphold: bool, reason: str
) -> Opinion:
    """The office decides, with a reason: `uphold` leaves the opinion hidden, else it is shown.

    Raises NotFound, ActionNotAllowed, NotReady (`ended`), InvalidInput (`reason`,
    `opinion_not_hidden`, `not_appealed`: nobody appealed, or it was decided).
    """
    opinion, deliberation, doer = await _open(work, person, opinion_id, Capacity.OFFICE)
    words = _reason(reason)
    if opinion.appeal is None or opinion.appeal_decided_at is not None:
        raise InvalidInput("no open appeal", reason="not_appealed")
    if uphold:
        opinion.hidden_reason = words
        await _decide(work, deliberation, opinion, "hidden", words)
    else:
        await _show(work, deliberation, opinion)
    opinion.appeal_decided_at = work.now
    _note(work, deliberation, doer, "decide_appeal", opinion, words, uphold=uphold)
    if opinion.author_id is not None:
        await work.services.notifier.resident(
            work,
            opinion.author_id,
            "d_appeal_decided",
            deliberation=deliberation,
            opinion=opinion.text,
            uphold=uphold,
            reason=words,
            subject_id=opinion.key,
        )
    return opinion


async def list_moderation(work: Work, person: Person, d_id: int) -> list[Opinion]:
    """All opinions but the withdrawn, for who moderates: open appeals first, then the newest.

    Raises NotFound, ActionNotAllowed.
    """
    deliberation = await load(work, d_id, lock=False)
    await require(work, person, deliberation, *_MODERATORS)
    found = await work.session.scalars(
        select(Opinion)
        .where(col(Opinion.deliberation_id) == d_id, col(Opinion.status) != "withdrawn")
        .order_by(col(Opinion.id).desc())
    )
    return sorted(found, key=lambda o: o.appeal is None or o.appeal_decided_at is not None)


async def _open(
    work: Work, person: Person, opinion_id: int, *capacities: Capacity
) -> tuple[Opinion, Deliberation, Doer]:
    opinion = await opinion_by_id(work, opinion_id, lock=True)
    deliberation = await load(work, opinion.deliberation_id, lock=False)
    doer = await require(work, person, deliberation, *capacities)
    _check_running(deliberation)
    return opinion, deliberation, doer


async def _running(work: Work, opinion: Opinion) -> Deliberation:
    deliberation = await load(work, opinion.deliberation_id, lock=False)
    _check_running(deliberation)
    return deliberation


def _check_running(deliberation: Deliberation) -> None:
    if not deliberation.running:
        raise NotReady("it ended", reason="ended", number=deliberation.number)


async def _show(work: Work, deliberation: Deliberation, opinion: Opinion) -> None:
    if opinion.status != "hidden":
        raise InvalidInput("not hidden", reason="opinion_not_hidden")
    opinion.status = "shown"
    opinion.hidden_reason = opinion.hidden_by = None
    if _topics_confirmed(deliberation):
        await _decide(work, deliberation, opinion, "not_taken", None)
    else:
        await work.session.execute(
            update(Contribution)
            .where(
                col(Contribution.deliberation_id) == deliberation.key,
                col(Contribution.kind) == "opinion",
                col(Contribution.subject_id) == opinion.key,
            )
            .values(outcome=None, detail=None, told_at=None)
        )
    await spoil_picture(work, deliberation.key)


async def _decide(
    work: Work, deliberation: Deliberation, opinion: Opinion, outcome: str, detail: str | None
) -> None:
    """Say what became of it; after step 2 nobody else will tell its author and who joined it."""
    await set_outcome(work, deliberation, "opinion", outcome, subject_id=opinion.key, detail=detail)
    if _topics_confirmed(deliberation):
        await tell_outcomes(work, deliberation)


def _topics_confirmed(deliberation: Deliberation) -> bool:
    return position(deliberation.step) > position(Step.CONFIRM)


def _reason(text: str) -> str:
    words = text.strip()
    if not 2 <= len(words) <= MAX_REASON:
        raise InvalidInput("reason", reason="reason", most=MAX_REASON)
    return words


def _note(
    work: Work,
    deliberation: Deliberation,
    doer: Doer,
    action: str,
    opinion: Opinion,
    text: str | None,
    **data: Any,
) -> None:
    capacity = next(c for c in _MODERATORS if c in doer.capacities)
    record(work, deliberation, action, doer, capacity, text=text, opinion=opinion.key, **data)


async def _tell_author(
    work: Work, deliberation: Deliberation, opinion: Opinion, notice: str
) -> None:
    """The author; of an opinion from the door the volunteer, who tells them."""
    context = {
        "deliberation": deliberation,
        "opinion": opinion.text,
        "reason": opinion.hidden_reason,
        "at_door": opinion.door_by is not None,
        "subject_id": opinion.key,
    }
    if opinion.author_id is not None:
        await work.services.notifier.resident(work, opinion.author_id, notice, **context)
    elif opinion.door_by is not None:
        await work.services.notifier.staff(work, opinion.door_by, notice, **context)
