"""Questions before and in the consultation, and suggestions to change an option."""

from __future__ import annotations

from handlers.deliberation.resident.parts import short
from handlers.deliberation.views import screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Step
from models.errors import NotFound
from workflows.deliberation.board.talks import read_questions
from workflows.deliberation.lists import card_of
from workflows.deliberation.questions import ask_question, propose_amendment

SHOWN = 6
"""The newest so many questions are shown in the chat; the board has them all."""


@screen("ask")
async def ask(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Ask for the question."""
    await begin(turn, "question", d=deliberation.key, title=deliberation.title)


async def _asked(turn: Turn, values: Values) -> None:
    await ask_question(turn.work, turn.person, values["d"], values["text"])
    await turn.show(
        turn.t("discuss/asked", text=values["text"]),
        buttons.only_back(turn.t, values["d"], "questions"),
    )


form(
    Form(
        name="question",
        fields=(Field("text", "discuss/ask_question", "text", max_length=500),),
        done=_asked,
    )
)


@screen("questions")
async def questions(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What was asked and answered, the newest first."""
    found = list(reversed(await read_questions(turn.work, deliberation)))
    await turn.show(
        turn.t(
            "discuss/questions",
            d=deliberation,
            count=len(found),
            questions=[
                {
                    "text": short(one.text, 200),
                    "answer": short(one.answer or "", 250),
                    "by": one.answered_by.of(turn.t.locale) if one.answered_by else "",
                }
                for one in found[:SHOWN]
            ],
        ),
        buttons.only_back(
            turn.t,
            deliberation.key,
            *(("ask",) if deliberation.step in (Step.ANNOUNCE, Step.CONSULT) else ()),
        ),
    )


@screen("amend")
async def amend(turn: Turn, deliberation: Deliberation, i: int) -> None:
    """Ask which change is wanted to option `i`; without one, to which option first."""
    view = await card_of(turn.work, turn.person, deliberation)
    ready = [option for option in view.options if option.state == "ready"]
    wanted = [option for option in ready if option.key == i] if i else ready
    if not wanted:
        raise NotFound(f"option {i}")
    if len(wanted) > 1:
        await turn.show(
            turn.t("discuss/amend_which", d=deliberation),
            buttons.options(
                turn.t,
                deliberation.key,
                [(option.key, option.letter, option.title) for option in wanted],
                view="amend",
            ),
        )
        return
    option = wanted[0]
    await begin(
        turn,
        "amendment",
        d=deliberation.key,
        option=option.key,
        letter=option.letter,
        title=option.title,
    )


async def _amended(turn: Turn, values: Values) -> None:
    await propose_amendment(turn.work, turn.person, values["option"], values["text"])
    await turn.show(
        turn.t("discuss/amended", letter=values["letter"], text=values["text"]),
        buttons.only_back(turn.t, values["d"]),
    )


form(
    Form(
        name="amendment",
        fields=(Field("text", "discuss/ask_amendment", "text", max_length=500),),
        done=_amended,
        for_the_record=True,
    )
)
