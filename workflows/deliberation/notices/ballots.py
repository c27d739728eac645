"""Notices of ballots and proxies. None of them ever says what somebody chose."""

from __future__ import annotations

from workflows.notice_spec import NoticeSpec


def _neighbour(*extra: str, views: tuple[str, ...] = ()) -> NoticeSpec:
    return NoticeSpec("none", "neighbour", frozenset(extra), views=views)


def _staff(*extra: str, views: tuple[str, ...] = ()) -> NoticeSpec:
    return NoticeSpec("none", "staff", frozenset(extra), views=views)


_RESULT = ("valid", "winner", "title", "ballots", "electorate", "quorum", "tie")

BALLOT_NOTICES: dict[str, NoticeSpec] = {
    "d_ballot_open": _neighbour("closes_at", "options", views=("vote", "options", "proxy")),
    "d_ballot_reminder": _neighbour("closes_at", views=("vote", "proxy")),
    "d_ballot_result": _neighbour(*_RESULT, views=("receipt", "card")),
    # --- whether a vote is on the roll for this person: makes a vote that nobody cast visible
    "d_ballot_recorded": _neighbour(views=("receipt",)),
    "d_ballot_absent": _neighbour(views=("receipt",)),
    "d_ballot_closed": _staff(*_RESULT, views=("card",)),
    "d_ballot_void": _staff("faults", views=("card",)),
    # --- proxies
    "d_proxy_accepted": _neighbour("holder", views=("proxy",)),
    "d_proxy_revoked": _neighbour("principal", views=("proxy",)),
    "d_proxy_cast": _neighbour("holder", views=("receipt",)),
}
