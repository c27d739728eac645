"""Step 4 for organiser and volunteers: the date, the announcement, and who brings it home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    LISTED,
    back_to,
    check_runs,
    deliberation_of,
    post_name,
    posts,
    said_done,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.forms.quick import moment_option
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.plan import Printout
from models.deliberation.steps import Capacity
from models.worktime import BEIJING
from workflows.deliberation.access import doer_of
from workflows.deliberation.announce import (
    assign_all_printouts,
    assign_printout,
    begin_consultation,
    list_printouts,
    my_printouts,
    publish,
    reach,
    report_printout,
)
from workflows.deliberation.calling import check_notice_time, convene
from workflows.deliberation.lists import card_of
from workflows.deliberation.printouts import bringers

_DAYS_MORE = (0, 1, 2, 4, 7)
"""Evenings that are offered, counted from the earliest day that is allowed."""


# --- when and where ----------------------------------------------------------------------------


@screen("convene")
async def ask_convene(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Time, place and agenda of the consultation."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    await begin(turn, "d_convene", d=deliberation.key)


async def evenings(turn: Turn, values: Values) -> Sequence[Option]:
    """Evenings from the earliest on that the time of notice allows."""
    earliest = _earliest(turn)
    evening = earliest.astimezone(BEIJING).replace(hour=19, minute=30, second=0, microsecond=0)
    first = evening if evening >= earliest else evening + timedelta(days=1)
    offered = [moment_option(turn, first + timedelta(days=more)) for more in _DAYS_MORE]
    soon = turn.work.policy.deliberation.announce_least < timedelta(hours=12)
    at_once = earliest.replace(second=0, microsecond=0) + timedelta(minutes=2)
    return [moment_option(turn, at_once), *offered] if soon else offered


def _earliest(turn: Turn) -> datetime:
    return turn.work.now + turn.work.policy.deliberation.announce_least


async def earliest_context(turn: Turn, values: Values) -> dict[str, Any]:
    """The earliest time that may be named, for the question."""
    return {"earliest": _earliest(turn)}


async def check_start(turn: Turn, values: Values, value: Any) -> None:
    """Raises NotReady for a time that leaves too little notice."""
    check_notice_time(turn.work, datetime.fromisoformat(value))


async def _modes(turn: Turn, values: Values) -> Sequence[Option]:
    return [Option(m, turn.t.label(f"council.mode_{m}")) for m in ("both", "room", "chat")]


async def _convened(turn: Turn, values: Values) -> None:
    agenda = [line.strip() for line in (values["agenda"] or "").splitlines() if line.strip()]
    await convene(
        turn.work,
        turn.person,
        values["d"],
        starts_at=datetime.fromisoformat(values["starts_at"]),
        place=values.get("place") or "",
        link=values.get("link") or "",
        mode=values["mode"],
        agenda=agenda,
    )
    await said_done(turn, "convened", await deliberation_of(turn, values))
    await open_screen(turn, "card", values["d"])


form(
    Form(
        "d_convene",
        (
            Field(
                "starts_at",
                "council/f_starts_at",
                "moment",
                options=evenings,
                check=check_start,
                context=earliest_context,
            ),
            Field("mode", "council/f_mode", "choice", options=_modes),
            Field(
                "place",
                "council/f_place",
                "text",
                max_length=200,
                when=lambda values: values.get("mode") != "chat",
            ),
            Field(
                "link",
                "council/f_link",
                "text",
                required=False,
                max_length=300,
                when=lambda values: values.get("mode") != "room",
            ),
            Field("agenda", "council/f_agenda", "text", required=False, max_length=1500),
        ),
        _convened,
        preview="council/p_convene",
        cancelled=back_to("card"),
        for_the_record=True,
    )
)


# --- the announcement --------------------------------------------------------------------------


@screen("publish")
async def ask_publish(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Everything that goes out, and what is missing before it can."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    view = await card_of(turn.work, turn.person, deliberation)
    d = deliberation.key
    lines = [] if view.missing else [[act_button(turn.t, "publish", d)]]
    text = turn.t("council/publish", d=deliberation, view=view)
    await turn.show(text, keyboard(turn.t, d, *lines))


@act("publish")
async def do_publish(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Announce it to every household."""
    await publish(turn.work, turn.person, deliberation.key)
    await said_done(turn, "published", deliberation)
    await open_screen(turn, "reach", deliberation.key)


