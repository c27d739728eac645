"""Step 1 for the organiser: moderation with a reason, opinions out of tickets, the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    LISTED,
    back_to,
    check_runs,
    deliberation_of,
    said_done,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.keyboards.layout import in_rows
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Capacity
from workflows.deliberation.access import doer_of
from workflows.deliberation.lists import card_of
from workflows.deliberation.moderation import (
    decide_appeal,
    hide_opinion,
    list_moderation,
    show_opinion_again,
)
from workflows.deliberation.proposals import end_collection
from workflows.deliberation.themes import pull_ticket_opinion, ticket_themes

# --- moderation --------------------------------------------------------------------------------


@screen("moderate")
async def moderate(turn: Turn, deliberation: Deliberation, opinion_id: int) -> None:
    """One opinion when it is named, else the list from its beginning."""
    opinions = await list_moderation(turn.work, turn.person, deliberation.key)
    one = next((o for o in opinions if o.key == opinion_id), None)
    if one is not None:
        await _one(turn, deliberation, one)
    else:
        await _list(turn, deliberation, opinions, 0)


@act("mod_page")
async def mod_page(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Another page of the list."""
    opinions = await list_moderation(turn.work, turn.person, deliberation.key)
    await _list(turn, deliberation, opinions, i)


async def _list(
    turn: Turn, deliberation: Deliberation, opinions: Sequence[Opinion], page: int
) -> None:
    pages = max(1, -(-len(opinions) // LISTED))
    page = min(max(page, 0), pages - 1)
    shown = opinions[page * LISTED : (page + 1) * LISTED]
    first = page * LISTED + 1
    text = turn.t(
        "council/moderate",
        d=deliberation,
        opinions=shown,
        first=first,
        page=page + 1,
        pages=pages,
    )
    d, t = deliberation.key, turn.t
    numbers = [act_button(t, "mod_one", d, o.key, n=first + at) for at, o in enumerate(shown)]
    turns = [act_button(t, "mod_page", d, page - 1, label="earlier")] if page else []
    if page + 1 < pages:
        turns.append(act_button(t, "mod_page", d, page + 1, label="more"))
    await turn.show(text, keyboard(t, d, *in_rows(numbers, 3), turns))


@act("mod_one")
async def mod_one(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """One opinion with what can be done to it."""
    await moderate(turn, deliberation, i)


async def _one(turn: Turn, deliberation: Deliberation, opinion: Opinion) -> None:
    doer = await doer_of(turn.work, turn.person, deliberation)
    appealed = opinion.appeal is not None and opinion.appeal_decided_at is None
    t, d, i = turn.t, deliberation.key, opinion.key
    may = []
    if opinion.status == "shown":
        may.append(act_button(t, "hide", d, i))
    elif opinion.status == "hidden" and appealed and Capacity.OFFICE in doer.capacities:
        may += [act_button(t, "appeal", d, i, v, label=f"appeal_{v}") for v in ("show", "keep")]
    elif opinion.status == "hidden":
        may.append(act_button(t, "unhide", d, i))
    text = turn.t("council/opinion", d=deliberation, opinion=opinion, appealed=appealed)
    back = act_button(t, "mod_page", d, label="back_list")
    await turn.show(text, keyboard(t, d, *([b] for b in may), [back]))


@act("hide")
async def hide(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Ask for the reason, which the author will read."""
    await begin(turn, "d_hide", d=deliberation.key, opinion=i)


async def _hidden(turn: Turn, values: Values) -> None:
    await hide_opinion(turn.work, turn.person, values["opinion"], values["reason"])
    await said_done(turn, "opinion_hidden", await deliberation_of(turn, values))
    await open_screen(turn, "moderate", values["d"])


@act("unhide")
async def unhide(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Show it again."""
    await show_opinion_again(turn.work, turn.person, i)
    await said_done(turn, "opinion_shown", deliberation)
    await open_screen(turn, "moderate", deliberation.key)


@act("appeal")
async def appeal(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The office decides about an appeal: why?"""
    await begin(turn, "d_appeal", d=deliberation.key, opinion=i, uphold=v == "keep")


async def _appeal_decided(turn: Turn, values: Values) -> None:
    await decide_appeal(
        turn.work, turn.person, values["opinion"], values["uphold"], values["reason"]
    )
    await said_done(turn, "appeal_decided", await deliberation_of(turn, values))
    await open_screen(turn, "moderate", values["d"])


form(
    Form(
        "d_hide",
        (
            Field(
                "reason",
                "council/f_hide",
                "text",
                options=suggestions("hide_insult", "hide_private", "hide_ad", "hide_off_topic"),
                max_length=300,
            ),
        ),
        _hidden,
        cancelled=back_to("moderate", "opinion"),
        for_the_record=True,
    )
)
form(
    Form(
        "d_appeal",
        (Field("reason", "council/f_appeal", "text", max_length=300),),
        _appeal_decided,
        cancelled=back_to("moderate", "opinion"),
        for_the_record=True,
    )
)


# --- opinions out of tickets -------------------------------------------------------------------


@screen("pull_tickets")
async def pull_tickets(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What residents reported there in the last year, by category."""
    themes = await ticket_themes(turn.work, turn.person, deliberation.key)
    named = [
        {"label": _category(turn, theme.category), "count": theme.count, "example": theme.example}
        for theme in themes
    ]
    d = deliberation.key
    lines = [
        [act_button(turn.t, "pull", d, v=theme.category, label="pull", words=entry["label"])]
        for theme, entry in zip(themes, named, strict=True)
    ]
    text = turn.t("council/pull_tickets", d=deliberation, themes=named)
    await turn.show(text, keyboard(turn.t, d, *lines))


def _category(turn: Turn, code: str) -> str:
    category = turn.work.district.category_by_code.get(code)
    return category.label(turn.t.locale) if category is not None else code


@act("pull")
async def pull(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The organiser says in one sentence what those tickets ask for."""
    themes = await ticket_themes(turn.work, turn.person, deliberation.key)
    example = next((theme.example for theme in themes if theme.category == v), "")
    await begin(turn, "d_pull", d=deliberation.key, category=v, example=example)


async def _example(turn: Turn, values: Values) -> Sequence[Option]:
    example = " ".join(str(values["example"]).split())
    return [Option(example, example)] if example else []


async def _theme(turn: Turn, values: Values) -> dict[str, Any]:
    return {"label": _category(turn, values["category"])}


async def _pulled(turn: Turn, values: Values) -> None:
    await pull_ticket_opinion(
        turn.work, turn.person, values["d"], values["category"], values["text"]
    )
    await said_done(turn, "pulled", await deliberation_of(turn, values), values["text"])
    await open_screen(turn, "pull_tickets", values["d"])


form(
    Form(
        "d_pull",
        (Field("text", "council/f_pull", "text", options=_example, context=_theme),),
        _pulled,
        cancelled=back_to("pull_tickets"),
        for_the_record=True,
    )
)


# --- the end -----------------------------------------------------------------------------------


@screen("end_collection")
async def ask_end(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What was collected, and whether that is enough."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    view = await card_of(turn.work, turn.person, deliberation)
    text = turn.t("council/end_collection", d=deliberation, view=view, now=turn.work.now)
    d = deliberation.key
    await turn.show(text, keyboard(turn.t, d, [act_button(turn.t, "end_collection", d)]))


@act("end_collection")
async def end(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Go on to the council."""
    await end_collection(turn.work, turn.person, deliberation.key)
    await said_done(turn, "collection_ended", deliberation)
    await open_screen(turn, "card", deliberation.key)
