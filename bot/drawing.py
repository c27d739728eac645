"""The ticket lifecycle and the seven steps, drawn from their own tables."""

from __future__ import annotations

from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import (
    FINAL,
    GUARDS,
    MOVES,
    SEVEN,
    STEPS,
    MoveRow,
    Step,
    StepSpec,
)
from models.lifecycle import TRANSITIONS, State, Transition

LIFECYCLE_HEADER = """# The ticket lifecycle

Drawn from `models.lifecycle.TRANSITIONS` by `python -m bot lifecycle`; a test compares them.
"""

STEPS_HEADER = """# The seven steps

七步议事法, drawn from `models.deliberation.steps` by `python -m bot steps`; a test compares them.
A deliberation moves through `workflows.deliberation.moves.apply_move` alone: what is not in the
table of moves cannot happen.
"""
NAMES = {
    Step.COLLECT: "收集意见",
    Step.CONFIRM: "确认议题",
    Step.DRAFT: "制定方案",
    Step.ANNOUNCE: "发布公告",
    Step.CONSULT: "组织协商",
    Step.APPLY: "结果运用",
    Step.REPORT: "反馈公示",
}


def draw_lifecycle() -> str:
    """A Mermaid state diagram of the moves, and a table of all actions with who may do them."""
    moves = [row for row in TRANSITIONS if row.target is not None]
    lines = [LIFECYCLE_HEADER, "```mermaid", "stateDiagram-v2", "    [*] --> assigned: submit"]
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


def draw_steps() -> str:
    """A Mermaid state diagram, then the steps, the moves and the guards as tables."""
    guards = ", ".join(f"`{name}`" for name in GUARDS)
    lines = [STEPS_HEADER, "```mermaid", "stateDiagram-v2"]
    lines += ["    [*] --> proposed: propose", "    [*] --> collect: open"]
    lines += [f'    state "{NAMES[step]} {step}" as {step}' for step in SEVEN]
    lines += [
        f"    {source} --> {row.target}: {row.move}"
        for row in MOVES
        for source in Step
        if source in row.sources
    ]
    lines += [f"    {step} --> [*]" for step in Step if step in FINAL]
    lines += [
        "```",
        "",
        "Times are the usual ones of `[policy.deliberation]`; a step that takes longer reminds its",
        "organiser, then tells the community lead, then the office.",
        "",
        "| step | people | must leave behind | least | most | notice |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_step_row(spec) for spec in STEPS]
    lines += ["", "| move | from | to | who | only when | waits |", "|---|---|---|---|---|---|"]
    lines += [_move_row(row) for row in MOVES]
    lines += [
        "",
        "Waits: not before the least time of the step is over. What is missing is said in the",
        f"words of `errors/not_ready_<guard>.html`: {guards}.",
    ]
    return "\n".join(lines)


def _step_row(spec: StepSpec) -> str:
    policy = DeliberationPolicy()
    people = ", ".join(spec.people)
    least, most = policy.least(spec.step).days, (policy.most(spec.step) or policy.report_most).days
    named = f"{NAMES[spec.step]} `{spec.step}`"
    return f"| {named} | {people} | {spec.outcome} | {least} days | {most} days | `{spec.notice}` |"


def _move_row(row: MoveRow) -> str:
    running = len(row.sources) == len(set(Step) - FINAL)
    sources = "any" if running else ", ".join(step for step in Step if step in row.sources)
    guards = ", ".join(row.guards) or "always"
    who = ", ".join(sorted(row.capacities))
    waits = "yes" if row.patient else "no"
    return f"| {row.move} | {sources} | {row.target} | {who} | {guards} | {waits} |"
