"""After the closing of a secret ballot no row of the database links a voter to a choice."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from models.base import metadata
from models.deliberation.ballot import Ballot
from models.deliberation.electorate import voter_of
from models.deliberation.verify import verify_box
from models.messaging import ConversationState
from tests.workflows.deliberation.consultation import Hood, open_hood
from tests.workflows.deliberation.polling import NONE, A, B, chained, finish, home, polling, vote
from workflows.deliberation.ballots import cast, cast_at_door
from workflows.deliberation.proxies import accept_proxy, offer_proxy

PEOPLE = 24
_THE_BOX = {"ballot"}
"""The published box holds all choices and no voter; it is looked at by itself."""


@pytest.fixture
async def hood(tmp_path: Path) -> AsyncIterator[Hood]:
    async with open_hood(f"sqlite+aiosqlite:///{tmp_path / 'town.sqlite3'}") as hood:
        yield hood


async def dump(hood: Hood) -> list[tuple[str, str]]:
    """Every row of every table as text, in the order in which it lies in the database."""
    await hood.session.flush()
    rows: list[tuple[str, str]] = []
    for table in metadata.tables:
        found = await hood.session.execute(text(f'SELECT rowid AS "rowid", * FROM "{table}"'))
        rows += [(table, "|".join(map(str, row))) for row in found]
    return rows


async def voted(hood: Hood, seed: int) -> tuple[Ballot, dict[int, str], dict[int, str]]:
    """A closed ballot, cast in a random order; receipts and roll keys by account."""
    rng = random.Random(seed)
    deliberation, ballot = await polling(hood, PEOPLE)
    order = list(range(1, PEOPLE + 1))
    rng.shuffle(order)
    receipts: dict[int, str] = {}
    code = await offer_proxy(hood.work, await hood.neighbour(order[-1]), deliberation.key)
    await accept_proxy(hood.work, await hood.neighbour(order[0]), deliberation.key, code)
    for id_ in order[:-1]:
        hood.pass_time(minutes=3)
        await hood.run_until(hood.work.now)
        voter = await hood.neighbour(id_)
        choice = rng.choice((A, B, NONE))
        receipts[id_] = (await cast(hood.work, voter, ballot.key, choice)).code
    holder = await hood.neighbour(order[0])
    given = await cast(hood.work, holder, ballot.key, B, for_principal=order[-1])
    receipts[order[-1]] = given.code
    await cast_at_door(
        hood.work,
        await hood.staff("building-1"),
        ballot.key,
        home("909"),
        "王奶奶",
        A,
        confirmed=True,
    )
    assert verify_box(await finish(hood, ballot)).ok
    district = hood.work.district
    keys = {
        id_: voter_of((await hood.neighbour(id_)).resident, "household", district) for id_ in order
    }
    return ballot, receipts, keys


async def test_no_row_holds_a_voter_and_what_they_cast(hood: Hood) -> None:
    ballot, receipts, keys = await voted(hood, 1)
    opened = {entry.commitment: entry for entry in await chained(hood)}
    rows = [(table, row) for table, row in await dump(hood) if table not in _THE_BOX]
    for id_, receipt in receipts.items():
        secrets = (receipt, opened[receipt].nonce)
        holding = [(table, row) for table, row in rows if any(part in row for part in secrets)]
        assert [table for table, _ in holding] == ["ballot_entry"]
        parts = holding[0][1].split("|")
        assert str(id_) not in parts[6:], "the account stands beside the choice"
        assert keys[id_] not in holding[0][1]
        assert parts[-1] == "None", "a voter stands in a secret entry"
    published = str(ballot.published)
    for key in keys.values():
        assert key not in published
    for table, row in rows:
        if "approve" in row:
            assert table == "ballot_entry"


async def test_no_row_of_a_secret_ballot_bears_a_time_or_a_channel(hood: Hood) -> None:
    await polling(hood, 1)
    columns = {
        table: set(metadata.tables[table].columns.keys())
        for table in ("ballot_entry", "ballot_slip", "ballot_roll")
    }
    assert columns["ballot_entry"] == {
        "ballot_id",
        "position",
        "commitment",
        "link",
        "nonce",
        "choice",
        "voter",
    }
    assert columns["ballot_slip"] == {"ballot_id", "commitment", "nonce", "choice"}
    assert columns["ballot_roll"] == {"ballot_id", "voter", "channel", "resident_id", "by_staff"}


@pytest.mark.parametrize("seed", range(3))
async def test_neither_roll_nor_contributions_tell_the_order_of_casting(
    hood: Hood, seed: int
) -> None:
    await voted(hood, seed)
    rows = await dump(hood)
    roll = [row.split("|", 2)[2] for table, row in rows if table == "ballot_roll"]
    assert len(roll) == PEOPLE + 1
    assert roll == sorted(roll)
    accounts = await hood.session.execute(
        text(
            "SELECT c.id, r.voter FROM deliberation_contribution c JOIN ballot_roll r "
            "ON r.resident_id = c.author_id AND r.channel = 'chat' "
            "WHERE c.kind = 'ballot' ORDER BY c.id"
        )
    )
    voters = [voter for _, voter in accounts]
    assert voters == sorted(voters)


async def test_nobody_is_chained_with_fewer_than_five(hood: Hood) -> None:
    """Whoever watched when a neighbour voted learns a handful, never the ballot."""
    _, ballot = await polling(hood, PEOPLE)
    batches: list[int] = []
    for id_ in range(1, PEOPLE + 1):
        before = ballot.length
        await vote(hood, ballot, A, first=id_)
        await hood.run_until(hood.work.now + timedelta(minutes=31))
        if ballot.length > before:
            batches.append(ballot.length - before)
    before = ballot.length
    await finish(hood, ballot)
    assert batches
    assert min(*batches, ballot.length - before) >= 5


async def test_the_chain_is_in_another_order_than_the_casting(hood: Hood) -> None:
    _, ballot = await polling(hood, PEOPLE)
    cast_order = [receipt.code for receipt in await vote(hood, ballot, *[A] * PEOPLE)]
    await finish(hood, ballot)
    chain = [entry.commitment for entry in await chained(hood)]
    assert sorted(chain) == sorted(cast_order)
    assert chain != cast_order, "one in 24! that this fails by chance"


async def test_casting_a_secret_vote_marks_its_update_and_an_open_one_does_not(
    hood: Hood,
) -> None:
    _, ballot = await polling(hood, 2)
    await vote(hood, ballot, A)
    assert hood.work.secret


async def test_a_half_filled_ballot_is_in_no_conversation_after_the_closing(hood: Hood) -> None:
    """Whoever stopped in the middle, at home or at somebody's door; other things are left."""
    _, ballot = await polling(hood, 1)
    door = {"form": "d_door_ballot", "values": {"approve": ["A"]}}
    states = {
        "1": {"ballot": {"chosen": ["A"]}, "shelf": ["a photo"]},
        "2": {"filling": door},
        "3": {"filling": {"form": "d_propose", "values": {"title": "A"}}},
    }
    for key, data in states.items():
        hood.session.add(
            ConversationState(key=key, state="Choosing:ballot", data=data, updated_at=hood.work.now)
        )
    await finish(hood, ballot)
    left = {
        row.key: (row.state, row.data)
        for row in await hood.session.scalars(select(ConversationState))
    }
    assert left["1"] == (None, {"shelf": ["a photo"]})
    assert left["2"] == (None, {})
    assert left["3"] == ("Choosing:ballot", states["3"])


async def test_an_open_ballot_keeps_the_voter(hood: Hood) -> None:
    _, ballot = await polling(hood, 2, secret=False)
    await vote(hood, ballot, A)
    assert not hood.work.secret
    assert [entry.voter for entry in await chained(hood)] != [None]
