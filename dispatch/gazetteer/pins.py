"""Location pins: the lowest grid whose outline holds a point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from models.district import GridNode

_CORNERS_OF_AN_AREA = 3


class Pins:
    """Point in polygon over an STRtree, which is built when the first pin is asked for.

    Importing shapely takes a quarter of a second, and a start should not wait for it.
    """

    def __init__(self, grids: Sequence[GridNode]) -> None:
        self._grids = [node for node in grids if len(node.polygon) >= _CORNERS_OF_AN_AREA]
        self._index: Any = None

    def at(self, longitude: float, latitude: float) -> GridNode | None:
        """The grid at the point (degrees, WGS 84): the lowest level, then the first in file order.

        A point on a common border counts as inside. None outside, and for no point at all.
        """
        if not (math.isfinite(longitude) and math.isfinite(latitude)):
            return None
        import shapely  # noqa: PLC0415  # see the class

        if self._index is None:
            self._index = shapely.STRtree([shapely.Polygon(node.polygon) for node in self._grids])
        hits = self._index.query(shapely.Point(longitude, latitude), predicate="intersects")
        inside = sorted(int(hit) for hit in hits)
        return max((self._grids[i] for i in inside), key=lambda node: node.level, default=None)
