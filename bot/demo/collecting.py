"""Steps 1 and 2 of a play: opinions and votes, their picture, topics, the council's motion."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from bot.demo.cast import Player
from bot.demo.scene import Play, Script
from bot.demo.story import OpinionLine
from bot.pictures import PNG_SIZE
from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Step
from opinions.drawing import draw_png
from opinions.picture import Picture, Vote, compute_picture
from workflows.deliberation import collect, confirm, moderation, pictures, proposals
from workflows.deliberation.posting import shown_opinions
from workflows.work import Person, Work

OVER = 9
"""Day of the scene on which the collection is ended and the council decides."""
_TO_SAY = 5
"""Opinions are said before this day, votes cast until `OVER`."""
_VOTES = 0.85
"""Share of the opinions that somebody votes on when they look through them."""
_FEW = 2
"""Supporters of a proposal that waits for more: below the sandbox's threshold."""

Happening = tuple[datetime, int, Callable[[], Awaitable[object]]]
"""When, in which order at that moment, what."""


async def begin(play: Play, *, ending: bool) -> Script:
    """The organiser opens it; or a resident proposes it and neighbours support it."""
    story, scene = play.story, play.scene
    yield play.at(0, 9)
    if scene.opened == "organiser":
        opened = await play.act(
            play.organiser,
            proposals.open_deliberation,
            title=story.title,
            description=story.description,
            council=play.community,
            grids=scene.grids,
            collect_until=play.at(14, 18),
            method=story.method,
            unit=story.unit,
            secret=story.secret,
        )
        play.d_id = opened.key
        return
    first, *others = play.players
    proposed = await play.act(
        first.account, proposals.propose, title=story.title, description=story.description
    )
    play.d_id = proposed.key
    if ending:
        others = others[: _FEW - 1]
    for player, at in zip(
        others, play.moments(play.at(0, 10), play.at(1, 12), len(others)), strict=True
    ):
        if (await play.deliberation()).step is not Step.PROPOSED:
            return
        yield at
        await play.act(player.account, proposals.support, play.d_id)


async def opinions(play: Play, *, ending: bool) -> Script:
    """People say what they think and vote on what others said."""
    for at, _, happen in sorted(_happenings(play), key=lambda happening: happening[:2]):
        if at >= play.today:
            break
        yield at
        await happen()
    if not ending:
        yield play.at(OVER, 9, 30)
        await play.act(play.organiser, proposals.end_collection, play.d_id)
    await draw(play)


