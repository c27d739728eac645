"""A group drawn by lot, so that not always the same people speak; and their answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    choices,
    deliberation_of,
    found,
    said_done,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from models.errors import InvalidInput
from workflows.deliberation.jury import LARGEST, MAX_SEED, STRATA, answer_jury, draw_jury, juries_of

_SIZES = (5, 9, 15, 21)


@screen("jury")
async def jury(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What was drawn so far, with everything to draw it again."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    drawn = await juries_of(turn.work, deliberation.key)
    t, d = turn.t, deliberation.key
    text = turn.t("council/jury", d=deliberation, juries=drawn[-3:])
    await turn.show(text, keyboard(t, d, [act_button(t, "jury_draw", d)]))


@act("jury_draw")
async def draw(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """What for, how many, and spread over what."""
    await begin(turn, "d_jury", d=deliberation.key)


async def _sizes(turn: Turn, values: Values) -> Sequence[Option]:
    return [Option(str(n), turn.t.label("council.people", n=n)) for n in _SIZES]


async def _check_size(turn: Turn, values: Values, value: Any) -> None:
    if not 1 <= value <= LARGEST:
        raise InvalidInput("jury size", reason="jury_size", most=LARGEST)


async def _drawn(turn: Turn, values: Values) -> None:
    await draw_jury(
        turn.work,
        turn.person,
        values["d"],
        values["purpose"],
        values["size"],
        values["strata"],
        seed=values["seed"],
    )
    await said_done(turn, "jury_drawn", await deliberation_of(turn, values))
    await open_screen(turn, "jury", values["d"])


form(
    Form(
        "d_jury",
        (
            Field(
                "purpose",
                "council/f_jury_purpose",
                "text",
                options=suggestions("jury_look", "jury_council", "jury_check"),
                max_length=200,
            ),
            Field(
                "size",
                "council/f_jury_size",
                "number",
                options=_sizes,
                width=2,
                check=_check_size,
            ),
            Field(
                "strata",
                "council/f_jury_strata",
                "choice",
                options=choices("strata", *STRATA),
            ),
            Field("seed", "council/f_jury_seed", "text", required=False, max_length=MAX_SEED),
        ),
        _drawn,
        preview="council/p_jury",
        cancelled=back_to("jury"),
        for_the_record=True,
    )
)


# --- who was drawn -----------------------------------------------------------------------------


@screen("jury_answer")
async def jury_answer(turn: Turn, deliberation: Deliberation, jury_id: int) -> None:
    """Somebody who was drawn says whether they take part."""
    drawn = await juries_of(turn.work, deliberation.key)
    jury = found(next((j for j in drawn if j.id == jury_id), None), "jury")
    await begin(turn, "d_juror", d=deliberation.key, jury=jury_id, purpose=jury.purpose)


async def _answered(turn: Turn, values: Values) -> None:
    await answer_jury(turn.work, turn.person, values["jury"], values["accept"])
    what = "juror_yes" if values["accept"] else "juror_no"
    await said_done(turn, what, await deliberation_of(turn, values))


form(Form("d_juror", (Field("accept", "council/f_juror", "yes_no"),), _answered))
