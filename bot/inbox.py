"""The inbox: an update is stored before it is acknowledged, and counted once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import insert_for
from bot.transaction import lane_of
from models.messaging import InboxUpdate

MAX_RAW_BYTES = 512 * 1024
"""A larger update is set aside unread: nothing a person can send comes near it."""
MAX_DEPTH = 60
"""Nesting beyond this is set aside: no object of the Bot API is that deep."""

MAX_KEY = 160
"""Characters of a natural key; real ones have at most 90."""

JsonObject = dict[str, Any]


def parse_update(raw: bytes) -> JsonObject:
    """The update as an object, with lone surrogates made harmless.

    Raises:
        ValueError: not JSON, not an object, or without an update_id.
    """
    try:
        update = orjson.loads(raw)
    except orjson.JSONDecodeError:
        # orjson refuses lone surrogates, which Telegram can deliver; the standard library reads
        # them, and what cannot be written as UTF-8 becomes a replacement character.
        update = json.loads(raw.decode("utf-8", "replace"))
        update = json.loads(json.dumps(update, ensure_ascii=False).encode("utf-8", "replace"))
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise ValueError("not an update")
    return update


def kind_of(update: JsonObject) -> str:
    """The field that says what kind of update it is, or `unknown`."""
    return next((key for key in update if key != "update_id"), "unknown")


def chat_of(update: JsonObject) -> int:
    """The chat whose order the update keeps: the chat, else the person, else 0."""
    body = update.get(kind_of(update))
    if not isinstance(body, dict):
        return 0
    message = body.get("message")
    holder = message if isinstance(message, dict) else body
    for value in (holder.get("chat"), body.get("from"), body.get("user")):
        if isinstance(value, dict) and isinstance(value.get("id"), int):
            return int(value["id"])
    return 0


def natural_key(update: JsonObject, digest: str) -> str:
    """What makes two deliveries the same update.

    Not update_id alone: it may restart lower, collide with an old one, or change on redelivery of
    the same message (RELIABILITY, mechanism 5 and cases 4 and 5).
    """
    key = _natural(update, digest)
    if key is None or len(key) > MAX_KEY or "\0" in key:
        return f"update:{update['update_id']}:{digest[:32]}"
    return key


def _natural(update: JsonObject, digest: str) -> str | None:
    kind = kind_of(update)
    body = update.get(kind)
    if isinstance(body, dict):
        if kind == "callback_query" and body.get("id"):
            return f"callback_query:{body['id']}"
        if "message_id" in body and isinstance(body.get("chat"), dict):
            key = f"{kind}:{body['chat'].get('id')}:{body['message_id']}"
            if kind.startswith("edited_"):
                key += f":{body.get('edit_date')}:{digest[:16]}"
            return key
    return None


async def store_updates(
    session: AsyncSession, raws: Iterable[bytes], now: datetime, album_wait: timedelta
) -> None:
    """Insert updates that are new. Redelivered ones do nothing.

    A part of an album waits `album_wait` for the others, so that they become one request.
    """
    rows = [row for raw in raws if (row := _row(raw, now, album_wait))]
    if not rows:
        return
    statement = insert_for(session, InboxUpdate).on_conflict_do_nothing(
        index_elements=["natural_key"]
    )
    await session.execute(statement, rows)


def _row(raw: bytes, now: datetime, album_wait: timedelta) -> JsonObject | None:
    row: JsonObject = {
        "received_at": now,
        "status": "new",
        "attempts": 0,
        "not_before": None,
        "error": None,
    }
    digest = hashlib.sha256(raw).hexdigest()
    fault = ""
    update: JsonObject = {"update_id": 0}
    if len(raw) > MAX_RAW_BYTES:
        fault, raw = f"larger than {MAX_RAW_BYTES} bytes", raw[:1024]
    elif _depth(raw) > MAX_DEPTH:
        fault, raw = f"nested deeper than {MAX_DEPTH}", raw[:1024]
    else:
        try:
            update = parse_update(raw)
        except (ValueError, RecursionError) as error:
            fault = f"not an update: {error}"
        if not _fits(update["update_id"], chat_of(update)):
            fault, update = "a number beyond 64 bits", {"update_id": 0}
    chat_id = chat_of(update)
    body = update.get(kind_of(update))
    if isinstance(body, dict) and body.get("media_group_id"):
        row["not_before"] = now + album_wait
    if fault:
        row |= {"status": "failed", "error": fault}
    return row | {
        "natural_key": natural_key(update, digest),
        "update_id": update["update_id"],
        "digest": digest,
        "chat_id": chat_id,
        "lane": lane_of(chat_id),
        "raw": raw,
    }


def _fits(*numbers: int) -> bool:
    """Whether no database refuses the numbers: one refused row would hold up its whole batch."""
    return all(-(2**63) <= number < 2**63 for number in numbers)


def _depth(raw: bytes) -> int:
    """An upper bound on the nesting, cheap enough to take before parsing."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for byte in raw:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
