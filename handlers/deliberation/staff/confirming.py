"""Step 2 for organiser and council: topics out of opinions, and the council's vote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    deliberation_of,
    found,
    posts,
    said_done,
    short,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.opinion import Motion
from models.deliberation.steps import Capacity
from workflows.deliberation.access import council_of, doer_of
from workflows.deliberation.confirm import (
    RankedOpinion,
    TopicDraft,
    ranked_opinions,
    recuse,
    set_topics,
    topics_of,
)
from workflows.deliberation.motions import (
    count_motion,
    motion_under_vote,
    open_motion,
    take_back_motion,
    vote_motion,
)

MOST_TOPICS = 3
_RANKED = 30
"""Opinions that are offered for a topic, the strongest first."""
_ON_SCREEN = 8

# --- topics ------------------------------------------------------------------------------------


@screen("topics_edit")
async def topics_edit(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The topics so far, and the strongest opinions."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.COUNCIL)
    topics = await topics_of(turn.work, deliberation.key)
    ranked = await ranked_opinions(turn.work, deliberation)
    t, d = turn.t, deliberation.key
    text = turn.t(
        "council/topics_edit",
        d=deliberation,
        topics=topics,
        merged={topic.id: _of(ranked, topic.id) for topic in topics},
        ranked=ranked[:_ON_SCREEN],
        more=max(0, len(ranked) - _ON_SCREEN),
    )
    lines = [[act_button(t, "topic_drop", d, topic.id or 0, n=topic.position)] for topic in topics]
    if len(topics) < MOST_TOPICS:
        lines.insert(0, [act_button(t, "topic_add", d)])
    if topics:
        lines.append([act_button(t, "move", d, v="topics", label="motion_topics")])
    await turn.show(text, keyboard(t, d, *lines))


def _of(ranked: Sequence[RankedOpinion], topic_id: int | None) -> int:
    return sum(1 for entry in ranked if entry.opinion.topic_id == topic_id)


@act("topic_add")
async def topic_add(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask for a topic and the opinions that it brings together."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.COUNCIL)
    await begin(turn, "d_topic", d=deliberation.key)


async def _free_opinions(turn: Turn, values: Values) -> Sequence[Option]:
    ranked = await ranked_opinions(turn.work, await deliberation_of(turn, values))
    free = [entry.opinion for entry in ranked if entry.opinion.topic_id is None][:_RANKED]
    return [Option(str(o.key), turn.t.label("council.ranked", opinion=o)) for o in free]


async def _kept(turn: Turn, deliberation: Deliberation, without: int = 0) -> list[TopicDraft]:
    """The topics as they are, as drafts; the one of id `without` is left out."""
    ranked = await ranked_opinions(turn.work, deliberation)
    return [
        TopicDraft(
            title=topic.title,
            summary=topic.summary,
            opinion_ids=tuple(e.opinion.key for e in ranked if e.opinion.topic_id == topic.id),
        )
        for topic in await topics_of(turn.work, deliberation.key)
        if topic.id != without
    ]


async def _topic_written(turn: Turn, values: Values) -> None:
    deliberation = await deliberation_of(turn, values)
    new = TopicDraft(
        title=values["title"],
        summary=values["summary"] or "",
        opinion_ids=tuple(int(i) for i in values["opinions"]),
    )
    drafts = [*await _kept(turn, deliberation), new]
    await set_topics(turn.work, turn.person, deliberation.key, drafts)
    await said_done(turn, "topic_added", deliberation, new.title)
    await open_screen(turn, "topics_edit", deliberation.key)


@act("topic_drop")
async def topic_drop(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Take a topic out; its opinions are free again."""
    drafts = await _kept(turn, deliberation, without=i)
    await set_topics(turn.work, turn.person, deliberation.key, drafts)
    await topics_edit(turn, deliberation, 0)


form(
    Form(
        "d_topic",
        (
            Field("opinions", "council/f_topic_opinions", "choices", options=_free_opinions),
            Field("title", "council/f_topic_title", "text", max_length=60),
            Field("summary", "council/f_topic_summary", "text", required=False, max_length=500),
        ),
        _topic_written,
        cancelled=back_to("topics_edit"),
        for_the_record=True,
    )
)


# --- the motion --------------------------------------------------------------------------------


