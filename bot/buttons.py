"""Signatures on buttons: a press counts only for the person it was drawn for.

Any client can send any callback data, so it is not to be believed (RELIABILITY, security). What
leaves through the outbox is signed with the chat it goes to; what comes in is checked and
stripped before a handler sees it. Rights are checked again at each press by the workflow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

SIGNATURE_LENGTH = 8
"""Characters of base64url: 48 bits, more than enough against guessing one press at a time."""
MAX_CALLBACK_BYTES = 64
"""Limit of the Bot API, InlineKeyboardButton.callback_data."""


class ButtonSigner:
    """Signs callback data for a chat and checks it on the way back."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.sha256(b"linmen buttons" + secret).digest()

    def _signature(self, chat_id: int, data: str) -> str:
        digest = hmac.digest(self._secret, f"{chat_id}:{data}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:6]).decode()

    def sign(self, chat_id: int, data: str) -> str:
        """The data with its signature behind it. Raises ValueError beyond the limit of 64 bytes."""
        signed = f"{data}:{self._signature(chat_id, data)}"
        if len(signed.encode()) > MAX_CALLBACK_BYTES:
            raise ValueError(f"callback data too long once signed: {data!r}")
        return signed

    def open(self, chat_id: int, signed: str) -> str | None:
        """The data without its signature, or None when it was not drawn for this chat."""
        data, separator, signature = signed.rpartition(":")
        if not separator or not hmac.compare_digest(
            signature.encode(), self._signature(chat_id, data).encode()
        ):
            return None
        return data

    def sign_markup(self, chat_id: int, markup: dict[str, Any]) -> None:
        """Sign every button of an inline keyboard in place."""
        for row in markup.get("inline_keyboard") or ():
            for button in row:
                if button.get("callback_data"):
                    button["callback_data"] = self.sign(chat_id, button["callback_data"])
