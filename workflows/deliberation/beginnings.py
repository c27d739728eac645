"""Who is told that a step began: posts at once, neighbours by a mailing."""

from __future__ import annotations

from collections.abc import Iterable

from models.deliberation.core import Deliberation
from models.deliberation.steps import Step
from workflows.deliberation.access import Doer
from workflows.deliberation.moves import on_enter
from workflows.deliberation.pictures import spoil_picture
from workflows.deliberation.posts import council_seats, organisers, tell_posts
from workflows.deliberation.summary import totals_of
from workflows.deliberation.topics import topics_of
from workflows.due import schedule
from workflows.mailing import start_mailing
from workflows.work import Work

CLOSING = "d_close"
"""Due time of the attempt to close the record after the public period; subject: the id."""


@on_enter(Step.COLLECT)
async def _collect(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """Everybody concerned may speak now."""
    await start_mailing(work, "d_collect", "residents", deliberation=deliberation)
    codes = [*organisers(work, deliberation), *council_seats(work, deliberation)]
    await _tell(work, deliberation, codes, doer)


@on_enter(Step.CONFIRM)
async def _confirm(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """The council's turn. The last votes belong into the picture that it sees."""
    await spoil_picture(work, deliberation.key)
    totals = await totals_of(work, deliberation.key)
    data = {
        "opinions": totals.opinions,
        "voices": totals.chat.voices + totals.door.voices,
        "votes": totals.chat.votes + totals.door.votes,
    }
    await start_mailing(work, "d_confirm", "contributors", deliberation=deliberation, data=data)
    codes = [*organisers(work, deliberation), *council_seats(work, deliberation)]
    await _tell(work, deliberation, codes, doer)


@on_enter(Step.DRAFT)
async def _draft(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """Everybody learns the topics; who spoke is told besides where their words went."""
    titles = [topic.title for topic in await topics_of(work, deliberation.key)]
    await start_mailing(
        work, "d_draft", "residents", deliberation=deliberation, data={"topics": titles}
    )
    codes = [*organisers(work, deliberation), *council_seats(work, deliberation)]
    await _tell(work, deliberation, codes, doer)


@on_enter(Step.CONSULT)
async def _consult(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """The doors are open; the council is called by `meetings` when its time has come."""
    await start_mailing(work, "d_consult", "residents", deliberation=deliberation)
    await _tell(work, deliberation, organisers(work, deliberation), doer)


@on_enter(Step.APPLY)
async def _apply(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """What was decided is to be done."""
    await start_mailing(work, "d_apply", "contributors", deliberation=deliberation)
    codes = [*organisers(work, deliberation), *council_seats(work, deliberation)]
    await _tell(work, deliberation, codes, doer)


@on_enter(Step.REPORT)
async def _report(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """The public period (公示期) begins; once it is over the record is closed by itself."""
    least = work.policy.deliberation.report_least
    await schedule(work, CLOSING, work.now + least, subject=str(deliberation.key))
    await start_mailing(
        work,
        "d_report",
        "residents",
        deliberation=deliberation,
        data={"objections_until": work.now + least},
    )
    codes = [*organisers(work, deliberation), *council_seats(work, deliberation)]
    await _tell(work, deliberation, codes, doer)


async def _tell(work: Work, deliberation: Deliberation, codes: Iterable[str], doer: Doer) -> None:
    """The posts of the step, except the one that began it."""
    own = doer.staff.code if doer.staff is not None else None
    others = [code for code in codes if code != own]
    await tell_posts(
        work,
        others,
        "d_step",
        deliberation,
        step=deliberation.step,
        due_at=deliberation.step_due_at,
    )
