"""Filling in a ballot: a last look, the receipt. Of a secret ballot nothing is kept here."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.filters import StateFilter
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from pydantic import ValidationError

from handlers.deliberation.resident.choosing import APPROVAL, Sheet
from handlers.deliberation.resident.parts import board, titles
from handlers.deliberation.views import open_screen
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.entry import begin
from handlers.intake.offer import offer_first, offer_pending, restore
from handlers.keyboards import ballots as buttons
from handlers.keyboards.ballots import TBallot
from handlers.media import gather
from handlers.replies import ReplyFirst
from handlers.states import Choosing
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command, resident_router
from handlers.words import choice_of, means
from models.deliberation.ballot import Ballot
from models.people import Resident
from workflows.conversations import BALLOT
from workflows.deliberation.access import load
from workflows.deliberation.ballots import begin_secret, cast, load_ballot

router = resident_router(__name__)
router.message.outer_middleware(EmergencyFirst())
router.message.outer_middleware(ReplyFirst())


def blank(ballot: Ballot, principal: int = 0) -> Sheet:
    """An empty sheet of this ballot."""
    return Sheet(
        ballot=ballot.key,
        d=ballot.deliberation_id,
        method=ballot.method,
        options={str(one["key"]): str(one["title"]) for one in ballot.header["options"]},
        principal=principal,
    )


async def put(turn: Turn, sheet: Sheet) -> None:
    """Keep the sheet and show what it asks."""
    ballot = await load_ballot(turn.work, sheet.ballot, lock=False)
    begin_secret(turn.work, ballot)
    shown = sheet.model_copy(update={"options": titles(turn, ballot)})
    text = turn.t(
        "discuss/ballot",
        d=await load(turn.work, sheet.d, lock=False),
        ballot=ballot,
        sheet=shown,
        name=await _name(turn, sheet.principal),
    )
    message = await _replace(turn, shown, text, _buttons(turn, shown))
    kept = shown.model_copy(update={"message": message})
    await turn.state.update_data({BALLOT: kept.model_dump(mode="json")})
    await turn.state.set_state(Choosing.ballot)


async def _replace(
    turn: Turn, sheet: Sheet, text: str, markup: InlineKeyboardMarkup | None = None
) -> int:
    """Show the text instead of the ballot's last message, so that no choice stays in the chat.

    A tapped one is edited; after typed words it goes and the new one comes below them. Returns the
    reference of the message that is there now.
    """
    tapped = turn.tapped
    if tapped is not None and tapped.text is not None:
        await turn.show(text, markup)
        return tapped.message_id
    if sheet.message is not None:
        await turn.bot.delete_message(turn.person.id, sheet.message)
    sent = await turn.bot.send_message(turn.person.id, text, reply_markup=markup)
    return sent.message_id


def _buttons(turn: Turn, sheet: Sheet) -> InlineKeyboardMarkup:
    t, ballot, p = turn.t, sheet.ballot, sheet.principal
    if sheet.reviewing:
        return buttons.confirm_vote(t, ballot, p)
    if sheet.method == APPROVAL:
        return buttons.approval(t, ballot, sheet.options, sheet.chosen, p)
    if sheet.asked is not None:
        return buttons.scores(t, ballot, sheet.asked, p, first=not sheet.scores)
    return buttons.ranked(t, ballot, sheet.options, sheet.chosen, p)


async def _name(turn: Turn, principal: int) -> str:
    """Who is voted for; empty for oneself."""
    person = await turn.work.session.get(Resident, principal) if principal else None
    return person.name if person is not None else ""


async def _load(turn: Turn) -> Sheet | None:
    """The sheet being filled in; None when there is none, or of a shape of an older version."""
    try:
        return Sheet.model_validate((await turn.state.get_data()).get(BALLOT))
    except ValidationError:
        return None


async def _is_open(turn: Turn, sheet: Sheet) -> bool:
    """Whether the vote that the sheet is for still runs."""
    ballot = await load_ballot(turn.work, sheet.ballot, lock=False)
    return ballot.state == "open" and turn.work.now < ballot.closes_at


async def _forget(turn: Turn) -> None:
    """Nothing of the choice stays in the conversation."""
    data = await turn.state.get_data()
    data.pop(BALLOT, None)
    await turn.state.set_data(data)
    await restore(turn)


@router.callback_query(TBallot.filter())
async def tap(callback: CallbackQuery, callback_data: TBallot, turn: Turn) -> None:
    """A move in a ballot; one of a sheet that is gone begins anew."""
    ballot = await load_ballot(turn.work, callback_data.id, lock=False)
    begin_secret(turn.work, ballot)
    sheet = await _load(turn)
    current = sheet is not None and (sheet.ballot, sheet.principal) == (ballot.key, callback_data.p)
    if callback_data.op == "start" and not current:
        await put(turn, blank(ballot, callback_data.p))
    elif sheet is None or not current:
        await _forget(turn)
        await open_screen(turn, "vote", ballot.deliberation_id)
    else:
        await _move(turn, sheet, callback_data.op, callback_data.k, callback_data.v)


async def _move(turn: Turn, sheet: Sheet, op: str, key: str = "", points: int = 0) -> None:
    match op:
        case "toggle" | "place":
            await put(turn, sheet.tapped(key))
        case "score":
            await put(turn, sheet.scored(key, points))
        case "undo":
            await put(turn, sheet.undone())
        case "review":
            await put(turn, sheet.model_copy(update={"reviewing": sheet.complete}))
        case "change":
            await put(turn, sheet.back())
        case "cast":
            await _cast(turn, sheet)
        case "later":
            if turn.tapped is None and sheet.message is not None:
                await turn.bot.delete_message(turn.person.id, sheet.message)
            await _forget(turn)
            await open_screen(turn, "card", sheet.d)
            await offer_pending(turn)
        case _:
            await put(turn, sheet)


async def _cast(turn: Turn, sheet: Sheet) -> None:
    """Into the box with it, for good; the receipt is said once."""
    if not (sheet.reviewing and sheet.complete):
        await put(turn, sheet)
        return
    name = await _name(turn, sheet.principal)
    await _forget(turn)
    got = await cast(
        turn.work,
        turn.person,
        sheet.ballot,
        sheet.choice(),
        for_principal=sheet.principal or None,
    )
    ballot = await load_ballot(turn.work, sheet.ballot, lock=False)
    deliberation = await load(turn.work, sheet.d, lock=False)
    await _replace(
        turn,
        sheet,
        turn.t(
            "discuss/vote_receipt",
            d=deliberation,
            ballot=ballot,
            receipt=got,
            name=name,
            board=board(turn, deliberation),
        ),
    )
    # No button under the receipt: another screen would take its place, and it is told once.
    await open_screen(turn, "card", sheet.d)
    await offer_pending(turn)


# --- words instead of buttons ------------------------------------------------------------------


@router.message(StateFilter(Choosing), not_command)
async def words(message: Message, turn: Turn, album: list[Message]) -> None:
    """An option by its letter, number or title; yes and no at the end; a way out."""
    text, files, _too_large = gather(message, album)
    sheet = await _load(turn)
    if sheet is None or not await _is_open(turn, sheet):
        await _forget(turn)
        await begin(turn, text, files, [message.message_id])
        return
    begin_secret(turn.work, await load_ballot(turn.work, sheet.ballot, lock=False))
    op, key, points = _meant(sheet, text)
    if not op:
        await turn.say(turn.t("discuss/pick_option", reviewing=sheet.reviewing))
    await _move(turn, sheet, op, key, points)


def _meant(sheet: Sheet, text: str) -> tuple[str, str, int]:
    """The move that the words stand for, with its option and points; an empty one for none."""
    if means("cancel", text):
        return "later", "", 0
    if sheet.reviewing:
        back = means("no", text) or means("back", text)
        return "cast" if means("yes", text) else "change" if back else "", "", 0
    if means("back", text):
        return "undo", "", 0
    if means("yes", text) and sheet.complete:
        return "review", "", 0
    if sheet.asked is not None:
        digit = text.strip()
        fits = digit in [str(points) for points in buttons.SCORES]
        return ("score", sheet.asked, int(digit)) if fits else ("", "", 0)
    key = _option(list(sheet.options), list(sheet.options.values()), text)
    return "toggle" if key else "", key, 0


def _option(keys: Sequence[str], names: Sequence[str], text: str) -> str:
    """The key that was typed: a letter, else by number or title; empty for none."""
    letter = text.strip().upper()
    if letter in keys:
        return letter
    index = choice_of(text, names)
    return keys[index] if index is not None else ""


async def _remind(turn: Turn) -> bool:
    """Something else came between: show the ballot again as it was left."""
    sheet = await _load(turn)
    if sheet is None or not await _is_open(turn, sheet):
        return False
    await put(turn, sheet)
    return True


async def _waiting(turn: Turn) -> State | None:
    sheet = await _load(turn)
    return Choosing.ballot if sheet is not None and await _is_open(turn, sheet) else None


offer_first(_remind, _waiting)

ROUTES = Routes(router=router, callbacks=(TBallot,), states=(Choosing,))
