"""The web application of a process: health, webhook, metrics, and the sandbox where it is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.health import Health


def create_web(health: Health, refresh: Callable[[], Awaitable[None]]) -> FastAPI:
    """The application without its optional parts; `refresh` brings the gauges up to date."""
    app = FastAPI(title="Linmen", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_status(health, refresh))
    return app


def _status(health: Health, refresh: Callable[[], Awaitable[None]]) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> Response:
        """200 as soon as the bot can take a message, else 503 with what is missing."""
        missing = health.missing()
        if missing:
            return Response(f"not ready: {', '.join(missing)}\n", status_code=503)
        return Response("ok\n", media_type="text/plain")

    @router.get("/metrics")
    async def metrics() -> Response:
        """Prometheus metrics: rows of inbox and outbox by status, due rows."""
        await refresh()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
