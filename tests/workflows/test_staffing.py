"""Posts, duty, the queue of a post and its digest, on a real database and a real Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import col, select

from dispatch.gazetteer import Gazetteer
from dispatch.queue import Entry, TicketQueue
from models.base import metadata
from models.district import District
from models.errors import ActionNotAllowed, InvalidInput, NotFound
from models.lifecycle import State
from models.people import Invitation, Resident, StaffAccount
from models.policy import Policy
from models.ticket import Ticket
from workflows import staffing
from workflows.queues import all_entries
from workflows.work import Person, Services, Work

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
WORKER, OTHER, LEAD, OFFICE = "worker-0101-1", "worker-0101-2", "lead-0101", "office-1"
STRANGER = 4242


class Heard:
    """Stands in for the outbox: remembers who was told what."""

    def __init__(self) -> None:
        self.notices: list[tuple[object, str]] = []

    async def resident(self, work: Work, resident_id: int, notice: str, **context: Any) -> None:
        self.notices.append((resident_id, notice))

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> None:
        self.notices.append((staff_code, notice))


@pytest.fixture
async def engine() -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(valkey_url, db=7)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def work(engine: AsyncEngine, district: District) -> AsyncIterator[Work]:
    services = Services(
        district=district,
        policy=Policy(queue_page=3),
        gazetteer=Gazetteer(district.grids),
        triage=cast(Any, None),
        queue=TicketQueue(None, district.root.code),
        notifier=Heard(),
    )
    async with AsyncSession(engine, expire_on_commit=False) as session:
        work = Work(session=session, now=NOW, services=services)
        await staffing.sync_staff(work, preset=True)
        await session.flush()
        yield work


def with_queue(work: Work, redis: Redis) -> Work:
    services = work.services
    queue = TicketQueue(redis, work.district.root.code)
    changed = Services(
        district=services.district,
        policy=services.policy,
        gazetteer=services.gazetteer,
        triage=services.triage,
        queue=queue,
        notifier=services.notifier,
    )
    return Work(session=work.session, now=work.now, services=changed)


async def person(work: Work, account_id: int) -> Person:
    """Whoever is behind an account, as the engine would load them."""
    resident = await work.session.get(Resident, account_id)
    if resident is None:
        resident = Resident(id=account_id, created_at=NOW)
        work.session.add(resident)
    row = await work.session.scalar(
        select(StaffAccount).where(col(StaffAccount.resident_id) == account_id)
    )
    if row is None or not row.active:
        return Person(resident)
    return Person(resident, work.district.staff_by_code[row.code], row)


async def holder(work: Work, code: str) -> Person:
    row = await work.session.get(StaffAccount, code)
    assert row is not None
    assert row.resident_id is not None
    return await person(work, row.resident_id)


async def add_ticket(work: Work, number: int, **changes: Any) -> Ticket:
    values: dict[str, Any] = {
        "number": number,
        "category": "facility.lighting",
        "text": "楼道灯坏了三天了",
        "grid": "xg.01.01.01",
        "state": State.ACCEPTED,
        "assignee": WORKER,
        "created_at": NOW,
        "updated_at": NOW,
        "promised_at": NOW,
        "responded_at": NOW,
        "response_due_at": NOW + timedelta(hours=1),
        "resolution_due_at": NOW + timedelta(hours=number),
    }
    ticket = Ticket(**(values | changes))
    work.session.add(ticket)
    await work.session.flush()
    return ticket


# --- posts -------------------------------------------------------------------------------------


async def test_every_post_has_a_row_and_demo_accounts_are_bound(work: Work) -> None:
    rows = {row.code: row for row in await work.session.scalars(select(StaffAccount))}
    assert rows.keys() == work.district.staff_by_code.keys()
    for post in work.district.staff:
        assert rows[post.code].resident_id == post.telegram_id
        assert await work.session.get(Resident, post.telegram_id) is not None


async def test_without_presets_nobody_holds_a_post_by_an_invented_account(
    engine: AsyncEngine, work: Work
) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        fresh = Work(session=session, now=NOW, services=work.services)
        assert await staffing.sync_staff(fresh) == []
        rows = await session.scalars(select(StaffAccount))
        assert {row.resident_id for row in rows} == {None}


async def test_sync_never_takes_a_post_from_whoever_holds_it(work: Work) -> None:
    row = await work.session.get(StaffAccount, WORKER)
    assert row is not None
    row.resident_id = STRANGER
    await staffing.sync_staff(work, preset=True)
    assert row.resident_id == STRANGER


async def test_sync_does_not_bring_back_the_dismissed(work: Work) -> None:
    await staffing.dismiss_staff(work, await holder(work, OFFICE), WORKER)
    await staffing.sync_staff(work, preset=True)
    row = await work.session.get(StaffAccount, WORKER)
    assert row is not None
    assert (row.active, row.resident_id) == (False, None)


async def test_posts_that_left_the_files_lose_their_rights(work: Work) -> None:
    gone = StaffAccount(code="long-gone", resident_id=STRANGER)
    work.session.add(gone)
    await work.session.flush()
    await staffing.sync_staff(work, preset=True)
    assert not gone.active


async def test_invitation_binds_once(work: Work) -> None:
    token = await staffing.create_invitation(work, WORKER, 24)
    await work.session.flush()
    post = await staffing.bind_invitation(work, await person(work, STRANGER), token)
    assert post.code == WORKER
    bound = await person(work, STRANGER)
    assert bound.staff is post
    with pytest.raises(InvalidInput) as refused:
        await staffing.bind_invitation(work, await person(work, STRANGER + 1), token)
    assert refused.value.context["reason"] == "invitation"


async def test_following_the_link_twice_changes_nothing(work: Work) -> None:
    token = await staffing.create_invitation(work, WORKER, 24)
    await work.session.flush()
    await staffing.bind_invitation(work, await person(work, STRANGER), token)
    again = await staffing.bind_invitation(work, await person(work, STRANGER), token)
    assert again.code == WORKER


async def test_invitation_expires(work: Work) -> None:
    token = await staffing.create_invitation(work, WORKER, 24)
    await work.session.flush()
    work.now = NOW + timedelta(hours=24)
    with pytest.raises(InvalidInput):
        await staffing.bind_invitation(work, await person(work, STRANGER), token)


async def test_only_the_hash_of_a_token_is_stored(work: Work) -> None:
    token = await staffing.create_invitation(work, WORKER, 24)
    await work.session.flush()
    rows = (await work.session.scalars(select(Invitation))).all()
    assert [row.staff_code for row in rows] == [WORKER]
    assert token not in repr(rows)
    with pytest.raises(InvalidInput):
        await staffing.bind_invitation(work, await person(work, STRANGER), rows[0].token_hash)


async def test_only_the_latest_link_of_a_post_works(work: Work) -> None:
    old = await staffing.create_invitation(work, WORKER, 24)
    new = await staffing.create_invitation(work, WORKER, 24)
    await work.session.flush()
    with pytest.raises(InvalidInput):
        await staffing.bind_invitation(work, await person(work, STRANGER), old)
    assert await staffing.bind_invitation(work, await person(work, STRANGER), new)


async def test_dismissal_ends_unused_links(work: Work) -> None:
    token = await staffing.create_invitation(work, WORKER, 24)
    await staffing.dismiss_staff(work, await holder(work, OFFICE), WORKER)
    with pytest.raises(InvalidInput):
        await staffing.bind_invitation(work, await person(work, STRANGER), token)


async def test_a_new_holder_replaces_the_old_one(work: Work) -> None:
    before = await holder(work, WORKER)
    token = await staffing.create_invitation(work, WORKER, 24)
    await staffing.bind_invitation(work, await person(work, STRANGER), token)
    await work.session.flush()
    assert (await person(work, before.id)).staff is None
    assert (await person(work, STRANGER)).staff is not None


async def test_one_account_holds_one_post(work: Work) -> None:
    token = await staffing.create_invitation(work, LEAD, 24)
    await work.session.flush()
    with pytest.raises(InvalidInput):
        await staffing.bind_invitation(work, await holder(work, WORKER), token)


@pytest.mark.parametrize("hours", [0, 24 * 30 + 1])
async def test_validity_has_limits(work: Work, hours: int) -> None:
    with pytest.raises(InvalidInput):
        await staffing.create_invitation(work, WORKER, hours)


async def test_only_the_office_invites_and_dismisses(work: Work) -> None:
    lead = await holder(work, LEAD)
    with pytest.raises(ActionNotAllowed):
        await staffing.invite_staff(work, lead, WORKER, 24)
    with pytest.raises(ActionNotAllowed):
        await staffing.dismiss_staff(work, lead, WORKER)
    with pytest.raises(ActionNotAllowed):
        await staffing.list_posts(work, await person(work, STRANGER), "xg")
    office = await holder(work, OFFICE)
    with pytest.raises(ActionNotAllowed):
        await staffing.dismiss_staff(work, office, OFFICE)
    assert await staffing.invite_staff(work, office, WORKER, 24)


async def test_dismissal_moves_open_work_to_others(work: Work) -> None:
    ticket = await add_ticket(work, 1001)
    done = await staffing.dismiss_staff(work, await holder(work, OFFICE), WORKER)
    assert done.moved == 1
    assert ticket.assignee not in (None, WORKER)
    with pytest.raises(NotFound):
        await staffing.dismiss_staff(work, await holder(work, OFFICE), WORKER)


# --- duty --------------------------------------------------------------------------------------


async def test_duty_tells_what_is_in_hand_and_who_takes_over(work: Work) -> None:
    await add_ticket(work, 1, resolution_due_at=NOW - timedelta(minutes=1))
    await add_ticket(work, 2)
    await add_ticket(work, 3, state=State.RESOLVED)
    worker = await holder(work, WORKER)
    status = await staffing.set_duty(work, worker, False)
    assert (status.on, status.open, status.overdue) == (False, 2, 1)
    assert [member.code for member in status.substitutes] == [OTHER]
    assert worker.account is not None
    assert worker.account.duty_changed_at == NOW


async def test_when_no_colleague_is_on_duty_the_lead_takes_over(work: Work) -> None:
    await staffing.set_duty(work, await holder(work, OTHER), False)
    status = await staffing.set_duty(work, await holder(work, WORKER), False)
    assert [member.code for member in status.substitutes] == [LEAD]


async def test_residents_have_no_duty(work: Work) -> None:
    with pytest.raises(NotFound):
        await staffing.set_duty(work, await person(work, STRANGER), True)


# --- queue -------------------------------------------------------------------------------------


async def _numbers(work: Work, page: int) -> list[int]:
    shown = await staffing.queue_page(work, await holder(work, WORKER), page)
    return [ticket.number for ticket in shown.items]


async def _fill(work: Work) -> None:
    for number in (5, 3, 4, 1, 2):
        await add_ticket(work, number)
    await add_ticket(work, 9, emergency="gas")
    await add_ticket(work, 10, assignee=OTHER)
    await add_ticket(work, 11, state=State.CLOSED)


async def test_queue_without_redis_is_in_order_and_in_pages(work: Work) -> None:
    await _fill(work)
    shown = await staffing.queue_page(work, await holder(work, WORKER), 0)
    assert (shown.total, shown.pages, shown.overdue) == (6, 2, 0)
    assert await _numbers(work, 0) == [9, 1, 2]
    assert await _numbers(work, 1) == [3, 4, 5]
    assert await _numbers(work, 7) == [3, 4, 5]
    assert await _numbers(work, -1) == [9, 1, 2]


async def test_empty_queue(work: Work) -> None:
    shown = await staffing.queue_page(work, await holder(work, WORKER), 3)
    assert (shown.items, shown.page, shown.pages, shown.total) == ([], 0, 1, 0)


async def test_queue_in_redis_agrees_with_the_database(work: Work, redis: Redis) -> None:
    await _fill(work)
    there = with_queue(work, redis)
    await there.services.queue.rebuild(await all_entries(work.session, work.district))
    reads: list[str] = []
    engine = cast(AsyncEngine, work.session.bind).sync_engine

    def note(*details: Any) -> None:
        reads.append(details[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert await _numbers(there, 0) == [9, 1, 2]
        assert await _numbers(there, 1) == [3, 4, 5]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert not [sql for sql in reads if "OFFSET" in sql.upper()], "Redis was not believed"


@pytest.mark.parametrize("wrong", ["missing", "older", "foreign", "flushed"])
async def test_the_database_decides_when_redis_is_wrong(
    work: Work, redis: Redis, wrong: str
) -> None:
    await _fill(work)
    there = with_queue(work, redis)
    queue = there.services.queue
    entries = await all_entries(work.session, work.district)
    mine = [entry for entry in entries if entry.staff == WORKER]
    match wrong:
        case "missing":
            entries.remove(mine[0])
        case "older":
            entries[entries.index(mine[0])] = Entry(
                mine[0].ticket_id, 0, WORKER, mine[0].grid, NOW - timedelta(days=1)
            )
        case "foreign":
            stranger = next(entry for entry in entries if entry.staff == OTHER)
            entries[entries.index(mine[0])] = Entry(
                stranger.ticket_id, stranger.version, WORKER, mine[0].grid, NOW
            )
    await queue.rebuild(entries)
    if wrong == "flushed":
        await redis.flushdb()
    assert await _numbers(there, 0) == [9, 1, 2]


# --- digest ------------------------------------------------------------------------------------


async def test_digest_counts(work: Work) -> None:
    await holder(work, WORKER)
    await add_ticket(work, 1, resolution_due_at=NOW - timedelta(hours=1))
    await add_ticket(work, 2, resolution_due_at=NOW + timedelta(hours=14))
    await add_ticket(work, 3, resolution_due_at=NOW + timedelta(hours=15))
    await add_ticket(
        work,
        4,
        state=State.ASSIGNED,
        responded_at=None,
        response_due_at=NOW + timedelta(days=1),
        resolution_due_at=NOW + timedelta(days=2),
    )
    digest = await staffing.digest_for(work, WORKER)
    assert digest is not None
    # 01:30 UTC is 09:30 in Beijing: the day ends 14.5 hours later.
    assert (digest.open, digest.overdue, digest.due_today, digest.not_accepted) == (4, 1, 1, 1)
    assert [ticket.number for ticket in digest.items] == [1, 2, 3, 4]
    assert digest.waiting_desk == 0


async def test_no_digest_without_work_or_off_duty(work: Work) -> None:
    assert await staffing.digest_for(work, WORKER) is None
    await add_ticket(work, 1)
    assert await staffing.digest_for(work, WORKER) is not None
    await staffing.set_duty(work, await holder(work, WORKER), False)
    assert await staffing.digest_for(work, WORKER) is None
    assert await staffing.digest_for(work, "nobody") is None


async def test_leads_are_told_what_waits_for_them(work: Work) -> None:
    await holder(work, LEAD)
    await add_ticket(work, 1, state=State.TRIAGE, assignee=None)
    await add_ticket(work, 2, state=State.UNASSIGNED, assignee=None, grid="xg.02.01.01")
    digest = await staffing.digest_for(work, LEAD)
    assert digest is not None
    assert (digest.open, digest.waiting_desk, digest.items) == (0, 1, [])


async def test_a_paused_ticket_is_never_late(work: Work) -> None:
    ticket = await add_ticket(
        work,
        1,
        state=State.WAITING_RESIDENT,
        paused_at=NOW - timedelta(hours=2),
        resolution_due_at=NOW - timedelta(hours=1),
    )
    assert not staffing.is_late(ticket, NOW)
    status = await staffing.duty_status(work, await holder(work, WORKER))
    assert (status.open, status.overdue) == (1, 0)


async def test_candidates_for_a_decider_come_nearest_and_on_duty_first(work: Work) -> None:
    ticket = await add_ticket(work, 1, state=State.UNASSIGNED, assignee=None, refused_by=[OTHER])
    await staffing.set_duty(work, await holder(work, LEAD), False)
    found = await staffing.assign_candidates(work, await holder(work, OFFICE), ticket)
    codes = [member.code for member in found]
    assert OTHER not in codes
    assert codes.index("building-010101") < codes.index(WORKER) < codes.index("office-2")
    assert codes.index(LEAD) > codes.index("office-2")
    assert "worker-0201-1" in codes