@screen("reach")
async def show_reach(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """How many households were reached, read it, or need a poster."""
    view = await reach(turn.work, turn.person, deliberation.key)
    d = deliberation.key
    lines = [
        [act_button(turn.t, "printouts", d)],
        [act_button(turn.t, "reach", d, label="refresh")],
    ]
    text = turn.t("council/reach", d=deliberation, view=view)
    await turn.show(text, keyboard(turn.t, d, *lines))


@act("reach")
async def reach_again(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The same with the newest figures."""
    await show_reach(turn, deliberation, 0)


@screen("begin_consultation")
async def ask_begin(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Whether step 5 is to begin now."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    view = await card_of(turn.work, turn.person, deliberation)
    d = deliberation.key
    text = turn.t("council/begin_consultation", d=deliberation, view=view)
    await turn.show(text, keyboard(turn.t, d, [act_button(turn.t, "begin_consultation", d)]))


@act("begin_consultation")
async def do_begin(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Begin it, and go to the meeting."""
    await begin_consultation(turn.work, turn.person, deliberation.key)
    await said_done(turn, "consultation_begun", deliberation)
    await open_screen(turn, "run_meeting", deliberation.key)


# --- posters -----------------------------------------------------------------------------------


@screen("printouts")
async def printouts(turn: Turn, deliberation: Deliberation, page: int) -> None:
    """For the organiser every building, for who brings them their own."""
    doer = await doer_of(turn.work, turn.person, deliberation)
    mine = await my_printouts(turn.work, turn.person, deliberation.key)
    runs = Capacity.ORGANISER in doer.capacities
    if not mine and not runs:
        await check_runs(turn, deliberation, Capacity.VOLUNTEER)
    every = await list_printouts(turn.work, deliberation) if runs else mine
    pages = max(1, -(-len(every) // LISTED))
    page = min(max(page, 0), pages - 1)
    shown = every[page * LISTED : (page + 1) * LISTED]
    t, d = turn.t, deliberation.key
    lines = [_printout_buttons(turn, d, p, own=p in mine, runs=runs) for p in shown]
    if any(p.staff is None for p in every):
        lines.insert(0, [act_button(t, "give_all", d)])
    turns = [act_button(t, "print_page", d, page - 1, label="earlier")] if page else []
    if page + 1 < pages:
        turns.append(act_button(t, "print_page", d, page + 1, label="more"))
    text = turn.t(
        "council/printouts",
        d=deliberation,
        printouts=shown,
        names={p.id: post_name(turn, p.staff) for p in shown},
        left=sum(p.doors for p in every if p.staff is None),
        runs=runs,
        page=page + 1,
        pages=pages,
    )
    await turn.show(text, keyboard(t, d, *lines, turns))


def _printout_buttons(turn: Turn, d: int, p: Printout, *, own: bool, runs: bool) -> list[Any]:
    if own:
        return [act_button(turn.t, "brought", d, p.id or 0, building=p.building)]
    if runs and p.delivered_at is None:
        return [act_button(turn.t, "give", d, p.id or 0, building=p.building)]
    return []


@act("print_page")
async def print_page(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Another page of the buildings."""
    await printouts(turn, deliberation, i)


@act("printouts")
async def to_printouts(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The posters, from the page that counts who was reached."""
    await printouts(turn, deliberation, 0)


@act("give_all")
async def give_all(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Every poster to whoever is nearest."""
    left = await assign_all_printouts(turn.work, turn.person, deliberation.key)
    await said_done(turn, "given_all", deliberation, str(left) if left else "")
    await open_screen(turn, "printouts", deliberation.key)


@act("give")
async def give(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Who brings the posters of one building?"""
    await begin(turn, "d_give", d=deliberation.key, printout=i)


async def _bringers(turn: Turn, values: Values) -> Sequence[Option]:
    deliberation = await deliberation_of(turn, values)
    every = await list_printouts(turn.work, deliberation)
    grid = next((p.grid for p in every if p.id == values["printout"]), deliberation.council)
    near = await bringers(turn.work, deliberation, grid)
    return posts(turn, (staff.code for staff in near))


async def _given(turn: Turn, values: Values) -> None:
    await assign_printout(turn.work, turn.person, values["printout"], values["post"])
    await said_done(
        turn, "given", await deliberation_of(turn, values), post_name(turn, values["post"])
    )
    await open_screen(turn, "printouts", values["d"])


form(
    Form(
        "d_give",
        (Field("post", "council/f_give", "choice", options=_bringers),),
        _given,
        cancelled=back_to("printouts"),
        for_the_record=True,
    )
)


@act("brought")
async def brought(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """At how many doors?"""
    mine = await my_printouts(turn.work, turn.person, deliberation.key)
    doors = next((p.doors for p in mine if p.id == i), 0)
    await begin(turn, "d_brought", d=deliberation.key, printout=i, doors=doors)


async def _all_doors(turn: Turn, values: Values) -> Sequence[Option]:
    doors = values["doors"]
    return [Option(str(doors), turn.t.label("council.all_doors", doors=doors))] if doors else []


async def _brought(turn: Turn, values: Values) -> None:
    await report_printout(turn.work, turn.person, values["printout"], values["delivered"])
    await said_done(turn, "brought", await deliberation_of(turn, values))
    await open_screen(turn, "printouts", values["d"])


form(
    Form(
        "d_brought",
        (Field("delivered", "council/f_brought", "number", options=_all_doors),),
        _brought,
        cancelled=back_to("printouts"),
        for_the_record=True,
    )
)
