"""Step 3 for authors and council: options are written, commented on, and handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    deliberation_of,
    found,
    posts,
    said_done,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.keyboards.layout import in_rows
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from models.district import Role, covers
from workflows.deliberation.access import council_of
from workflows.deliberation.confirm import topics_of
from workflows.deliberation.options import require_author
from workflows.deliberation.plans import (
    OptionView,
    begin_option,
    comment_option,
    drop_option,
    hand_in_option,
    invite_author,
    list_options,
    write_option,
)

_INVITED = frozenset({Role.VOLUNTEER, Role.BUILDING_LEAD, Role.DEPARTMENT, Role.COUNCIL_MEMBER})


async def option_view(turn: Turn, deliberation: Deliberation, option_id: int) -> OptionView:
    """One option. Raises NotFound for one that was dropped, or is of another deliberation."""
    views = await list_options(turn.work, deliberation)
    return found(next((v for v in views if v.option.key == option_id), None), "option")


@screen("options_edit")
async def options_edit(turn: Turn, deliberation: Deliberation, option_id: int) -> None:
    """One option when it is named, else all of them."""
    doer = await require_author(turn.work, turn.person, deliberation)
    views = await list_options(turn.work, deliberation)
    if any(view.option.key == option_id for view in views):
        await _one(turn, deliberation, option_id)
        return
    t, d = turn.t, deliberation.key
    lines = [
        [act_button(t, "option", d, v.option.key, letter=v.option.letter, title=v.option.title)]
        for v in views
    ]
    lines.append([act_button(t, "option_new", d)])
    if Capacity.ORGANISER in doer.capacities:
        lines.append([act_button(t, "invite", d)])
    await turn.show(
        turn.t("council/options_edit", d=deliberation, views=views), keyboard(t, d, *lines)
    )


@act("option")
async def option(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Open one option."""
    await options_edit(turn, deliberation, i)


async def _one(turn: Turn, deliberation: Deliberation, option_id: int) -> None:
    """What an option says, what it still lacks, and a button for each part of it."""
    view = await option_view(turn, deliberation, option_id)
    t, d = turn.t, deliberation.key
    parts = [
        act_button(t, "option_part", d, option_id, field.name, label=f"part_{field.name}")
        for field in _PARTS
    ]
    steps = []
    if not view.missing and view.option.state == "draft":
        steps.append([act_button(t, "option_ready", d, option_id)])
    if not view.missing and view.check is None:
        steps.append([act_button(t, "ask_legality", d, option_id)])
    text = turn.t(
        "council/option",
        d=deliberation,
        view=view,
        option=view.option,
        contractor=_name(turn, view.option.contractor),
    )
    back = [
        act_button(t, "option_drop", d, option_id),
        act_button(t, "option", d, label="back_options"),
    ]
    await turn.show(text, keyboard(t, d, *steps, *in_rows(parts, 3), back))


def _name(turn: Turn, code: str | None) -> str:
    return posts(turn, [code])[0].label if code in turn.work.district.staff_by_code else ""


# --- writing -----------------------------------------------------------------------------------


async def _topics(turn: Turn, values: Values) -> Sequence[Option]:
    return [Option(str(t.id), t.title) for t in await topics_of(turn.work, values["d"])]


async def _seats(turn: Turn, values: Values) -> Sequence[Option]:
    council = council_of(turn.work, await deliberation_of(turn, values))
    return posts(turn, (seat.post for seat in council.seats))


_TITLE = Field("title", "council/f_option_title", "text", max_length=60)
_PARTS = (
    _TITLE,
    Field("what", "council/f_option_what", "text", max_length=2000),
    Field("place", "council/f_option_place", "text", max_length=200),
    Field("cost_cents", "council/f_option_cost", "money"),
    Field(
        "payer",
        "council/f_option_payer",
        "text",
        options=suggestions("payer_owners", "payer_fund", "payer_government", "payer_property"),
        max_length=200,
    ),
    Field("doer", "council/f_option_doer", "text", max_length=200),
    Field("contractor", "council/f_option_contractor", "choice", options=_seats, required=False),
    Field("by_when", "council/f_option_by_when", "date"),
    Field("risks", "council/f_option_risks", "text", max_length=2000),
)
"""What an option says, in the order in which it is asked; any but the title may come later."""
_NOTE = Field("note", "council/f_option_note", "text", required=False, max_length=300)


