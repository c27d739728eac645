"""Step 7: the report is written, illustrated and published; the record is closed."""

from __future__ import annotations

from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    choices,
    deliberation_of,
    said_done,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity, Step
from workflows.deliberation.lists import card_of
from workflows.deliberation.proposals import close_deliberation
from workflows.deliberation.reporting import add_photos, publish_report, write_report
from workflows.tickets.submit import DraftFile

_PART = 700
"""Characters of each part of the report on the screen."""


@screen("archive")
@screen("report_edit")
async def report_edit(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The report as it stands, and what is missing before it can be published."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    view = await card_of(turn.work, turn.person, deliberation)
    t, d = turn.t, deliberation.key
    lines = []
    if deliberation.step is Step.APPLY:
        lines = [[act_button(t, "report_write", d)], [act_button(t, "report_photos", d)]]
        if deliberation.said and not view.missing:
            lines.append([act_button(t, "report_publish", d)])
    elif deliberation.step is Step.REPORT:
        lines = [[act_button(t, "archive", d)]]
    text = turn.t("council/report_edit", d=deliberation, view=view, limit=_PART)
    await turn.show(text, keyboard(t, d, *lines))


@act("report_write")
async def write(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Four questions make the report."""
    await begin(turn, "d_report", d=deliberation.key)


async def _written(turn: Turn, values: Values) -> None:
    await write_report(
        turn.work,
        turn.person,
        values["d"],
        values["said"],
        values["decided"],
        values["done"],
        values["cost"],
    )
    await said_done(turn, "report_written", await deliberation_of(turn, values))
    await open_screen(turn, "report_edit", values["d"])


form(
    Form(
        "d_report",
        (
            Field("said", "council/f_report_said", "text", max_length=2000),
            Field("decided", "council/f_report_decided", "text", max_length=2000),
            Field("done", "council/f_report_done", "text", max_length=2000),
            Field("cost", "council/f_report_cost", "money", required=False),
        ),
        _written,
        cancelled=back_to("report_edit"),
        for_the_record=True,
    )
)


@act("report_photos")
async def photos(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Pictures from before and after."""
    await begin(turn, "d_photos", d=deliberation.key)


async def _photos_sent(turn: Turn, values: Values) -> None:
    sent: list[Any] = values["files"]
    files = [DraftFile.model_validate(file) for file in sent]
    await add_photos(turn.work, turn.person, values["d"], values["purpose"], files)
    await said_done(turn, "photos_added", await deliberation_of(turn, values))
    await open_screen(turn, "report_edit", values["d"])


form(
    Form(
        "d_photos",
        (
            Field(
                "purpose",
                "council/f_photos_purpose",
                "choice",
                options=choices("photos", "before", "after"),
            ),
            Field("files", "council/f_photos", "files"),
        ),
        _photos_sent,
        cancelled=back_to("report_edit"),
        for_the_record=True,
    )
)


@act("report_publish")
async def publish(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The public period begins."""
    await publish_report(turn.work, turn.person, deliberation.key)
    await said_done(turn, "report_published", deliberation)
    await open_screen(turn, "card", deliberation.key)


@act("archive")
async def archive(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The public period is over: close the record."""
    await close_deliberation(turn.work, turn.person, deliberation.key)
    await said_done(turn, "archived", deliberation)
    await open_screen(turn, "card", deliberation.key)
