"""Sample values for the templates of the forms engine."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from tests.handlers.contexts.resident import HOSTILE

_MANY = [HOSTILE, "合水中路12号院加装电梯", "长" * 700]
_KINDS = (*("text", "number", "money", "moment", "date", "choice", "choices", "yes_no", "files"),)

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "forms/question": [
        {
            "question": Markup("<b>哪几个院子？</b>"),
            "kind": kind,
            "offered": offered,
            "files": files,
        }
        for kind in _KINDS
        for offered in (0, 3)
        for files in (0, 2)
    ],
    "forms/changes": [{}],
    "forms/replaced": [{"words": [HOSTILE]}, {"words": _MANY}],
    "forms/cancelled": [{"words": []}, {"words": _MANY}],
    "forms/lapsed": [{"words": []}, {"words": _MANY}],
    "forms/hint_number": [{}],
    "forms/hint_money": [{}],
    "forms/hint_moment": [{}],
    "forms/hint_hour": [{}],
    "forms/hint_date": [{}],
    "forms/hint_past": [{}],
    "forms/hint_pick": [{}],
    "forms/hint_too_long": [{"limit": 60, "length": 61}],
    "forms/hint_files": [{}],
    "forms/hint_no_files": [{}],
    "forms/hint_needed": [{}],
    "forms/files_kept": [{"files": 3}],
    "forms/words_unused": [{"words": HOSTILE}, {"words": "长" * 700}],
}
