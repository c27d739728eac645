"""The child of `opinions.process`: reads requests from standard input until it ends."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

import numpy as np

from opinions import drawing, wire
from opinions.computing import Votes, compute
from opinions.picture import Picture

PRIORITY = 10
"""Added to the niceness: people's answers come first."""
RECORD = np.dtype([("participant", "<i8"), ("opinion", "<i8"), ("value", "i1")])


def read(source: BinaryIO) -> bytes:
    """One frame; raises EOFError when the input ends."""
    head = source.read(wire.LENGTH.size)
    if len(head) < wire.LENGTH.size:
        raise EOFError
    (length,) = wire.LENGTH.unpack(head)
    content = source.read(length)
    if len(content) < length:
        raise EOFError
    return content


def answer(order: dict[str, Any], previous: bytes, packed: bytes) -> list[bytes]:
    """The three parts of a reply: the picture, the PNG, the SVG."""
    rows = np.frombuffer(packed, dtype=RECORD)
    picture = compute(
        Votes(
            rows["participant"].astype(np.int64),
            rows["opinion"].astype(np.int64),
            rows["value"].copy(),
        ),
        order["opinions"],
        hidden=order["hidden"],
        previous=Picture.from_json(json.loads(previous)) if previous else None,
    )
    labels, size = order["labels"], order["png"]
    return [
        json.dumps(picture.as_json(), separators=(",", ":")).encode(),
        drawing.draw_png(picture, labels, (size[0], size[1])) if size else b"",
        drawing.draw_svg(picture, labels).encode() if order["svg"] else b"",
    ]


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the input ends; one that fails is answered with its error."""
    while True:
        try:
            order, previous = json.loads(read(source)), read(source)
            packed = bytearray()
            while chunk := read(source):
                packed += chunk
        except EOFError:
            return
        error, parts = None, [b"", b"", b""]
        try:
            parts = answer(order, previous, bytes(packed))
        except Exception as failure:  # noqa: BLE001 - whatever it is, the caller must hear of it
            error = f"{type(failure).__name__}: {failure}"
        for part in (json.dumps({"error": error}).encode(), *parts):
            sink.write(wire.frame(part))
        sink.flush()


if __name__ == "__main__":
    os.nice(PRIORITY)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # a library that prints must not end up between the replies
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, replies)
