"""The picture as PNG and SVG."""

import io
from xml.etree import ElementTree

import pytest
from PIL import Image

from opinions.drawing import BACKGROUND, COLOURS, draw_png, draw_svg
from opinions.picture import Group, Picture, Point

SVG = "{http://www.w3.org/2000/svg}"
POINTS = tuple(
    Point(person, (3.0 if person % 2 else -3.0) + person % 3, person % 5, "AB"[person % 2])
    for person in range(20)
)
PICTURE = Picture(
    participants=21,
    grouped=20,
    verdict="groups",
    groups=(Group("A", 10, (-2.0, 2.0), ()), Group("B", 10, (4.0, 2.0), ())),
    points=(*POINTS, Point(99, 0.0, 0.0, None)),
)
EMPTY = Picture(participants=0, grouped=0, verdict="too_few")
ALIKE = Picture(9, 9, "one_group", points=tuple(Point(n, 1.0, 1.0, None) for n in range(9)))


@pytest.mark.parametrize("picture", [PICTURE, EMPTY, ALIKE])
def test_a_png_has_the_size_asked_for(picture: Picture) -> None:
    image = Image.open(io.BytesIO(draw_png(picture, {}, (400, 300))))
    image.load()
    assert (image.format, image.size) == ("PNG", (400, 300))


def test_each_group_has_its_colour_and_the_empty_picture_none() -> None:
    image = Image.open(io.BytesIO(draw_png(PICTURE, {}, (800, 600)))).convert("RGB")
    colours = {colour for _, colour in image.getcolors(1_000_000) or []}
    for wanted in COLOURS[:2]:
        rgb = tuple(int(wanted[at : at + 2], 16) for at in (1, 3, 5))
        assert any(sum(abs(a - b) for a, b in zip(rgb, c, strict=True)) < 24 for c in colours)
    blank = Image.open(io.BytesIO(draw_png(EMPTY, {}, (80, 60)))).convert("RGB")
    assert [colour for _, colour in blank.getcolors() or []] == [(255, 255, 255)]
    assert BACKGROUND == "#FFFFFF"


def test_the_svg_names_groups_with_their_sizes_and_is_escaped() -> None:
    root = ElementTree.fromstring(draw_svg(PICTURE, {"title": "<立场>", "A": "甲 & 乙"}))
    assert root.findtext(f"{SVG}title") == "<立场>"
    assert [text.text for text in root.iter(f"{SVG}text")] == ["甲 & 乙 10", "B 10"]
    assert len([*root.iter(f"{SVG}polygon")]) == 2
    dots = "".join(path.get("d", "") for path in root.iter(f"{SVG}path"))
    assert dots.count("M") == len(PICTURE.points)


@pytest.mark.parametrize("picture", [EMPTY, ALIKE])
def test_pictures_without_groups_are_valid_svg(picture: Picture) -> None:
    assert not [*ElementTree.fromstring(draw_svg(picture, {})).iter(f"{SVG}text")]
