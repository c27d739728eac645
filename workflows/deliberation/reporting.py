"""Step 7, 反馈公示: the report, objections to it and to a consensus, and ratings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.ballot import ProcessRating
from models.deliberation.core import Deliberation, DeliberationFile
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import Objection
from models.deliberation.steps import Capacity, Move, Step
from models.errors import InvalidInput, NotFound, NotReady
from workflows.deliberation.access import doer_of, load, require
from workflows.deliberation.apply import keep_files
from workflows.deliberation.checks import MAX_WORDS, expect_step, words
from workflows.deliberation.events import contribute, record, set_outcome
from workflows.deliberation.moves import apply_move
from workflows.deliberation.outcomes import mark_answered, tell_outcomes
from workflows.deliberation.posts import organisers, tell_posts
from workflows.tickets.files import DraftFile
from workflows.work import Person, Work

PURPOSES = ("before", "after")
MAX_REASON = 500
MAX_ANSWER = 1500
_OBJECTING = (Step.CONSULT, Step.REPORT)


async def write_report(
    work: Work,
    person: Person,
    d_id: int,
    said: str,
    decided: str,
    done: str,
    cost_cents: int | None = None,
) -> Deliberation:
    """What was said, decided and done; may be written anew until it is published.

    Without `cost_cents` (fen) the cost is the sum of what the tasks cost, if any said so.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`cost`, and what `words` raises).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, Step.APPLY)
    if cost_cents is not None and cost_cents < 0:
        raise InvalidInput(f"cost {cost_cents}", reason="cost")
    parts = [words(part, MAX_WORDS) for part in (said, decided, done)]
    deliberation.said, deliberation.decided, deliberation.done = parts
    if cost_cents is None:
        cost_cents = await work.session.scalar(
            select(func.sum(col(DecisionTask.cost_cents))).where(
                col(DecisionTask.deliberation_id) == d_id
            )
        )
    deliberation.cost_cents = cost_cents
    deliberation.updated_at = work.now
    record(work, deliberation, "write_report", doer, Capacity.ORGANISER)
    return deliberation


async def add_photos(
    work: Work, person: Person, d_id: int, purpose: str, files: Sequence[DraftFile]
) -> list[DeliberationFile]:
    """Photos from `before` or `after`, from the drafting of the plan until the record is closed.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`photos`).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER, Capacity.VOLUNTEER)
    expect_step(deliberation, Step.DRAFT, Step.ANNOUNCE, Step.CONSULT, Step.APPLY, Step.REPORT)
    if purpose not in PURPOSES or not files:
        raise InvalidInput(purpose, reason="photos")
    acting = Capacity.ORGANISER if Capacity.ORGANISER in doer.capacities else Capacity.VOLUNTEER
    rows = keep_files(work, deliberation, purpose, files)
    record(work, deliberation, "add_photos", doer, acting, purpose=purpose, files=len(rows))
    return rows


async def publish_report(work: Work, person: Person, d_id: int) -> Deliberation:
    """Begin the public period: the report is on the board, everybody is told.

    Raises ActionNotAllowed, NotReady (`tasks`, `tasks_settled`, `reported`, `step`).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    await apply_move(work, deliberation, Move.REPORT, doer)
    return deliberation


# --- objections -----------------------------------------------------------------------------------


