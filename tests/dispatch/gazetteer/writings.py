"""The usual ways to write an address of the tree, with what each of them says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import cn2an

from models.district import Building, GridNode, Level

WIDE = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ#-",
    "０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"
    "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ＃－",
)
SPELT = str.maketrans("0123456789", "零一二三四五六七八九")


class Written(NamedTuple):
    text: str
    code: str
    building: str | None
    unit: str | None
    room: str | None


def chinese(number: str) -> str:
    return str(cn2an.an2cn(number)) if number.isdigit() else number


def _numbers(lane: str, number: str) -> list[str]:
    return [
        f"{lane}{number}号",
        f"{lane}{number}号院",
        f"{lane} {number}号",
        f"{lane}{chinese(number)}号",
        f"{lane}第{number}号",
        f"{lane}{number}号大院",
        f"西固区{lane}{number}号",
        f"甘肃省兰州市西固区西固城街道{lane}{number}号",
        f"{lane}，{number}号，",
    ]


def _buildings(building: str) -> list[str]:
    if not building.isdigit():
        return [f"{building}座", f"{building.lower()}栋", f"{building}幢", f"{building}号楼"]
    return [
        f"{building}号楼",
        f"{building}栋",
        f"{building}幢",
        f"{building}#楼",
        f"{building} 座",
        f"{chinese(building)}号楼",
        f" {building}＃楼",
        f"第{chinese(building)}栋",
    ]


def _units(unit: str) -> list[str]:
    return [f"{unit}单元", f"{chinese(unit)}单元", f"{unit}门", f"第{chinese(unit)}单元"]


def _rooms(room: str) -> list[str]:
    return [room, f"{room}室", f"{room[:-2]}楼{room}", f"{room.translate(SPELT)}", f" {room}号"]


def _named(node: GridNode, names: Sequence[str], building: Building) -> Iterator[Written]:
    """An estate and a building in it."""
    for name, written in product(names, _buildings(building.name)):
        yield Written(f"{name}{written}", node.code, building.name, None, None)
        yield Written(f"{name}{written}1单元", node.code, building.name, "1", None)


def _doorway(
    node: GridNode, lane: str, number: str, building: Building | None, *, shared: bool
) -> Iterator[Written]:
    """One building in all its writings; `shared`: another courtyard has the same number."""
    name = building.name if building else None
    heads = [(text, name) for text in _numbers(lane, number)] if not shared else []
    if building:
        heads = [
            (f"{text}{written}", name)
            for i, (text, written) in enumerate(
                product(_numbers(lane, number), _buildings(building.name))
            )
            if i < 14 or i % 5 == 0
        ] + (
            [(heads[0][0], name)] if not shared and len(_siblings(node, lane, number)) == 1 else []
        )
    unit = str(building.units) if building else "2"
    for head, known in heads:
        yield Written(head, node.code, known, None, None)
        yield Written(f"{head}{unit}单元401", node.code, known, unit, "401")
    head = heads[0][0]
    for written_unit, written_room in product(_units(unit), _rooms("302")):
        yield Written(f"{head}{written_unit}{written_room}", node.code, name, unit, "302")
    yield Written(f"{unit}单元302室，{head}", node.code, name, unit, "302")
    yield Written(f"{head}{unit}单元302室".translate(WIDE), node.code, name, unit, "302")
    if building:
        number_building = f"{lane}{number}-{building.name}"
        yield Written(f"{number_building}-{unit}-302", node.code, name, unit, "302")
        yield Written(f"{lane}{number}号{building.name}-{unit}-302", node.code, name, unit, "302")
        yield Written(f"{number_building}号楼{unit}单元", node.code, name, unit, None)


def _siblings(node: GridNode, lane: str, number: str) -> tuple[Building, ...]:
    return next(a.buildings for a in node.addresses if (a.lane, a.number) == (lane, number))


def writings(grids: Sequence[GridNode]) -> Iterator[Written]:
    """Every building of every courtyard, in each of its usual ways."""
    courtyards = [node for node in grids if node.level is Level.COURTYARD]
    numbers = [(a.lane, a.number) for node in courtyards for a in node.addresses]
    for node in courtyards:
        yield Written(node.name, node.code, None, None, None)
        for alias in node.aliases:
            yield from _alias(grids, node, alias)
        for address in node.addresses:
            shared = numbers.count((address.lane, address.number)) > 1
            for building in address.buildings or (None,):
                yield from _doorway(node, address.lane, address.number, building, shared=shared)


def _alias(grids: Sequence[GridNode], node: GridNode, alias: str) -> Iterator[Written]:
    communities = {grid.name.removesuffix("社区") for grid in grids}
    if alias not in communities:
        yield Written(alias, node.code, None, None, None)
        yield Written(f"西固城街道{alias}", node.code, None, None, None)
    names = [building.name for a in node.addresses for building in a.buildings]
    for address in node.addresses:
        for building in address.buildings:
            if names.count(building.name) == 1:
                yield from _named(node, [alias, f"西固区{alias}"], building)
