"""The parameters of one Bot API call, however the client sent them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from web.sandbox.errors import ApiError, bad_request

MAX_BODY = 52 * 1024 * 1024  # a little over the 50 MB that a bot may upload


@dataclass(slots=True)
class Upload:
    """A file that came with a multipart call."""

    data: bytes
    name: str
    mime: str


@dataclass(slots=True)
class Params:
    """Fields by name, and files by the name of their form field."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a field as text; missing means `default`."""
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Return a field as a whole number; what is none means `default`, as in Telegram."""
        value = self.values.get(name)
        if isinstance(value, int):
            return int(value)
        try:
            return int(str(value).strip())
        except ValueError:
            return default

    def number(self, name: str) -> float:
        """Return a field as a number.

        Raises:
            ApiError: 400 when it is missing or no number.
        """
        try:
            return float(str(self.values[name]).strip())
        except (KeyError, ValueError):
            raise ApiError(400, f"Bad Request: {name} is empty") from None

    def flag(self, name: str) -> bool:
        """Return a field as a yes or no."""
        value = self.values.get(name)
        if isinstance(value, bool):
            return value
        return str(value).strip().lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """Return a JSON field, decoded; None if it is missing.

        Raises:
            ApiError: 400 `can't parse <what> JSON object`.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def entities(self, name: str) -> list[dict[str, Any]] | None:
        """Return the entities that a client worked out itself."""
        value = self.json(name, "entities")
        if not isinstance(value, list):
            return None
        return [item for item in value if isinstance(item, dict)]


def _pairs(text: str) -> dict[str, Any]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError):
        raise bad_request("strings must be encoded in UTF-8") from None


async def read_params(query: bytes, content_type: str, body: bytes) -> Params:
    """Read query string and body: JSON, form-urlencoded or multipart.

    Raises:
        ApiError: 400 when the body is not what its content type says.
    """
    params = Params()
    if query:
        params.values.update(_pairs(query.decode("ascii", "replace")))
    if not body:
        return params
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            decoded = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise bad_request("can't parse request JSON object") from None
        if not isinstance(decoded, dict):
            raise bad_request("can't parse request JSON object")
        params.values.update(decoded)
    elif kind == "multipart/form-data":
        await _read_multipart(params, content_type, body)
    else:
        try:
            params.values.update(_pairs(body.decode("utf-8")))
        except UnicodeDecodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
    return params


async def _read_multipart(params: Params, content_type: str, body: bytes) -> None:
    async def once() -> Any:
        yield body

    parser = MultiPartParser(
        Headers({"content-type": content_type}), once(), max_files=30, max_part_size=MAX_BODY
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise bad_request("can't parse the multipart body") from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            params.files[name] = Upload(
                await value.read(),
                value.filename or name,
                value.content_type or "application/octet-stream",
            )
        else:
            params.values[name] = value
    await form.close()
