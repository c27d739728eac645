"""Sample values for what is read around a ballot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from models.deliberation.core import Deliberation
from models.deliberation.steps import Step
from tests.handlers.contexts.resident import HOSTILE

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def _about(title: str, unit: str, secret: bool) -> dict[str, Any]:
    deliberation = Deliberation(
        id=3,
        number=3,
        title=title,
        council="xg.01",
        grids=["xg.01.01.01"],
        step=Step.CONSULT,
        step_since=NOW,
        unit=unit,
        secret=secret,
        created_at=NOW,
        updated_at=NOW,
    )
    return {"deliberation": deliberation, "board": "https://example.org/board/d/3"}


_DELIBERATIONS = (
    _about("加装电梯", "household", True),
    _about(HOSTILE[:60], "resident", False),
)
_RESULTS = [
    {
        "valid": valid,
        "winner": winner,
        "title": title,
        "ballots": 41,
        "electorate": 60,
        "quorum": 30,
        "tie": tie,
    }
    for valid, winner, title, tie in (
        (True, "A", "每单元装一部", False),
        (True, "B", HOSTILE[:60], True),
        (True, "0", "", False),
        (False, None, "", False),
    )
]
_NAMES = ("张大妈", HOSTILE[:200], "")

_NOTICES: dict[str, list[dict[str, Any]]] = {
    "d_ballot_open": [{"closes_at": NOW, "options": number} for number in (1, 3)],
    "d_ballot_reminder": [{"closes_at": NOW}],
    "d_ballot_result": _RESULTS,
    "d_ballot_recorded": [{}],
    "d_ballot_absent": [{}],
    "d_ballot_closed": _RESULTS,
    "d_ballot_void": [{"faults": number} for number in (1, 12)],
    "d_proxy_accepted": [{"holder": name} for name in _NAMES],
    "d_proxy_revoked": [{"principal": name} for name in _NAMES],
    "d_proxy_cast": [{"holder": name} for name in _NAMES],
}
_ERRORS: dict[str, list[dict[str, Any]]] = {
    "not_eligible_closed": [{"reason": "closed", "closes_at": NOW}],
    "not_eligible_not_open": [{"reason": "not_open"}],
    "not_eligible_voted": [{"reason": "voted"}],
    "not_eligible_household_voted": [{"reason": "household_voted"}],
    "not_eligible_door_voted": [{"reason": "door_voted"}],
    "not_eligible_no_proxy": [{"reason": "no_proxy"}],
    "not_eligible_principal": [{"reason": "principal"}],
    "not_eligible_principal_voted": [{"reason": "principal_voted"}],
    "not_eligible_proxy_own": [{"reason": "proxy_own"}],
    "not_eligible_proxy_limit": [{"reason": "proxy_limit", "most": most} for most in (0, 1, 2)],
    "invalid_input_ballot_choice": [
        {"reason": "ballot_choice", "method": method} for method in ("approval", "score", "runoff")
    ],
    "invalid_input_ballot_options": [{"reason": "ballot_options"}],
    "invalid_input_ballot_time": [{"reason": "ballot_time", "least": NOW}],
    "invalid_input_proxy_code": [{"reason": "proxy_code"}],
    "not_ready_ballot_running": [{"reason": "ballot_running", "again_at": NOW}],
    "not_ready_ballot_decided": [{"reason": "ballot_decided"}],
    "too_soon_proxy_tries": [{"reason": "proxy_tries", "again_at": NOW}],
}

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    f"notices/{name}": [about | values for about in _DELIBERATIONS for values in given]
    for name, given in _NOTICES.items()
} | {f"errors/{name}": given for name, given in _ERRORS.items()}
