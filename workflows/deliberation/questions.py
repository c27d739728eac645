"""Questions asked before and in the consultation, and changes that people ask for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Amendment, ConsensusCall, Question
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Capacity, Step
from models.errors import InvalidInput, NotFound, NotReady
from models.place import Place
from workflows.deliberation.access import Doer, load, require
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.door import at_the_door
from workflows.deliberation.events import contribute, record, set_outcome
from workflows.deliberation.hall import acting_as
from workflows.deliberation.options import revise
from workflows.deliberation.posts import organisers, tell_posts
from workflows.work import Person, Work

QUESTION = 500
"""Characters of a question, and of an amendment."""
ANSWER = 1500
REASON = 300
WAITING = 5
"""Questions of one person that may wait for their answer at the same time."""
_ASKING = (Step.ANNOUNCE, Step.CONSULT)
_ANSWERS = (Capacity.ORGANISER, Capacity.COUNCIL, Capacity.AUTHOR, Capacity.LAWYER)
_MAY_AMEND = (Capacity.RESIDENT, Capacity.COUNCIL, Capacity.AUTHOR)


async def ask_question(work: Work, person: Person, d_id: int, text: str) -> Question:
    """A resident asks something about the options; from the announcement to the decision.

    Raises NotReady `step`; InvalidInput: `no_words`, `too_long`, `questions_waiting` (`most`).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.RESIDENT)
    expect_step(deliberation, *_ASKING)
    waiting = await work.session.scalar(
        select(func.count())
        .select_from(Question)
        .where(
            col(Question.deliberation_id) == d_id,
            col(Question.resident_id) == person.id,
            col(Question.answered_at).is_(None),
        )
    )
    if waiting and waiting >= WAITING:
        raise InvalidInput("too many at once", reason="questions_waiting", most=WAITING)
    question = Question(
        deliberation_id=d_id, resident_id=person.id, text=words(text, QUESTION), at=work.now
    )
    await _keep_question(work, deliberation, question)
    record(work, deliberation, "ask_question", doer, Capacity.RESIDENT, question=question.id)
    return question


async def ask_question_at_door(
    work: Work, person: Person, d_id: int, place: Place, name: str, text: str, confirmed: bool
) -> Question:
    """A volunteer asks for somebody without a phone, and brings them the answer.

    Raises as `ask_question`, and as `workflows.deliberation.door.at_the_door`.
    """
    deliberation = await load(work, d_id)
    doer, _ = await at_the_door(work, person, deliberation, place, name, confirmed)
    expect_step(deliberation, *_ASKING)
    question = Question(
        deliberation_id=d_id, door_by=doer.name, text=words(text, QUESTION), at=work.now
    )
    await _keep_question(work, deliberation, question)
    record(work, deliberation, "ask_question", doer, Capacity.VOLUNTEER, question=question.id)
    return question


async def answer_question(work: Work, person: Person, question_id: int, answer: str) -> Question:
    """Whoever wrote the options, or knows the law, answers; a later answer takes its place.

    Who asked is told. Raises NotReady `step` after the decision.
    """
    question, deliberation = await _load_question(work, question_id)
    doer = await require(work, person, deliberation, *_ANSWERS)
    expect_step(deliberation, *_ASKING)
    question.answer = words(answer, ANSWER)
    question.answered_by, question.answered_at = doer.name, work.now
    await set_outcome(
        work,
        deliberation,
        "question",
        "answered",
        subject_id=question.id,
        detail=question.answer,
    )
    record(
        work,
        deliberation,
        "answer_question",
        doer,
        acting_as(doer, *_ANSWERS),
        text=question.answer,
        question=question.id,
    )
    context = {"deliberation": deliberation, "question": question.text, "answer": question.answer}
    notifier = work.services.notifier
    if question.resident_id is not None:
        await notifier.resident(work, question.resident_id, "d_answered", door=False, **context)
    elif question.door_by is not None:
        await notifier.staff(work, question.door_by, "d_answered", door=True, **context)
    return question


async def list_questions(work: Work, deliberation: Deliberation) -> list[Question]:
    """All of a deliberation: those without an answer first, each in the order of asking."""
    found = await work.session.scalars(
        select(Question)
        .where(col(Question.deliberation_id) == deliberation.key)
        .order_by(col(Question.answered_at).is_not(None), col(Question.id))
    )
    return list(found)


async def propose_amendment(work: Work, person: Person, option_id: int, text: str) -> Amendment:
    """Somebody asks for a change of an option, until it is decided about.

    Raises NotReady: `step`, `ballot_open`, `consensus_open`; InvalidInput: `no_words`, `too_long`.
    """
    option, deliberation = await _load_option(work, option_id)
    doer = await require(work, person, deliberation, *_MAY_AMEND)
    await _check_changeable(work, deliberation, option)
    capacity = acting_as(doer, *_MAY_AMEND)
    amendment = Amendment(
        deliberation_id=deliberation.key,
        option_id=option.key,
        resident_id=person.id,
        staff=None if capacity is Capacity.RESIDENT else doer.name,
        text=words(text, QUESTION),
        at=work.now,
    )
    work.session.add(amendment)
    await work.session.flush()
    await contribute(
        work, deliberation, "amendment", subject_id=amendment.id or 0, author_id=person.id
    )
    record(
        work,
        deliberation,
        "propose_amendment",
        doer,
        capacity,
        amendment=amendment.id,
        option=option.letter,
    )
    await tell_posts(
        work,
        organisers(work, deliberation),
        "d_amendment",
        deliberation,
        letter=option.letter,
        words=amendment.text,
    )
    return amendment


