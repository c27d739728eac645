"""What is ambiguous is asked about, what does not exist is not invented."""

from __future__ import annotations

import pytest

from dispatch.gazetteer import Gazetteer
from models.district import Address, Building, GridNode, Level


def codes(gazetteer: Gazetteer, text: str, within: str | None = None) -> list[str]:
    return [match.node.code for match in gazetteer.locate(text, within=within)]


@pytest.mark.parametrize(
    ("text", "code", "description"),
    [
        ("玉门街南社区 5#楼2单元", "xg.03.01.03", "玉门街70号5号楼2单元"),
        ("合水中路十二号", "xg.01.01.01", "合水中路12号"),
        ("合水中路廿二号", "xg.01.01.03", "合水中路22号"),
        ("合水中路２０、２２号院3号楼", "xg.01.01.03", "合水中路22号"),
        ("合水中路12号院1号楼2单元401室", "xg.01.01.01", "合水中路12号2单元401室"),
        ("合水中路12-3-401", "xg.01.01.01", "合水中路12号3单元401室"),
        ("合水中路12", "xg.01.01.01", "合水中路12号"),
        ("合水中路 十二 三单元", "xg.01.01.01", "合水中路12号3单元"),
        ("3单元401室合水中路12号", "xg.01.01.01", "合水中路12号3单元401室"),
        ("清水街38号院西区", "xg.02.01.02", "清水街38号院西区"),
        ("清水家园5号楼", "xg.02.01.02", "清水街38号5号楼"),
        ("清水街2巷3号2号楼", "xg.02.02.03", "清水街二巷3号2号楼"),
        ("西固中路109号楼", "xg.01.03.03", "西固中路109号"),
        ("百合苑3号楼", "xg.05.01.01", "山丹街32号3号楼"),
        ("No. 12 Heshui Middle Road, Unit 3, 401", "xg.01.01.01", "合水中路12号3单元401室"),
        ("Building 3, Unit 2, No. 16 Heshui Middle Road", "xg.01.01.02", "合水中路16号3号楼2单元"),
        ("合水中路社区", "xg.01", "合水中路社区"),
        ("玉门街南", "xg.03", "玉门街南社区"),
        ("合水中路社区第一网格", "xg.01.01", "合水中路社区第一网格"),
        ("西固城街道", "xg", "西固城街道"),
    ],
)
def test_resolved(gazetteer: Gazetteer, text: str, code: str, description: str) -> None:
    [match] = gazetteer.locate(text)
    assert (match.node.code, match.exact, match.score) == (code, True, 1.0)
    if "区" not in description or match.place.number is None:
        assert gazetteer.describe(match.place) == description
    assert match.place.text == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("合水中陆12号", "xg.01.01.01"),
        ("玉们街南5#楼", "xg.03.01.03"),
    ],
)
def test_a_typo_is_resolved_but_wants_to_be_confirmed(
    gazetteer: Gazetteer, text: str, code: str
) -> None:
    [match] = gazetteer.locate(text)
    assert (match.node.code, match.exact) == (code, False)
    assert match.score < 1.0


def test_a_typo_between_two_lanes_is_asked_about(gazetteer: Gazetteer) -> None:
    found = codes(gazetteer, "某浪路75号")
    assert found == ["xg.09.02.02"]  # 庄浪路 and 古浪路 are equally near; only one has a 75
    assert len(codes(gazetteer, "某浪路10号") + codes(gazetteer, "某浪路40号")) == 2
    assert len(codes(gazetteer, "某浪路")) > 2


@pytest.mark.parametrize(
    "text",
    [
        "西固区玉南区1号楼",
        "合水东路12号",
        "公园北路12号",
        "清水街三巷3号",
        "幸福路12号3单元",
        "合XX路12号",
    ],
)
def test_another_lane_is_not_taken_for_a_typo(gazetteer: Gazetteer, text: str) -> None:
    assert len(codes(gazetteer, text)) != 1
    assert len(codes(gazetteer, text, within="xg.01")) != 1


def test_a_number_that_does_not_exist_offers_the_lane(gazetteer: Gazetteer) -> None:
    found = gazetteer.locate("福利路1号")
    assert len(found) > 5
    assert not any(match.exact for match in found)
    assert {match.place.number for match in found} == {None}


def test_a_number_is_never_taken_from_another_lane_of_the_community(gazetteer: Gazetteer) -> None:
    # 合水中路 is a lane and a community, and the community has a 康乐路15号.
    found = gazetteer.locate("合水中路15号")
    assert len(found) > 1
    assert "xg.01.02.03" not in [match.node.code for match in found]


def test_a_lane_with_one_courtyard_and_another_number_is_not_recognised() -> None:
    gazetteer = small_tree()
    assert codes(gazetteer, "后巷9号") == []
    assert codes(gazetteer, "后巷4号") == ["tt.02.01.01"]


