"""Who gets a ticket, over random trees of grids and staff."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assignment import (
    LEADS,
    Decision,
    Reason,
    choose,
    covering,
    matches,
    may_decide,
    next_level,
    triage_desk,
)
from models.district import Category, District, GridNode, Level, Role, Staff, covers
from models.worktime import WorkCalendar

CALENDAR = WorkCalendar.model_validate({"week": {"monday": ["09:00-17:00"]}})


def category(**more: object) -> Category:
    given: dict[str, object] = {
        "code": "facility.lighting",
        "group": "facility",
        "label_zh": "路灯",
        "label_en": "Lights",
        "owner": (Role.GRID_WORKER,),
        "response_minutes": 60,
        "resolution_minutes": 120,
    }
    return Category(**(given | more))  # type: ignore[arg-type]


LIGHTS = category()
COMPLAINT = category(code="complaint.staff", owner=(Role.GRID_LEAD, Role.OFFICE), about_staff=True)


def district(nodes: list[str], staff: list[Staff]) -> District:
    return District(
        name_zh="街道",
        name_en="Sub-district",
        grids=tuple(
            GridNode(
                code=code,
                name=code,
                name_en=code,
                level=Level(code.count(".") + 1),
                parent=code.rpartition(".")[0] or None,
            )
            for code in nodes
        ),
        staff=tuple(staff),
        departments=(),
        categories=(LIGHTS, COMPLAINT),
        groups={},
        emergencies=(),
        calendar=CALENDAR,
    )


def post(code: str, role: Role, grid: str, **more: object) -> Staff:
    return Staff(code=code, name=code, role=role, grid=grid, **more)  # type: ignore[arg-type]


class Case(NamedTuple):
    """A random sub-district and a matter in it."""

    town: District
    place: str
    duty: dict[str, bool]
    load: dict[str, int]
    exclude: frozenset[str]


NODES = ["xg"] + [
    "xg." + ".".join(parts)
    for community in ("01", "02")
    for parts in (
        (community,),
        (community, "01"),
        (community, "02"),
        (community, "01", "01"),
        (community, "01", "02"),
        (community, "02", "01"),
    )
]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    posts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(list(Role)),
                st.sampled_from(NODES),
                st.sampled_from([("*",), ("facility",), ("hazard",), ("facility.lighting",)]),
            ),
            max_size=14,
        )
    )
    staff = [
        post(f"s{index:02d}", role, "xg" if role is Role.OFFICE else grid, categories=wanted)
        for index, (role, grid, wanted) in enumerate(posts)
    ]
    codes = [member.code for member in staff]
    return Case(
        town=district(NODES, staff),
        place=draw(st.sampled_from(NODES)),
        duty={code: draw(st.booleans()) for code in codes},
        load={code: draw(st.integers(0, 3)) for code in codes},
        exclude=frozenset(draw(st.sets(st.sampled_from(codes))) if codes else ()),
    )


def picked(case: Case, what: Category = LIGHTS, about: str | None = None) -> Decision:
    return choose(case.town, case.place, what, case.duty, case.load, case.exclude, about=about)


def workers(case: Case) -> list[Staff]:
    return [
        member
        for member in covering(case.town, case.place)
        if member.role is Role.GRID_WORKER
        and matches(member, LIGHTS)
        and case.duty[member.code]
        and member.code not in case.exclude
    ]


@given(cases())
def test_the_lowest_grid_with_a_worker_on_duty_gets_it_least_load_first(case: Case) -> None:
    found, decision = workers(case), picked(case)

    if not found:
        assert decision.reason not in {Reason.WORKER, Reason.DEPARTMENT}
        return
    deepest = max(member.grid.count(".") for member in found)
    lowest = [member for member in found if member.grid.count(".") == deepest]
    best = min(lowest, key=lambda member: (case.load[member.code], member.code))
    assert decision == Decision(best.code, case.place, Reason.WORKER)


@given(cases())
def test_without_workers_it_climbs_to_the_lowest_lead_and_the_office_last(case: Case) -> None:
    if workers(case):
        return
    decision = picked(case)
    ready = [
        member
        for member in covering(case.town, case.place)
        if case.duty[member.code] and member.code not in case.exclude
    ]
    leads = [member for member in ready if member.role in LEADS]
    if leads:
        deepest = max(member.grid.count(".") for member in leads)
        assert decision.reason is Reason.LEAD
        assert decision.grid.count(".") == deepest
        assert decision.staff_code in {m.code for m in leads if m.grid == decision.grid}
    elif any(member.role is Role.OFFICE for member in ready):
        assert decision.reason is Reason.OFFICE
    else:
        assert decision == Decision(None, "xg", Reason.NOBODY)


@given(cases())
def test_whoever_gets_it_covers_the_place_is_on_duty_and_not_excluded(case: Case) -> None:
    for what in (LIGHTS, COMPLAINT):
        code = picked(case, what).staff_code
        if code is not None:
            assert covers(case.town.staff_by_code[code].grid, case.place)
            assert case.duty[code]
            assert code not in case.exclude


@given(cases(), st.integers(0, 13))
def test_a_complaint_goes_to_somebody_above_its_subject(case: Case, index: int) -> None:
    if not case.town.staff:
        return
    subject = case.town.staff[index % len(case.town.staff)]
    code = picked(case, COMPLAINT, subject.code).staff_code
    if code is None:
        return
    judge = case.town.staff_by_code[code]
    assert judge.code != subject.code
    if judge.role is not Role.OFFICE:
        assert judge.role in LEADS
        assert covers(judge.grid, subject.grid)
        if subject.role in {*LEADS, Role.OFFICE}:
            assert judge.grid != subject.grid


@given(cases())
def test_climbing_ends_at_the_office_and_never_turns_back(case: Case) -> None:
    holder: Staff | None = None
    start = picked(case)
    if start.staff_code is not None:
        holder = case.town.staff_by_code[start.staff_code]
    seen = [holder.code] if holder else []
    while True:
        decision = next_level(
            case.town, case.place, LIGHTS, holder, case.duty, case.load, case.exclude
        )
        if decision.staff_code is None:
            break
        after = case.town.staff_by_code[decision.staff_code]
        assert after.code not in seen
        assert after.role in {*LEADS, Role.OFFICE}
        if holder is not None:
            assert covers(after.grid, holder.grid)
        seen.append(after.code)
        holder = after
    assert len(seen) <= 6
    office = [
        member
        for member in case.town.staff
        if member.role is Role.OFFICE and case.duty[member.code] and member.code not in case.exclude
    ]
    if office:
        assert holder is not None
        assert holder.role is Role.OFFICE


SMALL = district(
    NODES,
    [
        post("office", Role.OFFICE, "xg"),
        post("lead", Role.GRID_LEAD, "xg.01"),
        post("organiser", Role.ORGANISER, "xg.01"),
        post("unit-lead", Role.GRID_LEAD, "xg.01.01"),
        post("worker", Role.GRID_WORKER, "xg.01.01"),
        post("desk", Role.DEPARTMENT, "xg", department="property"),
        post("other-desk", Role.DEPARTMENT, "xg", department="water"),
    ],
)
ALL = {member.code: True for member in SMALL.staff}


def test_a_category_of_a_department_goes_to_its_desk() -> None:
    owned = category(owner=(Role.DEPARTMENT, Role.GRID_WORKER), department="property")

    assert choose(SMALL, "xg.01.01.01", owned, ALL, {}).staff_code == "desk"
    absent = ALL | {"desk": False}
    assert choose(SMALL, "xg.01.01.01", owned, absent, {}).staff_code == "worker"


@pytest.mark.parametrize(
    ("staff", "about", "may"),
    [
        ("worker", "worker", False),
        ("unit-lead", "worker", True),
        ("unit-lead", "unit-lead", False),
        ("lead", "unit-lead", True),
        ("organiser", "lead", False),
        ("lead", None, False),
        ("office", None, True),
        ("office", "office", False),
        ("worker", "unit-lead", False),
    ],
)
def test_who_may_decide_about_whom(staff: str, about: str | None, may: bool) -> None:
    assert may_decide(SMALL, SMALL.staff_by_code[staff], about) is may


def test_a_grid_lead_goes_before_an_organiser() -> None:
    duty = ALL | {"worker": False, "unit-lead": False}

    assert choose(SMALL, "xg.01.01.01", LIGHTS, duty, {"lead": 9}).staff_code == "lead"


def test_levels_on_the_way_up() -> None:
    way, holder = [], SMALL.staff_by_code["worker"]
    while True:
        decision = next_level(SMALL, "xg.01.01.01", LIGHTS, holder, ALL, {})
        if decision.staff_code is None:
            break
        way.append((decision.staff_code, decision.grid))
        holder = SMALL.staff_by_code[decision.staff_code]

    assert way == [("unit-lead", "xg.01.01"), ("lead", "xg.01"), ("office", "xg")]


def test_the_community_decides_categories() -> None:
    assert [member.code for member in triage_desk(SMALL, "xg.01.01.01")] == ["organiser"]
    assert [member.code for member in triage_desk(SMALL, "xg.02.01")] == ["office"]
    assert [member.code for member in triage_desk(SMALL, "xg")] == ["office"]


def test_the_demo_district_has_somebody_for_every_category_everywhere(
    district: District,
) -> None:
    duty = {member.code: True for member in district.staff}
    for node in district.grids:
        for what in district.categories:
            decision = choose(district, node.code, what, duty, {})
            assert decision.staff_code is not None
            if node.level is Level.COURTYARD and not what.about_staff:
                assert decision.reason in {Reason.WORKER, Reason.DEPARTMENT}
