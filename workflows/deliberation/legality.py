"""Step 3: what the council says of an option, and whether a lawyer finds it lawful."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.plan import LegalityCheck, PlanComment, PlanOption
from models.deliberation.steps import Capacity, Step
from models.district import Role, covers
from models.errors import InvalidInput, NotFound, NotReady
from workflows.deliberation.access import require
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.events import record
from workflows.deliberation.options import (
    expect_alive,
    expect_complete,
    option_with,
    require_author,
)
from workflows.deliberation.posts import organisers, tell_posts
from workflows.work import Person, Work

VERDICTS = ("lawful", "conditional", "unlawful")
_AMENDABLE = (Step.DRAFT, Step.ANNOUNCE, Step.CONSULT)
"""Steps in which an option may get a new version, and so a new question to the lawyers."""


async def comment_option(work: Work, person: Person, option_id: int, text: str) -> PlanComment:
    """What a council member or the organiser says of an option; its author hears of it.

    Raises ActionNotAllowed, NotReady (`step`), and what `words` raises.
    """
    option, deliberation = await option_with(work, option_id)
    doer = await require(work, person, deliberation, Capacity.COUNCIL, Capacity.ORGANISER)
    expect_step(deliberation, *_AMENDABLE)
    comment = PlanComment(
        option_id=option.key,
        version=option.version,
        author=doer.name,
        text=words(text, 500),
        at=work.now,
    )
    work.session.add(comment)
    await work.session.flush()
    if option.author != doer.name:
        await tell_posts(
            work,
            [option.author],
            "d_option_comment",
            deliberation,
            subject_id=option.key,
            option=option,
            by=doer.staff,
            text=comment.text,
        )
    return comment


async def ask_legality(work: Work, person: Person, option_id: int) -> LegalityCheck:
    """Ask the lawyers of the panel whether the newest version of an option is lawful.

    One that is still open, or was answered, is not asked again.

    Raises ActionNotAllowed, NotReady (`step`, `option_missing`, `option_dropped`, `no_lawyer`).
    """
    option, deliberation = await option_with(work, option_id)
    doer = await require_author(work, person, deliberation)
    expect_step(deliberation, *_AMENDABLE)
    expect_alive(option)
    expect_complete(option)
    known = await _newest_check(work, option)
    if known is not None:
        return known
    panel = lawyers(work, deliberation)
    if not panel:
        raise NotReady("no lawyer", reason="no_lawyer")
    check = LegalityCheck(
        option_id=option.key, version=option.version, asked_by=doer.name, asked_at=work.now
    )
    work.session.add(check)
    await work.session.flush()
    record(
        work,
        deliberation,
        "ask_legality",
        doer,
        Capacity.AUTHOR,
        option=option.key,
        version=option.version,
    )
    await tell_posts(
        work,
        panel,
        "d_legality_asked",
        deliberation,
        subject_id=check.id,
        option=option,
        by=doer.staff,
    )
    return check


def lawyers(work: Work, deliberation: Deliberation) -> list[str]:
    """Staff codes of the panel (法律服务) for the council's community."""
    return [
        post.code
        for post in work.district.staff
        if post.role is Role.LAWYER and covers(post.grid, deliberation.council)
    ]


async def _newest_check(work: Work, option: PlanOption) -> LegalityCheck | None:
    found: LegalityCheck | None = await work.session.scalar(
        select(LegalityCheck)
        .where(
            col(LegalityCheck.option_id) == option.key,
            col(LegalityCheck.version) == option.version,
        )
        .order_by(col(LegalityCheck.id).desc())
        .limit(1)
    )
    return found


async def answer_legality(
    work: Work, person: Person, check_id: int, verdict: str, text: str
) -> LegalityCheck:
    """A lawyer answers; the first answer counts. Who asked, the author and the organiser read it.

    Raises ActionNotAllowed, NotFound, NotReady (`step`; `legality_answered` by a colleague),
    InvalidInput (`verdict`, and what `words` raises).
    """
    known = await work.session.get(LegalityCheck, check_id)
    if known is None:
        raise NotFound(f"check {check_id}")
    option, deliberation = await option_with(work, known.option_id)
    doer = await require(work, person, deliberation, Capacity.LAWYER)
    expect_step(deliberation, *_AMENDABLE)
    await work.session.refresh(known, with_for_update=True)
    if known.answered_at is not None:
        raise NotReady("answered", reason="legality_answered", letter=option.letter)
    if verdict not in VERDICTS:
        raise InvalidInput(verdict, reason="verdict")
    known.text = words(text)  # raises before anything is changed
    known.verdict = verdict
    known.lawyer = doer.name
    known.answered_at = work.now
    record(
        work,
        deliberation,
        "answer_legality",
        doer,
        Capacity.LAWYER,
        text=known.text,
        option=option.key,
        version=known.version,
        verdict=verdict,
    )
    await tell_posts(
        work,
        [known.asked_by, option.author, *organisers(work, deliberation)],
        "d_legality_answered",
        deliberation,
        subject_id=option.key,
        option=option,
        check=known,
        by=doer.staff,
    )
    return known


async def open_checks(work: Work, deliberation: Deliberation) -> list[LegalityCheck]:
    """Questions to the lawyers about the newest version of an option that nobody answered."""
    found = await work.session.scalars(
        select(LegalityCheck)
        .join(PlanOption, col(PlanOption.id) == col(LegalityCheck.option_id))
        .where(
            col(PlanOption.deliberation_id) == deliberation.key,
            col(PlanOption.state) != "dropped",
            col(LegalityCheck.version) == col(PlanOption.version),
            col(LegalityCheck.answered_at).is_(None),
        )
        .order_by(col(LegalityCheck.id))
    )
    return list(found)
