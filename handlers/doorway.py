"""Where somebody lives, or where a matter is: typed, picked level by level, or sent as a pin."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F
from aiogram.filters import Command, StateFilter
from aiogram.types import Message, ReplyKeyboardRemove

from handlers.doorway_steps import (
    Purpose,
    back,
    end_search,
    finish,
    grid_names,
    keep,
    load_search,
    option_names,
    part_options,
    purpose_of,
    put,
    read_address,
    serve,
    settle,
    start_search,
)
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.offer import offer_pending
from handlers.keyboards import places as buttons
from handlers.keyboards.resident import RPlace
from handlers.media import gather
from handlers.places import PARTS, Search
from handlers.replies import ReplyFirst
from handlers.states import Doorway
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command, resident_router
from handlers.words import choice_of, clean, means
from models.place import Place
from workflows.people import set_doorway
from workflows.tickets.submit import DraftFile

router = resident_router(__name__)
router.message.outer_middleware(EmergencyFirst())
router.message.outer_middleware(ReplyFirst())


@router.message(Command("address"))
async def change_address(message: Message, turn: Turn) -> None:
    """/address: tell, or change, where one lives."""
    await ask_home(turn)


async def ask_home(turn: Turn) -> None:
    """Ask where the person lives; the doorway on record is named."""
    if turn.person.resident.consented_at is None:
        await turn.show(turn.t("doorway/consent_first"))
        return
    place = turn.person.resident.place
    if place is not None:
        known = turn.work.services.gazetteer.describe(place)
        await turn.show(turn.t("doorway/known", address=known))
    await start_search(turn, Search(purpose="home"))


# --- taps --------------------------------------------------------------------------------------


@router.callback_query(RPlace.filter(F.op.in_({"move", "stay"})))
async def poster_choice(callback: object, callback_data: RPlace, turn: Turn) -> None:
    """The poster hangs elsewhere than where the person lives: move, or stay."""
    if callback_data.op == "stay" or callback_data.value not in turn.work.district.node_by_code:
        await turn.show(turn.t("doorway/kept"))
        return
    await save_home(turn, Search(purpose="home"), Place(grid=callback_data.value))


@router.callback_query(RPlace.filter())
async def tap(callback: object, callback_data: RPlace, turn: Turn) -> None:
    """Any other button of a search; without a search it is an old one."""
    search = await load_search(turn)
    if search is None:
        await turn.show(turn.t("errors/stale_button"))
        return
    await _act(turn, search, callback_data.op, callback_data.value)


async def _act(turn: Turn, search: Search, op: str, value: str = "") -> None:  # noqa: PLR0912 - one arm a button
    match op:
        case "pick":
            root = turn.work.district.root.code
            await put(turn, search.at("grid", node=root, place=None))
        case "loc":
            await turn.unbutton()
            await keep(turn, search.at("pin"))
            await turn.say(turn.t("doorway/send_location"), buttons.share_location(turn.t))
        case "home" if (home := turn.person.resident.place) is not None:
            await settle(turn, search, home)
        case "else" | "no" | "home":
            await put(turn, search.at("ask", place=None, options=[]))
        case "yes" if search.place is not None:
            await settle(turn, search, search.place)
        case "grid" if value in turn.work.district.node_by_code:
            await settle(turn, search, Place(grid=value))
        case "here" if search.node in turn.work.district.node_by_code:
            await finish(turn, search, Place(grid=search.node, text=search.typed))
        case "asis":
            home = turn.person.resident.place
            grid = home.grid if home is not None else turn.work.district.root.code
            await finish(turn, search, Place(grid=grid, text=search.typed))
        case "opt" if value.isdigit() and int(value) < len(search.options):
            await settle(turn, search, search.options[int(value)])
        case "part":
            found = part_options(turn, search)
            if value.isdigit() and int(value) < len(found):
                await settle(turn, search, found[int(value)][0])
            else:
                await put(turn, search)
        case "skip" if search.place is not None and search.stage in PARTS:
            await finish(turn, search, search.place)
        case "back":
            await back(turn, search)
        case "cancel":
            await end_search(turn)
            await purpose_of(search).cancel(turn)
        case _:
            await put(turn, search)


# --- words, pins and files ---------------------------------------------------------------------


@router.message(StateFilter(Doorway), F.location)
async def pin(message: Message, turn: Turn) -> None:
    """A location pin: the courtyard it lies in, or a word that it lies outside."""
    search = await load_search(turn)
    if search is None or message.location is None:
        await turn.say(turn.t("errors/stale_button"), ReplyKeyboardRemove())
        return
    found = turn.work.services.gazetteer.at(message.location.longitude, message.location.latitude)
    if found is None:
        await turn.say(turn.t("doorway/outside"), ReplyKeyboardRemove())
        await put(turn, search.at("ask", place=None))
        return
    where = turn.work.services.gazetteer.describe(found.place)
    await turn.say(turn.t("doorway/pin", address=where), ReplyKeyboardRemove())
    await settle(turn, search, found.place)


@router.message(StateFilter(Doorway), F.text, not_command)
async def typed(message: Message, turn: Turn) -> None:
    """Typed words: a way out, one of the offers, or an address."""
    text = clean(message.text)
    search = await load_search(turn)
    if search is None:
        await turn.state.set_state(None)
        await turn.say(turn.t("errors/unexpected"))
        return
    op = _op_of(search, text)
    if search.stage == "pin":
        # The keyboard that sends a location lies over the phone's own until it is taken away.
        search = search.at("ask")
        await turn.say(turn.t("doorway/no_location"), ReplyKeyboardRemove())
        if op == "cancel":
            await put(turn, search)
            return
    if op is not None:
        await _act(turn, search, op)
    elif search.stage in PARTS:
        await _typed_part(turn, search, text)
    elif (picked := _picked(turn, search, text)) is not None:
        await settle(turn, search, picked)
    else:
        await read_address(turn, search, text)


def _op_of(search: Search, text: str) -> str | None:
    """The button that the words stand for, or None."""
    words = [("cancel", "cancel"), ("back", "back")]
    if search.stage in PARTS:
        words.append(("skip", "skip"))
    if search.stage == "confirm":
        words += [("yes", "yes"), ("no", "no")]
    if search.stage == "home":
        words += [("yes", "home"), ("no", "else"), ("other", "else")]
    if search.stage == "options":
        words += [("no", "else"), ("other", "else")]
    if purpose_of(search).matter:
        words.append(("home", "home"))
    return next((op for meaning, op in words if means(meaning, text)), None)


def _picked(turn: Turn, search: Search, text: str) -> Place | None:
    """The offered place or grid that the words pick by number or name."""
    if search.stage == "options":
        index = choice_of(text, option_names(turn, search))
        return search.options[index] if index is not None else None
    if search.stage == "grid":
        codes, names = grid_names(turn, search)
        index = choice_of(text, names)
        return Place(grid=codes[index]) if index is not None else None
    return None


async def _typed_part(turn: Turn, search: Search, text: str) -> None:
    book = turn.work.services.gazetteer
    place = search.place and book.parse_answer(search.place, search.stage, text)
    if place:
        await settle(turn, search, place)
        return
    found = part_options(turn, search)
    index = choice_of(text, [label for _, label in found])
    if index is not None:
        await settle(turn, search, found[index][0])
        return
    whole = book.locate(text, within=search.place.grid if search.place else None)
    if len(whole) == 1 and whole[0].exact and whole[0].place.number is not None:
        await settle(turn, search, whole[0].place)
        return
    await turn.say(turn.t("doorway/part_not_found", typed=text, part=search.stage))
    await put(turn, search)


@router.message(StateFilter(Doorway), not_command)
async def file_meanwhile(message: Message, turn: Turn, album: list[Message]) -> None:
    """A photo or voice note while a place was asked for: kept with the matter, and asked again."""
    search = await load_search(turn)
    words, files, too_large = gather(message, album)
    if too_large:
        await turn.say(turn.t("bad_input/too_large"))
    if search is None:
        return
    kept = bool(files) and await purpose_of(search).files(turn, words, files)
    if not kept and not too_large:
        await turn.say(turn.t("doorway/words_please"))
    await put(turn, search)


# --- purpose: home -----------------------------------------------------------------------------


async def save_home(turn: Turn, search: Search, place: Place) -> None:
    """Remember the doorway and say so."""
    await set_doorway(turn.work, turn.person, place)
    address = turn.work.services.gazetteer.describe(place)
    await turn.show(turn.t("doorway/saved", address=address))
    await offer_pending(turn)


async def _cancel_home(turn: Turn) -> None:
    await turn.show(turn.t("doorway/kept"))
    await offer_pending(turn)


async def _no_files(turn: Turn, words: str, files: Sequence[DraftFile]) -> bool:
    return False


serve("home", Purpose(done=save_home, cancel=_cancel_home, back=_cancel_home, files=_no_files))

ROUTES = Routes(
    router=router,
    commands=frozenset({"address"}),
    callbacks=(RPlace,),
    states=(Doorway,),
)
