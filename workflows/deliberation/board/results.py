"""Steps 5 to 7 on the board: ballots, tasks, the report, what people think of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotHead, ProcessRating
from models.deliberation.chain import commit
from models.deliberation.core import Deliberation, DeliberationFile
from models.deliberation.followup import DecisionTask
from models.errors import NotFound
from workflows.deliberation.board.names import post_or_code, public_department
from workflows.deliberation.board.parts import (
    AnswerView,
    BallotView,
    HeadView,
    PaperView,
    PhotoView,
    ReportView,
    TaskView,
)
from workflows.deliberation.box import ballots_cast
from workflows.work import Work

PAPERS = 300
"""Ballots that the page lists; all of them are in the download."""
_ON_BOARD = ("before", "after")


async def read_ballots(work: Work, deliberation: Deliberation) -> tuple[BallotView, ...]:
    """All ballots, the newest first. Of a running one: the heads and how many, nothing else."""
    ballots = (
        await work.session.scalars(
            select(Ballot)
            .where(col(Ballot.deliberation_id) == deliberation.key)
            .order_by(col(Ballot.id).desc())
        )
    ).all()
    heads: dict[int, list[HeadView]] = defaultdict(list)
    for row in await work.session.scalars(
        select(BallotHead)
        .where(col(BallotHead.ballot_id).in_([ballot.key for ballot in ballots]))
        .order_by(col(BallotHead.id))
    ):
        heads[row.ballot_id].append(HeadView(row.length, row.head, row.at))
    return tuple(
        [
            _ballot(ballot, tuple(heads[ballot.key]), await ballots_cast(work, ballot))
            for ballot in ballots
        ]
    )


def _ballot(ballot: Ballot, heads: tuple[HeadView, ...], cast: int) -> BallotView:
    closed = ballot.state == "closed"
    return BallotView(
        state=ballot.state,
        method=ballot.method,
        unit=ballot.unit,
        secret=ballot.secret,
        opened_at=ballot.opened_at,
        closes_at=ballot.closes_at,
        closed_at=ballot.closed_at,
        electorate=ballot.electorate,
        length=ballot.length,
        head=ballot.head,
        heads=heads,
        options=tuple(_options(ballot.header)),
        cast=cast,
        result=ballot.result if closed else None,
        papers=tuple(_papers(ballot.published)) if closed and ballot.published else (),
    )


def _papers(published: dict[str, Any]) -> Iterator[PaperView]:
    """The first ballots of a published box, in the order in which it lists them."""
    for nonce, choice in published["ballots"][:PAPERS]:
        yield PaperView(short_receipt(commit(nonce, choice)), choice)


def short_receipt(code: str) -> str:
    """A receipt as voters are shown it: its first 20 digits in groups of four."""
    return " ".join(code[at : at + 4] for at in range(0, 20, 4))


def _options(header: dict[str, Any]) -> list[tuple[str, str]]:
    """Key and title of every option that the header names."""
    return [(str(option["key"]), str(option["title"])) for option in header.get("options", ())]


async def read_box(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    """The newest published ballot-box.json. Raises NotFound while there is none."""
    published: dict[str, Any] | None = await work.session.scalar(
        select(col(Ballot.published))
        .where(
            col(Ballot.deliberation_id) == deliberation.key,
            col(Ballot.state) == "closed",
        )
        .order_by(col(Ballot.id).desc())
        .limit(1)
    )
    if published is None:
        raise NotFound("no ballot box was published")
    return published


async def read_tasks(work: Work, deliberation: Deliberation) -> tuple[TaskView, ...]:
    """What the decision left to do."""
    rows = await work.session.scalars(
        select(DecisionTask)
        .where(col(DecisionTask.deliberation_id) == deliberation.key)
        .order_by(col(DecisionTask.id))
    )
    return tuple(
        TaskView(
            kind=row.kind,
            title=row.title,
            owner=post_or_code(work.district, row.owner),
            department=public_department(work.district, row.department),
            due_at=row.due_at,
            state=row.state,
            note=row.note,
            cost_cents=row.cost_cents,
        )
        for row in rows
    )


async def _photos(work: Work, deliberation: Deliberation) -> list[DeliberationFile]:
    """Photos before and after, in the order in which the page counts them."""
    rows = await work.session.scalars(
        select(DeliberationFile)
        .where(
            col(DeliberationFile.deliberation_id) == deliberation.key,
            col(DeliberationFile.purpose).in_(_ON_BOARD),
            col(DeliberationFile.kind) == "photo",
        )
        .order_by(col(DeliberationFile.id))
    )
    return list(rows)


async def find_photo(work: Work, deliberation: Deliberation, index: int) -> str:
    """The chat app's id of a photo by its place on the page, from 1. Raises NotFound."""
    photos = await _photos(work, deliberation)
    if not 1 <= index <= len(photos):
        raise NotFound(f"photo {index}")
    return photos[index - 1].file_id


async def read_report(
    work: Work, deliberation: Deliberation, objections: tuple[AnswerView, ...]
) -> ReportView | None:
    """What was said, decided and done; None before it is written."""
    if not (deliberation.said and deliberation.decided and deliberation.done):
        return None
    photos = await _photos(work, deliberation)
    count, process, outcome = (
        await work.session.execute(
            select(
                func.count(),
                func.avg(col(ProcessRating.process)),
                func.avg(col(ProcessRating.outcome)),
            ).where(col(ProcessRating.deliberation_id) == deliberation.key)
        )
    ).one()
    return ReportView(
        said=deliberation.said,
        decided=deliberation.decided,
        done=deliberation.done,
        cost_cents=deliberation.cost_cents,
        photos=tuple(PhotoView(i, photo.purpose) for i, photo in enumerate(photos, start=1)),
        objections=objections,
        ratings=count,
        process=float(process) if process is not None else None,
        outcome=float(outcome) if outcome is not None else None,
    )
