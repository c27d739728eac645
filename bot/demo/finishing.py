"""Steps 6 and 7 of a play: tasks done, the report, objections, ratings, the end."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from bot.demo.consulting import DECIDED
from bot.demo.scene import Play, Script
from bot.demo.story import TaskLine
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import Juror
from models.lifecycle import Outcome
from workflows.deliberation import apply, jury, reporting
from workflows.tickets.staff import accept_ticket, resolve_ticket

REPORTED = 31
_JURORS = 3
_CENTS = 100
_RATINGS = 0.4
"""Share of residents who rate the process."""


async def applying(play: Play, *, ending: bool) -> Script:
    """The decision becomes tasks, and they are done; `ending`: not the last one yet."""
    yield play.at(DECIDED, 10)
    tasks = [await _give(play, line) for line in play.story.task]
    yield play.at(DECIDED, 10, 15)
    for task in tasks:
        if task.ticket_id is not None:
            await play.act(play.worker, accept_ticket, task.ticket_id)
    drawn = await play.act(
        play.organiser,
        jury.draw_jury,
        play.d_id,
        play.words.jury,
        _JURORS,
        seed=f"{play.scene.story} {play.rng.random()}",
    )
    yield play.at(DECIDED, 19)
    async with play.stage.work() as work:
        asked = await work.session.scalars(
            select(col(Juror.resident_id))
            .where(col(Juror.jury_id) == drawn.id, col(Juror.state) == "asked")
            .order_by(col(Juror.resident_id))
        )
        accounts = asked.all()
    for number, account in enumerate(accounts):
        await play.act(account, jury.answer_jury, drawn.id or 0, number != 1)
    yield play.at(DECIDED + 1, 15)
    settled = tasks[:-1] if ending else tasks
    for task, line in zip(settled, play.story.task, strict=False):
        await _settle(play, task, line)
    report = play.story.report
    if ending or report is None:
        return
    yield play.at(REPORTED, 9)
    await play.act(
        play.organiser,
        reporting.write_report,
        play.d_id,
        report.said,
        report.decided,
        report.done,
        report.cost * _CENTS,
    )
    for purpose, files in play.photos.items():
        await play.act(play.organiser, reporting.add_photos, play.d_id, purpose, files)
    yield play.at(REPORTED, 10)
    await play.act(play.organiser, reporting.publish_report, play.d_id)


async def _give(play: Play, line: TaskLine) -> DecisionTask:
    owner = play.worker if line.kind == "ticket" else play.organiser
    return await play.act(
        play.organiser,
        apply.add_task,
        play.d_id,
        kind=line.kind,
        title=line.title,
        owner=owner,
        due_at=play.at(REPORTED + 20, 18),
        text=line.text,
        grid=play.scene.grids[0],
    )


async def _settle(play: Play, task: DecisionTask, line: TaskLine) -> None:
    """A ticket's task follows its ticket; a rule's is done when it was made known."""
    if task.ticket_id is not None:
        await play.act(play.worker, resolve_ticket, task.ticket_id, Outcome.DONE, line.note)
        return
    await play.act(play.organiser, apply.settle_task, task.id or 0, done=True, note=line.note)


async def reporting_back(play: Play, *, ending: bool) -> Script:
    """The public period: an objection, ratings; then the clock closes the record."""
    report = play.story.report
    yield play.at(REPORTED, 14)
    if report is not None and report.objection is not None:
        objector = play.rng.choice(play.players).account
        objection = await play.act(
            objector, reporting.object_report, play.d_id, report.objection.text
        )
        if report.objection.answer is not None:
            yield play.at(REPORTED, 17)
            await play.act(
                play.organiser,
                reporting.answer_objection,
                objection.id or 0,
                report.objection.answer,
            )
    raters = [player for player in play.players if play.rng.random() < _RATINGS]
    times = play.moments(play.at(REPORTED, 18), play.at(REPORTED + 1, 20), len(raters))
    for number, (player, at) in enumerate(zip(raters, times, strict=True)):
        yield at
        comments = play.words.comments
        await play.act(
            player.account,
            reporting.rate_process,
            play.d_id,
            play.rng.choice((3, 4, 4, 5, 5)),
            play.rng.choice((2, 3, 4, 4, 5)),
            comments[number] if number < len(comments) else "",
        )
