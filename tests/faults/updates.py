"""Updates as the Bot API writes them."""

from __future__ import annotations

import json
from typing import Any


def update(update_id: int, person: int, number: int, words: str, **more: Any) -> dict[str, Any]:
    """Something that a person says in their own chat."""
    who = {"id": person, "is_bot": False, "first_name": "居民", "language_code": "zh-hans"}
    chat = {"id": person, "type": "private", "first_name": "居民"}
    body = {"message_id": number, "date": 0, "chat": chat, "from": who, "text": words}
    return {"update_id": update_id, "message": body | more}


def message(update_id: int, person: int, number: int, words: str, **more: Any) -> bytes:
    """The same, as bytes."""
    return json.dumps(update(update_id, person, number, words, **more)).encode()
