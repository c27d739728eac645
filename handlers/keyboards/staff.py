"""Staff keyboards: typed callback data (prefixes `s…`: ids, versions, codes) beside its buttons.

Button data carries no names and no words; the engine signs it and binds it to the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.keyboards.layout import button, in_rows, rows
from handlers.texts import Texts
from models.district import Category
from models.lifecycle import Action
from models.ticket import Ticket


class QueuePageData(CallbackData, prefix="sq"):
    """A page of my queue."""

    page: int


class DeskPageData(CallbackData, prefix="sk"):
    """A page of the desk."""

    page: int


class CardData(CallbackData, prefix="so"):
    """Open a ticket: `view` is card, more, history, photos, text or fresh (as a new message)."""

    ticket: int
    view: str = "card"
    page: int = 0


class ActData(CallbackData, prefix="sa"):
    """Begin an action on a ticket as it was when the button was drawn."""

    ticket: int
    version: int
    action: Action


class ChooseData(CallbackData, prefix="sc"):
    """A choice at one step of the open action on `ticket`."""

    ticket: int
    step: str
    value: str


class StepData(CallbackData, prefix="sf"):
    """Go `back` a step, `cancel`, or `show` the question of the open action again."""

    ticket: int
    go: str


class GroupData(CallbackData, prefix="sg"):
    """Show the categories of a group; an empty group lists the groups."""

    ticket: int
    group: str


class DutyData(CallbackData, prefix="sd"):
    """Go on or off duty."""

    on: bool


class BehalfData(CallbackData, prefix="sw"):
    """A choice while opening a ticket for someone: the step, and what was chosen."""

    step: str
    value: str


class PostData(CallbackData, prefix="si"):
    """Posts of a grid (`grid`), an invitation (`invite`), a dismissal (`ask`, `dismiss`)."""

    do: str
    code: str


MAIN_ACTIONS: tuple[Action, ...] = (
    Action.CLASSIFY,
    Action.ASSIGN,
    Action.ACCEPT,
    Action.START,
    Action.OUTSIDE_ANSWER,
    Action.RESOLVE,
    Action.ASK,
    Action.TRANSFER,
    Action.CALL_HELP,
    Action.ESCALATE,
)
"""On the card itself, in the order in which they are needed."""
MORE_ACTIONS: tuple[Action, ...] = (
    Action.NOTE,
    Action.FORWARD,
    Action.REFUSE,
    Action.SPLIT,
    Action.MERGE,
    Action.CLOSE,
)
"""Behind "more"."""
_DESK_ONLY = frozenset({Action.CLASSIFY, Action.ASSIGN})


def card_actions(actions: frozenset[Action], *, waiting: bool) -> tuple[list[Action], list[Action]]:
    """The actions shown on a card, and those behind "more".

    Choosing the category and the person is what a ticket waiting at the desk needs first; for any
    other ticket it is rare and goes behind "more".
    """
    main = [a for a in MAIN_ACTIONS if a in actions and (waiting or a not in _DESK_ONLY)]
    late = [a for a in MAIN_ACTIONS if a in actions and not waiting and a in _DESK_ONLY]
    return main, [a for a in MORE_ACTIONS if a in actions] + late


def card_keyboard(
    t: Texts,
    ticket: Ticket,
    actions: frozenset[Action],
    *,
    waiting: bool = False,
    more: bool = False,
    photos: int = 0,
    long_text: bool = False,
) -> InlineKeyboardMarkup:
    """The buttons of a ticket card: what this person may do now, then what they may look at.

    Args:
        waiting: the ticket has no category or nobody has it yet.
        more: show the rare actions instead of the frequent ones.
        photos: how many photos, voice notes and documents there are to show.
        long_text: the report did not fit on the card.
    """
    main, rare = card_actions(actions, waiting=waiting)
    acts = [
        button(
            t.label(f"staff.act_{action.value}"),
            ActData(ticket=ticket.key, version=ticket.version, action=action),
        )
        for action in (rare if more else main)
    ]
    look: list[InlineKeyboardButton] = []
    if more:
        look.append(button(t.label("staff.back_to_card"), CardData(ticket=ticket.key)))
    elif rare:
        look.append(button(t.label("staff.more"), CardData(ticket=ticket.key, view="more")))
    if photos:
        label = t.label("staff.photos", count=photos)
        look.append(button(label, CardData(ticket=ticket.key, view="photos")))
    if long_text:
        look.append(button(t.label("staff.full_text"), CardData(ticket=ticket.key, view="text")))
    look.append(button(t.label("staff.history"), CardData(ticket=ticket.key, view="history")))
    foot = [
        button(t.label("staff.refresh"), CardData(ticket=ticket.key)),
        button(t.label("staff.to_queue"), QueuePageData(page=0)),
    ]
    return rows(*in_rows(acts, 2), *in_rows(look, 2), foot)


def open_keyboard(t: Texts, ticket: Ticket) -> InlineKeyboardMarkup:
    """One button that opens the card as a new message; goes with notices to staff."""
    return rows(
        [
            button(
                t.label("staff.open", number=ticket.number),
                CardData(ticket=ticket.key, view="fresh"),
            )
        ]
    )


def pager(
    t: Texts, page: int, pages: int, data: type[QueuePageData] | type[DeskPageData]
) -> list[InlineKeyboardButton]:
    """Previous and next, as far as there are any."""
    row = []
    if page > 0:
        row.append(button(t.label("staff.previous"), data(page=page - 1)))
    if page + 1 < pages:
        row.append(button(t.label("staff.next"), data(page=page + 1)))
    return row


def list_keyboard(
    t: Texts,
    lines: Iterable[tuple[int, str]],
    page: int,
    pages: int,
    data: type[QueuePageData] | type[DeskPageData],
) -> InlineKeyboardMarkup:
    """A page of tickets (id, line): each line opens its card."""
    lines_of = [[button(line, CardData(ticket=ticket, view="fresh"))] for ticket, line in lines]
    refresh = button(t.label("staff.refresh"), data(page=page))
    return rows(*lines_of, pager(t, page, pages, data), [refresh])


def duty_keyboard(t: Texts, *, on: bool) -> InlineKeyboardMarkup:
    """The switch to the other side."""
    label = t.label("staff.duty_off" if on else "staff.duty_on")
    return rows(
        [button(label, DutyData(on=not on))],
        [button(t.label("staff.to_queue"), QueuePageData(page=0))],
    )


def step_keyboard(
    t: Texts,
    ticket: int,
    step: str,
    options: Sequence[tuple[str, str]],
    *,
    first: bool,
    width: int = 1,
) -> InlineKeyboardMarkup:
    """One question of an action: its options (value, label), then back and cancel."""
    lines = in_rows(
        [button(label, ChooseData(ticket=ticket, step=step, value=v)) for v, label in options],
        width,
    )
    foot = [button(t.label("staff.cancel"), StepData(ticket=ticket, go="cancel"))]
    if not first:
        foot.insert(0, button(t.label("staff.back"), StepData(ticket=ticket, go="back")))
    return rows(*lines, foot)


def category_keyboard(
    t: Texts,
    ticket: int,
    best: Sequence[Category],
    groups: dict[str, tuple[str, str]],
) -> InlineKeyboardMarkup:
    """The likeliest categories, then every group."""
    top = [
        [button(c.label(t.locale), ChooseData(ticket=ticket, step="category", value=c.code))]
        for c in best
    ]
    others = [
        button(name_of(names, t.locale), GroupData(ticket=ticket, group=code))
        for code, names in groups.items()
    ]
    cancel = button(t.label("staff.cancel"), StepData(ticket=ticket, go="cancel"))
    return rows(*top, *in_rows(others, 2), [cancel])


def group_keyboard(t: Texts, ticket: int, categories: Sequence[Category]) -> InlineKeyboardMarkup:
    """The categories of one group, and the way back to the groups."""
    picks = [
        button(c.label(t.locale), ChooseData(ticket=ticket, step="category", value=c.code))
        for c in categories
    ]
    back = button(t.label("staff.back"), StepData(ticket=ticket, go="show"))
    return rows(*in_rows(picks, 2), [back])


def behalf_keyboard(
    t: Texts, step: str, options: Sequence[tuple[str, str]], *, width: int = 1
) -> InlineKeyboardMarkup:
    """One question of a ticket for someone else: its options, then cancel."""
    lines = in_rows([button(label, BehalfData(step=step, value=v)) for v, label in options], width)
    cancel = button(t.label("staff.cancel"), BehalfData(step="cancel", value=""))
    return rows(*lines, [cancel])


def posts_keyboard(options: Sequence[tuple[PostData, str]]) -> InlineKeyboardMarkup:
    """Grids or posts of the district to pick from."""
    return rows(*in_rows([button(label, data) for data, label in options], 2))


def name_of(names: tuple[str, str], locale: str) -> str:
    """The name of a pair (Chinese, English) in the person's language."""
    return names[0] if locale.startswith("zh") else names[1]
