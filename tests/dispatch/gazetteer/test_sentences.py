"""An address inside a sentence is found and cut out; a sentence without one stays as it is."""

from __future__ import annotations

import pytest

from dispatch.gazetteer import Gazetteer
from tests.dispatch.gazetteer.sentences import WITH, WITHOUT


@pytest.mark.parametrize("within", [None, "xg.01", "xg.02", "xg.01.01.02"])
@pytest.mark.parametrize("sentence", WITHOUT)
def test_plain_sentences_have_no_address(
    gazetteer: Gazetteer, sentence: str, within: str | None
) -> None:
    assert gazetteer.extract(sentence, within=within) == ([], sentence)


@pytest.mark.parametrize(("sentence", "codes", "problem"), WITH)
def test_an_address_is_cut_out_of_its_sentence(
    gazetteer: Gazetteer, sentence: str, codes: set[str], problem: str
) -> None:
    matches, rest = gazetteer.extract(sentence)
    assert {match.node.code for match in matches} == codes
    assert problem in rest
    assert len(rest) < len(sentence) - 3
    assert all(match.place.text in sentence for match in matches)


def test_there_are_enough_sentences() -> None:
    assert len(WITHOUT) >= 60
    assert len(WITH) >= 60


def test_a_building_alone_counts_where_it_is_known_whose_it_is(gazetteer: Gazetteer) -> None:
    sentence = "我们3号楼2单元漏水"
    matches, rest = gazetteer.extract(sentence, within="xg.01.01.02")
    assert [(m.node.code, m.place.building, m.place.unit) for m in matches] == [
        ("xg.01.01.02", "3", "2")
    ]
    assert rest == "我们漏水"
    assert len(gazetteer.extract(sentence, within="xg.01")[0]) > 1
    assert gazetteer.extract(sentence) == ([], sentence)


def test_a_building_of_an_unknown_estate_is_nobody_s(gazetteer: Gazetteer) -> None:
    sentence = "幸福小区3号楼2单元漏水"
    assert gazetteer.extract(sentence, within="xg.01.01.02") == ([], sentence)


def test_two_addresses_are_asked_about(gazetteer: Gazetteer) -> None:
    matches, rest = gazetteer.extract("我住合水中路12号，山丹街36号门口的井盖没了")
    assert {match.node.code for match in matches} == {"xg.01.01.01", "xg.05.01.02"}
    assert "井盖没了" in rest
