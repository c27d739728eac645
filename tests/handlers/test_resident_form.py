"""What a request still lacks, and the way back through it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.gazetteer import Gazetteer
from handlers.intake.form import (
    CATEGORY,
    DETAILS,
    PHOTO,
    PLACE,
    SUMMARY,
    Form,
    ask,
    next_step,
    step_back,
    with_answer,
    with_category,
    with_place,
    with_staff_meant,
    without,
)
from models.district import District
from models.place import Place
from workflows.tickets.submit import Draft, DraftFile

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
HOME = Place(grid="xg.01.01.01", lane="合水中路", number="12", building="1", unit="3", room="401")
COURTYARD = Place(grid="xg.01.01.01")
SHOT = DraftFile(kind="photo", file_id="a", file_unique_id="b")
VOICE = DraftFile(kind="voice", file_id="c", file_unique_id="d")


@pytest.fixture(scope="module")
def book(district: District) -> Gazetteer:
    return Gazetteer(district.grids)


def form(**draft: Any) -> Form:
    values = {"text": "楼道灯坏了三天了没人管"} | draft
    return Form(draft=Draft(**values), serial=1, started_at=NOW)


def test_the_category_comes_first(district: District, book: Gazetteer) -> None:
    assert next_step(form(), district, book) == CATEGORY


@pytest.mark.parametrize(
    ("draft", "step"),
    [
        ({}, PLACE),
        ({"place": Place(grid="xg.01")}, PLACE),
        ({"place": COURTYARD}, PHOTO),
        ({"place": COURTYARD, "files": [SHOT]}, SUMMARY),
        ({"place": COURTYARD, "files": [VOICE]}, PHOTO),
        ({"place": COURTYARD, "text": ""}, DETAILS),
    ],
)
def test_a_rough_place_is_enough_for_a_light(
    draft: dict[str, Any], step: str, district: District, book: Gazetteer
) -> None:
    assert next_step(form(category="facility.lighting", **draft), district, book) == step


@pytest.mark.parametrize(
    ("draft", "step"),
    [
        ({"place": COURTYARD}, PLACE),
        ({"place": HOME.model_copy(update={"room": None})}, PLACE),
        ({"place": HOME, "text": "漏水"}, DETAILS),
        ({"place": HOME, "text": "漏水", "files": [VOICE]}, "fixture"),
        ({"place": HOME}, "fixture"),
        ({"place": HOME, "details": {"fixture": "tap"}}, "visit"),
        ({"place": HOME, "details": {"fixture": "tap", "visit": "晚上"}}, PHOTO),
    ],
)
def test_a_repair_needs_the_door_and_its_questions_one_by_one(
    draft: dict[str, Any], step: str, district: District, book: Gazetteer
) -> None:
    assert next_step(form(category="repair.plumbing", **draft), district, book) == step


def test_what_was_skipped_is_not_asked_again(district: District, book: Gazetteer) -> None:
    asked = form(category="facility.lighting", place=COURTYARD)
    assert next_step(without(asked, PHOTO), district, book) == SUMMARY


def test_a_place_given_as_well_as_one_can_is_not_asked_again(
    district: District, book: Gazetteer
) -> None:
    given = with_place(form(category="repair.plumbing", details={"fixture": "tap"}), COURTYARD)
    assert next_step(given, district, book) == "visit"


def test_the_way_back_takes_answers_out(district: District, book: Gazetteer) -> None:
    at = with_category(form(), "facility.lighting", chosen=True)
    at = ask(at, next_step(at, district, book))
    at = with_place(at, COURTYARD)
    at = ask(at, next_step(at, district, book))
    assert (at.asking, at.trail) == (PHOTO, [CATEGORY, PLACE])
    at = step_back(at)
    assert (at.asking, at.draft.place, at.trail) == (PLACE, None, [CATEGORY])
    assert next_step(at, district, book) == PLACE
    at = step_back(at)
    assert (at.asking, at.draft.category, at.trail) == (CATEGORY, None, [])
    assert step_back(at) is at
    assert at.draft.text == "楼道灯坏了三天了没人管"


def test_another_category_drops_the_old_ones_answers_and_keeps_the_rest() -> None:
    filled = with_answer(form(category="repair.plumbing", place=HOME), "fixture", "tap")
    changed = with_category(filled, "facility.lighting", chosen=True)
    assert changed.draft.details == {}
    assert changed.draft.place == HOME
    assert with_category(filled, "repair.plumbing", chosen=True).draft.details == {"fixture": "tap"}


def test_left_to_the_desk_nobody_is_sure() -> None:
    left = with_category(form(confidence=0.9), "other.other", chosen=False)
    assert left.draft.confidence == 0.0
    assert not left.draft.chosen_by_resident


def test_left_to_the_desk_it_is_asked_roughly_where(district: District, book: Gazetteer) -> None:
    left = with_category(form(), "other.other", chosen=False)
    assert next_step(left, district, book) == PLACE
    assert next_step(with_place(left, Place(grid="xg.01")), district, book) == SUMMARY
    chosen = with_category(form(), "other.other", chosen=True)
    assert next_step(chosen, district, book) == SUMMARY


def test_a_complaint_names_its_post_only_when_one_holder_is_meant(district: District) -> None:
    name = district.staff_by_code["office-1"].name
    about = form(text=f"我要投诉{name}", category="complaint.staff")
    same = [post for post in district.staff if post.name == name]
    meant = with_staff_meant(about, district).draft.about_staff
    assert meant == ("office-1" if len(same) == 1 else None)
    assert with_staff_meant(form(text="态度太差", category="complaint.staff"), district) == form(
        text="态度太差", category="complaint.staff"
    )
    other = form(text=f"灯坏了，{name}说不管", category="facility.lighting")
    assert with_staff_meant(other, district).draft.about_staff is None


def test_a_form_survives_being_stored() -> None:
    full = with_answer(form(category="repair.plumbing", place=HOME, files=[SHOT]), "visit", "晚上")
    assert Form.model_validate(full.model_dump(mode="json")) == full
