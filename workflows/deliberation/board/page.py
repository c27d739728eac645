"""The page of one deliberation, and the rules of a courtyard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationEvent, Support
from models.deliberation.difference import difference
from models.deliberation.electorate import households
from models.deliberation.followup import CourtyardRule
from models.deliberation.steps import SEVEN, Step, position
from models.district import covers
from models.errors import NotFound
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.names import grid_name
from workflows.deliberation.board.opinions import (
    read_motions,
    read_opinions,
    read_recusals,
    read_topics,
)
from workflows.deliberation.board.plans import read_amendments, read_options
from workflows.deliberation.board.results import read_ballots, read_report, read_tasks
from workflows.deliberation.board.talks import (
    read_consensus,
    read_juries,
    read_meetings,
    read_objections,
    read_questions,
)
from workflows.deliberation.board.views import Page, RuleHistory, Rules, RuleView, Stage
from workflows.work import Work

HIGHEST_NUMBER = 2**31 - 1
"""What the column of numbers can hold; PostgreSQL refuses to compare with more."""


async def find_deliberation(work: Work, number: int) -> Deliberation:
    """The deliberation with this number. Raises NotFound."""
    found: Deliberation | None = None
    if 0 < number <= HIGHEST_NUMBER:
        found = await work.session.scalar(
            select(Deliberation).where(col(Deliberation.number) == number)
        )
    if found is None:
        raise NotFound(f"deliberation {number}")
    return found


async def read_page(work: Work, number: int) -> Page:
    """Everything the board shows of a deliberation. Raises NotFound."""
    deliberation = await find_deliberation(work, number)
    council = work.district.council_by_grid.get(deliberation.council)
    community = grid_name(work.district, deliberation.council)
    supporters = await work.session.scalar(
        select(func.count())
        .select_from(Support)
        .where(col(Support.deliberation_id) == deliberation.key)
    )
    return Page(
        number=deliberation.number,
        title=deliberation.title,
        description=deliberation.description,
        step=deliberation.step,
        step_due_at=deliberation.step_due_at,
        reason=deliberation.reason,
        council=Both(council.name_zh, council.name_en) if council is not None else community,
        grids=tuple((code, grid_name(work.district, code)) for code in deliberation.grids),
        stages=await _stages(work, deliberation),
        method=deliberation.method,
        unit=deliberation.unit,
        secret=deliberation.secret,
        households=households(work.district, deliberation.grids),
        supporters=int(supporters or 0),
        supporters_needed=work.policy.deliberation.supporters,
        **await _parts(work, deliberation),
    )


async def _parts(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    """What the steps so far have left behind; nothing is asked for that cannot be there yet."""
    reached = position(deliberation.step)
    parts: dict[str, Any] = {}
    topics: dict[int, str] = {}
    if reached >= position(Step.COLLECT):
        parts["opinions"], shown = await read_opinions(work, deliberation)
        parts["juries"] = await read_juries(work, deliberation)
        if reached >= position(Step.CONFIRM):
            parts["motions"] = await read_motions(work, deliberation)
            parts["recusals"] = await read_recusals(work, deliberation)
        if reached >= position(Step.DRAFT):
            topics, parts["topics"] = await read_topics(work, deliberation, shown)
            parts["options"] = await read_options(work, deliberation, topics)
    if reached >= position(Step.ANNOUNCE):
        parts["meetings"] = await read_meetings(work, deliberation)
        parts["questions"] = await read_questions(work, deliberation)
    if reached >= position(Step.CONSULT):
        objections = await read_objections(work, deliberation)
        parts["amendments"] = await read_amendments(work, deliberation)
        parts["consensus"] = await read_consensus(work, deliberation, objections)
        parts["ballots"] = await read_ballots(work, deliberation)
        if reached >= position(Step.APPLY):
            parts["tasks"] = await read_tasks(work, deliberation)
        if reached >= position(Step.REPORT):
            parts["report"] = await read_report(work, deliberation, objections.get(None, ()))
    return parts


async def _stages(work: Work, deliberation: Deliberation) -> tuple[Stage, ...]:
    events = await work.session.execute(
        select(col(DeliberationEvent.to_step), func.min(DeliberationEvent.at))
        .where(col(DeliberationEvent.deliberation_id) == deliberation.key)
        .group_by(col(DeliberationEvent.to_step))
    )
    entered = dict(events.all())
    entered[deliberation.step.value] = deliberation.step_since
    least = work.policy.deliberation.least(deliberation.step)
    stages = []
    for number, step in enumerate(SEVEN, start=1):
        since = entered.get(step.value)
        state, until, earliest = "ahead", None, None
        if step is deliberation.step:
            state, until = "now", deliberation.step_due_at
            earliest = deliberation.step_since + least if least else None
        elif since is not None:
            state, until = "done", _left(step, entered)
        elif not deliberation.running:
            state = "skipped"
        stages.append(Stage(step, number, state, since, until, earliest))
    return tuple(stages)


def _left(step: Step, entered: dict[str, datetime]) -> datetime | None:
    """When a step was left: the first time that any later one began."""
    later = [at for name, at in entered.items() if position(Step(name)) > position(step)]
    return min(later, default=None)


async def read_rules(work: Work, grid: str) -> Rules:
    """The rules of a grid, and of the grids above and below it, newest version first.

    Raises NotFound for an unknown grid.
    """
    district = work.district
    if grid not in district.node_by_code:
        raise NotFound(f"grid {grid}")
    related = [
        node.code for node in district.grids if covers(node.code, grid) or covers(grid, node.code)
    ]
    rows = await work.session.execute(
        select(CourtyardRule, col(Deliberation.number))
        .outerjoin(Deliberation, col(Deliberation.id) == col(CourtyardRule.deliberation_id))
        .where(col(CourtyardRule.grid).in_(related))
        .order_by(col(CourtyardRule.grid), col(CourtyardRule.title), col(CourtyardRule.version))
    )
    versions: dict[tuple[str, str], list[tuple[CourtyardRule, int | None]]] = defaultdict(list)
    for rule, number in rows:
        versions[rule.grid, rule.title].append((rule, number))
    return Rules(
        grid=grid_name(district, grid),
        rules=tuple(
            RuleHistory(grid_name(district, code), title, _history(found))
            for (code, title), found in versions.items()
        ),
        courtyards=tuple(
            (node.code, grid_name(district, node.code)) for node in district.children_by_code[grid]
        ),
    )


def _history(rows: Sequence[tuple[CourtyardRule, int | None]]) -> tuple[RuleView, ...]:
    """Versions of one rule, newest first, each with what it changed."""
    found: list[RuleView] = []
    before: str | None = None
    for rule, number in rows:
        found.append(
            RuleView(
                version=rule.version,
                text=rule.text,
                adopted_at=rule.adopted_at,
                repealed_at=rule.repealed_at,
                deliberation=number,
                changes=() if before is None else difference(before, rule.text),
            )
        )
        before = rule.text
    return tuple(reversed(found))
