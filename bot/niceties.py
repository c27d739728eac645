"""What a Bot API server is told at the start: commands, and how updates are to arrive.

A server that does not know a nicety costs a warning, not the start.
"""

from __future__ import annotations

import json

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.receiver import ALLOWED_UPDATES
from bot.settings import Settings
from bot.telegram import Client
from handlers.commands import menu_for
from handlers.texts import DEFAULT_LOCALE, LOCALES
from web.webhook import PATH

log = structlog.get_logger(__name__)


async def announce(client: Client, settings: Settings) -> None:
    """Set the commands of the menu, and webhook or polling.

    Raises:
        telegram.error.TelegramError: the webhook could not be set or removed.
    """
    for locale in LOCALES:
        arguments = {"commands": json.dumps([entry.model_dump() for entry in menu_for(locale)])}
        if locale != DEFAULT_LOCALE:
            arguments["language_code"] = locale.partition("-")[0]
        await _try(client, "setMyCommands", arguments)
    if settings.public_url:
        await client.do_api_request(
            "setWebhook",
            api_kwargs={
                "url": settings.public_url.rstrip("/") + PATH,
                "secret_token": settings.webhook_secret,
                "allowed_updates": json.dumps(ALLOWED_UPDATES),
            },
        )
    else:
        await _try(client, "deleteWebhook", {})


async def _try(client: Client, method: str, arguments: dict[str, str]) -> None:
    try:
        await client.do_api_request(method, api_kwargs=arguments)
    except InvalidToken:
        log.warning("server_does_not_know", method=method)
    except TelegramError as error:
        log.warning("nicety_refused", method=method, error=str(error)[:200])
