"""Names of lanes, grids and estates: found as written, or one slip of the finger away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from rapidfuzz.distance import OSA, Levenshtein

from dispatch.gazetteer.text import NUMERALS, arabic, clean
from dispatch.gazetteer.tree import Tree
from models.district import GridNode, Level

_NONE: frozenset[str] = frozenset()
_SHORTEST_TYPO = 3
_MEANT = (frozenset("东西南北中上下前后"), NUMERALS | frozenset("0123456789"))
"""Characters that are meant when written: 合水东路 is another lane, not 合水中路 mistyped."""

_ESTATE = re.compile(r"(?:小区|家属院)$")
_ZONE = re.compile(r"[东西南北中]区$")
_ENGLISH = re.compile(r"^nos?\. [\d, and]+ (.+?)(?:, (?:east|west|north|south))?$")


class Meaning(NamedTuple):
    """What a name stands for. `short` holds grids for which it is only a shortened name."""

    lanes: frozenset[str] = _NONE
    codes: frozenset[str] = _NONE
    short: frozenset[str] = _NONE

    def __or__(self, other: Meaning) -> Meaning:
        return Meaning(*(mine | theirs for mine, theirs in zip(self, other, strict=True)))


class Anchor(NamedTuple):
    """A name found at `start:end` of uniform text; `typo` when it was not written exactly so."""

    start: int
    end: int
    name: str
    meaning: Meaning
    typo: bool = False


class Names:
    """Every name of the tree, by its first character and by its spellings with one slip."""

    def __init__(self, tree: Tree) -> None:
        self._meanings: dict[str, Meaning] = {}
        for lane in tree.lanes:
            self._add(lane, Meaning(lanes=frozenset([lane])))
        for node in tree.nodes.values():
            self._add_node(node)
        self._stems: set[str] = set()
        self._add_stems(tree)
        by_first: dict[str, list[str]] = {}
        for name in sorted(self._meanings, key=len, reverse=True):
            by_first.setdefault(name[0], []).append(name)
        self._by_first = {first: tuple(names) for first, names in by_first.items()}
        self._slips: dict[str, set[str]] = {}
        everywhere = frozenset(code for code, node in tree.nodes.items() if node.parent is None)
        for name, meaning in self._meanings.items():
            if meaning.codes & everywhere:
                continue  # 西固区 is the district, not 西固城 mistyped
            if len(name) >= _SHORTEST_TYPO and not name.isascii():
                for slip in _slips(name):
                    self._slips.setdefault(slip, set()).add(name)
        lengths = {len(name) for names in self._slips.values() for name in names}
        self._windows = sorted({n + d for n in lengths for d in (-1, 0, 1)} - {1, 2})

    def exact(self, text: str) -> list[Anchor]:
        """Names as written, from the left, the longest at each place, none overlapping."""
        found: list[Anchor] = []
        position = 0
        while position < len(text):
            name = self._longest(text, position)
            if name is None:
                position += 1
                continue
            end = position + len(name)
            found.append(Anchor(position, end, name, self._meanings[name], name in self._stems))
            position = end
        return found

    def near(self, text: str, start: int, end: int, *, ends_at: int | None = None) -> list[Anchor]:
        """Names one slip away inside `text[start:end]`: of overlapping writings the longest.

        Names equally far from the same writing become one anchor that means them all. An anchor
        without a meaning is a name that only looks like one of ours (合水东路).
        """
        hits = sorted(
            self._slipped(text, start, end, ends_at),
            key=lambda hit: (hit.start - hit.end, hit.start, len(hit.name)),
        )
        kept: list[Anchor] = []
        for hit in hits:
            for i, other in enumerate(kept):
                if (hit.start, hit.end) == (other.start, other.end):
                    kept[i] = other._replace(meaning=other.meaning | hit.meaning, name=hit.name)
                    break
                if hit.start < other.end and other.start < hit.end:
                    break
            else:
                kept.append(hit)
        return sorted(kept)

    def _longest(self, text: str, position: int) -> str | None:
        for name in self._by_first.get(text[position], ()):
            if text.startswith(name, position) and _bounded(text, position, name):
                return name
        return None

    def _slipped(self, text: str, start: int, end: int, ends_at: int | None) -> Iterator[Anchor]:
        for begin in range(start, end):
            for length in self._windows:
                stop = begin + length
                if stop > end:
                    break
                if ends_at is not None and stop != ends_at:
                    continue
                window = text[begin:stop]
                close = {n for slip in _slips(window) for n in self._slips.get(slip, ())}
                for name in sorted(close):
                    if is_slip(window, name):
                        meaning = Meaning() if _is_meant(window, name) else self._meanings[name]
                        yield Anchor(begin, stop, name, meaning, typo=True)

    def _add_node(self, node: GridNode) -> None:
        full = Meaning(codes=frozenset([node.code]))
        short = Meaning(short=frozenset([node.code]))
        lanes = {address.lane for address in node.addresses}
        english = _ENGLISH.match(clean(node.name_en).chars)
        if english is None:
            self._add(node.name_en, full)
            self._add(re.sub(r" community$", "", clean(node.name_en).chars), full)
        elif len(lanes) == 1:
            self._add(english.group(1), Meaning(lanes=frozenset(lanes)))
        for name in (node.name, *node.aliases):
            if any(name.startswith(lane) for lane in lanes):
                continue  # lane and number say the same, in more writings
            self._add(name, full)
            self._add(_ZONE.sub("", name), full)
            if "社区" in name:
                by_itself = node.level is Level.COMMUNITY
                self._add(name.replace("社区", ""), short if by_itself else full)

    def _add_stems(self, tree: Tree) -> None:
        """兰炼 for 兰炼家属院, unless another name begins so too (桥头家属院, 桥头新城)."""
        stems = {
            stem: node.code
            for node in tree.nodes.values()
            for alias in node.aliases
            if (stem := _ESTATE.sub("", clean(alias).chars)) != alias and len(stem) > 1
        }
        for stem, code in stems.items():
            if sum(name.startswith(stem) for name in self._meanings) == 1:
                self._stems.add(stem)
                self._meanings[stem] = Meaning(codes=frozenset([code]))

    def _add(self, name: str, meaning: Meaning) -> None:
        uniform = clean(name).chars
        for spelling in {uniform, _with_digits(uniform), _with_digits(uniform).replace("第", "")}:
            if len(spelling) > 1:
                self._meanings[spelling] = self._meanings.get(spelling, Meaning()) | meaning


def is_slip(written: str, name: str) -> bool:
    """Whether `written` is `name` with exactly one character wrong, missing, added or swapped.

    Two characters are too few to tell a three-character name by.
    """
    if written == name or OSA.distance(written, name, score_cutoff=1) > 1:
        return False
    return len(written) >= _SHORTEST_TYPO and name not in written


def _is_meant(written: str, name: str) -> bool:
    """Whether the difference is no slip: another direction or numeral makes another name."""
    changed = [edit for edit in Levenshtein.editops(written, name) if edit.tag != "insert"]
    if len(changed) != 1:
        return False
    edit = changed[0]
    if edit.tag == "delete":
        return any(written[edit.src_pos] in group for group in _MEANT)
    return any(written[edit.src_pos] in g and name[edit.dest_pos] in g for g in _MEANT)


def _slips(word: str) -> Iterable[str]:
    """The word and the word without each of its characters: equal for words one slip apart."""
    return {word, *("".join(rest) for rest in combinations(word, len(word) - 1))}


def _with_digits(name: str) -> str:
    """清水街2巷 for 清水街二巷; a 百 is more often part of a name (百合苑) than a number."""
    return re.sub("[一二三四五六七八九十]+", lambda n: arabic(n.group()) or n.group(), name)


def _bounded(text: str, position: int, name: str) -> bool:
    """Latin names are whole words; Chinese ones have no borders."""
    if not name.isascii():
        return True
    around = text[max(0, position - 1) : position], text[position + len(name) :][:1]
    return not any(character.isascii() and character.isalnum() for character in around)
