"""Every address of the tree, in each of its usual writings, is its own courtyard and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.gazetteer import Gazetteer, Match
from models.district import Level, covers
from tests.dispatch.gazetteer.conftest import load_grids
from tests.dispatch.gazetteer.writings import writings

GRIDS = load_grids()
GAZETTEER = Gazetteer(GRIDS)
WRITINGS = list(writings(GRIDS))
TYPED_AMISS = "陆申们男合水中路北南街小区家属院苑桥园浪巷的在一的x号 "
LANES = {address.lane for grid in GRIDS for address in grid.addresses}
NUMERALS = set("0123456789０１２３４５６７８９零一二三四五六七八九十百")


def test_there_are_enough_writings_to_prove_something() -> None:
    assert len(WRITINGS) > 15_000
    assert {w.code for w in WRITINGS} == {n.code for n in GRIDS if n.level is Level.COURTYARD}


def test_every_writing_resolves_to_its_own_courtyard() -> None:
    wrong = []
    for written in WRITINGS:
        found = GAZETTEER.locate(written.text)
        if [(m.node.code, m.exact) for m in found] != [(written.code, True)]:
            wrong.append((written, [m.node.code for m in found]))
    assert wrong == []


def test_every_writing_keeps_the_parts_that_it_names() -> None:
    wrong = []
    for written in WRITINGS:
        place = GAZETTEER.locate(written.text)[0].place
        said = (written.building, written.unit, written.room)
        read = (place.building, place.unit, place.room)
        if any(a is not None and a != b for a, b in zip(said, read, strict=True)):
            wrong.append((written, read))
    assert wrong == []


def test_what_is_described_is_located_again() -> None:
    for written in WRITINGS[::7]:
        place = GAZETTEER.locate(written.text)[0].place
        if place.number is None:
            continue
        again = GAZETTEER.locate(GAZETTEER.describe(place), within=place.grid)
        assert [m.place.model_copy(update={"text": ""}) for m in again] == [
            place.model_copy(update={"text": ""})
        ]


def slips(text: str, start: int, end: int) -> Iterator[str]:
    """Every way to get one character between `start` and `end` wrong."""
    for i in range(start, end):
        yield text[:i] + text[i + 1 :]
        yield text[:i] + text[i] + text[i:]
        if i + 1 < end:
            yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        for character in TYPED_AMISS:
            yield text[:i] + character + text[i + 1 :]
            yield text[:i] + character + text[i:]


def is_safe(found: Sequence[Match], code: str) -> bool:
    """None, several, the courtyard itself, or a grid above it; never one other."""
    return len(found) != 1 or covers(found[0].node.code, code)


def names_and_tails() -> Iterator[tuple[str, str, str]]:
    for node in GRIDS:
        for address in node.addresses:
            numbers = [a for n in GRIDS for a in n.addresses if a.lane == address.lane]
            if sum(a.number == address.number for a in numbers) == 1:
                yield address.lane, f"{address.number}号", node.code
        for alias in node.aliases:
            for building in [b.name for a in node.addresses for b in a.buildings][-1:]:
                yield alias, f"{building}号楼", node.code


def test_a_slip_in_a_name_never_leads_to_another_courtyard() -> None:
    known = {n for grid in GRIDS for n in (*grid.aliases, *(a.lane for a in grid.addresses))}
    wrong, recovered, tried = [], 0, 0
    for name, tail, code in names_and_tails():
        for slip in slips(name, 0, len(name)):
            if any(other in slip and other != name for other in known):
                continue  # it now spells another name: nobody can tell
            found = GAZETTEER.locate(slip + tail)
            tried += 1
            recovered += any(m.node.code == code for m in found)
            if not is_safe(found, code):
                wrong.append((slip + tail, code, [m.node.code for m in found]))
    assert wrong == []
    assert recovered / tried > 0.9


def test_a_slip_in_a_community_is_understood_or_asked_about(gazetteer: Gazetteer) -> None:
    for community in (grid for grid in GRIDS if grid.level is Level.COMMUNITY):
        tail = "6号楼"
        right = {m.node.code for m in gazetteer.locate(community.name + tail)}
        for slip in slips(community.name, 0, len(community.name) - 2):
            if any(lane in slip for lane in LANES if lane not in community.name):
                continue
            found = gazetteer.locate(slip + tail)
            assert len(found) != 1 or any(
                covers(found[0].node.code, code) for code in right | {community.code}
            ), (slip, found)


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_any_slip_outside_the_figures_is_safe(data: st.DataObject) -> None:
    written = data.draw(st.sampled_from(WRITINGS))
    places = [i for i, character in enumerate(written.text) if character not in NUMERALS]
    position = data.draw(st.sampled_from(places))
    character = data.draw(st.sampled_from("陆申们男的x啊搂原好是 "))
    text = written.text[:position] + character + written.text[position + 1 :]
    assert is_safe(GAZETTEER.locate(text), written.code), text


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(
            "合水中路玉门街南社区清桥019一三十廿两百号楼栋单元室门#-、，ab\x00\u200b😀", max_size=60
        ),
    )
)
@settings(max_examples=1500, deadline=None)
def test_no_text_raises(text: str) -> None:
    for within in (None, "xg.01", "xg.01.01.01", "nowhere"):
        GAZETTEER.locate(text, within=within)
        matches, rest = GAZETTEER.extract(text, within=within)
        assert matches or rest == text
    place = GAZETTEER.locate("合水中路16号")[0].place
    for part in ("building", "unit", "room"):
        GAZETTEER.parse_answer(place, part, text)


@pytest.mark.parametrize(
    "text", ["\ud800合水中路12号", "合水中路12号" * 400, "一" * 4096, "1-" * 2048]
)
def test_hostile_texts_do_not_raise(text: str) -> None:
    assert all(match.node.code.startswith("xg") for match in GAZETTEER.locate(text))
    matches, rest = GAZETTEER.extract(text)
    assert matches or rest == text


def test_a_written_address_is_found_in_a_sentence_too() -> None:
    problem = "，楼道的灯不亮了"
    wrong = [
        written
        for written in WRITINGS[::3]
        if [m.node.code for m in GAZETTEER.extract(written.text + problem)[0]] != [written.code]
    ]
    assert wrong == []
