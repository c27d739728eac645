"""One's own tickets: the list, the card, and everything that can be done to one."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram import F
from aiogram.filters import Command, StateFilter
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message

from handlers.context import about
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.entry import begin
from handlers.intake.offer import offer_pending, restore
from handlers.keyboards import my as buttons
from handlers.keyboards.resident import RMine, RRate, RTicket
from handlers.media import gather
from handlers.my_cards import show_card, show_list
from handlers.replies import ReplyFirst, give_addition, give_answer, take_words
from handlers.states import MyTicket
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command, resident_router
from handlers.words import means, says_nothing
from models.lifecycle import Action
from models.ticket import Ticket
from workflows.people import set_doorway
from workflows.tickets.resident import (
    comment_rating,
    rate_ticket,
    reopen_ticket,
    unfollow,
    urge_ticket,
    withdraw_ticket,
)
from workflows.tickets.submit import DraftFile, follow_ticket
from workflows.tickets.view import view_ticket

router = resident_router(__name__)
router.message.outer_middleware(EmergencyFirst())
router.message.outer_middleware(ReplyFirst())

STALE_AFTER = timedelta(hours=12)
"""Words that come later than this after the question are a new matter, not its answer."""
_UNHAPPY = 2
"""Up to so many stars, "not fixed" is offered beside the comment."""


@router.message(Command("my"))
async def my(message: Message, turn: Turn) -> None:
    """/my: the list."""
    await show_list(turn, 0)
    await offer_pending(turn)


@router.callback_query(RMine.filter())
async def turn_page(callback: CallbackQuery, callback_data: RMine, turn: Turn) -> None:
    """Another page of the list."""
    await show_list(turn, max(callback_data.page, 0))


# --- the card's buttons ------------------------------------------------------------------------


@router.callback_query(RTicket.filter(F.op == "open"))
async def open_card(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """The card as a message of its own when tapped under a notice, else in place."""
    view = await view_ticket(turn.work, turn.person, callback_data.id)
    await show_card(turn, view)


@router.callback_query(RTicket.filter(F.op == "urge"))
async def urge(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Urge the worker; how often is limited."""
    ticket = await urge_ticket(turn.work, turn.person, callback_data.id)
    await _done(turn, ticket, "my/urged")


