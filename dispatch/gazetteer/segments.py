"""Names and numbers put together into addresses, one for each place that a text speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dispatch.gazetteer.names import Anchor, Names
from dispatch.gazetteer.parts import Before, Kind, Part, find_parts

LONGEST_FUZZY = 200
"""Beyond this many characters nobody is typing an address; typos are then not looked for."""

_PLACING = frozenset({Kind.NUMBER, Kind.BUILDING, Kind.HASH, Kind.CHAIN, Kind.BARE})
_FILLER = re.compile(
    r"(?:[\s,、.;:()·|\x00/-]|的|号?院|里|内|小区|社区|街道|家属院|大院|那边|这边|附近|旁边)*"
)
_ALONG = re.compile(r"[\s,、]*(?:[东西南北中]?[侧段头边]|路?口|上|我们?家)?的?[\s,、]*")
"""What may stand between a lane and its number without being a name: 合水中路北侧12号."""

_WORD = re.compile(r"[㐀-鿿a-z]+")
_ADMIN = r"[㐀-鿿]{1,8}?(?:省|市|(?<![小社])区|县|街道)"
_PREFACE = re.compile(
    rf"(?:{_ADMIN}|[\s,、.;:()·。!?]|您好|你好|我们?家?|家|住址?|地址|位于|在|是|就|的|为|第)*"
)
_FOREIGN = re.compile(
    r"(?:路|街|巷|弄|村|庄|坪|小区|家园|花园|苑|家属院|新城|公寓|大厦|广场|社区|(?<!号)院)[\s,、的]*$"
)


class Segment(NamedTuple):
    """One address: its names and its numbers, at `start:end` of uniform text.

    `foreign`: between them stands a name that the tree does not know, so that the numbers belong
    to a place of which nothing can be said.
    """

    anchors: tuple[Anchor, ...]
    parts: tuple[tuple[Part, Before], ...]
    start: int
    end: int
    foreign: bool


def segments(text: str, names: Names, *, loose: bool) -> list[Segment]:
    """The addresses in uniform text, each in every way its names can be understood.

    `loose` is for a text that is an address: its pieces belong together, whatever stands between
    them. Otherwise it is a sentence: what belongs to one address stands together.
    """
    found: list[Segment] = []
    for anchors in _understandings(text, names, loose=loose):
        parts = find_parts(_masked(text, anchors))
        found += _split(text, sorted([*anchors, *parts], key=lambda p: p.start), loose=loose)
    return list(dict.fromkeys(found))


def _understandings(text: str, names: Names, *, loose: bool) -> Iterator[list[Anchor]]:
    exact = [name for name in names.exact(text) if not name.typo or _is_followed(text, name)]
    if len(text) > LONGEST_FUZZY:
        yield exact
        return
    parts = find_parts(_masked(text, exact))
    base = sorted([*exact, *_mistyped(text, names, exact, parts, loose=loose)])
    yield base
    for anchor in exact:
        for longer in _longer(text, names, anchor, base, parts):
            yield sorted([*(a for a in base if not _overlap(a, longer)), longer])


def _is_followed(text: str, stem: Anchor) -> bool:
    """Two characters of a name (兰炼) name an estate only before a number: 兰炼3号楼."""
    rest = text[stem.end :]
    first = next((part for part in find_parts(rest) if part.kind in _PLACING), None)
    return first is not None and _FILLER.fullmatch(rest[: first.start]) is not None


def _mistyped(
    text: str, names: Names, exact: Sequence[Anchor], parts: Sequence[Part], *, loose: bool
) -> list[Anchor]:
    """Names one slip away: before a number, or anywhere in a text that has no name otherwise."""
    runs = _free_runs(text, exact, parts)
    if loose and not exact:
        return [hit for start, end in runs for hit in names.near(text, start, end)]
    ends = {len(text[: part.start].rstrip(" ,、.;:")) for part in parts if part.kind in _PLACING}
    found: list[Anchor] = []
    for start, end in runs:
        for stop in ends:
            if start < stop <= end:
                found += names.near(text, start, stop, ends_at=stop)
    return found


def _longer(
    text: str, names: Names, anchor: Anchor, base: Sequence[Anchor], parts: Sequence[Part]
) -> Iterator[Anchor]:
    """Longer names that were mistyped so that a shorter one remained: 玉门街男 for 玉门街南."""
    others = [other for other in base if other != anchor]
    for start, end in _free_runs(text, others, parts):
        if not start <= anchor.start < anchor.end <= end:
            continue
        for hit in names.near(text, start, end):
            if not _overlap(anchor, hit) or not any(hit.meaning):
                continue
            extra = text[hit.start : anchor.start] + text[anchor.end : hit.end]
            if len(hit.name) > len(anchor.name) and extra and not _FILLER.fullmatch(extra):
                yield hit


def _free_runs(
    text: str, anchors: Sequence[Anchor], parts: Sequence[Part]
) -> list[tuple[int, int]]:
    taken: list[Anchor | Part] = [*anchors, *(p for p in parts if p.kind is not Kind.BARE)]
    return [found.span() for found in _WORD.finditer(_masked(text, taken))]


def _masked(text: str, pieces: Sequence[Anchor | Part]) -> str:
    characters = list(text)
    for piece in pieces:
        characters[piece.start : piece.end] = "\0" * (piece.end - piece.start)
    return "".join(characters)


def _overlap(one: Anchor, other: Anchor) -> bool:
    return one.start < other.end and other.start < one.end


def _split(text: str, pieces: Sequence[Anchor | Part], *, loose: bool) -> Iterator[Segment]:
    group: list[Anchor | Part] = []
    before_group = 0
    for piece in pieces:
        if group and _breaks(text[group[-1].end : piece.start], group, piece, loose=loose):
            yield _segment(text, group, before_group, loose=loose)
            before_group = group[-1].end
            group = []
        group.append(piece)
    if group:
        yield _segment(text, group, before_group, loose=loose)


def _breaks(gap: str, group: Sequence[Anchor | Part], piece: Anchor | Part, *, loose: bool) -> bool:
    if isinstance(piece, Anchor) and piece.meaning.lanes:
        lane = any(isinstance(other, Anchor) and other.meaning.lanes for other in group)
        number = any(isinstance(other, Part) and other.kind in _PLACING for other in group)
        if lane and number:
            return True
    return not loose and not _FILLER.fullmatch(gap)


def _segment(
    text: str, group: Sequence[Anchor | Part], before_group: int, *, loose: bool
) -> Segment:
    parts: list[tuple[Part, Before]] = []
    foreign = False
    while len(group) > 1 and isinstance(last := group[-1], Part) and last.kind is Kind.FLOOR:
        group = group[:-1]  # 一楼下水道: where in the building, not which
    previous: Anchor | Part | None = None
    for piece in group:
        if isinstance(piece, Part):
            gap = text[(previous.end if previous else before_group) : piece.start]
            parts.append((piece, _before(previous, gap)))
            if previous is not None and piece.kind in (*_PLACING, Kind.ZONE):
                foreign |= _is_foreign(previous, gap)
        previous = piece
    names = [piece for piece in group if isinstance(piece, Anchor)]
    if names and parts and parts[0][0].start < names[0].start and parts[0][0].kind is Kind.ZONE:
        parts.pop(
            0
        )  # 西区 before a name is the district (西固区) rather than a part of a courtyard
    anchors = tuple(name for name in names if any(name.meaning))
    foreign |= len(anchors) < len(names)
    if not anchors:
        foreign |= _stands_after_a_name(text, group, before_group, loose=loose)
    return Segment(anchors, tuple(parts), group[0].start, group[-1].end, foreign)


def _before(previous: Anchor | Part | None, gap: str) -> Before:
    if previous is None:
        return Before.START if _PREFACE.fullmatch(gap) else Before.APART
    if not _FILLER.fullmatch(gap):
        return Before.APART
    return Before.NAME if isinstance(previous, Anchor) else Before.PART


def _is_foreign(previous: Anchor | Part, gap: str) -> bool:
    if _FILLER.fullmatch(gap):
        return False
    if isinstance(previous, Anchor):
        return not (previous.meaning.lanes and _ALONG.fullmatch(gap))
    return _FOREIGN.search(gap) is not None or any(map(str.isdigit, gap))


def _stands_after_a_name(
    text: str, group: Sequence[Anchor | Part], before_group: int, *, loose: bool
) -> bool:
    """Whether numbers without a known name belong to a name that is simply not ours."""
    lead, rest = text[before_group : group[0].start], text[group[-1].end :]
    if not loose:
        return _FOREIGN.search(lead) is not None
    return _PREFACE.fullmatch(lead) is None or _FOREIGN.search(rest) is not None
