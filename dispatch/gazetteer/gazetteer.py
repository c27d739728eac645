"""The gazetteer: where a written address, a sentence or a location pin is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dispatch.gazetteer import answers
from dispatch.gazetteer.names import Names
from dispatch.gazetteer.parts import Kind
from dispatch.gazetteer.pins import Pins
from dispatch.gazetteer.resolve import Hit, find
from dispatch.gazetteer.segments import Segment, segments
from dispatch.gazetteer.text import clean
from dispatch.gazetteer.tree import Doorway, Tree
from models.district import GridNode, Level
from models.place import Place

LONGEST_ADDRESS = 1000
"""Characters of a text that are looked at; a chat message has up to 4096, no address has 1000."""

_SCORE_TYPO = 0.8
_SCORE_PARTIAL = 0.5
_NAME_ALONE = 3
_BEFORE = re.compile(
    r"(?:(?:我们?家?(?:就?住在?|在|是)|家住|住在|(?:地址|地点|位置)(?:是|在)?|位于)[:：]?|在)?\s*"
    r"(?:[㐀-鿿]{2,3}省)?(?:[㐀-鿿]{2,3}市)?(?:[㐀-鿿]{2}(?<![小社])区)?\s*$"
)
_AFTER = re.compile(r"^(?:[\s,，、.。;；:：)）】\]]|的(?!士))+")
_EMPTY = re.compile(r"[\s,，、.。;；:：()（）]*")


class Match(NamedTuple):
    """A grid that an address can mean, and what is known of the doorway.

    `exact`: everything that was written exists there and was written without a slip. Otherwise
    what does not exist is left out of `place` and `missing` asks for it again, or there was a
    typing error and the place wants to be confirmed. `score` orders matches: 1.0 exact, 0.8 with a
    typing error, 0.5 where a part does not exist; a pin scores 1.0.
    """

    place: Place
    node: GridNode
    exact: bool
    score: float


class Gazetteer:
    """Answers from the grid tree alone; it never guesses between equals."""

    def __init__(self, grids: Sequence[GridNode]) -> None:
        self._tree = Tree(grids)
        self._names = Names(self._tree)
        self._pins = Pins(grids)

    def locate(self, text: str, *, within: str | None = None) -> list[Match]:
        """Courtyards (or, when only that much is known, higher grids) the text can mean.

        Best first; one match is resolved, several are to be asked about, none was recognised.
        `within` is a grid code, usually the person's community: it gives a number without a lane
        its meaning, and is preferred among equals. A number that does not exist on a lane gives
        the courtyards of that lane, none of them exact, or nothing when the lane has only one.
        Never raises for any text.
        """
        uniform = clean(text[:LONGEST_ADDRESS])
        found = segments(uniform.chars, self._names, loose=True)
        return self._matches(find(self._tree, found, within), text.strip())

    def extract(self, sentence: str, *, within: str | None = None) -> tuple[list[Match], str]:
        """Finds an address inside a sentence: its matches, and the sentence without it.

        ([], sentence) when there is none. Without the name of a lane, community or estate only a
        building ("3号楼2单元") counts, and only when `within` says where to look for it.
        """
        uniform = clean(sentence[:LONGEST_ADDRESS])
        found = [
            segment
            for segment in segments(uniform.chars, self._names, loose=False)
            if self._is_address(segment, within)
        ]
        telling = [segment for segment in found if find(self._tree, [segment], within)]
        if not telling:
            return [], sentence
        spans = sorted({uniform.span(s.start, s.end) for s in telling})
        spoken = "，".join(sentence[start:end] for start, end in _joined(spans))
        matches = self._matches(find(self._tree, telling, within), spoken)
        return matches, _without(sentence, _joined(spans))

    def at(self, longitude: float, latitude: float) -> Match | None:
        """The grid at a point (degrees, WGS 84), or None outside every outline."""
        node = self._pins.at(longitude, latitude)
        if node is None:
            return None
        return Match(Place(grid=node.code, text="location pin"), node, exact=True, score=1.0)

    def children(self, code: str) -> list[GridNode]:
        """The grids directly below one, for picking level by level; [] for an unknown code."""
        return self._tree.children(code)

    def buildings(self, code: str) -> list[Doorway]:
        """The buildings of a courtyard, in file order; [] for a grid above the courtyards."""
        return [
            Doorway(entry.lane, entry.number, building.name if building else None)
            for entry, building in self._tree.matching(code, None, None, None)
        ]

    def units(
        self, code: str, lane: str | None, number: str | None, building: str | None
    ) -> list[str]:
        """The units of a building, "1" upwards; [] when it is not one known building."""
        found = self._tree.matching(code, lane, number, building)
        known = found[0][1] if len(found) == 1 else None
        return [str(unit) for unit in range(1, known.units + 1)] if known else []

    def missing(self, place: Place) -> str | None:
        """The next part worth asking for: "building", "unit", "room", or None.

        Nothing is asked that the tree leaves no choice in, nor below a grid that is no courtyard:
        there the courtyard itself is to be picked first.
        """
        found = self._tree.matching(place.grid, place.lane, place.number, place.building)
        if not found:
            return None
        if len(found) > 1:
            return "building"
        building = found[0][1]
        if place.unit is None and building is not None and building.units > 1:
            return "unit"
        return "room" if place.room is None else None

    def describe(self, place: Place) -> str:
        """The canonical writing, "合水中路12号3单元401室"; or the grid's name."""
        node = self._tree.nodes.get(place.grid)
        name = node.name if node else place.grid
        text = f"{place.lane}{place.number}号" if place.lane and place.number else name
        only = place.lane and place.number and self._tree.siblings(place.lane, place.number) == 1
        if place.building and not only:
            text += f"{place.building}{'座' if place.building.isalpha() else '号楼'}"
        if place.unit:
            text += f"{place.unit}单元"
        if place.room:
            text += place.room if place.room.endswith("户") else f"{place.room}室"
        return text

    def parse_answer(self, place: Place, part: str, text: str) -> Place | None:
        """The place with the part that a free answer names ("三单元", "3", "401"), or None.

        None means that nothing was recognised or that it does not exist there: ask again. Raises
        ValueError when `part` is not one of "building", "unit", "room".
        """
        return answers.answer(self._tree, place, part, text)

    def _is_address(self, segment: Segment, within: str | None) -> bool:
        """Whether it is an address in a sentence too, where names and numbers abound."""
        marked = {part.kind for part, _ in segment.parts}
        below = marked & {Kind.NUMBER, Kind.BUILDING, Kind.HASH, Kind.CHAIN, Kind.BARE}
        if not segment.anchors:
            if within is None:
                return False
            return Kind.BUILDING in marked or (Kind.UNIT in marked and len(marked) > 1)
        levels = {
            self._tree.nodes[code].level
            for anchor in segment.anchors
            for code in anchor.meaning.codes
        }
        if levels == {Level.SUBDISTRICT}:
            return bool(below)
        return bool(below) or any(
            len(anchor.name) >= _NAME_ALONE and not anchor.typo for anchor in segment.anchors
        )

    @staticmethod
    def _matches(hits: Sequence[Hit], text: str) -> list[Match]:
        return [
            Match(
                place=Place(
                    grid=hit.node.code,
                    lane=hit.lane,
                    number=hit.number,
                    building=hit.building,
                    unit=hit.unit,
                    room=hit.room,
                    text=text,
                ),
                node=hit.node,
                exact=hit.valid and hit.sure,
                score=_score(hit),
            )
            for hit in hits
        ]


def _score(hit: Hit) -> float:
    if not hit.valid:
        return _SCORE_PARTIAL
    return 1.0 if hit.sure else _SCORE_TYPO


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans as one: the same address may have been read in two ways."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(sentence: str, spans: Sequence[tuple[int, int]]) -> str:
    """The sentence with the addresses cut out, and what only led up to them ("我家住在")."""
    rest = sentence
    for start, end in reversed(spans):
        before, after = _BEFORE.sub("", rest[:start]), _AFTER.sub("", rest[end:])
        rest = before + after
    return "" if _EMPTY.fullmatch(rest) else rest.strip()
