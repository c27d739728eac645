"""Step 5, the decision: asking for objections, the ballot, and taking the result over."""

from __future__ import annotations

from datetime import timedelta

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    deliberation_of,
    said_done,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from workflows.deliberation.ballots import current_ballot, open_ballot
from workflows.deliberation.consensus import (
    agreed_option,
    current_call,
    objections_of,
    open_consensus,
    take_back_consensus,
)
from workflows.deliberation.decision import decide
from workflows.deliberation.plans import list_options

_HOURS = (24, 72, 168)
"""Lengths of a ballot that are offered besides the usual one."""


@screen("consensus_open")
async def consensus_open(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Which option everybody is asked about; or how the running call stands."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.SECRETARY)
    call = await current_call(turn.work, deliberation)
    options = [v.option for v in await list_options(turn.work, deliberation)]
    ready = [o for o in options if o.state == "ready"]
    t, d = turn.t, deliberation.key
    running = call is not None and call.state == "open"
    standing = (
        [o for o in await objections_of(turn.work, call) if o.withdrawn_at is None] if call else []
    )
    if call is not None and running:
        lines = [[act_button(t, "call_back", d, call.id or 0)]]
        if any(o.answered_at is None for o in standing):
            lines.insert(0, [act_button(t, "objections", d)])
    else:
        lines = [
            [act_button(t, "consensus", d, o.key, letter=o.letter, title=o.title)] for o in ready
        ]
    text = turn.t(
        "council/consensus_open",
        d=deliberation,
        call=call,
        letter=next((o.letter for o in options if call and o.key == call.option_id), ""),
        standing=len(standing),
        unanswered=sum(1 for o in standing if o.answered_at is None),
        options=ready,
        ends_at=turn.work.now + turn.work.policy.deliberation.consensus_time,
    )
    await turn.show(text, keyboard(t, d, *lines))


@act("consensus")
async def consensus(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask everybody about this option."""
    await open_consensus(turn.work, turn.person, deliberation.key, i)
    await said_done(turn, "consensus_opened", deliberation)
    await open_screen(turn, "consensus_open", deliberation.key)


@act("objections")
async def objections(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Answer what was objected."""
    await open_screen(turn, "answer_objections", deliberation.key)


@act("call_back")
async def call_back(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Why the question is taken back."""
    await begin(turn, "d_call_back", d=deliberation.key, call=i)


async def _called_back(turn: Turn, values: Values) -> None:
    await take_back_consensus(turn.work, turn.person, values["call"], values["reason"])
    await said_done(turn, "consensus_back", await deliberation_of(turn, values))
    await open_screen(turn, "consensus_open", values["d"])


form(
    Form(
        "d_call_back",
        (
            Field(
                "reason",
                "council/f_call_back",
                "text",
                options=suggestions("back_wrong", "back_vote"),
                max_length=300,
            ),
        ),
        _called_back,
        cancelled=back_to("consensus_open"),
        for_the_record=True,
    )
)


# --- the ballot --------------------------------------------------------------------------------


@screen("ballot_open")
async def ask_ballot(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What the ballot will be like, and how long it is open."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    options = [v.option for v in await list_options(turn.work, deliberation)]
    usual = turn.work.policy.deliberation.ballot_time
    t, d = turn.t, deliberation.key
    lines = [[act_button(t, "ballot", d, label="ballot_usual", ends=turn.work.now + usual)]]
    lines += [
        [act_button(t, "ballot", d, hours, label="ballot_days", days=hours // 24)]
        for hours in _HOURS
        if timedelta(hours=hours) != usual
    ]
    text = turn.t(
        "council/ballot_open",
        d=deliberation,
        options=[o for o in options if o.state == "ready"],
        quorum=turn.work.policy.deliberation.ballot_quorum_percent,
    )
    await turn.show(text, keyboard(t, d, *lines))


@act("ballot")
async def ballot(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Open the box; `i` is for how many hours, 0 as usual."""
    closes_at = turn.work.now + timedelta(hours=i) if i else None
    await open_ballot(turn.work, turn.person, deliberation.key, closes_at=closes_at)
    await said_done(turn, "ballot_opened", deliberation)
    await open_screen(turn, "ballot_close", deliberation.key)


@screen("ballot_close")
async def ballot_state(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """How many voted, and when the box closes by itself; nobody can close it earlier."""
    await check_runs(turn, deliberation)
    box = await current_ballot(turn.work, deliberation.key)
    t, d = turn.t, deliberation.key
    titles = {o["key"]: o["title"] for o in box.header["options"]} if box is not None else {}
    text = turn.t("council/ballot_close", d=deliberation, ballot=box, titles=titles)
    lines = [[act_button(t, "ballot_state", d, label="refresh")]]
    await turn.show(text, keyboard(t, d, *lines))


@act("ballot_state")
async def ballot_again(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The same with the newest figures."""
    await ballot_state(turn, deliberation, 0)


# --- the decision ------------------------------------------------------------------------------


@screen("decide")
async def ask_decide(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What was agreed or won, to be taken over."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    agreed = await agreed_option(turn.work, deliberation)
    box = await current_ballot(turn.work, deliberation.key)
    titles = {o["key"]: o["title"] for o in box.header["options"]} if box is not None else {}
    closed = box is not None and box.state == "closed"
    t, d = turn.t, deliberation.key
    lines = [[act_button(t, "decide", d)]] if agreed is not None or closed else []
    text = turn.t("council/decide", d=deliberation, agreed=agreed, ballot=box, titles=titles)
    await turn.show(text, keyboard(t, d, *lines))


@act("decide")
async def do_decide(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Go on to step 6."""
    await decide(turn.work, turn.person, deliberation.key)
    await said_done(turn, "decided", deliberation)
    await open_screen(turn, "tasks_edit", deliberation.key)
