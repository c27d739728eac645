"""Somebody with the database in their hands changes one ballot: the published box is refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from models.deliberation.ballot import Ballot
from models.deliberation.chain import commit, genesis, link
from models.deliberation.verify import verify_box, verify_text
from tests.workflows.deliberation.consultation import ORGANISER, Hood, open_hood
from tests.workflows.deliberation.polling import A, B, finish, polling, vote
from workflows.deliberation.facts import gather_facts

CHANGED = json.dumps(B)


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def sql(hood: Hood, statement: str, **values: object) -> None:
    """What the tamperer types into the database's own shell."""
    await hood.session.flush()
    done = await hood.session.execute(text(statement), values)
    assert done.rowcount == 1  # type: ignore[attr-defined]
    hood.session.expire_all()


Tamper = Callable[[Hood], Awaitable[None]]


async def update_choice(hood: Hood) -> None:
    await sql(hood, "UPDATE ballot_entry SET choice = :c WHERE position = 4", c=CHANGED)


async def garble_choice(hood: Hood) -> None:
    await sql(hood, "UPDATE ballot_entry SET choice = '[1]' WHERE position = 4")


async def update_nonce(hood: Hood) -> None:
    nonce = secrets.token_hex(32)
    await sql(hood, "UPDATE ballot_entry SET nonce = :n WHERE position = 4", n=nonce)


async def update_choice_and_commitment(hood: Hood) -> None:
    nonce = secrets.token_hex(32)
    await sql(
        hood,
        "UPDATE ballot_entry SET choice = :c, nonce = :n, commitment = :k WHERE position = 4",
        c=CHANGED,
        n=nonce,
        k=commit(nonce, B),
    )


async def delete_last(hood: Hood) -> None:
    await sql(
        hood,
        "DELETE FROM ballot_entry WHERE position = (SELECT max(position) FROM ballot_entry)",
    )


async def delete_middle(hood: Hood) -> None:
    await sql(hood, "DELETE FROM ballot_entry WHERE position = 3")


async def insert_one(hood: Hood) -> None:
    nonce = secrets.token_hex(32)
    await sql(
        hood,
        "INSERT INTO ballot_entry (ballot_id, position, commitment, link, nonce, choice) "
        "SELECT ballot_id, 99, :k, link, :n, :c FROM ballot_entry WHERE position = 2",
        k=commit(nonce, B),
        n=nonce,
        c=CHANGED,
    )


async def append_one_with_a_right_link(hood: Hood) -> None:
    """A ballot that nobody cast, chained as an honest one would be: the roll gives it away."""
    ballot = await hood.session.get_one(Ballot, 1)
    nonce, position = secrets.token_hex(32), ballot.length + 1
    head = link(ballot.head, position, commit(nonce, B))
    await sql(
        hood,
        "INSERT INTO ballot_entry (ballot_id, position, commitment, link, nonce, choice) "
        "VALUES (1, :p, :k, :l, :n, :c)",
        p=position,
        k=commit(nonce, B),
        l=head,
        n=nonce,
        c=CHANGED,
    )
    await sql(hood, "UPDATE ballot SET head = :h, length = :p", h=head, p=position)


async def swap(hood: Hood) -> None:
    for before, after in ((2, 90), (3, 2), (90, 3)):
        await sql(
            hood,
            "UPDATE ballot_entry SET position = :a WHERE position = :b",
            a=after,
            b=before,
        )


async def change_header(hood: Hood) -> None:
    await sql(hood, "UPDATE ballot SET header = replace(header, '\"household\"', '\"resident\"')")


async def change_head(hood: Hood) -> None:
    await sql(hood, "UPDATE ballot SET head = :h", h="0" * 64)


async def take_off_the_roll(hood: Hood) -> None:
    await sql(hood, "DELETE FROM ballot_roll WHERE voter = (SELECT min(voter) FROM ballot_roll)")


BEFORE_CLOSING: list[Tamper] = [
    update_choice,
    garble_choice,
    update_nonce,
    update_choice_and_commitment,
    delete_last,
    delete_middle,
    insert_one,
    append_one_with_a_right_link,
    swap,
    change_header,
    change_head,
    take_off_the_roll,
]


