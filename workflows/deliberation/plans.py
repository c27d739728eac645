"""Step 3, 制定方案: authors write plan options in versions, and hand them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.difference import Change, Piece, difference
from models.deliberation.opinion import Topic
from models.deliberation.plan import LegalityCheck, PlanComment, PlanOption, PlanVersion
from models.deliberation.steps import Capacity, Step
from models.district import Staff
from models.errors import InvalidInput, NotFound
from workflows.deliberation.access import INVITED, invited, load, require
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.events import record
from workflows.deliberation.legality import (
    answer_legality,
    ask_legality,
    comment_option,
    open_checks,
)
from workflows.deliberation.options import (
    WRITTEN,
    expect_alive,
    expect_complete,
    keep_version,
    known_topic,
    option_with,
    require_author,
    revise,
)
from workflows.deliberation.posts import organisers, tell_posts
from workflows.work import Person, Work

__all__ = [
    "Change",
    "OptionView",
    "Piece",
    "answer_legality",
    "ask_legality",
    "begin_option",
    "comment_option",
    "compare_versions",
    "drop_option",
    "hand_in_option",
    "invite_author",
    "list_options",
    "open_checks",
    "revise",
    "versions_of",
    "write_option",
]


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option with what goes with it."""

    option: PlanOption
    author: Staff | None
    """Who began it; None when that post left the files."""
    missing: tuple[str, ...]
    """What it must still say (`PlanOption.missing`)."""
    check: LegalityCheck | None
    """Of its newest version: the lawyer's answer, else the open question, else None."""
    comments: tuple[PlanComment, ...]
    """On all its versions, oldest first."""

    @property
    def checked(self) -> bool:
        """Whether a lawyer answered about the newest version."""
        return self.check is not None and self.check.answered_at is not None


