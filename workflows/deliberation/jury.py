"""A group drawn by lot (抽签), so that not always the same people speak.

Everything needed to draw it again is public: the candidates under names that mean nothing, their
strata, the seed, and the rule in `models.deliberation.sortition`. Only those drawn can be told from
their pseudonyms, by us, to ask them.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.electorate import concerned
from models.deliberation.meeting import Juror, Jury
from models.deliberation.sortition import draw, next_substitute
from models.deliberation.steps import Capacity
from models.errors import InvalidInput, NotFound, NotReady
from models.people import Resident
from workflows.deliberation.access import doer_of, load, require
from workflows.deliberation.checks import words
from workflows.deliberation.events import record
from workflows.deliberation.posts import organisers, tell_posts
from workflows.work import Person, Work

STRATA = ("courtyard", "building", "none")
LARGEST = 50
MAX_PURPOSE = 200
MAX_SEED = 64


async def draw_jury(
    work: Work,
    person: Person,
    d_id: int,
    purpose: str,
    size: int,
    strata: str = "courtyard",
    *,
    seed: str | None = None,
) -> Jury:
    """Draw `size` residents of the concerned grids, and as many substitutes; ask them.

    `seed` may come from outside (a lottery number of the day, dice thrown before everybody); left
    out, it is drawn here. For one purpose there is one draw, so nobody draws until they like it.

    Raises ActionNotAllowed, NotReady (`ended`, `jury_drawn`), InvalidInput (`jury_size`, `strata`,
    `jury_pool` with `pool` when there are too few candidates, and what `words` raises).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    if not deliberation.running:
        raise NotReady("ended", reason="ended")
    said = words(purpose, MAX_PURPOSE)
    if not 1 <= size <= LARGEST:
        raise InvalidInput(f"size {size}", reason="jury_size", most=LARGEST)
    if strata not in STRATA:
        raise InvalidInput(strata, reason="strata")
    if any(jury.purpose == said for jury in await juries_of(work, d_id)):
        raise NotReady("drawn", reason="jury_drawn")
    people = await _candidates(work, deliberation, strata)
    if len(people) < size:
        raise InvalidInput("too few", reason="jury_pool", pool=len(people))
    jury = Jury(
        deliberation_id=d_id,
        purpose=said,
        size=size,
        seed=words(seed, MAX_SEED) if seed is not None else secrets.token_hex(16),
        pool=sorted([name, stratum] for name, (stratum, _) in people.items()),
        drawn=[],
        drawn_at=work.now,
    )
    found = draw(((name, stratum) for name, stratum in jury.pool), jury.seed, size, size)
    jury.drawn = [*found.members, *found.substitutes]
    work.session.add(jury)
    await work.session.flush()
    for name in jury.drawn:
        asked = name in found.members
        work.session.add(
            Juror(
                jury_id=jury.id or 0,
                resident_id=people[name][1],
                pseudonym=name,
                state="asked" if asked else "substitute",
            )
        )
        if asked:
            await _ask(work, deliberation, jury, people[name][1])
    record(
        work,
        deliberation,
        "draw_jury",
        doer,
        Capacity.ORGANISER,
        text=said,
        jury=jury.id,
        seed=jury.seed,
        size=size,
    )
    return jury


async def _candidates(
    work: Work, deliberation: Deliberation, strata: str
) -> dict[str, tuple[str, int]]:
    """Stratum and account by a pseudonym made for this draw: who consented and lives there."""
    residents = await work.session.execute(
        select(
            col(Resident.id),
            col(Resident.grid),
            col(Resident.lane),
            col(Resident.number),
            col(Resident.building),
        ).where(
            col(Resident.consented_at).is_not(None),
            col(Resident.grid).is_not(None),
            col(Resident.unreachable_since).is_(None),
        )
    )
    found = {}
    for account, grid, *doorway in residents:
        if grid is None or not concerned(grid, deliberation.grids):
            continue
        place = {
            "courtyard": grid,
            "building": " ".join([grid, *(part for part in doorway if part)]),
            "none": "",
        }
        found[secrets.token_hex(6)] = (place[strata], account)
    return found


async def _ask(work: Work, deliberation: Deliberation, jury: Jury, account: int) -> None:
    await work.services.notifier.resident(
        work,
        account,
        "d_jury_asked",
        deliberation=deliberation,
        purpose=jury.purpose,
        subject_id=jury.id,
    )


async def answer_jury(work: Work, person: Person, jury_id: int, accept: bool) -> Juror:
    """Somebody who was drawn accepts or declines; a substitute of the same stratum is asked next.

    The same answer twice is one; when nobody is left to ask, the organiser is told.

    Raises NotFound for who was not drawn, NotReady (`ended`, `jury_answered`).
    """
    jury = await work.session.get(Jury, jury_id)
    juror = await work.session.get(Juror, (jury_id, person.id))
    if jury is None or juror is None or juror.state == "substitute":
        raise NotFound(f"jury {jury_id}")
    deliberation = await load(work, jury.deliberation_id)
    wanted = "accepted" if accept else "declined"
    if juror.state == wanted:
        return juror
    if not deliberation.running:
        raise NotReady("ended", reason="ended")
    if juror.state != "asked":
        raise NotReady(juror.state, reason="jury_answered")
    juror.state = wanted
    doer = await doer_of(work, person, deliberation)
    record(
        work,
        deliberation,
        "answer_jury",
        doer,
        Capacity.RESIDENT,
        jury=jury.id,
        accepted=accept,
    )
    if not accept:
        await _replace(work, deliberation, jury, juror)
    return juror


async def _replace(work: Work, deliberation: Deliberation, jury: Jury, gone: Juror) -> None:
    stratum_of: dict[str, str] = {row[0]: row[1] for row in jury.pool}
    rows = await work.session.scalars(
        select(Juror).where(col(Juror.jury_id) == jury.id, col(Juror.state) == "substitute")
    )
    waiting = {row.pseudonym: row for row in rows}
    queue = [(name, stratum_of[name]) for name in jury.drawn if name in waiting]
    following = next_substitute(queue, stratum_of[gone.pseudonym])
    if following is None:
        await tell_posts(
            work,
            organisers(work, deliberation),
            "d_jury_short",
            deliberation,
            purpose=jury.purpose,
        )
        return
    juror = waiting[following[0]]
    juror.state = "asked"
    await _ask(work, deliberation, jury, juror.resident_id)


async def juries_of(work: Work, d_id: int) -> list[Jury]:
    """Every draw of a deliberation, oldest first."""
    found = await work.session.scalars(
        select(Jury).where(col(Jury.deliberation_id) == d_id).order_by(col(Jury.id))
    )
    return list(found)