async def object_report(work: Work, person: Person, d_id: int, reason: str) -> Objection:
    """A resident objects in the public period, one thing at a time; the organiser must answer.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`objection_open`: an earlier one of
    theirs has no answer yet, and what `words` raises).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.RESIDENT)
    expect_step(deliberation, Step.REPORT)
    said = words(reason, MAX_REASON)
    for other in await list_objections(work, deliberation):
        unanswered = other.answered_at is None and other.withdrawn_at is None
        if other.resident_id == person.id and unanswered:
            raise InvalidInput("one is open", reason="objection_open")
    objection = Objection(deliberation_id=d_id, resident_id=person.id, reason=said, at=work.now)
    work.session.add(objection)
    await work.session.flush()
    await contribute(
        work, deliberation, "objection", subject_id=objection.id or 0, author_id=person.id
    )
    record(work, deliberation, "object_report", doer, Capacity.RESIDENT, objection=objection.id)
    await tell_posts(
        work,
        organisers(work, deliberation),
        "d_report_objection",
        deliberation,
        subject_id=objection.id,
        text=said,
    )
    return objection


async def answer_objection(work: Work, person: Person, objection_id: int, answer: str) -> Objection:
    """The organiser answers an objection to a consensus or to the report; its author reads it now.

    The first answer counts: what somebody was told is not changed behind their back.

    Raises ActionNotAllowed, NotFound, NotReady (`step`, `objection_answered`, `objection_gone`),
    and what `words` raises.
    """
    objection, deliberation = await _objection_with(work, objection_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, *_OBJECTING)
    if objection.withdrawn_at is not None:
        raise NotReady("withdrawn", reason="objection_gone")
    if objection.answered_at is not None:
        raise NotReady("answered", reason="objection_answered")
    objection.answer = words(answer, MAX_ANSWER)
    objection.answered_by = doer.name
    objection.answered_at = work.now
    await _settle(work, deliberation, objection, "answered", objection.answer)
    record(
        work,
        deliberation,
        "answer_objection",
        doer,
        Capacity.ORGANISER,
        text=objection.answer,
        objection=objection.id,
    )
    if objection.resident_id is not None:
        await work.services.notifier.resident(
            work,
            objection.resident_id,
            "d_objection_answered",
            deliberation=deliberation,
            objection=objection,
        )
    return objection


async def withdraw_objection(work: Work, person: Person, objection_id: int) -> Objection:
    """Whoever objected takes it back, also after an answer. Twice is once.

    Raises NotFound for somebody else's, NotReady (`step`).
    """
    objection, deliberation = await _objection_with(work, objection_id)
    if objection.resident_id != person.id:
        raise NotFound("somebody else's objection")
    expect_step(deliberation, *_OBJECTING)
    if objection.withdrawn_at is not None:
        return objection
    objection.withdrawn_at = work.now
    await _settle(work, deliberation, objection, "withdrawn", None)
    doer = await doer_of(work, person, deliberation)
    acting = Capacity.RESIDENT if objection.staff is None else Capacity.COUNCIL
    record(work, deliberation, "withdraw_objection", doer, acting, objection=objection.id)
    return objection


async def _objection_with(work: Work, objection_id: int) -> tuple[Objection, Deliberation]:
    found = await work.session.get(Objection, objection_id)
    if found is None:
        raise NotFound(f"objection {objection_id}")
    deliberation = await load(work, found.deliberation_id)
    await work.session.refresh(found, with_for_update=True)
    return found, deliberation


async def _settle(
    work: Work,
    deliberation: Deliberation,
    objection: Objection,
    outcome: str,
    detail: str | None,
) -> None:
    """In the public period the author knows it from now on; before, the report sums up again."""
    await set_outcome(
        work, deliberation, "objection", outcome, subject_id=objection.id, detail=detail
    )
    if deliberation.step is Step.REPORT:
        await work.session.flush()
        await mark_answered(work, deliberation, "objection", objection.id or 0)
        await tell_outcomes(work, deliberation)


async def list_objections(work: Work, deliberation: Deliberation) -> list[Objection]:
    """All objections in order: `call_id` tells those to a consensus from those to the report."""
    found = await work.session.scalars(
        select(Objection)
        .where(col(Objection.deliberation_id) == deliberation.key)
        .order_by(col(Objection.id))
    )
    return list(found)


# --- ratings --------------------------------------------------------------------------------------


async def rate_process(
    work: Work, person: Person, d_id: int, process: int, outcome: int, comment: str = ""
) -> ProcessRating:
    """One to five stars each, for how it went and for what came out; the last word counts.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`stars`, `too_long`).
    """
    deliberation = await load(work, d_id)
    await require(work, person, deliberation, Capacity.RESIDENT)
    expect_step(deliberation, Step.REPORT)
    if not (1 <= process <= 5 and 1 <= outcome <= 5):
        raise InvalidInput(f"stars {process} {outcome}", reason="stars")
    said = words(comment, MAX_REASON) if comment.strip() else None
    rating = await work.session.get(ProcessRating, (d_id, person.id))
    if rating is None:
        rating = ProcessRating(
            deliberation_id=d_id,
            resident_id=person.id,
            process=process,
            outcome=outcome,
            at=work.now,
        )
        work.session.add(rating)
    rating.process, rating.outcome, rating.at = process, outcome, work.now
    rating.comment = said or rating.comment
    return rating
