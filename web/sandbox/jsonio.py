"""Small readers and writers of JSON for the control routes."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from web.sandbox.errors import ControlError

MAX_WAIT = 60.0  # seconds one long poll may last


def answer(value: Any, status: int = 200) -> Response:
    """Return a JSON answer that no cache keeps."""
    return Response(orjson.dumps(value), status, {"Cache-Control": "no-store"}, "application/json")


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object of the body; an empty body is an empty object.

    Raises:
        ControlError: 400 when it is something else.
    """
    raw = await request.body()
    try:
        value = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError:
        raise ControlError(400, "the body is no JSON") from None
    if not isinstance(value, dict):
        raise ControlError(400, "the body must be a JSON object")
    return value


def integer(values: dict[str, Any], name: str, default: int | None = None) -> int:
    """Return a whole number of a body or query.

    Raises:
        ControlError: 400 when it is missing or no number.
    """
    try:
        return int(values.get(name, default))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ControlError(400, f"{name} must be a whole number") from None


def seconds(values: Any, name: str, most: float = MAX_WAIT) -> float:
    """Return a number of seconds between 0 and `most`; missing means 0."""
    try:
        return min(max(float(values.get(name, 0)), 0.0), most)
    except (TypeError, ValueError):
        raise ControlError(400, f"{name} must be a number of seconds") from None
