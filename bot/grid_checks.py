"""Rules of the grid tree that no single entry can show: parents, claims, outlines."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from shapely import STRtree
from shapely.geometry import Polygon
from shapely.validation import explain_validity

from bot.toml_source import Problem, TomlSource
from models.district import Address, GridNode, Level

OVERLAP_TOLERANCE = 1e-10
"""Square degrees, about one square metre: two courtyards may share a wall, drawn by hand."""

_MIN_CORNERS = 3


def check_tree(source: TomlSource, nodes: tuple[GridNode, ...]) -> Iterator[Problem]:
    """One root; every other node one level below a parent that exists and whose code it extends."""
    by_code = {node.code: node for node in nodes}
    roots = [i for i, node in enumerate(nodes) if node.level == Level.SUBDISTRICT]
    if not roots:
        yield source.problem(("grid",), "no sub-district: one grid must have level 1")
    for i in roots[1:]:
        other = nodes[roots[0]].code
        yield source.problem(("grid", i, "level"), f'a second level 1 grid beside "{other}"')
    for i, node in enumerate(nodes):
        reason = _parent_fault(node, by_code)
        if reason:
            key = "parent" if node.parent else "code"
            yield source.problem(("grid", i, key), reason)
        if node.level == Level.COURTYARD and not node.addresses:
            yield source.problem(("grid", i), "a courtyard (level 4) needs addresses")


def _parent_fault(node: GridNode, by_code: dict[str, GridNode]) -> str | None:
    if node.level == Level.SUBDISTRICT:
        return "a level 1 grid has no parent" if node.parent else None
    if node.parent is None:
        return f"no parent, which only the sub-district may lack: this grid has level {node.level}"
    parent = by_code.get(node.parent)
    if parent is None:
        return f'no grid has the code "{node.parent}"'
    if node.level != parent.level + 1:
        return f'level {node.level} cannot be below "{parent.code}", which is level {parent.level}'
    if node.code.rpartition(".")[0] != parent.code:
        return f'code "{node.code}" must be "{parent.code}." and two digits'
    return None


def check_addresses(source: TomlSource, nodes: tuple[GridNode, ...]) -> Iterator[Problem]:
    """No doorway is claimed twice. A number without buildings claims the whole number."""
    claims: dict[tuple[str, str], dict[str | None, str]] = defaultdict(dict)
    for i, node in enumerate(nodes):
        for j, address in enumerate(node.addresses):
            taken = claims[_plain(address.lane), _plain(address.number)]
            names: Sequence[str | None] = [building.name for building in address.buildings]
            for building in names or (None,):
                holder = _holder(taken, building)
                taken.setdefault(None if building is None else _plain(building), node.code)
                if holder is not None:
                    what = _spoken(address, building)
                    reason = f'{what} is claimed twice: here and by "{holder}"'
                    yield source.problem(("grid", i, "addresses", j), reason)


def _holder(taken: dict[str | None, str], building: str | None) -> str | None:
    """Who already claims that building (None: the whole number), if anybody does."""
    if building is None:
        return next(iter(taken.values()), None)
    return taken.get(_plain(building)) or taken.get(None)


def _spoken(address: Address, building: str | None) -> str:
    number = f"{address.lane}{address.number}号"
    return number if building is None else f"{number}{building}号楼"


def _plain(text: str) -> str:
    """A number as two people would take for the same: １２号 and 12, 3号楼 and 3."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return plain.removesuffix("楼").removesuffix("号").removesuffix("#")


def check_polygons(source: TomlSource, nodes: tuple[GridNode, ...]) -> Iterator[Problem]:
    """Each outline is a simple polygon in degrees, and courtyards do not overlap."""
    shapes: list[tuple[int, Polygon]] = []
    for i, node in enumerate(nodes):
        if not node.polygon:
            continue
        reason = _outline_fault(node.polygon)
        if reason:
            yield source.problem(("grid", i, "polygon"), reason)
        elif node.level == Level.COURTYARD:
            shapes.append((i, Polygon(node.polygon)))
    polygons = [shape for _, shape in shapes]
    for left, right in sorted(STRtree(polygons).query(polygons, "intersects").T.tolist()):
        if left < right and polygons[left].intersection(polygons[right]).area > OVERLAP_TOLERANCE:
            other = nodes[shapes[left][0]].code
            yield source.problem(("grid", shapes[right][0], "polygon"), f'overlaps "{other}"')


def _outline_fault(polygon: tuple[tuple[float, float], ...]) -> str | None:
    if any(not (-180 <= lon <= 180 and -90 <= lat <= 90) for lon, lat in polygon):
        return "a corner is not on the earth: longitude comes first, then latitude, in degrees"
    if len(set(polygon)) < _MIN_CORNERS:
        return f"an outline needs at least {_MIN_CORNERS} corners"
    shape = Polygon(polygon)
    if not shape.is_valid:
        return f"the outline crosses itself or has no area ({explain_validity(shape)})"
    return None
