"""What people asked, what they want changed, and what they object to: each gets its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.drafting import option_view
from handlers.deliberation.staff.parts import (
    LISTED,
    back_to,
    check_runs,
    choices,
    deliberation_of,
    found,
    said_done,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.keyboards.layout import in_rows
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from workflows.deliberation.plans import list_options
from workflows.deliberation.questions import (
    answer_question,
    decide_amendment,
    list_amendments,
    list_questions,
)
from workflows.deliberation.reporting import answer_objection, list_objections

_ANSWERS = (Capacity.ORGANISER, Capacity.COUNCIL, Capacity.AUTHOR, Capacity.LAWYER)

# --- questions ---------------------------------------------------------------------------------


@screen("answers")
async def answers(turn: Turn, deliberation: Deliberation, question_id: int) -> None:
    """The questions that wait for an answer; one that is named is asked about at once."""
    await check_runs(turn, deliberation, *_ANSWERS)
    questions = await list_questions(turn.work, deliberation)
    waiting = [q for q in questions if q.answered_at is None]
    if any(q.id == question_id for q in waiting):
        await answer(turn, deliberation, question_id, "")
        return
    t, d = turn.t, deliberation.key
    shown = waiting[:LISTED]
    numbers = [act_button(t, "answer", d, q.id or 0, n=n) for n, q in enumerate(shown, 1)]
    text = turn.t(
        "council/answers",
        d=deliberation,
        questions=shown,
        waiting=len(waiting),
        answered=len(questions) - len(waiting),
    )
    await turn.show(text, keyboard(t, d, *in_rows(numbers, 3)))


@act("answer")
async def answer(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask for the answer to one question."""
    questions = await list_questions(turn.work, deliberation)
    question = found(next((q for q in questions if q.id == i), None), "question")
    await begin(turn, "d_answer", d=deliberation.key, question=i, asked=question.text)


async def _answered(turn: Turn, values: Values) -> None:
    await answer_question(turn.work, turn.person, values["question"], values["text"])
    await said_done(turn, "answered", await deliberation_of(turn, values))
    await open_screen(turn, "answers", values["d"])


form(
    Form(
        "d_answer",
        (Field("text", "council/f_answer", "text", max_length=1500),),
        _answered,
        cancelled=back_to("answers"),
        for_the_record=True,
    )
)


# --- amendments --------------------------------------------------------------------------------