async def decide_amendment(
    work: Work,
    person: Person,
    amendment_id: int,
    accept: bool,
    reason: str,
    **fields: Any,
) -> Amendment:
    """The organiser, for the meeting, takes a change over or not, and says why.

    Accepted, `fields` (as of `plans.write_option`) become a new version of the option. Who asked is
    told. Raises NotReady as `propose_amendment`; InvalidInput: `amendment_decided`, or
    `amendment_fields`, when an accepted one changes nothing.
    """
    amendment, deliberation = await _load_amendment(work, amendment_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER, Capacity.SECRETARY)
    if amendment.state != "open":
        raise InvalidInput(f"is {amendment.state}", reason="amendment_decided")
    option, _ = await _load_option(work, amendment.option_id)
    await _check_changeable(work, deliberation, option)
    why = words(reason, REASON)
    keeper = acting_as(doer, Capacity.ORGANISER, Capacity.SECRETARY)
    if accept:
        await _take_over(work, deliberation, option, doer, amendment, fields, keeper)
    amendment.state = "accepted" if accept else "rejected"
    amendment.reason, amendment.decided_by, amendment.decided_at = why, doer.name, work.now
    await set_outcome(
        work,
        deliberation,
        "amendment",
        amendment.state,
        subject_id=amendment.id,
        detail=why,
    )
    record(
        work,
        deliberation,
        "decide_amendment",
        doer,
        keeper,
        text=why,
        amendment=amendment.id,
        accepted=accept,
        version=option.version,
    )
    if amendment.resident_id is not None:
        await work.services.notifier.resident(
            work,
            amendment.resident_id,
            "d_amendment_decided",
            deliberation=deliberation,
            letter=option.letter,
            words=amendment.text,
            accepted=accept,
            reason=why,
        )
    return amendment


async def list_amendments(work: Work, deliberation: Deliberation) -> list[Amendment]:
    """All of a deliberation: those that wait first, each in the order of asking."""
    found = await work.session.scalars(
        select(Amendment)
        .where(col(Amendment.deliberation_id) == deliberation.key)
        .order_by(col(Amendment.state) != "open", col(Amendment.id))
    )
    return list(found)


async def _take_over(
    work: Work,
    deliberation: Deliberation,
    option: PlanOption,
    doer: Doer,
    amendment: Amendment,
    fields: dict[str, Any],
    capacity: Capacity,
) -> None:
    """The change becomes a version of the option, with the words that asked for it as its note."""
    before = option.version
    note = amendment.text[:REASON]
    await revise(work, deliberation, option, doer, fields, note=note, capacity=capacity)
    if option.version == before:
        raise InvalidInput("nothing changes", reason="amendment_fields")


async def _keep_question(work: Work, deliberation: Deliberation, question: Question) -> None:
    work.session.add(question)
    await work.session.flush()
    await contribute(
        work,
        deliberation,
        "question",
        subject_id=question.id or 0,
        author_id=question.resident_id,
        door_by=question.door_by,
    )
    await tell_posts(
        work,
        organisers(work, deliberation),
        "d_question",
        deliberation,
        words=question.text,
        subject_id=question.id,
    )


async def _load_question(work: Work, question_id: int) -> tuple[Question, Deliberation]:
    question = await work.session.get(Question, question_id)
    if question is None:
        raise NotFound(f"question {question_id}")
    deliberation = await load(work, question.deliberation_id)
    await work.session.refresh(question)
    return question, deliberation


async def _load_amendment(work: Work, amendment_id: int) -> tuple[Amendment, Deliberation]:
    amendment = await work.session.get(Amendment, amendment_id)
    if amendment is None:
        raise NotFound(f"amendment {amendment_id}")
    deliberation = await load(work, amendment.deliberation_id)
    await work.session.refresh(amendment)
    return amendment, deliberation


async def _load_option(work: Work, option_id: int) -> tuple[PlanOption, Deliberation]:
    option = await work.session.get(PlanOption, option_id)
    if option is None:
        raise NotFound(f"option {option_id}")
    deliberation = await load(work, option.deliberation_id)
    await work.session.refresh(option)
    return option, deliberation


async def _check_changeable(work: Work, deliberation: Deliberation, option: PlanOption) -> None:
    """An option may change until people are asked to decide about it as it stands."""
    expect_step(deliberation, *_ASKING)
    if option.state != "ready":
        raise NotFound(f"option {option.key} is {option.state}")
    asked = await work.session.scalar(
        select(func.count())
        .select_from(ConsensusCall)
        .where(
            col(ConsensusCall.option_id) == option.key,
            col(ConsensusCall.state).in_(("open", "agreed")),
        )
    )
    if asked:
        raise NotReady("asked for consensus", reason="consensus_open")
    box = await work.session.scalar(
        select(func.count())
        .select_from(Ballot)
        .where(
            col(Ballot.deliberation_id) == deliberation.key,
            col(Ballot.state).in_(("open", "closed")),
        )
    )
    if box:
        raise NotReady("voted about", reason="ballot_open")
