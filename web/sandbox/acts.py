"""The acts that a person can do over HTTP: from a request's body to the actor's method."""

from __future__ import annotations

import base64
import binascii
import io
import wave
from collections.abc import Awaitable, Callable
from typing import Any

from web.sandbox.acting import Actor
from web.sandbox.errors import ControlError
from web.sandbox.images import sample_photo
from web.sandbox.jsonio import integer
from web.sandbox.params import Upload

Body = dict[str, Any]
Act = Callable[[Actor, Body, list[Upload]], Awaitable[Body]]
_MAX_SAMPLE = 64 * 1024 * 1024


def sample_voice(length: float = 1.0) -> bytes:
    """Return a quiet hum as a WAV file: a stand-in for a voice message."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(128 + (i // 20 % 2) * 12 for i in range(int(8000 * length))))
    return out.getvalue()


def _words(body: Body, name: str) -> str:
    """Return a text of the body; missing or null is empty."""
    value = body.get(name)
    return "" if value is None else str(value)


def _reply_to(body: dict[str, Any]) -> int | None:
    return integer(body, "reply_to") if body.get("reply_to") else None


def _given(body: dict[str, Any]) -> list[bytes]:
    """Return the file of a JSON body, which carries it in base64."""
    if "base64" not in body:
        return []
    try:
        return [base64.b64decode(str(body["base64"]), validate=True)]
    except binascii.Error:
        raise ControlError(400, "base64 is damaged") from None


def _given_document(body: dict[str, Any], files: list[Upload]) -> Upload:
    if files:
        return files[0]
    given = _given(body)
    size = min(integer(body, "bytes", 64), _MAX_SAMPLE)
    return Upload(
        given[0] if given else b"\0" * size,
        str(body.get("file_name", "sample.bin")),
        str(body.get("mime_type", "application/octet-stream")),
    )


async def _text(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.text(_words(body, "text"), _reply_to(body))


async def _start(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.start(_words(body, "payload"))


async def _photo(actor: Actor, body: Body, files: list[Upload]) -> Body:
    photos = [file.data for file in files] or _given(body)
    if not photos:
        photos = [sample_photo(number + 1) for number in range(integer(body, "count", 1))]
    return await actor.photos(photos, _words(body, "caption"), _reply_to(body))


async def _voice(actor: Actor, body: Body, files: list[Upload]) -> Body:
    length = max(1, integer(body, "duration", 1))
    sample = Upload(sample_voice(min(length, 60)), "voice.wav", "audio/wav")
    upload = files[0] if files else sample
    return actor.file("voice", upload, _words(body, "caption"), duration=length)


async def _document(actor: Actor, body: Body, files: list[Upload]) -> Body:
    return actor.file("document", _given_document(body, files), _words(body, "caption"))


async def _video(actor: Actor, body: Body, files: list[Upload]) -> Body:
    upload = files[0] if files else Upload(b"\0" * 64, "video.mp4", "video/mp4")
    caption = _words(body, "caption")
    return actor.file("video", upload, caption, duration=1, width=640, height=480)


async def _location(actor: Actor, body: Body, _: list[Upload]) -> Body:
    try:
        return actor.location(float(body["latitude"]), float(body["longitude"]))
    except (KeyError, TypeError, ValueError):
        raise ControlError(400, "latitude and longitude must be numbers") from None


async def _contact(actor: Actor, body: Body, _: list[Upload]) -> Body:
    number = integer(body, "user_id") if body.get("user_id") is not None else None
    return actor.contact(_words(body, "phone_number"), _words(body, "first_name"), number)


async def _sticker(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.sticker(str(body.get("emoji", "👍")))


async def _poll(actor: Actor, body: Body, _: list[Upload]) -> Body:
    options = body.get("options", ["1", "2"])
    if not isinstance(options, list):
        raise ControlError(400, "options must be a list")
    return actor.poll(str(body.get("question", "?")), [str(item) for item in options])


async def _edit(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.edit(integer(body, "message_id"), _words(body, "text"))


async def _tap(actor: Actor, body: Body, _: list[Upload]) -> Body:
    number = integer(body, "message_id") if body.get("message_id") is not None else None
    return actor.tap(number, body.get("data"), body.get("label"), force=bool(body.get("force")))


async def _block(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.set_blocked(True)


async def _unblock(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.set_blocked(False)


async def _delete_message(actor: Actor, body: Body, _: list[Upload]) -> Body:
    return actor.delete(integer(body, "message_id"))


ACTS: dict[str, Act] = {
    "text": _text,
    "start": _start,
    "photo": _photo,
    "voice": _voice,
    "document": _document,
    "video": _video,
    "location": _location,
    "contact": _contact,
    "sticker": _sticker,
    "poll": _poll,
    "edit": _edit,
    "tap": _tap,
    "block": _block,
    "unblock": _unblock,
    "delete-message": _delete_message,
    "press": _text,
}