@screen("amendments")
async def amendments(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The changes that people ask for, each to be taken over or not."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.SECRETARY)
    every = await list_amendments(turn.work, deliberation)
    waiting = [a for a in every if a.state == "open"]
    letters = {v.option.key: v.option.letter for v in await list_options(turn.work, deliberation)}
    t, d = turn.t, deliberation.key
    shown = waiting[:LISTED]
    lines = [
        [act_button(t, "amend", d, a.id or 0, v, label=f"amend_{v}", n=n) for v in ("yes", "no")]
        for n, a in enumerate(shown, 1)
    ]
    text = turn.t(
        "council/amendments",
        d=deliberation,
        amendments=shown,
        letters=letters,
        waiting=len(waiting),
        decided=len(every) - len(waiting),
    )
    await turn.show(text, keyboard(t, d, *lines))


@act("amend")
async def amend(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Taken over: what changes, and how it reads then. In both cases: why."""
    every = await list_amendments(turn.work, deliberation)
    wanted = found(next((a for a in every if a.id == i), None), "amendment")
    given: dict[str, Any] = {"amendment": i, "option": wanted.option_id, "wanted": wanted.text}
    await begin(turn, f"d_amend_{v}", d=deliberation.key, **given)


_KINDS = {"cost_cents": "money", "by_when": "date"}
"""Parts of an option that are no plain words."""


def _is(kind: str) -> Callable[[Values], bool]:
    return lambda values: _KINDS.get(str(values.get("part")), "words") == kind


async def _now(turn: Turn, values: Values) -> dict[str, Any]:
    """How the part reads now."""
    view = await option_view(turn, await deliberation_of(turn, values), values["option"])
    return {
        "option": view.option,
        "part": values["part"],
        "before": getattr(view.option, values["part"]),
    }


async def _accepted(turn: Turn, values: Values) -> None:
    new = next(values[name] for name in ("words", "money", "date") if values.get(name) is not None)
    await decide_amendment(
        turn.work,
        turn.person,
        values["amendment"],
        True,
        values["reason"],
        **{values["part"]: new},
    )
    await _decided(turn, values, "amendment_accepted")


async def _rejected(turn: Turn, values: Values) -> None:
    await decide_amendment(turn.work, turn.person, values["amendment"], False, values["reason"])
    await _decided(turn, values, "amendment_rejected")


async def _decided(turn: Turn, values: Values, what: str) -> None:
    await said_done(turn, what, await deliberation_of(turn, values))
    await open_screen(turn, "amendments", values["d"])


_PART = Field(
    "part",
    "council/f_amend_part",
    "choice",
    options=choices("part", "what", "place", "cost_cents", "payer", "doer", "by_when", "risks"),
    width=2,
)
_WHY = Field(
    "reason",
    "council/f_amend_why",
    "text",
    options=suggestions("amend_good", "amend_meeting"),
    max_length=300,
)
form(
    Form(
        "d_amend_yes",
        (
            _PART,
            Field(
                "words",
                "council/f_amend_new",
                "text",
                max_length=2000,
                when=_is("words"),
                context=_now,
            ),
            Field("money", "council/f_amend_new", "money", when=_is("money"), context=_now),
            Field("date", "council/f_amend_new", "date", when=_is("date"), context=_now),
            _WHY,
        ),
        _accepted,
        cancelled=back_to("amendments"),
        for_the_record=True,
    )
)
form(
    Form(
        "d_amend_no",
        (
            Field(
                "reason",
                "council/f_amend_why_not",
                "text",
                options=suggestions("amend_costs", "amend_law", "amend_against"),
                max_length=300,
            ),
        ),
        _rejected,
        cancelled=back_to("amendments"),
        for_the_record=True,
    )
)


# --- objections --------------------------------------------------------------------------------


@screen("answer_objections")
async def answer_objections(turn: Turn, deliberation: Deliberation, objection_id: int) -> None:
    """Objections, to a consensus or to the report, that still want an answer."""
    await check_runs(turn, deliberation)
    every = await list_objections(turn.work, deliberation)
    waiting = [o for o in every if o.answered_at is None and o.withdrawn_at is None]
    if any(o.id == objection_id for o in waiting):
        await objection(turn, deliberation, objection_id, "")
        return
    t, d = turn.t, deliberation.key
    shown = waiting[:LISTED]
    numbers = [act_button(t, "objection", d, o.id or 0, n=n) for n, o in enumerate(shown, 1)]
    text = turn.t(
        "council/objections",
        d=deliberation,
        objections=shown,
        waiting=len(waiting),
        answered=len(every) - len(waiting),
    )
    await turn.show(text, keyboard(t, d, *in_rows(numbers, 3)))


@act("objection")
async def objection(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask for the answer to one objection."""
    every = await list_objections(turn.work, deliberation)
    one = found(next((o for o in every if o.id == i), None), "objection")
    await begin(turn, "d_objection", d=deliberation.key, objection=i, reason=one.reason)


async def _objection_answered(turn: Turn, values: Values) -> None:
    await answer_objection(turn.work, turn.person, values["objection"], values["text"])
    await said_done(turn, "objection_answered", await deliberation_of(turn, values))
    await open_screen(turn, "answer_objections", values["d"])


form(
    Form(
        "d_objection",
        (Field("text", "council/f_objection", "text", max_length=1500),),
        _objection_answered,
        cancelled=back_to("answer_objections"),
        for_the_record=True,
    )
)
