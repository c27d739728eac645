"""Step 3 on the board: options with their versions, what changed, and what the lawyers said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.difference import difference
from models.deliberation.meeting import Amendment
from models.deliberation.plan import LegalityCheck, PlanOption, PlanVersion
from workflows.deliberation.board.names import post_name, post_or_code
from workflows.deliberation.board.parts import (
    AmendmentView,
    ChangeView,
    LegalityView,
    OptionView,
    VersionView,
)
from workflows.work import Work

_HIDDEN_FIELDS = frozenset({"contractor", "topic_id", "letter", "state"})
"""What a version keeps but the text of an option does not say."""


async def read_options(
    work: Work, deliberation: Deliberation, topics: dict[int, str]
) -> tuple[OptionView, ...]:
    """The options that were handed in and not dropped, by their letters."""
    options = (
        await work.session.scalars(
            select(PlanOption)
            .where(
                col(PlanOption.deliberation_id) == deliberation.key,
                col(PlanOption.state) == "ready",
            )
            .order_by(col(PlanOption.letter))
        )
    ).all()
    keys = [option.key for option in options]
    versions: dict[int, list[PlanVersion]] = defaultdict(list)
    for version in await work.session.scalars(
        select(PlanVersion)
        .where(col(PlanVersion.option_id).in_(keys))
        .order_by(col(PlanVersion.version))
    ):
        versions[version.option_id].append(version)
    checks: dict[int, list[LegalityCheck]] = defaultdict(list)
    for check in await work.session.scalars(
        select(LegalityCheck)
        .where(col(LegalityCheck.option_id).in_(keys))
        .order_by(col(LegalityCheck.id).desc())
    ):
        checks[check.option_id].append(check)
    return tuple(
        OptionView(
            letter=option.letter,
            title=option.title,
            topic=topics.get(option.topic_id or 0),
            what=option.what,
            place=option.place,
            cost_cents=option.cost_cents,
            payer=option.payer,
            doer=option.doer,
            by_when=option.by_when,
            risks=option.risks,
            version=option.version,
            versions=_versions(work, versions[option.key]),
            legality=tuple(_legality(work, check) for check in checks[option.key]),
        )
        for option in options
    )


def _versions(work: Work, rows: Sequence[PlanVersion]) -> tuple[VersionView, ...]:
    before: dict[str, Any] | None = None
    found: list[VersionView] = []
    for row in rows:
        found.append(
            VersionView(
                version=row.version,
                at=row.at,
                author=post_or_code(work.district, row.author),
                note=row.note,
                changes=() if before is None else tuple(_changes(before, row.fields)),
            )
        )
        before = row.fields
    return tuple(reversed(found))


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[ChangeView]:
    changes = []
    for name, value in after.items():
        if name in _HIDDEN_FIELDS:
            continue
        old, new = _said(name, before.get(name)), _said(name, value)
        if old != new:
            changes.append(ChangeView(name, difference(old, new)))
    return changes


def _said(name: str, value: Any) -> str:
    """A field as text; money in yuan, as the page says it."""
    if value is None:
        return ""
    if name == "cost_cents":
        return f"{int(value) / 100:,.2f}".removesuffix(".00")
    return str(value)


def _legality(work: Work, check: LegalityCheck) -> LegalityView:
    return LegalityView(
        version=check.version,
        verdict=check.verdict,
        text=check.text,
        lawyer=post_name(work.district, check.lawyer),
        answered_at=check.answered_at,
    )


async def read_amendments(work: Work, deliberation: Deliberation) -> tuple[AmendmentView, ...]:
    """Changes that people asked for in the consultation."""
    rows = await work.session.execute(
        select(Amendment, col(PlanOption.letter))
        .join(PlanOption, col(PlanOption.id) == col(Amendment.option_id))
        .where(col(Amendment.deliberation_id) == deliberation.key)
        .order_by(col(Amendment.id))
    )
    return tuple(
        AmendmentView(letter, amendment.text, amendment.state, amendment.reason)
        for amendment, letter in rows
    )