def test_a_number_with_a_suffix_is_not_taken_for_the_number_alone() -> None:
    gazetteer = small_tree()
    assert codes(gazetteer, "前街1号") == ["tt.01.01.01"]
    assert "tt.01.01.02" in codes(gazetteer, "前街1-1号")
    assert codes(gazetteer, "前街3-2号") == ["tt.01.01.03"]


def test_two_readings_that_agree_are_one_match(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer, "玉门街男62号") == ["xg.03.01.01"]  # the lane or 玉门街南社区


def test_a_unit_that_does_not_exist_is_left_out(gazetteer: Gazetteer) -> None:
    [match] = gazetteer.locate("合水中路12号9单元401")
    assert (match.exact, match.place.unit, match.place.room) == (False, None, "401")
    assert gazetteer.missing(match.place) == "unit"


def test_a_building_that_does_not_exist_is_left_out(gazetteer: Gazetteer) -> None:
    [match] = gazetteer.locate("合水中路16号9号楼")
    assert (match.exact, match.place.building) == (False, None)
    assert gazetteer.missing(match.place) == "building"


def test_a_number_split_between_courtyards_is_asked_about(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer, "清水街38号") == ["xg.02.01.01", "xg.02.01.02"]
    assert codes(gazetteer, "清水街38号7号楼") == ["xg.02.01.02"]
    assert codes(gazetteer, "清水街38号东区7号楼") == ["xg.02.01.01", "xg.02.01.02"]


def test_a_building_of_several_courtyards_is_asked_about(gazetteer: Gazetteer) -> None:
    assert len(codes(gazetteer, "百合苑社区3号楼")) > 1
    assert len(codes(gazetteer, "3号楼2单元", within="xg.01")) > 1


def test_a_lane_alone_gives_its_courtyards(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer, "合水北路") == [
        "xg.04.02.01",
        "xg.04.02.02",
        "xg.04.02.03",
        "xg.04.03.01",
        "xg.04.03.02",
    ]


def test_a_name_of_two_grids_is_asked_about(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer, "百合苑") == ["xg.05", "xg.05.01.01"]


def test_numbers_alone_mean_something_only_within_a_grid(gazetteer: Gazetteer) -> None:
    for text in ("12号3单元401", "12-3-401", "我家12号3单元401", "12号三单元四零一"):
        [match] = gazetteer.locate(text, within="xg.01")
        assert gazetteer.describe(match.place) == "合水中路12号3单元401室"
    assert codes(gazetteer, "92号3单元") == []
    assert codes(gazetteer, "99号", within="xg.01") == []
    assert codes(gazetteer, "12号", within="nowhere") == []
    [match] = gazetteer.locate("3单元401", within="xg.01.01.01")
    assert match.place.unit == "3"


def test_within_never_overrules_a_named_lane(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer, "牌坊路14号", within="xg.01") == ["xg.02.03.03"]


def test_an_unknown_lane_in_a_known_community_is_only_the_community(gazetteer: Gazetteer) -> None:
    [match] = gazetteer.locate("玉门街南社区幸福路62号")
    assert (match.node.level, match.exact) == (Level.COMMUNITY, False)


def test_what_stands_between_lane_and_number_is_not_skipped(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer, "合水中路北侧12号") == ["xg.01.01.01"]
    assert len(codes(gazetteer, "山丹街32x3号楼")) > 1  # not 山丹街3号
    assert len(codes(gazetteer, "山丹街幸福小区3号")) > 1


def test_a_lane_and_a_wrong_community_wants_to_be_confirmed(gazetteer: Gazetteer) -> None:
    [match] = gazetteer.locate("清水桥社区合水中路12号")
    assert (match.node.code, match.exact) == ("xg.01.01.01", False)


@pytest.mark.parametrize("text", ["", "   ", "你好", "？？？", "😀", "12", "401", "三单元"])
def test_not_recognised(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.locate(text) == []


def small_tree() -> Gazetteer:
    def node(code: str, name: str, *addresses: Address) -> GridNode:
        level = Level(code.count(".") + 1)
        parent = code.rpartition(".")[0] or None
        return GridNode(
            code=code, name=name, name_en=name, level=level, parent=parent, addresses=addresses
        )

    return Gazetteer(
        [
            node("tt", "甲街道"),
            node("tt.01", "前街社区"),
            node("tt.01.01", "前街第一网格"),
            node("tt.01.01.01", "前街1号院", Address(lane="前街", number="1")),
            node("tt.01.01.02", "前街1-1号院", Address(lane="前街", number="1-1")),
            node("tt.01.01.03", "前街3-2号院", Address(lane="前街", number="3-2")),
            node("tt.02", "后巷社区"),
            node("tt.02.01", "后巷第一网格"),
            node(
                "tt.02.01.01",
                "后巷4号院",
                Address(lane="后巷", number="4", buildings=(Building(name="甲", units=2),)),
            ),
        ]
    )


def test_a_tree_without_outlines_aliases_or_nodes() -> None:
    assert small_tree().at(103.6, 36.1) is None
    assert Gazetteer([]).locate("合水中路12号") == []
    assert codes(small_tree(), "后巷4号甲座2单元") == ["tt.02.01.01"]
