"""Opening a call for opinions, and stopping a deliberation for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aiogram.types import CallbackQuery

from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    choices,
    said_done,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.forms.quick import moment_option
from handlers.keyboards.council import OCall
from handlers.places import name_of
from handlers.staff.access import staff_router
from handlers.switchboard import Routes
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from models.district import Level, Role, covers
from models.errors import ActionNotAllowed, InvalidInput
from models.worktime import BEIJING
from workflows.deliberation.proposals import open_deliberation, withdraw_deliberation

router = staff_router(__name__)

_OFFERED_DAYS = (7, 10, 14, 21, 30)


def councils_of(turn: Turn) -> list[str]:
    """Grid codes of the communities whose council this person may put a call to."""
    staff = turn.person.staff
    if staff is None or staff.role not in (Role.ORGANISER, Role.OFFICE):
        return []
    return [code for code in turn.work.district.council_by_grid if covers(staff.grid, code)]


async def begin_call(turn: Turn) -> None:
    """Ask for everything that a call needs. Raises ActionNotAllowed for who may open none."""
    councils = councils_of(turn)
    if not councils:
        raise ActionNotAllowed("no council here")
    await begin(turn, "d_open", **({"council": councils[0]} if len(councils) == 1 else {}))


@router.callback_query(OCall.filter())
async def call(callback: CallbackQuery, turn: Turn) -> None:
    """The button in the list of deliberations; the list stays."""
    turn.tapped = None
    await begin_call(turn)


async def _councils(turn: Turn, values: Values) -> Sequence[Option]:
    known = turn.work.district.node_by_code
    return [Option(c, name_of(known[c], turn.t.locale)) for c in councils_of(turn) if c in known]


async def _grids(turn: Turn, values: Values) -> Sequence[Option]:
    """The whole community, its units, and below each its courtyards."""
    district, council = turn.work.district, values["council"]
    inside = sorted(
        (n for n in district.grids if covers(council, n.code)), key=lambda node: node.code
    )
    return [Option(n.code, _grid_label(turn, n.code, n.level)) for n in inside]


def _grid_label(turn: Turn, code: str, level: Level) -> str:
    name = name_of(turn.work.district.node_by_code[code], turn.t.locale)
    return turn.t.label("council.grid", name=name, level=int(level))


async def _ends(turn: Turn, values: Values) -> Sequence[Option]:
    """Evenings of the days that are usual, as far as the policy allows them; else its limits."""
    earliest, latest = _limits(turn)
    evening = turn.work.now.astimezone(BEIJING).replace(hour=20, minute=0, second=0, microsecond=0)
    usual = [evening + timedelta(days=ahead) for ahead in _OFFERED_DAYS]
    fitting = [at for at in usual if earliest <= at <= latest]
    return [moment_option(turn, at) for at in fitting or [earliest + timedelta(minutes=1)]]


def _limits(turn: Turn) -> tuple[datetime, datetime]:
    policy = turn.work.policy.deliberation
    return turn.work.now + policy.collect_least, turn.work.now + policy.collect_most


async def _check_end(turn: Turn, values: Values, value: Any) -> None:
    earliest, latest = _limits(turn)
    if not earliest <= datetime.fromisoformat(value) <= latest:
        raise InvalidInput("end", reason="collect_until", earliest=earliest, latest=latest)


async def _limits_context(turn: Turn, values: Values) -> dict[str, Any]:
    earliest, latest = _limits(turn)
    return {"earliest": earliest, "latest": latest}


async def _secrecy(turn: Turn, values: Values) -> Sequence[Option]:
    return [
        Option("secret", turn.t.label("council.secret")),
        Option("open", turn.t.label("council.open")),
    ]


async def _opened(turn: Turn, values: Values) -> None:
    deliberation = await open_deliberation(
        turn.work,
        turn.person,
        title=values["title"],
        description=values["description"],
        council=values["council"],
        grids=_without_inner(values["grids"]),
        collect_until=datetime.fromisoformat(values["until"]),
        method=values["method"],
        unit=values["unit"],
        secret=values["secrecy"] == "secret",
    )
    await said_done(turn, "opened", deliberation)
    await open_screen(turn, "card", deliberation.key)


def _without_inner(grids: Sequence[str]) -> list[str]:
    """A grid that lies in another chosen one says nothing new."""
    return [g for g in grids if not any(covers(o, g) for o in grids if o != g)]


form(
    Form(
        "d_open",
        (
            Field("title", "council/f_title", "text", max_length=60),
            Field("description", "council/f_description", "text", max_length=2000),
            Field("council", "council/f_council", "choice", options=_councils),
            Field("grids", "council/f_grids", "choices", options=_grids),
            Field(
                "until",
                "council/f_until",
                "moment",
                options=_ends,
                check=_check_end,
                context=_limits_context,
            ),
            Field(
                "method",
                "council/f_method",
                "choice",
                options=choices("method", "approval", "schulze", "runoff", "score"),
            ),
            Field(
                "unit",
                "council/f_unit",
                "choice",
                options=choices("unit", "household", "resident"),
            ),
            Field("secrecy", "council/f_secrecy", "choice", options=_secrecy),
        ),
        _opened,
        preview="council/p_open",
        for_the_record=True,
    )
)


# --- the office stops it ------------------------------------------------------------------------


@screen("withdraw")
async def withdraw(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Only the office; the reason goes to everybody who took part."""
    await check_runs(turn, deliberation, Capacity.OFFICE)
    await begin(turn, "d_withdraw", d=deliberation.key, title=deliberation.title)


async def _withdrawn(turn: Turn, values: Values) -> None:
    deliberation = await withdraw_deliberation(
        turn.work, turn.person, values["d"], values["reason"]
    )
    await said_done(turn, "withdrawn", deliberation)
    await open_screen(turn, "card", deliberation.key)


form(
    Form(
        "d_withdraw",
        (Field("reason", "council/f_withdraw", "text", max_length=500),),
        _withdrawn,
        preview="council/p_withdraw",
        cancelled=back_to("card"),
        for_the_record=True,
    )
)


ROUTES = Routes(router=router, callbacks=(OCall,))
