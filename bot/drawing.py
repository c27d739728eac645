"""The ticket lifecycle drawn from its own table."""

from __future__ import annotations

from models.lifecycle import TRANSITIONS, State, Transition

HEADER = """# The ticket lifecycle

Drawn from `models.lifecycle.TRANSITIONS` by `python -m bot lifecycle`; a test compares them.
"""


def draw_lifecycle() -> str:
    """A Mermaid state diagram of the moves, and a table of all actions with who may do them."""
    moves = [row for row in TRANSITIONS if row.target is not None]
    lines = [HEADER, "```mermaid", "stateDiagram-v2", "    [*] --> assigned: submit"]
    for source in State:
        lines += [
            f"    {source} --> {row.target}: {row.action}"
            for row in moves
            if source in row.sources and source != row.target
        ]
    lines += ["    closed --> [*]", "```", "", "| action | from | to | who |", "|---|---|---|---|"]
    lines += [_table_row(row) for row in TRANSITIONS]
    return "\n".join(lines)


def _table_row(row: Transition) -> str:
    sources = ", ".join(state for state in State if state in row.sources)
    actors = ", ".join(sorted(row.actors))
    return f"| {row.action} | {sources} | {row.target or 'same'} | {actors} |"
