"""The picture as an image: a dot for each person, a hull around each group, its letter and size.

Needs pillow only. Words come from the caller; the PNG has letters and numbers alone, because a
server may have no Chinese font: its words belong into the caption. Colours are Okabe and Ito's,
told apart with every common colour blindness; each group has its own shape of dot besides.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image, ImageDraw, ImageFont

from opinions.picture import Picture, Point

Place = tuple[float, float]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
UNPLACED = "#8A8A8A"
BACKGROUND = "#FFFFFF"
SVG_SIZE = (640, 480)
MARGIN = 0.09
SHAPES = (0, 4, 3, 6, 5)
"""Corners of a group's dots; 0 is a circle."""
_GOLDEN = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True, slots=True)
class _Scene:
    dots: list[tuple[Place, int]]
    hulls: list[list[Place]]
    tags: list[tuple[Place, str, int]]
    radius: float


def draw_png(picture: Picture, labels: Mapping[str, str], size: tuple[int, int]) -> bytes:
    """The picture as PNG, `size` in pixels. `labels` may rename groups ("A" → "1"); Latin only."""
    wide, high = size
    scale = 2
    scene = _lay_out(picture, labels, (wide * scale, high * scale))
    image = Image.new("RGB", (wide * scale, high * scale), BACKGROUND)
    brush = ImageDraw.Draw(image, "RGBA")
    for index, hull in enumerate(scene.hulls):
        if len(hull) > 2:
            brush.polygon(hull, fill=(*_rgb(_colour(index)), 36), outline=_rgb(_colour(index)))
    for at, group in scene.dots:
        brush.polygon(_shape(at, group, scene.radius), fill=(*_rgb(_colour(group)), 190))
    font = ImageFont.load_default(max(12, high * scale // 16))
    for at, text, group in scene.tags:
        latin = text.encode("ascii", "ignore").decode()
        brush.text(
            at,
            latin,
            fill=_colour(group),
            font=font,
            anchor="mm",
            stroke_width=scale * 2,
            stroke_fill=BACKGROUND,
        )
    out = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def draw_svg(picture: Picture, labels: Mapping[str, str]) -> str:
    """The picture as SVG. `labels`: "title" for screen readers, and names of groups by letter."""
    wide, high = SVG_SIZE
    scene = _lay_out(picture, labels, SVG_SIZE)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img">',
        f"<title>{escape(labels.get('title', ''))}</title>",
    ]
    for index, hull in enumerate(scene.hulls):
        if len(hull) > 2:
            colour = _colour(index)
            parts.append(
                f'<polygon points="{_points(hull)}" fill="{colour}" fill-opacity="0.14" '
                f'stroke="{colour}"/>'
            )
    for group in range(-1, len(scene.hulls)):
        paths = [
            f"M{_points(_shape(at, one, scene.radius))}Z" for at, one in scene.dots if one == group
        ]
        if paths:
            parts.append(
                f'<path fill="{_colour(group)}" fill-opacity="0.75" d="{"".join(paths)}"/>'
            )
    parts += [
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{_colour(group)}" font-size="26" '
        f'font-weight="bold" text-anchor="middle" dominant-baseline="middle" stroke="{BACKGROUND}" '
        f'stroke-width="4" paint-order="stroke">{escape(text)}</text>'
        for (x, y), text, group in scene.tags
    ]
    return "".join([*parts, "</svg>"])


def _lay_out(picture: Picture, labels: Mapping[str, str], size: tuple[int, int]) -> _Scene:
    """Everything in pixels; people at the same place are spread around it, like seeds."""
    number = {group.label: index for index, group in enumerate(picture.groups)}
    to_pixels = _Fit(picture.points, size)
    radius = max(2.0, min(size) / 60 / (1 + len(picture.points) / 400))
    met: dict[Place, int] = {}
    dots: list[tuple[Place, int]] = []
    members: list[list[Place]] = [[] for _ in picture.groups]
    for point in picture.points:
        x, y = to_pixels((point.x, point.y))
        again = met[x, y] = met.get((x, y), -1) + 1
        away = radius * 0.9 * math.sqrt(again)
        at = (x + away * math.cos(again * _GOLDEN), y + away * math.sin(again * _GOLDEN))
        group = number.get(point.group or "", -1)
        dots.append((at, group))
        if group >= 0:
            members[group].append(at)
    dots.sort(key=lambda dot: dot[1])
    tags = [
        (to_pixels(group.center), f"{labels.get(group.label, group.label)} {group.size}", index)
        for index, group in enumerate(picture.groups)
    ]
    return _Scene(dots, [_hull(some) for some in members], tags, radius)


class _Fit:
    """From the picture's coordinates to pixels, both axes alike, the middle in the middle."""

    def __init__(self, points: Sequence[Point], size: tuple[int, int]) -> None:
        xs, ys = [point.x for point in points] or [0.0], [point.y for point in points] or [0.0]
        self._middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
        self._size = size
        room = (1 - 2 * MARGIN) * size[0], (1 - 2 * MARGIN) * size[1]
        spans = max(xs) - min(xs), max(ys) - min(ys)
        ratios = [space / span for space, span in zip(room, spans, strict=True) if span > 0]
        self._scale = min(ratios, default=1.0)

    def __call__(self, at: Place) -> Place:
        return (
            round(self._size[0] / 2 + (at[0] - self._middle[0]) * self._scale, 1),
            round(self._size[1] / 2 - (at[1] - self._middle[1]) * self._scale, 1),
        )


def _hull(points: Sequence[Place]) -> list[Place]:
    """Convex hull (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(places: Sequence[Place]) -> list[Place]:
        chain: list[Place] = []
        for place in places:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], place) <= 0:
                chain.pop()
            chain.append(place)
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def _turn(a: Place, b: Place, c: Place) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _shape(at: Place, group: int, radius: float) -> list[Place]:
    corners = (SHAPES[group % len(SHAPES)] if group >= 0 else 0) or 10
    size = radius * (1.25 if corners < 10 else 1.0)
    turn = -math.pi / 2
    return [
        (
            at[0] + size * math.cos(turn + step * 2 * math.pi / corners),
            at[1] + size * math.sin(turn + step * 2 * math.pi / corners),
        )
        for step in range(corners)
    ]


def _points(places: Sequence[Place]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _colour(group: int) -> str:
    return COLOURS[group % len(COLOURS)] if group >= 0 else UNPLACED


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
