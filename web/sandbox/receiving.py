"""The Bot API methods by which the bot gets its updates."""

from __future__ import annotations

import re
from typing import Any

import orjson

from web.sandbox.errors import ApiError, bad_request
from web.sandbox.params import Params
from web.sandbox.state import Sandbox
from web.sandbox.webhook import check_url

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


def _allowed(params: Params) -> list[str] | None:
    given = params.json("allowed_updates", "allowed updates")
    if given is None:
        return None
    if not isinstance(given, list):
        raise bad_request("expected an Array of String")
    return [str(kind) for kind in given]


async def get_updates(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getUpdates.

    Raises:
        ApiError: 409 while a webhook is set, or when another getUpdates comes meanwhile; 500 while
            the server stops.
    """
    if sandbox.webhook.url:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    if sandbox.hub.closed:
        raise ApiError(500, "Internal Server Error: restart")
    sandbox.updates.set_allowed(_allowed(params))
    limit = min(max(params.integer("limit", 100), 1), 100)
    timeout = max(params.integer("timeout"), 0)
    found = await sandbox.updates.poll(params.integer("offset"), limit, timeout)
    return b"[" + b",".join(found) + b"]"


async def set_webhook(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out setWebhook."""
    url = params.text("url").strip()
    if not url:
        return await delete_webhook(sandbox, params)
    check_url(url)
    secret = params.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if _SECRET.fullmatch(secret) is None:
        raise bad_request("secret token contains unallowed characters")
    allowed = _allowed(params)
    await sandbox.webhook.stop()
    sandbox.updates.end_poll("Conflict: terminated by setWebhook request")
    sandbox.updates.set_allowed(allowed)
    if params.flag("drop_pending_updates"):
        sandbox.updates.clear()
    settings = {
        "url": url,
        "secret_token": secret,
        "max_connections": min(max(params.integer("max_connections", 40), 1), 100),
    }
    sandbox.set_meta("webhook", settings)
    sandbox.webhook.start(settings)
    return b"true"


async def delete_webhook(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out deleteWebhook."""
    await sandbox.webhook.stop()
    sandbox.set_meta("webhook", None)
    if params.flag("drop_pending_updates"):
        sandbox.updates.clear()
    return b"true"


async def get_webhook_info(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getWebhookInfo."""
    sandbox.updates.expire()
    info: dict[str, Any] = {
        "url": sandbox.webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(sandbox.updates.waiting),
    }
    if sandbox.webhook.url:
        info["max_connections"] = sandbox.webhook.settings["max_connections"]
        info["ip_address"] = "127.0.0.1"
    if sandbox.webhook.last_error is not None:
        info["last_error_date"], info["last_error_message"] = sandbox.webhook.last_error
    if sandbox.updates.allowed:
        info["allowed_updates"] = sandbox.updates.allowed
    return orjson.dumps(info)
