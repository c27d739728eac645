"""The inbox counts an update once, however it is delivered (RELIABILITY, cases 4, 5 and 17)."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from bot.database import Database
from bot.inbox import MAX_RAW_BYTES, chat_of, natural_key, parse_update, store_updates
from models.messaging import InboxUpdate

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WAIT = timedelta(milliseconds=700)


def message(update_id: int, chat: int, number: int, text: str = "灯坏了", **more: Any) -> bytes:
    body = {"message_id": number, "chat": {"id": chat}, "from": {"id": chat}, "text": text, **more}
    return json.dumps({"update_id": update_id, "message": body}).encode()


async def stored(database: Database) -> list[InboxUpdate]:
    async with database.transaction() as session:
        rows = await session.execute(select(InboxUpdate).order_by(col(InboxUpdate.id)))
        return list(rows.scalars())


async def put(database: Database, *raws: bytes) -> int:
    """Deliver updates; how many of them were new."""
    before = len(await stored(database))
    async with database.transaction() as session:
        await store_updates(session, raws, NOW, WAIT)
    return len(await stored(database)) - before


async def test_each_update_delivered_several_times_in_any_order_is_stored_once(
    database: Database,
) -> None:
    deliveries = [
        message(i, chat=i % 3 + 1, number=i) for i in range(1, 20) for _ in range(i % 5 + 1)
    ]
    random.Random(7).shuffle(deliveries)
    for start in range(0, len(deliveries), 4):
        await put(database, *deliveries[start : start + 4])
    assert sorted(row.update_id for row in await stored(database)) == list(range(1, 20))


async def test_ids_that_restart_lower_and_collide_with_an_old_one_are_all_kept(
    database: Database,
) -> None:
    assert await put(database, message(900, 1, 1)) == 1
    assert await put(database, message(900, 1, 2, text="另一件事")) == 1
    assert await put(database, message(3, 2, 1)) == 1
    assert len(await stored(database)) == 3


async def test_the_same_message_under_a_new_update_id_counts_once(database: Database) -> None:
    assert await put(database, message(1, 1, 5)) == 1
    assert await put(database, message(77, 1, 5)) == 0


async def test_edits_of_one_message_are_different_updates(database: Database) -> None:
    def edit(update_id: int, text: str) -> bytes:
        body = {"message_id": 5, "chat": {"id": 1}, "edit_date": 10, "text": text}
        return json.dumps({"update_id": update_id, "edited_message": body}).encode()

    assert await put(database, edit(1, "三单元"), edit(2, "四单元"), edit(2, "四单元")) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"x" * (MAX_RAW_BYTES + 1),
        b'{"update_id":1,"message":' + b"[" * 500 + b"]" * 500 + b"}",
        b"not json",
        b"[]",
        b"{}",
    ],
    ids=["huge", "deep", "not-json", "a-list", "no-id"],
)
async def test_what_is_no_update_is_set_aside_and_blocks_nothing(
    database: Database, raw: bytes
) -> None:
    await put(database, raw, message(2, 1, 1))
    bad, good = await stored(database)
    assert (bad.status, good.status) == ("failed", "new")
    assert bad.error


async def test_lone_surrogates_are_stored_and_can_be_read(database: Database) -> None:
    await put(database, message(1, 1, 1, text="坏\ud800了"))
    (row,) = await stored(database)
    assert row.status == "new"
    text = parse_update(row.raw)["message"]["text"]
    assert text.startswith("坏")
    text.encode()


async def test_parts_of_an_album_wait_for_each_other(database: Database) -> None:
    await put(database, message(1, 1, 1, media_group_id="a"), message(2, 1, 2))
    album, single = await stored(database)
    assert album.not_before == NOW + WAIT
    assert single.not_before is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["message", "callback_query", "edited_message", "poll", "new_thing"]),
        json_values
        | st.fixed_dictionaries(
            {"message_id": json_values, "chat": json_values, "from": json_values}
        ),
        max_size=2,
    )
)
def test_any_object_has_a_chat_and_a_key(update: dict[str, Any]) -> None:
    update = {"update_id": 1, **update}
    assert isinstance(chat_of(update), int)
    assert natural_key(update, "0" * 64)
