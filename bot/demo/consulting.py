"""Step 5 of a play: the meeting, a consensus that fails, the ballot by phone, proxy and door."""

from __future__ import annotations

from bot.demo.cast import Player
from bot.demo.planning import MEETING
from bot.demo.scene import Play, Script
from models.deliberation.ballot import Ballot
from models.deliberation.electorate import household_of
from workflows.deliberation import (
    ballots,
    consensus,
    decision,
    meetings,
    opening,
    reporting,
)

BALLOT = 23
"""Day of the scene on which the ballot opens, for three days."""
DECIDED = 27
_RESIDENTS = 8
"""Residents in the meeting, besides the council."""
_VOTES = 0.85
"""Share of households of which somebody votes."""


async def consulting(play: Play, *, ending: bool) -> Script:
    """The council meets, consensus is tried where somebody will object, and a ballot is held."""
    yield play.at(MEETING, 19)  # the clock begins the step
    present = await _gather(play)
    yield play.at(MEETING, 19, 5)
    await play.act(play.secretary, meetings.open_meeting, play.meeting_id)
    for number, (player, words) in enumerate(zip(present, play.words.speeches, strict=False)):
        yield play.at(MEETING, 19, 10 + 5 * number)
        await _speak(play, player, words)
    for number, line in enumerate(play.story.minute):
        yield play.at(MEETING, 19, 30 + 5 * number)
        await play.act(play.secretary, meetings.add_minute, play.meeting_id, line.text)
    if play.story.objection is not None:
        yield play.at(MEETING, 20, 15)
        async for at in _consensus(play, present):
            yield at
    yield play.at(MEETING, 20, 45)
    await play.act(play.secretary, meetings.close_meeting, play.meeting_id)
    yield play.at(BALLOT, 9)
    ballot = await play.act(
        play.organiser, opening.open_ballot, play.d_id, closes_at=play.at(BALLOT + 3, 20)
    )
    async for at in _voting(play, ballot, ending=ending):
        yield at
    if ending:
        return
    yield play.at(DECIDED, 9)
    await play.act(play.organiser, decision.decide, play.d_id)


async def _gather(play: Play) -> list[Player]:
    """All seats but one are there, without who stands aside, and some residents."""
    aside = any(line.contractor for line in play.story.option)
    for seat in play.seats[:-1]:
        if seat == play.contractor and aside:
            continue
        await play.act(seat, meetings.check_in, play.meeting_id)
    present = play.rng.sample(play.players, _RESIDENTS)
    for player in present:
        await play.act(player.account, meetings.check_in, play.meeting_id)
    return present


async def _speak(play: Play, player: Player, words: str) -> None:
    turn = await play.act(player.account, meetings.ask_to_speak, play.meeting_id)
    await play.act(play.secretary, meetings.give_floor, turn.id or 0)
    await play.act(player.account, meetings.say_in_meeting, play.meeting_id, words)
    await play.act(play.secretary, meetings.end_speech, turn.id or 0)


async def _consensus(play: Play, present: list[Player]) -> Script:
    """Does anyone object to the first option? Somebody does, and stays with it when answered."""
    line = play.story.objection
    if line is None:
        return
    call = await play.act(play.organiser, consensus.open_consensus, play.d_id, play.options[0].key)
    yield play.at(MEETING, 20, 30)
    objection = await play.act(
        present[-1].account, consensus.object_consensus, call.id or 0, line.text
    )
    yield play.at(MEETING, 20, 40)
    if line.answer is not None:
        await play.act(play.organiser, reporting.answer_objection, objection.id or 0, line.answer)


async def _voting(play: Play, ballot: Ballot, *, ending: bool) -> Script:
    """One vote for each household, or resident; some at the door, some by proxy, some not."""
    voters = _voters(play)
    if ending:
        voters = voters[: len(voters) * 2 // 3]
    first = play.at(BALLOT, 9, 30)
    last = play.at(BALLOT, 21, 30) if ending else play.at(BALLOT + 2, 21, 30)
    doors = list(play.doors[: 2 if ending else 3])
    for number, at in enumerate(play.moments(first, last, len(voters) + len(doors))):
        yield at
        if number < len(voters):
            await _vote(play, ballot, voters[number])
            continue
        door = doors[number - len(voters)]
        await play.act(
            play.building_lead,
            ballots.cast_at_door,
            ballot.key,
            door.place,
            door.name,
            play.choice(door.camp),
            confirmed=True,
        )


def _voters(play: Play) -> list[Player]:
    """Whose vote is cast, in the order of casting; proxies are always used."""
    found: dict[object, Player] = {}
    for player in play.rng.sample(play.players, len(play.players)):
        home = household_of(player.place, play.district)
        key = home if play.story.unit == "household" else player.account
        if player.account in play.proxies:
            found[key] = player
        elif play.rng.random() < _VOTES:
            found.setdefault(key, player)
    return list(found.values())


async def _vote(play: Play, ballot: Ballot, voter: Player) -> None:
    holder = play.proxies.get(voter.account)
    choice = play.choice(voter.camp)
    if holder is None:
        await play.act(voter.account, ballots.cast, ballot.key, choice)
    else:
        await play.act(
            holder.account, ballots.cast, ballot.key, choice, for_principal=voter.account
        )
