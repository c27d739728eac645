"""At the door of people without a phone: what they say and how they vote, once confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    LISTED,
    back_to,
    check_runs,
    choices,
    deliberation_of,
    found,
    said_done,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.electorate import household_of
from models.deliberation.methods import FIELD, TOP_SCORE
from models.deliberation.steps import Capacity, Step
from models.errors import InvalidInput, NotEligible
from models.place import Place
from workflows.conversations import DOOR_BALLOT
from workflows.deliberation.ballots import (
    begin_secret,
    cast_at_door,
    current_ballot,
    load_ballot,
)
from workflows.deliberation.door import (
    add_opinion_at_door,
    next_opinion_at_door,
    vote_opinion_at_door,
)
from workflows.deliberation.outcomes import mark_told, to_tell
from workflows.deliberation.questions import ask_question_at_door

_TALK = (Step.ANNOUNCE, Step.CONSULT)
_VALUES = {"agree": 1, "disagree": -1, "pass": 0}
_SCORE = re.compile(r"([A-Z0])\s*[:：=]?\s*([0-5])(?!\d)", re.IGNORECASE)


@screen("door")
async def door(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What can be taken down at a door in this step."""
    await check_runs(turn, deliberation, Capacity.VOLUNTEER)
    ballot = await current_ballot(turn.work, deliberation.key)
    voting = ballot is not None and ballot.state == "open"
    waiting = await to_tell(turn.work, turn.person, deliberation)
    ops = []
    if deliberation.step is Step.COLLECT:
        ops += ["door_opinion", "door_cards"]
    if deliberation.step in _TALK:
        ops.append("door_question")
    if voting:
        ops.append("door_ballot")
    if waiting:
        ops.append("door_tell")
    t, d = turn.t, deliberation.key
    text = turn.t(
        "council/door",
        d=deliberation,
        voting=voting,
        waiting=len(waiting),
        nothing=not ops,
    )
    await turn.show(text, keyboard(t, d, *([act_button(t, op, d)] for op in ops)))


# --- who, and behind which door ----------------------------------------------------------------


async def _check_address(turn: Turn, values: Values, value: Any) -> None:
    if not await _matches(turn, {**values, "address": value}):
        raise InvalidInput("address", reason="door_address")


async def _matches(turn: Turn, values: Values) -> list[Place]:
    deliberation = await deliberation_of(turn, values)
    located = turn.work.services.gazetteer.locate(values["address"], within=deliberation.council)
    return [match.place for match in located[:LISTED]]


async def _places(turn: Turn, values: Values) -> Sequence[Option]:
    describe = turn.work.services.gazetteer.describe
    return [Option(p.model_dump_json(), describe(p)) for p in await _matches(turn, values)]


async def _check_place(turn: Turn, values: Values, value: Any) -> None:
    if household_of(Place.model_validate_json(value), turn.work.district) is None:
        raise NotEligible("no room", reason="no_room")


def _place(values: Values) -> Place:
    return Place.model_validate_json(values["place"])


_WHO = (
    Field("name", "council/f_door_name", "text", max_length=30),
    Field("address", "council/f_door_address", "text", max_length=80, check=_check_address),
    Field("place", "council/f_door_place", "choice", options=_places, check=_check_place),
)
_CONFIRMED = Field("confirmed", "council/f_door_confirmed", "yes_no")


async def _again(turn: Turn, values: Values, what: str) -> None:
    await said_done(turn, what, await deliberation_of(turn, values), values["name"])
    await open_screen(turn, "door", values["d"])


# --- opinions and questions ----------------------------------------------------------------------