@router.callback_query(RTicket.filter(F.op == "withdraw"))
async def ask_withdraw(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Asked once more: a withdrawn ticket does not come back."""
    view = await view_ticket(turn.work, turn.person, callback_data.id)
    ticket = view.ticket
    if Action.WITHDRAW not in view.actions:
        await show_card(turn, view)
        return
    with about(ticket.id):
        await turn.show(
            turn.t("my/withdraw", number=ticket.number),
            buttons.confirm_withdraw(turn.t, ticket.key, ticket.version),
        )


@router.callback_query(RTicket.filter(F.op == "withdraw_yes"))
async def withdraw(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Take the ticket back."""
    ticket = await withdraw_ticket(turn.work, turn.person, callback_data.id)
    with about(ticket.id):
        await turn.show(turn.t("my/withdrawn", number=ticket.number))
    await offer_pending(turn)


@router.callback_query(RTicket.filter(F.op == "home"))
async def remember_home(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Keep the ticket's place as the person's doorway."""
    view = await view_ticket(turn.work, turn.person, callback_data.id)
    if view.is_reporter:
        await set_doorway(turn.work, turn.person, view.ticket.place)
    await turn.unbutton()
    address = turn.work.services.gazetteer.describe(view.ticket.place)
    await turn.say(
        turn.t("doorway/saved", address=address),
        buttons.open_card(turn.t, view.ticket.key, view.ticket.version),
    )


@router.callback_query(RTicket.filter(F.op.in_({"follow", "unfollow"})))
async def follow(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Hear what becomes of a neighbour's ticket, or no longer."""
    if callback_data.op == "follow":
        ticket = await follow_ticket(turn.work, turn.person, callback_data.id)
        await _done(turn, ticket, "my/followed")
    else:
        ticket = await unfollow(turn.work, turn.person, callback_data.id)
        await turn.show(turn.t("my/unfollowed", number=ticket.number))


@router.callback_query(RTicket.filter(F.op == "rate"))
async def ask_stars(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """One to five stars."""
    view = await view_ticket(turn.work, turn.person, callback_data.id)
    ticket = view.ticket
    if Action.RATE not in view.actions:
        await show_card(turn, view)
        return
    with about(ticket.id):
        await turn.show(
            turn.t("my/rate", number=ticket.number),
            buttons.rate(turn.t, ticket.key, ticket.version, reopen=Action.REOPEN in view.actions),
        )


@router.callback_query(RRate.filter())
async def rate(callback: CallbackQuery, callback_data: RRate, turn: Turn) -> None:
    """Record the stars, then ask for a comment that may be left out."""
    ticket = await rate_ticket(turn.work, turn.person, callback_data.id, callback_data.stars)
    await turn.unbutton()
    await _wait_for(turn, ticket, MyTicket.comment)
    with about(ticket.id):
        await turn.say(
            turn.t("my/comment", number=ticket.number, stars=callback_data.stars),
            buttons.comment(
                turn.t,
                ticket.key,
                ticket.version,
                reopen=callback_data.stars <= _UNHAPPY,
            ),
        )


@router.callback_query(RTicket.filter(F.op == "reopen"))
async def reopen(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Not fixed: the reason is asked, unless it was already said in a reply."""
    said = await take_words(turn, callback_data.id)
    if said is not None:
        await turn.unbutton()
        await _reopen(turn, callback_data.id, *said)
        return
    await _ask_words(turn, callback_data, Action.REOPEN, MyTicket.reopen)


@router.callback_query(RTicket.filter(F.op == "add"))
async def ask_addition(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Ask what to add."""
    await _ask_words(turn, callback_data, Action.ADD, MyTicket.add)


@router.callback_query(RTicket.filter(F.op == "answer"))
async def ask_answer(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Ask for the answer to the worker's question."""
    await _ask_words(turn, callback_data, Action.ANSWER, MyTicket.answer)


@router.callback_query(RTicket.filter(F.op == "new"))
async def new_matter(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Words said in reply to a closed ticket are a matter of their own."""
    said = await take_words(turn, callback_data.id)
    await turn.unbutton()
    if said is None:
        await turn.say(turn.t("errors/stale_button"))
        return
    await begin(turn, *said)


@router.callback_query(RTicket.filter())
async def stop(callback: CallbackQuery, callback_data: RTicket, turn: Turn) -> None:
    """Leave a step that waits for words."""
    await _leave(turn)


async def _ask_words(turn: Turn, data: RTicket, action: Action, state: State) -> None:
    """Wait for words on a ticket, if the ticket still takes them."""
    view = await view_ticket(turn.work, turn.person, data.id)
    ticket = view.ticket
    if action not in view.actions:
        await turn.unbutton()
        await turn.say(turn.t("errors/stale_button"))
        await show_card(turn, view)
        return
    await _wait_for(turn, ticket, state)
    await turn.unbutton()
    asked = [event.text for event in view.events if event.action == Action.ASK and event.text]
    with about(ticket.id):
        await turn.say(
            turn.t(
                f"my/ask_{action.value}",
                number=ticket.number,
                question=asked[-1][:1000] if asked else "",
            ),
            buttons.stop_typing(turn.t, ticket.key, ticket.version),
        )


async def _wait_for(turn: Turn, ticket: Ticket, state: State) -> None:
    await turn.state.update_data(my={"id": ticket.id, "at": turn.work.now.isoformat()})
    await turn.state.set_state(state)


async def _leave(turn: Turn) -> None:
    """Stop waiting for words; whatever was in hand before goes on."""
    await _forget_wait(turn)
    await turn.unbutton()
    await turn.say(turn.t("my/stopped"))
    await offer_pending(turn)


async def _forget_wait(turn: Turn) -> None:
    data = await turn.state.get_data()
    data.pop("my", None)
    await turn.state.set_data(data)
    await restore(turn)


async def _done(turn: Turn, ticket: Ticket, template: str) -> None:
    """Say what happened, with the way back to the card."""
    with about(ticket.id):
        await turn.show(
            turn.t(
                template,
                number=ticket.number,
                assignee=turn.work.district.staff_by_code.get(ticket.assignee or ""),
                resolution_due_at=ticket.resolution_due_at,
            ),
            buttons.open_card(turn.t, ticket.key, ticket.version),
        )


# --- words for a ticket ------------------------------------------------------------------------


@router.message(StateFilter(MyTicket), not_command)
async def words(message: Message, turn: Turn, album: list[Message]) -> None:
    """The words or files that were waited for, or a way out."""
    text, files, too_large = gather(message, album)
    waited = (await turn.state.get_data()).get("my")
    if too_large:
        await turn.say(turn.t("bad_input/too_large"))
    if not waited or _is_late(turn, waited):
        await _forget_wait(turn)
        await begin(turn, text, files, [message.message_id])
        return
    state = await turn.state.get_state()
    if not files and (means("cancel", text) or means("back", text)):
        await _leave(turn)
    elif not text and not files:
        if not too_large:
            await turn.say(turn.t("bad_input/unreadable"))
    elif not files and says_nothing(text) and state != MyTicket.comment.state:
        await turn.say(turn.t("bad_input/only_marks"))
    else:
        await _forget_wait(turn)
        await _take(turn, state, waited["id"], text, files, message.message_id)
        await offer_pending(turn)


def _is_late(turn: Turn, waited: dict[str, str]) -> bool:
    return turn.work.now - datetime.fromisoformat(waited["at"]) > STALE_AFTER


async def _take(
    turn: Turn,
    state: str | None,
    ticket_id: int,
    text: str,
    files: list[DraftFile],
    message_id: int,
) -> None:
    match state:
        case MyTicket.answer.state:
            await give_answer(turn, ticket_id, text, files)
        case MyTicket.reopen.state:
            await _reopen(turn, ticket_id, text, files)
        case MyTicket.comment.state:
            if not means("skip", text) and not means("no", text):
                await comment_rating(turn.work, turn.person, ticket_id, text)
            await turn.say(turn.t("my/commented"))
        case _:
            await give_addition(turn, ticket_id, text, files, message_id)


async def _reopen(turn: Turn, ticket_id: int, text: str, files: list[DraftFile]) -> None:
    ticket = await reopen_ticket(turn.work, turn.person, ticket_id, text, files)
    await _done(turn, ticket, "my/reopened")


ROUTES = Routes(
    router=router,
    commands=frozenset({"my"}),
    callbacks=(RMine, RTicket, RRate),
    states=(MyTicket,),
)
