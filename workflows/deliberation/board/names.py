"""Names in both languages: grids, communities, and whoever acts for the public, by their post."""

from __future__ import annotations

from models.district import District
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.views import CouncilView, SeatView

_RESIDENT = "r:"
"""How tables refer to a resident: r:<account id>."""


def grid_name(district: District, code: str) -> Both:
    """The name of a grid; its code when the files lost it."""
    node = district.node_by_code.get(code)
    return Both(node.name, node.name_en) if node is not None else Both(code, code)


def post_name(district: District, code: str | None) -> Both | None:
    """The title of a post, never the name of who holds it; None for a resident or nobody."""
    if code is None or code.startswith(_RESIDENT):
        return None
    post = district.staff_by_code.get(code)
    if post is None:
        return Both(code, code)
    return Both(post.title or post.code, post.title_en or post.title or post.code)


def post_or_code(district: District, code: str) -> Both:
    """The title of a post that must be there."""
    return post_name(district, code) or Both(code, code)


def council_views(district: District, community: str | None = None) -> tuple[CouncilView, ...]:
    """The councils of all communities, or of one."""
    return tuple(
        CouncilView(
            grid=council.grid,
            name=Both(council.name_zh, council.name_en),
            secretary=post_or_code(district, council.secretary),
            quorum_percent=council.quorum_percent,
            majority_percent=council.majority_percent,
            seats=tuple(
                SeatView(seat.kind, post_or_code(district, seat.post)) for seat in council.seats
            ),
        )
        for council in district.councils
        if community in (None, council.grid)
    )


def public_department(district: District, code: str | None) -> Both | None:
    """The name of an outside body that something was referred to."""
    if code is None:
        return None
    department = district.department_by_code.get(code)
    if department is None:
        return Both(code, code)
    return Both(department.label_zh, department.label_en)
