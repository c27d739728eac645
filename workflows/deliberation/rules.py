"""The rules of a courtyard (楼院管理制度): what is in force, and what was before."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.followup import CourtyardRule
from models.errors import InvalidInput
from workflows.deliberation.checks import words
from workflows.work import Work

MAX_TITLE = 60


async def adopt_rule(
    work: Work, deliberation: Deliberation, grid: str, title: str, text: str
) -> CourtyardRule:
    """Put a rule in force from now on; one of the same title there becomes history.

    Raises InvalidInput: `task_grid` for a grid outside the deliberation, and what `words` raises.
    """
    if grid not in deliberation.grids and grid != deliberation.council:
        raise InvalidInput(grid, reason="task_grid")
    title, text = words(title, MAX_TITLE), words(text, 4000)
    same = (col(CourtyardRule.grid) == grid, col(CourtyardRule.title) == title)
    version = await work.session.scalar(select(func.max(col(CourtyardRule.version))).where(*same))
    await work.session.execute(
        update(CourtyardRule)
        .where(*same, col(CourtyardRule.repealed_at).is_(None))
        .values(repealed_at=work.now)
    )
    rule = CourtyardRule(
        grid=grid,
        title=title,
        version=(version or 0) + 1,
        text=text,
        deliberation_id=deliberation.key,
        adopted_at=work.now,
    )
    work.session.add(rule)
    await work.session.flush()
    return rule


async def rules_in_force(work: Work, grid: str) -> list[CourtyardRule]:
    """What counts in a grid today: its own rules and those of the grids above it, by title."""
    above = [node.code for node in work.district.path(grid)]
    found = await work.session.scalars(
        select(CourtyardRule)
        .where(col(CourtyardRule.grid).in_(above), col(CourtyardRule.repealed_at).is_(None))
        .order_by(col(CourtyardRule.title), col(CourtyardRule.grid).desc())
    )
    return list(found)


async def rule_history(work: Work, grid: str, title: str) -> list[CourtyardRule]:
    """Every version of a rule of exactly this grid, the newest first."""
    found = await work.session.scalars(
        select(CourtyardRule)
        .where(col(CourtyardRule.grid) == grid, col(CourtyardRule.title) == title)
        .order_by(col(CourtyardRule.version).desc())
    )
    return list(found)