@act("option_new")
async def option_new(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Write an option from its title on."""
    await require_author(turn.work, turn.person, deliberation)
    topics = await topics_of(turn.work, deliberation.key)
    given: dict[str, Any] = {"topic_id": None} if len(topics) < 2 else {}
    await begin(turn, "d_option", d=deliberation.key, **given)


def _written(values: Values) -> dict[str, Any]:
    """What was answered, by field of an option; skipped parts are left as they are."""
    names = [field.name for field in _PARTS if field is not _TITLE]
    return {name: values[name] for name in names if values.get(name) is not None}


async def _option_begun(turn: Turn, values: Values) -> None:
    topic = values.get("topic_id")
    begun = await begin_option(
        turn.work, turn.person, values["d"], values["title"], int(topic) if topic else None
    )
    if fields := _written(values):
        await write_option(turn.work, turn.person, begun.key, **fields)
    await said_done(turn, "option_written", await deliberation_of(turn, values), begun.title)
    await open_screen(turn, "options_edit", values["d"], begun.key)


form(
    Form(
        "d_option",
        (
            _TITLE,
            Field("topic_id", "council/f_option_topic", "choice", options=_topics),
            *(replace(field, required=False) for field in _PARTS[1:]),
        ),
        _option_begun,
        preview="council/p_option",
        cancelled=back_to("options_edit"),
        for_the_record=True,
    )
)


@act("option_part")
async def option_part(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Write one part of an option anew, and why."""
    await require_author(turn.work, turn.person, deliberation)
    view = await option_view(turn, deliberation, i)
    given: dict[str, Any] = {} if view.option.state == "ready" else {"note": ""}
    await begin(turn, f"d_option_{v}", d=deliberation.key, option=i, part=v, **given)


async def _part_written(turn: Turn, values: Values) -> None:
    changed = {values["part"]: values[values["part"]]}
    written = await write_option(
        turn.work, turn.person, values["option"], note=values.get("note") or "", **changed
    )
    await said_done(turn, "option_written", await deliberation_of(turn, values), written.title)
    await open_screen(turn, "options_edit", values["d"], written.key)


for _part in _PARTS:
    form(
        Form(
            f"d_option_{_part.name}",
            (_part, _NOTE),
            _part_written,
            cancelled=back_to("options_edit", "option"),
            for_the_record=True,
        )
    )


@act("option_ready")
async def option_ready(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Hand an option in."""
    option = await hand_in_option(turn.work, turn.person, i)
    await said_done(turn, "option_ready", deliberation, option.title)
    await open_screen(turn, "options_edit", deliberation.key, i)


@act("option_drop")
async def option_drop(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask before an option is given up."""
    await begin(turn, "d_option_drop", d=deliberation.key, option=i)


async def _dropped(turn: Turn, values: Values) -> None:
    option = await drop_option(turn.work, turn.person, values["option"], values["reason"])
    await said_done(turn, "option_dropped", await deliberation_of(turn, values), option.title)
    await open_screen(turn, "options_edit", values["d"])


form(
    Form(
        "d_option_drop",
        (
            Field(
                "reason",
                "council/f_option_drop",
                "text",
                options=suggestions("drop_double", "drop_unlawful", "drop_costs"),
            ),
        ),
        _dropped,
        cancelled=back_to("options_edit", "option"),
        for_the_record=True,
    )
)


# --- others who write, and what the council says -------------------------------------------------


@act("invite")
async def invite(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Whom else the organiser lets write."""
    await begin(turn, "d_invite", d=deliberation.key)


async def _near(turn: Turn, values: Values) -> Sequence[Option]:
    deliberation = await deliberation_of(turn, values)
    seats = {seat.post for seat in council_of(turn.work, deliberation).seats}
    council = deliberation.council
    return posts(
        turn,
        (
            staff.code
            for staff in turn.work.district.staff
            if staff.role in _INVITED
            and staff.code not in seats
            and (covers(council, staff.grid) or covers(staff.grid, council))
        ),
    )


async def _invited(turn: Turn, values: Values) -> None:
    post = await invite_author(turn.work, turn.person, values["d"], values["post"])
    await said_done(turn, "invited", await deliberation_of(turn, values), post.name)
    await open_screen(turn, "options_edit", values["d"])


form(
    Form(
        "d_invite",
        (Field("post", "council/f_invite", "choice", options=_near),),
        _invited,
        cancelled=back_to("options_edit"),
        for_the_record=True,
    )
)


@screen("comment")
async def comment(turn: Turn, deliberation: Deliberation, option_id: int) -> None:
    """Say something of an option: of the only one at once, else it is chosen first."""
    await check_runs(turn, deliberation, Capacity.COUNCIL, Capacity.ORGANISER)
    views = await list_options(turn.work, deliberation)
    known = [view.option.key for view in views]
    option_id = known[0] if len(known) == 1 else option_id
    given: dict[str, Any] = {"option": str(option_id)} if option_id in known else {}
    await begin(turn, "d_comment", d=deliberation.key, **given)


async def options_by_letter(turn: Turn, values: Values) -> Sequence[Option]:
    """The options of the form's deliberation, as answers."""
    views = await list_options(turn.work, await deliberation_of(turn, values))
    return [
        Option(
            str(v.option.key),
            turn.t.label("council.option", letter=v.option.letter, title=v.option.title),
        )
        for v in views
    ]


async def _commented(turn: Turn, values: Values) -> None:
    await comment_option(turn.work, turn.person, int(values["option"]), values["text"])
    await said_done(turn, "commented", await deliberation_of(turn, values), values["text"])
    await open_screen(turn, "card", values["d"])


form(
    Form(
        "d_comment",
        (
            Field("option", "council/f_which_option", "choice", options=options_by_letter),
            Field("text", "council/f_comment", "text", max_length=500),
        ),
        _commented,
        cancelled=back_to("card"),
        for_the_record=True,
    )
)
