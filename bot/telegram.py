"""The connection to the Bot API: python-telegram-bot's client, over aiohttp, rate-limited."""

from __future__ import annotations

import base64
import os
import warnings
from typing import Any

from telegram import InputFile
from telegram.ext import AIORateLimiter, ExtBot
from telegram.warnings import PTBUserWarning

from bot.http import AiohttpRequest
from bot.settings import TELEGRAM_API, CourierSettings

# Opt in to what the next major version does: `RetryAfter.retry_after` is a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# `do_api_request` warns wherever a method of the same name exists. Replaying a stored call by its
# name is what it is used for here.
warnings.filterwarnings(
    "ignore", message="Please use 'Bot\\..*do_api_request", category=PTBUserWarning
)

LONG_POLL_SECONDS = 25
"""`timeout` of getUpdates."""

Client = ExtBot[Any]


def make_client(token: str, base: str, settings: CourierSettings) -> Client:
    """A client for a server (`base` without `/bot`), limited as configured."""
    base = (base or TELEGRAM_API).rstrip("/")
    limiter = None
    if settings.messages_per_second:
        limiter = AIORateLimiter(
            overall_max_rate=settings.messages_per_second,
            overall_time_period=1,
            group_max_rate=settings.group_messages_per_minute,
            group_time_period=60 if settings.group_messages_per_minute else 0,
        )
    return ExtBot(
        token=token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=AiohttpRequest(connections=settings.in_flight),
        get_updates_request=AiohttpRequest(connections=2, timeout=LONG_POLL_SECONDS + 15),
        rate_limiter=limiter,
    )


async def call(
    client: Client, method: str, payload: dict[str, Any], files: dict[str, Any] | None = None
) -> Any:
    """Make a stored call; the raw result of the server.

    Raises:
        telegram.error.TelegramError: as the server said, or `bot.http.NotSentError`.
    """
    kwargs: dict[str, Any] = dict(payload)
    for name, upload in (files or {}).items():
        content = base64.b64decode(upload["data"])
        kwargs[name] = InputFile(content, filename=upload["name"])
    return await client.do_api_request(method, api_kwargs=kwargs)
