"""Sample values for every notice: those of the workflows' own tests, also at their longest."""

from __future__ import annotations

from typing import Any

from tests.handlers.contexts.resident import HOSTILE, LONG
from tests.workflows.test_notices import NAMES, context

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    f"notices/{notice}": [
        context(notice, text, bare=bare)
        for text in ("楼道灯坏了", HOSTILE, LONG)
        for bare in (True, False)
    ]
    for notice in NAMES
}