@screen("motion")
async def motion(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The motion that is being voted on, or what could be moved."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.COUNCIL)
    running = await motion_under_vote(turn.work, deliberation.key)
    topics = await topics_of(turn.work, deliberation.key)
    t, d = turn.t, deliberation.key
    if running is not None:
        await _show_motion(turn, deliberation, running)
        return
    kinds = (("topics",) if topics else ()) + ("tickets", "referral")
    lines = [[act_button(t, "move", d, v=kind, label=f"motion_{kind}")] for kind in kinds]
    await turn.show(turn.t("council/motion", d=deliberation, topics=topics), keyboard(t, d, *lines))


@act("move")
async def move(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask why this is put to the council."""
    await begin(turn, "d_motion", d=deliberation.key, kind=v)


async def _moved(turn: Turn, values: Values) -> None:
    deliberation = await deliberation_of(turn, values)
    await open_motion(turn.work, turn.person, deliberation.key, values["kind"], values["reason"])
    await said_done(turn, "moved", deliberation)
    await open_screen(turn, "motion", deliberation.key)


async def _reasons(turn: Turn, values: Values) -> Sequence[Option]:
    label = f"why_{values['kind']}"
    return await suggestions(f"{label}_1", f"{label}_2")(turn, values)


form(
    Form(
        "d_motion",
        (Field("reason", "council/f_motion", "text", options=_reasons, max_length=300),),
        _moved,
        cancelled=back_to("motion"),
        for_the_record=True,
    )
)


@screen("motion_vote")
async def motion_vote(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The motion with its three buttons."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.COUNCIL)
    running = found(await motion_under_vote(turn.work, deliberation.key), "motion")
    await _show_motion(turn, deliberation, running)


async def _show_motion(turn: Turn, deliberation: Deliberation, running: Motion) -> None:
    doer = await doer_of(turn.work, turn.person, deliberation)
    count = await count_motion(turn.work, running)
    topics = await topics_of(turn.work, deliberation.key)
    t, d, i = turn.t, deliberation.key, running.id or 0
    lines = []
    if Capacity.COUNCIL in doer.capacities:
        lines.append([act_button(t, "vote", d, i, v, label=f"vote_{v}") for v in ("yes", "no")])
        lines.append([act_button(t, "vote", d, i, "abstain", label="vote_abstain")])
    if doer.staff is not None and running.moved_by == doer.staff.code:
        lines.append([act_button(t, "take_back", d, i)])
    text = turn.t("council/motion_vote", d=deliberation, motion=running, count=count, topics=topics)
    await turn.show(text, keyboard(t, d, *lines))


@act("vote")
async def vote(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """A council member's vote; it may be changed until the motion closes."""
    voted = await vote_motion(turn.work, turn.person, i, v)
    await said_done(turn, f"voted_{v}", deliberation)
    await open_screen(turn, "motion_vote" if voted.state == "open" else "card", deliberation.key)


@act("take_back")
async def take_back(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Whoever moved it takes it back."""
    await take_back_motion(turn.work, turn.person, i)
    await said_done(turn, "motion_taken_back", deliberation)
    await open_screen(turn, "motion", deliberation.key)


# --- standing aside ----------------------------------------------------------------------------


@screen("recuse")
async def ask_recuse(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """A member with an interest of their own stands aside: who, and why."""
    await check_runs(turn, deliberation, Capacity.ORGANISER, Capacity.COUNCIL, Capacity.SECRETARY)
    doer = await doer_of(turn.work, turn.person, deliberation)
    only = Capacity.COUNCIL in doer.capacities and Capacity.ORGANISER not in doer.capacities
    own: dict[str, Any] = {"post": doer.name} if only and doer.staff is not None else {}
    await begin(turn, "d_recuse", d=deliberation.key, **own)


async def _members(turn: Turn, values: Values) -> Sequence[Option]:
    council = council_of(turn.work, await deliberation_of(turn, values))
    return posts(turn, (seat.post for seat in council.seats))


async def _recused(turn: Turn, values: Values) -> None:
    deliberation = await deliberation_of(turn, values)
    await recuse(turn.work, turn.person, deliberation.key, values["post"], values["reason"])
    await said_done(turn, "recused", deliberation, short(values["reason"]))
    await open_screen(turn, "card", deliberation.key)


form(
    Form(
        "d_recuse",
        (
            Field("post", "council/f_recuse_who", "choice", options=_members),
            Field(
                "reason",
                "council/f_recuse_why",
                "text",
                options=suggestions("aside_contractor", "aside_relative", "aside_owner"),
                max_length=300,
            ),
        ),
        _recused,
        cancelled=back_to("card"),
        for_the_record=True,
    )
)
