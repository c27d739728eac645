"""The chat page at `/`, its words, styles and scripts, and the files that it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from web.sandbox.errors import ApiError, ControlError
from web.sandbox.state import Sandbox

_ROOT = Path(__file__).parents[2]
_TEMPLATES = _ROOT / "templates" / "web" / "sandbox"
_STATIC = _ROOT / "web" / "static" / "sandbox"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})
_HEARD = frozenset(
    ["audio/ogg", "audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/webm", "audio/aac"]
)


def load_words() -> dict[str, dict[str, str]]:
    """Return the page's words by locale."""
    folder = _TEMPLATES / "words"
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


class _Static(StaticFiles):
    """Scripts and styles, always asked for anew: a restart may bring others."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with a file and its headers."""
        response = super().file_response(*args, **kwargs)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-cache"
        return response


class PageRoutes:
    """Routes for eyes and ears."""

    def __init__(self, sandbox: Sandbox, links: Sequence[tuple[str, str]]) -> None:
        self._sandbox = sandbox
        self._links = [{"label": label, "href": href} for label, href in links]
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, autoescape=True
        )
        environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # roles keep their order
        self._template = environment.get_template("index.html")
        self._words = load_words()

    def routes(self) -> list[BaseRoute]:
        """Return the routes, relative to the root."""
        return [
            Route("/", self.index, methods=["GET"]),
            Route("/sandbox/files/{file_id}", self.file, methods=["GET"]),
            Mount("/sandbox/static", _Static(directory=_STATIC)),
        ]

    async def index(self, request: Request) -> Response:
        """GET /: the page; everything in it comes by the control routes."""
        settings: dict[str, Any] = {
            "bot": self._sandbox.bot,
            "locations": [
                {"label": label, "latitude": latitude, "longitude": longitude}
                for label, latitude, longitude in self._sandbox.locations
            ],
            "links": self._links,
        }
        text = self._template.render(settings=settings, words=self._words)
        return HTMLResponse(
            text, headers={**_SAFE, "Content-Security-Policy": _POLICY, "X-Frame-Options": "DENY"}
        )

    async def file(self, request: Request) -> Response:
        """GET /sandbox/files/{file_id}: photos and sounds as such, the rest as downloads."""
        try:
            file = self._sandbox.files.get(request.path_params["file_id"])
        except ApiError:
            raise ControlError(404, "there is no such file") from None
        data = await asyncio.to_thread(self._sandbox.files.read, file)
        headers = {**_SAFE, "Content-Security-Policy": "default-src 'none'; sandbox"}
        headers["Cache-Control"] = "private, max-age=3600"
        if file.mime in _SHOWN or file.mime in _HEARD:
            return Response(data, headers=headers, media_type=file.mime)
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
        return Response(data, headers=headers, media_type="application/octet-stream")
