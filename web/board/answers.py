"""How the board answers: its headers, its friendly errors, "not modified"."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError

from models.errors import DomainError
from web.board.reader import Reader

log = structlog.get_logger(__name__)

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": POLICY,
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def answer(
    request: Request,
    body: str | bytes,
    media_type: str,
    *,
    status: int = 200,
    download: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """An answer with an ETag; 304 without a body to a browser that has the same already.

    The tag is a digest of the body: votes and opinions change what a page shows without touching
    the deliberation's own row, so no version number would do.
    """
    data = body.encode() if isinstance(body, str) else body
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    sent = {
        **HEADERS,
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Language",
        **headers,
    }
    if download is not None:
        sent["Content-Disposition"] = f'attachment; filename="{download}"'
    if status == 200 and tag in _tags(request):
        return Response(status_code=304, headers=sent)
    return Response(data, status, sent, media_type)


def _tags(request: Request) -> list[str]:
    """What the browser has; a proxy that compresses may have made the tag a weak one."""
    given = request.headers.get("if-none-match", "")
    return [tag.strip().removeprefix("W/") for tag in given.split(",")]


def page(
    request: Request, name: str, *, status: int = 200, download: str | None = None, **context: Any
) -> Response:
    """A page of the board in the reader's language."""
    reader = Reader.of(request)
    return answer(
        request,
        reader.render(name, **context),
        "text/html; charset=utf-8",
        status=status,
        download=download,
        headers={"Content-Language": reader.words.locale},
    )


class FriendlyRoute(APIRoute):
    """Whatever goes wrong is said in a page that leads back to the board."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with its errors caught."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                return page(request, "problem", status=404, problem="not_found")
            except DomainError as error:
                reason = str(error.context.get("reason", ""))
                problem = reason if reason == "collecting" else "not_found"
                return page(request, "problem", status=404, problem=problem)
            except DBAPIError as error:
                log.warning("board_database_away", error=type(error).__name__)
                return page(request, "problem", status=503, problem="away")

        return handled