@act("door_opinion")
async def opinion(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Take down an opinion."""
    await begin(turn, "d_door_opinion", d=deliberation.key)


async def _opinion(turn: Turn, values: Values) -> None:
    await add_opinion_at_door(
        turn.work,
        turn.person,
        values["d"],
        _place(values),
        values["name"],
        values["text"],
        values["confirmed"],
    )
    await _again(turn, values, "door_opinion")


@act("door_question")
async def question(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Take down a question."""
    await begin(turn, "d_door_question", d=deliberation.key)


async def _question(turn: Turn, values: Values) -> None:
    await ask_question_at_door(
        turn.work,
        turn.person,
        values["d"],
        _place(values),
        values["name"],
        values["text"],
        values["confirmed"],
    )
    await _again(turn, values, "door_question")


form(
    Form(
        "d_door_opinion",
        (*_WHO, Field("text", "council/f_door_opinion", "text"), _CONFIRMED),
        _opinion,
        cancelled=back_to("door"),
    )
)
form(
    Form(
        "d_door_question",
        (*_WHO, Field("text", "council/f_door_question", "text", max_length=500), _CONFIRMED),
        _question,
        cancelled=back_to("door"),
    )
)


# --- one card after the other --------------------------------------------------------------------


@act("door_cards")
async def cards(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Who votes on the neighbours' opinions?"""
    await begin(turn, "d_door_who", d=deliberation.key)


async def _next_card(turn: Turn, values: Values) -> None:
    """Read the next opinion to them, until none is left."""
    place, name = _place(values), values["name"]
    card = await next_opinion_at_door(turn.work, turn.person, values["d"], place, name)
    if card is None:
        await _again(turn, values, "door_cards")
        return
    known = {key: values[key] for key in ("d", "name", "place")}
    await begin(turn, "d_door_card", **known, opinion=card.key, text=card.text)


async def _voted(turn: Turn, values: Values) -> None:
    await vote_opinion_at_door(
        turn.work,
        turn.person,
        values["opinion"],
        _place(values),
        values["name"],
        _VALUES[values["value"]],
        True,
    )
    await _next_card(turn, values)


form(Form("d_door_who", _WHO, _next_card, cancelled=back_to("door")))
form(
    Form(
        "d_door_card",
        (
            Field(
                "value",
                "council/f_door_card",
                "choice",
                options=choices("card", "agree", "disagree", "pass"),
                width=2,
            ),
        ),
        _voted,
        cancelled=back_to("door"),
        for_the_record=True,
    )
)


# --- the ballot ----------------------------------------------------------------------------------


@act("door_ballot")
async def ballot(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Take a vote."""
    box = found(await current_ballot(turn.work, deliberation.key), "ballot")
    begin_secret(turn.work, box)
    name = FIELD[box.method]
    await begin(turn, DOOR_BALLOT, d=deliberation.key, ballot=box.key, way=name)


async def _keep_secret(turn: Turn, values: Values) -> None:
    begin_secret(turn.work, await load_ballot(turn.work, values["ballot"], lock=False))


async def _options(turn: Turn, values: Values) -> Sequence[Option]:
    box = await load_ballot(turn.work, values["ballot"], lock=False)
    return [
        Option(
            option["key"],
            turn.t.label("council.status_quo")
            if option["key"] == "0"
            else turn.t.label("council.option", letter=option["key"], title=option["title"]),
        )
        for option in box.header["options"]
    ]


async def _listed(turn: Turn, values: Values) -> dict[str, Any]:
    return {"options": [option.label for option in await _options(turn, values)], "top": TOP_SCORE}


async def _check_scores(turn: Turn, values: Values, value: Any) -> None:
    if not scores_of(value):
        raise InvalidInput("scores", reason="ballot_choice", method="score")


def scores_of(text: str) -> dict[str, int]:
    """The points in "A5 B3": by the letter of the option; empty when there are none."""
    return {letter.upper(): int(points) for letter, points in _SCORE.findall(text)}


def _way(name: str) -> Any:
    return lambda values: values.get("way") == name


def choice_from(values: Values) -> dict[str, Any]:
    """The choice as it goes into the box."""
    way = values["way"]
    return {way: scores_of(values["scores"]) if way == "scores" else values[way]}


async def _cast(turn: Turn, values: Values) -> None:
    await _keep_secret(turn, values)
    receipt = await cast_at_door(
        turn.work,
        turn.person,
        values["ballot"],
        _place(values),
        values["name"],
        choice_from(values),
        values["confirmed"],
    )
    deliberation = await deliberation_of(turn, values)
    text = turn.t("council/door_cast", d=deliberation, name=values["name"], receipt=receipt)
    await turn.show(text)
    await open_screen(turn, "door", deliberation.key)


form(
    Form(
        DOOR_BALLOT,
        (
            *_WHO,
            Field(
                "approve",
                "council/f_door_approve",
                "choices",
                options=_options,
                when=_way("approve"),
            ),
            Field(
                "rank",
                "council/f_door_rank",
                "choices",
                options=_options,
                when=_way("rank"),
                ordered=True,
            ),
            Field(
                "scores",
                "council/f_door_scores",
                "text",
                check=_check_scores,
                when=_way("scores"),
                context=_listed,
            ),
            _CONFIRMED,
        ),
        _cast,
        cancelled=back_to("door"),
        for_the_record=True,
        each_time=_keep_secret,
    )
)


# --- what became of it ---------------------------------------------------------------------------


@act("door_tell")
async def tell(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """What to tell whom at their door."""
    items = await to_tell(turn.work, turn.person, deliberation)
    shown = items[:LISTED]
    t, d = turn.t, deliberation.key
    lines = [[act_button(t, "door_told", d, item.id, n=n)] for n, item in enumerate(shown, 1)]
    text = turn.t("council/door_tell", d=deliberation, items=shown, more=len(items) - len(shown))
    await turn.show(text, keyboard(t, d, *lines))


@act("door_told")
async def told(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """They were told."""
    await mark_told(turn.work, turn.person, deliberation.key, [i])
    await tell(turn, deliberation, 0, "")