async def invite_author(work: Work, person: Person, d_id: int, staff_code: str) -> Staff:
    """The organiser lets a post (property, a volunteer …) write options too. Twice is once.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`post`) for an unknown post.
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, Step.CONFIRM, Step.DRAFT)
    post = work.district.staff_by_code.get(staff_code)
    if post is None:
        raise InvalidInput(staff_code, reason="post")
    if staff_code in await invited(work, deliberation):
        return post
    record(work, deliberation, INVITED, doer, Capacity.ORGANISER, staff=staff_code)
    await tell_posts(work, [staff_code], "d_author_invited", deliberation, by=doer.staff)
    return post


async def begin_option(
    work: Work, person: Person, d_id: int, title: str, topic_id: int | None = None
) -> PlanOption:
    """Begin an option; its letter follows the last one given, dropped ones included.

    Without `topic_id` it belongs to the only topic, if there is only one.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`options_many` after Z, `option_topic`
    and what `words` raises).
    """
    deliberation = await load(work, d_id)
    doer = await require_author(work, person, deliberation)
    expect_step(deliberation, Step.DRAFT)
    said = words(title, 60)
    given = await _options(work, deliberation)
    if len(given) >= len(ascii_uppercase):
        raise InvalidInput("after Z", reason="options_many")
    option = PlanOption(
        deliberation_id=deliberation.key,
        letter=ascii_uppercase[len(given)],
        topic_id=await _topic(work, deliberation, topic_id),
        title=said,
        author=doer.name,
    )
    work.session.add(option)
    await work.session.flush()
    keep_version(work, option, doer, "")
    record(work, deliberation, "begin_option", doer, Capacity.AUTHOR, option=option.key)
    return option


async def _topic(work: Work, deliberation: Deliberation, topic_id: int | None) -> int | None:
    if topic_id is not None:
        return await known_topic(work, deliberation, topic_id)
    topics = await work.session.scalars(
        select(col(Topic.id)).where(col(Topic.deliberation_id) == deliberation.key).limit(2)
    )
    ids = list(topics)
    return ids[0] if len(ids) == 1 else None


async def write_option(
    work: Work, person: Person, option_id: int, *, note: str = "", **fields: Any
) -> PlanOption:
    """Change an option: a new version, with `note` on why. See `options.revise` for the fields.

    One that was handed in stays so, but its new version needs a lawyer's answer of its own.

    Raises ActionNotAllowed, NotReady (`step`, `option_missing`: it was handed in and would lack
    something; `option_dropped`), InvalidInput.
    """
    option, deliberation = await option_with(work, option_id)
    doer = await require_author(work, person, deliberation)
    expect_step(deliberation, Step.DRAFT)
    expect_alive(option)
    return await revise(work, deliberation, option, doer, fields, note=note)


async def hand_in_option(work: Work, person: Person, option_id: int) -> PlanOption:
    """Say that an option is complete; the organiser hears of it. Twice is once.

    Raises ActionNotAllowed, NotReady (`step`, `option_dropped`, `option_missing` with `missing`).
    """
    option, deliberation = await option_with(work, option_id)
    doer = await require_author(work, person, deliberation)
    expect_step(deliberation, Step.DRAFT)
    expect_alive(option)
    expect_complete(option)
    if option.state == "ready":
        return option
    option.state = "ready"
    record(work, deliberation, "hand_in_option", doer, Capacity.AUTHOR, option=option.key)
    others = [code for code in organisers(work, deliberation) if code != doer.name]
    await tell_posts(
        work,
        others,
        "d_option_ready",
        deliberation,
        subject_id=option.key,
        option=option,
        by=doer.staff,
    )
    return option


async def drop_option(work: Work, person: Person, option_id: int, reason: str = "") -> PlanOption:
    """Give an option up: its author, or the organiser. Its letter is not given again.

    Raises NotFound for another author, NotReady (`step`).
    """
    option, deliberation = await option_with(work, option_id)
    doer = await require_author(work, person, deliberation)
    if Capacity.ORGANISER not in doer.capacities and option.author != doer.name:
        raise NotFound("somebody else's option")
    expect_step(deliberation, Step.DRAFT)
    if option.state != "dropped":
        option.state = "dropped"
        record(
            work,
            deliberation,
            "drop_option",
            doer,
            Capacity.AUTHOR,
            text=reason.strip() or None,
            option=option.key,
        )
    return option


async def versions_of(work: Work, option_id: int) -> list[PlanVersion]:
    """Every version of an option, the newest first. Raises NotFound."""
    found = await work.session.scalars(
        select(PlanVersion)
        .where(col(PlanVersion.option_id) == option_id)
        .order_by(col(PlanVersion.version).desc())
    )
    versions = list(found)
    if not versions:
        raise NotFound(f"option {option_id}")
    return versions


async def compare_versions(work: Work, option_id: int, a: int, b: int) -> list[Change]:
    """What differs from version `a` to version `b`, field by field. Raises NotFound."""
    old = await work.session.get(PlanVersion, (option_id, a))
    new = await work.session.get(PlanVersion, (option_id, b))
    if old is None or new is None:
        raise NotFound(f"version {a} or {b} of option {option_id}")
    changes = []
    for name in WRITTEN:
        before, after = _plain(old.fields.get(name)), _plain(new.fields.get(name))
        if before != after:
            changes.append(Change(name, before, after, difference(before, after)))
    return changes


def _plain(value: object) -> str:
    return "" if value is None else str(value)


async def list_options(work: Work, deliberation: Deliberation) -> list[OptionView]:
    """Every option that was not dropped, by letter."""
    options = [o for o in await _options(work, deliberation) if o.state != "dropped"]
    ids = [option.key for option in options]
    checks = (
        await work.session.scalars(
            select(LegalityCheck)
            .where(col(LegalityCheck.option_id).in_(ids))
            .order_by(col(LegalityCheck.id))
        )
    ).all()
    comments = (
        await work.session.scalars(
            select(PlanComment)
            .where(col(PlanComment.option_id).in_(ids))
            .order_by(col(PlanComment.id))
        )
    ).all()
    return [
        OptionView(
            option=option,
            author=work.district.staff_by_code.get(option.author),
            missing=option.missing,
            check=_check_of(option, checks),
            comments=tuple(c for c in comments if c.option_id == option.key),
        )
        for option in options
    ]


def _check_of(option: PlanOption, checks: Sequence[LegalityCheck]) -> LegalityCheck | None:
    """The newest answer about this version, else the newest question."""
    mine = [c for c in checks if (c.option_id, c.version) == (option.key, option.version)]
    answered = [check for check in mine if check.answered_at is not None]
    found = answered or mine
    return found[-1] if found else None


async def _options(work: Work, deliberation: Deliberation) -> list[PlanOption]:
    found = await work.session.scalars(
        select(PlanOption)
        .where(col(PlanOption.deliberation_id) == deliberation.key)
        .order_by(col(PlanOption.id))
    )
    return list(found)