@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.parametrize("tamper", BEFORE_CLOSING, ids=lambda tamper: tamper.__name__)
async def test_what_is_changed_while_voting_runs_voids_the_ballot(
    hood: Hood, tamper: Tamper, secret: bool
) -> None:
    deliberation, ballot = await polling(hood, 12, secret=secret)
    await vote(hood, ballot, *[A] * 12)
    await hood.run_until(hood.work.now + timedelta(minutes=31))
    assert ballot.length >= 7
    await tamper(hood)
    published = await finish(hood, await hood.session.get_one(Ballot, 1))
    assert verify_box(published).faults
    ballot = await hood.session.get_one(Ballot, 1)
    assert ballot.state == "void"
    assert not (await gather_facts(hood.work, deliberation)).decision
    assert hood.letters.to("d_ballot_void")[0] == ORGANISER
    assert "office-1" in hood.letters.to("d_ballot_void")
    assert hood.letters.to("d_ballot_result") == []


async def test_a_forger_who_rewrites_the_whole_chain_is_found_by_an_announced_head(
    hood: Hood,
) -> None:
    """Everything in the database fits again; what was announced before does not."""
    _, ballot = await polling(hood, 12, secret=False)
    receipts = await vote(hood, ballot, *[A] * 12)
    await hood.run_until(hood.work.now + timedelta(minutes=31))
    head = ballot.head
    nonce = secrets.token_hex(32)
    rows = (
        await hood.session.execute(
            text("SELECT position, commitment FROM ballot_entry ORDER BY position")
        )
    ).all()
    before = genesis(ballot.header)
    for position, commitment in rows:
        mine = position == 5
        now = commit(nonce, B) if mine else commitment
        before = link(before, position, now)
        await sql(
            hood,
            "UPDATE ballot_entry SET commitment = :k, link = :l WHERE position = :p",
            k=now,
            l=before,
            p=position,
        )
    await sql(
        hood,
        "UPDATE ballot_entry SET nonce = :n, choice = :c WHERE position = 5",
        n=nonce,
        c=CHANGED,
    )
    await sql(hood, "UPDATE ballot SET head = :h", h=before)
    await sql(hood, "UPDATE ballot_head SET head = :h WHERE length = 12", h=before)
    published = await finish(hood, await hood.session.get_one(Ballot, 1))
    assert verify_box(published).ok
    assert not verify_box(published, heads=[f"12:{head}"]).ok
    assert not verify_box(published, receipts=[receipts[4].code]).ok
    assert not verify_box(published, heads=[f"12:{receipts[11].head}"]).ok
    assert verify_box(published, receipts=[receipts[3].code]).ok


async def test_an_announced_head_that_stays_in_the_database_is_enough(hood: Hood) -> None:
    _, ballot = await polling(hood, 12, secret=False)
    await vote(hood, ballot, *[A] * 12)
    await hood.run_until(hood.work.now + timedelta(minutes=31))
    last = await hood.session.execute(text("SELECT link FROM ballot_entry WHERE position = 11"))
    await sql(hood, "DELETE FROM ballot_entry WHERE position = 12")
    await sql(hood, "UPDATE ballot SET length = 11, head = :h", h=last.scalar_one())
    await sql(hood, "DELETE FROM ballot_roll WHERE voter = (SELECT max(voter) FROM ballot_roll)")
    published = await finish(hood, await hood.session.get_one(Ballot, 1))
    assert any("ballots were taken out" in fault for fault in verify_box(published).faults)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"winner":"A"', '"winner":"B"'),
        ('"A":12', '"A":11'),
        ('"quorum_percent":50', '"quorum_percent":10'),
        ('{"approve":["A"]}', '{"approve":["B"]}'),
        ('"valid":true', '"valid":false'),
    ],
)
async def test_what_is_changed_after_the_closing_is_refused(hood: Hood, old: str, new: str) -> None:
    _, ballot = await polling(hood, 12)
    await vote(hood, ballot, *[A] * 12)
    await finish(hood, ballot)
    await hood.session.flush()
    stored = (await hood.session.execute(text("SELECT published FROM ballot"))).scalar_one()
    compact = json.dumps(json.loads(stored), separators=(",", ":"))
    assert verify_text(compact).ok
    changed = compact.replace(old, new, 1)
    assert changed != compact
    await sql(hood, "UPDATE ballot SET published = :p", p=changed)
    found = await hood.session.get_one(Ballot, 1)
    assert verify_box(found.published).faults


async def test_a_slip_that_was_taken_out_before_mixing_is_missed_by_its_voter(
    hood: Hood,
) -> None:
    _, ballot = await polling(hood, 12)
    receipts = await vote(hood, ballot, *[A] * 8)
    gone = receipts[0].code
    await sql(hood, "DELETE FROM ballot_slip WHERE commitment = :k", k=gone)
    published = await finish(hood, await hood.session.get_one(Ballot, 1))
    assert any("8 voters are on the roll, but 7" in f for f in verify_box(published).faults)
    assert not verify_box(published, receipts=[gone]).ok
