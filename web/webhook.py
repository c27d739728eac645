"""The webhook: where Telegram posts updates."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name (setWebhook)
MAX_BODY = 1024 * 1024
"""Bytes; more is read no further and answered with 413."""


def create_webhook(secret: str, receive: Callable[[bytes], Awaitable[None]]) -> APIRouter:
    """The route that takes an update and answers 200 only once it is stored.

    Raises:
        ValueError: no secret; without one anybody could post updates.
    """
    if not secret:
        raise ValueError("a webhook needs a secret")
    router = APIRouter()

    @router.post(PATH, include_in_schema=False)
    async def webhook(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return Response(status_code=413)
        try:
            await receive(body)
        except (DBAPIError, OSError) as error:
            log.warning("webhook_not_stored", error=type(error).__name__)
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response(status_code=200)

    return router
