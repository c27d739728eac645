"""Keyboards: what `reply_markup` may be, checked in the words of tdlib/telegram-bot-api."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from web.sandbox.errors import ApiError, bad_request
from web.sandbox.params import Params

MAX_CALLBACK_DATA = 64  # bytes: Bot API, InlineKeyboardButton
MAX_BUTTONS = 100  # Telegram refuses more with REPLY_MARKUP_TOO_LONG
_URL = re.compile(r"(?i)(?:(?:https?|tg|ton)://\S+|[\w-]+(?:\.[\w-]+)+(?:[:/?#]\S*)?)$")
_OTHER_INLINE = (
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(slots=True, frozen=True)
class Markup:
    """One of: an inline keyboard, or what becomes of the keyboard under the chat."""

    inline: dict[str, Any] | None = None
    panel: dict[str, Any] | None = None  # a reply keyboard or a forced reply, as it came
    remove: bool = False


def read_markup(params: Params) -> Markup | None:
    """Return the checked `reply_markup` of a call; None if there is none.

    Raises:
        ApiError: 400 with Telegram's words.
    """
    value = params.json("reply_markup", "reply keyboard markup")
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if value.get("keyboard"):
        rows = _rows(value["keyboard"], 'field "keyboard" must be an Array of Arrays')
        keyboard = [[_plain_button(button) for button in row] for row in rows if row]
        return Markup(panel={**value, "keyboard": keyboard})
    if value.get("inline_keyboard"):
        rows = _rows(
            value["inline_keyboard"],
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        )
        inline = [[_inline_button(button) for button in row] for row in rows if row]
        if sum(map(len, inline)) > MAX_BUTTONS:
            raise bad_request("reply markup is too long")
        return Markup(inline={"inline_keyboard": inline} if inline else None)
    if value.get("remove_keyboard"):
        return Markup(remove=True)
    if value.get("force_reply"):
        return Markup(panel={**value, "force_reply": True})
    return Markup()


def read_inline_markup(params: Params) -> dict[str, Any] | None:
    """Return the inline keyboard of an edit; None removes the one there is.

    Raises:
        ApiError: 400 when the markup is of another kind.
    """
    markup = read_markup(params)
    if markup is None:
        return None
    if markup.panel is not None or markup.remove:
        raise bad_request("inline keyboard expected")
    return markup.inline


def _rows(value: Any, message: str) -> list[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(message)
    return value


def _plain_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request(
            "can't parse keyboard button: KeyboardButton must be a String or an Object"
        )
    if not button["text"]:
        raise bad_request("keyboard button text must be non-empty")
    return button


def _inline_button(button: Any) -> dict[str, Any]:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(prefix + "InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request(prefix + 'Can\'t find field "text"')
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if url := button.get("url"):
        if not isinstance(url, str) or _URL.match(url) is None:
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return {"text": text, "url": url if "://" in url else f"http://{url}/"}
    if data := button.get("callback_data"):
        if not isinstance(data, str):
            raise bad_request(prefix + 'Field "callback_data" must be of type String')
        if len(data.encode()) > MAX_CALLBACK_DATA:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        return {"text": text, "callback_data": data}
    for name in _OTHER_INLINE:
        if button.get(name) is not None:
            return {"text": text, name: button[name]}
    raise bad_request(prefix + "Text buttons are unallowed in the inline keyboard")
