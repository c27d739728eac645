"""What goes between `PictureProcess` and its child: length-prefixed frames, votes packed.

A request is a frame of JSON (`opinions`, `hidden`, `png`, `svg`, `labels`), a frame with the
previous picture's JSON (empty: none), frames of packed votes, an empty frame. A reply is a frame
of JSON (`error`: text or null), then the picture's JSON, the PNG, the SVG (empty: not asked for).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from opinions.picture import Vote

LENGTH = struct.Struct("<I")
VOTE = struct.Struct("<qqb")
"""Person, opinion, value: 17 bytes, so 200,000 votes are 3.4 MB."""


def pack_votes(votes: Iterable[Vote | tuple[int, int, int]]) -> bytes:
    """Pack votes for `PictureProcess`; about 1 ms for 10,000: pack in chunks of that size."""
    pack = VOTE.pack
    return b"".join([pack(person, opinion, value) for person, opinion, value in votes])


def frame(content: bytes) -> bytes:
    """Content with its length before it."""
    return LENGTH.pack(len(content)) + content