def _happenings(play: Play) -> list[Happening]:
    first, last = play.at(1, 18), play.at(_TO_SAY, 18)
    found: list[Happening] = []

    def plan(at: datetime, happen: Callable[[], Awaitable[object]]) -> None:
        found.append((at, len(found), happen))

    voices = _authors(play)
    for at, (line, author) in zip(play.moments(first, last, len(voices)), voices, strict=True):
        plan(at, partial(_say, play, line, author))
    door = play.at(_TO_SAY - 1, 16)
    for index in range(len(play.doors)):
        plan(door, partial(_at_the_door, play, index))
    end = play.at(OVER - 1, 21)
    for part in range(2):
        busy = play.players if part == 0 else play.rng.sample(play.players, len(play.players) // 2)
        begin_at = first if part == 0 else last
        for at, player in zip(play.moments(begin_at, end, len(busy)), busy, strict=True):
            plan(at, partial(_vote, play, player))
    plan(play.at(3, 21, 30), partial(draw, play))
    if play.story.rude is not None:
        _plan_rude(play, plan)
    return found


def _plan_rude(
    play: Play, plan: Callable[[datetime, Callable[[], Awaitable[object]]], None]
) -> None:
    rude = play.story.rude
    if rude is None:
        return
    author = play.rng.choice(play.players).account

    async def said(step: str) -> None:
        if step == "say":
            await play.act(author, collect.add_opinion, play.d_id, rude.text, joined_ok=True)
            return
        (opinion,) = [row for row in await play.rows(Opinion) if row.text == rude.text]
        if step == "hide":
            await play.act(play.organiser, moderation.hide_opinion, opinion.key, rude.reason)
        elif step == "appeal":
            await play.act(author, moderation.appeal, opinion.key, rude.appeal)
        else:
            await play.act("office-1", moderation.decide_appeal, opinion.key, True, rude.answer)

    for step, day, hour in (("say", 3, 20), ("hide", 3, 21), ("appeal", 4, 9), ("answer", 4, 15)):
        plan(play.at(day, hour), partial(said, step))


def _authors(play: Play) -> list[tuple[OpinionLine, Player]]:
    """Who says which opinion: somebody of the camp that agrees more; nobody says two if the camp
    is large enough. The last one is said at a door."""
    waiting = [
        [
            player
            for player in play.rng.sample(play.players, len(play.players))
            if player.camp == camp
        ]
        for camp in (0, 1)
    ]
    found = []
    for line in play.story.opinion[:-1]:
        camp = int(line.lean[1] > line.lean[0])
        queue = waiting[camp] or waiting[1 - camp]
        author = queue.pop(0)
        queue.append(author)
        found.append((line, author))
    return found


async def _say(play: Play, line: OpinionLine, author: Player) -> None:
    await play.act(author.account, collect.add_opinion, play.d_id, line.text, joined_ok=True)


async def _vote(play: Play, player: Player) -> None:
    """Look through the cards; sometimes what a neighbour said is exactly what one means."""
    lines = {line.text: line for line in play.story.opinion}

    async def look(work: Work, person: Person) -> None:
        cards = [card for card in await shown_opinions(work, play.d_id) if card.text in lines]
        for card in cards:
            if card.author_id == person.id or play.rng.random() > _VOTES:
                continue
            value = play.opinion_on(lines[card.text], player.camp)
            if value == 1 and play.rng.random() < 0.04:
                await collect.join_opinion(work, person, play.d_id, card.key)
            else:
                await collect.vote_opinion(work, person, card.key, value)

    await play.act(player.account, look)


async def _at_the_door(play: Play, index: int) -> None:
    """The building lead asks people without a phone; the first of them says something new."""
    door = play.doors[index]
    lines = {line.text: line for line in play.story.opinion}
    if index == 0:
        await play.act(
            play.building_lead,
            collect.add_opinion_at_door,
            play.d_id,
            door.place,
            door.name,
            play.story.opinion[-1].text,
            True,
        )

    async def ask(work: Work, person: Person) -> None:
        for card in await shown_opinions(work, play.d_id):
            if card.text in lines and not (index == 0 and card.origin == "door"):
                value = play.opinion_on(lines[card.text], door.camp)
                await collect.vote_opinion_at_door(
                    work, person, card.key, door.place, door.name, value, True
                )

    await play.act(play.building_lead, ask)


async def draw(play: Play) -> None:
    """Compute and keep the picture of the opinion groups, as `bot.pictures` does."""
    async with play.stage.work() as work:
        until = await pictures.newest_vote(work.session, play.d_id)
        if until is None:
            return
        known = await pictures.opinions_in(work.session, play.d_id)
        stored = await pictures.picture_of(work, play.d_id)
        votes = [
            Vote(*row) async for rows in pictures.votes_of(work.session, play.d_id) for row in rows
        ]
        previous = Picture.from_json(stored.data) if stored is not None else None
        picture = compute_picture(votes, known.every, hidden=known.hidden, previous=previous)
        png = base64.b64encode(draw_png(picture, {}, PNG_SIZE)).decode()
        await pictures.store_picture(work, play.d_id, picture.as_json(), png, until)


async def topics(play: Play, *, ending: bool) -> Script:
    """The organiser drafts topics, the council votes; what is carried happens by itself."""
    yield play.at(OVER, 14)
    async with play.stage.work() as work:
        deliberation = await work.session.get_one(Deliberation, play.d_id)
        ranked = await confirm.ranked_opinions(work, deliberation)
    ids = [row.opinion.key for row in ranked]
    lines = play.story.topic
    # What has least support is in no topic, if there are opinions enough.
    kept = ids[: max(len(lines), len(ids) - 2)]
    drafts = [
        confirm.TopicDraft(line.title, line.summary, tuple(kept[index :: len(lines)]))
        for index, line in enumerate(lines)
    ]
    await play.act(play.organiser, confirm.set_topics, play.d_id, drafts)
    yield play.at(OVER, 15)
    kind = play.story.motion.kind if play.story.motion is not None else "topics"
    reason = play.story.motion.reason if play.story.motion is not None else ""
    motion = await play.act(play.organiser, confirm.open_motion, play.d_id, kind, reason)
    voters = play.seats[:4] if ending else play.seats
    times = play.moments(play.at(OVER, 16), play.at(OVER, 21, 30), len(voters))
    for number, (seat, at) in enumerate(zip(voters, times, strict=True)):
        yield at
        value = ("yes", "yes", "no", "yes", "yes", "abstain", "yes")[number % 7]
        await play.act(seat, confirm.vote_motion, motion.id or 0, value)
