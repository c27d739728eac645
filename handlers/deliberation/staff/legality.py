"""Step 3: whether an option is lawful, asked from the lawyers and answered by one of them."""

from __future__ import annotations

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.drafting import option_view
from handlers.deliberation.staff.parts import back_to, deliberation_of, post_name, said_done
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.plan import LegalityCheck
from models.deliberation.steps import Capacity
from models.errors import ActionNotAllowed
from workflows.deliberation.access import doer_of
from workflows.deliberation.legality import VERDICTS
from workflows.deliberation.plans import (
    answer_legality,
    ask_legality,
    list_options,
    open_checks,
)


@screen("legality")
async def legality(turn: Turn, deliberation: Deliberation, check_id: int) -> None:
    """For a lawyer the questions that are open; for authors how each option stands."""
    doer = await doer_of(turn.work, turn.person, deliberation)
    if Capacity.LAWYER in doer.capacities:
        checks = await open_checks(turn.work, deliberation)
        one = next((c for c in checks if c.id == check_id), checks[0] if checks else None)
        if one is not None:
            await _question(turn, deliberation, one, len(checks) - 1)
            return
    elif Capacity.AUTHOR not in doer.capacities:
        raise ActionNotAllowed("neither lawyer nor author")
    views = await list_options(turn.work, deliberation)
    t, d = turn.t, deliberation.key
    writes = Capacity.AUTHOR in doer.capacities
    lines = [
        [act_button(t, "ask_legality", d, v.option.key, label="ask_for", letter=v.option.letter)]
        for v in views
        if v.check is None and not v.missing and writes
    ]
    names = {v.option.key: post_name(turn, v.check.lawyer if v.check else None) for v in views}
    text = turn.t("council/legality", d=deliberation, views=views, lawyers=names)
    back = [act_button(t, "option", d, label="back_options")]
    await turn.show(text, keyboard(t, d, *lines, *([back] if writes else [])))


async def _question(
    turn: Turn, deliberation: Deliberation, check: LegalityCheck, others: int
) -> None:
    view = await option_view(turn, deliberation, check.option_id)
    t, d, i = turn.t, deliberation.key, check.id or 0
    lines = [[act_button(t, "verdict", d, i, v, label=f"verdict_{v}")] for v in VERDICTS]
    text = turn.t(
        "council/legality_question",
        d=deliberation,
        option=view.option,
        asker=post_name(turn, check.asked_by),
        others=others,
    )
    await turn.show(text, keyboard(t, d, *lines))


@act("ask_legality")
async def ask(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Put the question to the lawyers."""
    await ask_legality(turn.work, turn.person, i)
    await said_done(turn, "legality_asked", deliberation)
    await open_screen(turn, "legality", deliberation.key)


@act("verdict")
async def verdict(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The lawyer chose; now the words that go with it."""
    await begin(turn, "d_verdict", d=deliberation.key, check=i, verdict=v)


async def _answered(turn: Turn, values: Values) -> None:
    await answer_legality(
        turn.work, turn.person, values["check"], values["verdict"], values["text"]
    )
    await said_done(turn, "legality_answered", await deliberation_of(turn, values))
    await open_screen(turn, "legality", values["d"])


form(
    Form(
        "d_verdict",
        (Field("text", "council/f_verdict", "text", max_length=2000),),
        _answered,
        cancelled=back_to("legality", "check"),
        for_the_record=True,
    )
)
