"""Arriving: the greeting, the stairwell poster, a staff invitation, and consent, asked once."""

from __future__ import annotations

from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message

from handlers.commands import set_menu
from handlers.deliberation.resident.listing import open_number
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.entry import go_on_after_consent
from handlers.intake.offer import offer_pending
from handlers.intake.store import Held, hold, release
from handlers.keyboards import places as place_buttons
from handlers.keyboards import resident as buttons
from handlers.keyboards.resident import RConsent
from handlers.media import gather
from handlers.places import name_of
from handlers.states import Arrival
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command, resident_router
from handlers.words import means
from models.district import GridNode, covers
from models.errors import NotFound
from models.place import Place
from workflows.people import record_consent, set_doorway
from workflows.staffing import bind_invitation

router = resident_router(__name__)
router.message.outer_middleware(EmergencyFirst())

_POSTER = "g_"
_DISCUSSION = "d_"
_INVITATION = "i_"


@router.message(CommandStart())
async def start(message: Message, command: CommandObject, turn: Turn) -> None:
    """/start: greet; the payload of a poster, an announcement or an invitation is taken, any other
    one overlooked.

    Staff are asked for consent only when they report a matter of their own.
    """
    payload = command.args or ""
    if payload.startswith(_INVITATION):
        await _take_post(turn, payload.removeprefix(_INVITATION))
        return
    node = _courtyard(turn, payload) if payload.startswith(_POSTER) else None
    number = _number(payload)
    if turn.person.staff is not None:
        await set_menu(turn.bot, turn.person.id, turn.t.locale, turn.person.staff.role)
    elif turn.person.resident.consented_at is None:
        await _welcome(turn, node, number)
        return
    if number is not None:
        await open_number(turn, number)
        await offer_pending(turn)
        return
    await turn.say(turn.t("start/welcome_back", staff=turn.person.staff), buttons.shortcuts(turn.t))
    if node is not None and turn.person.resident.consented_at is not None:
        await _take_poster(turn, node)
    await offer_pending(turn)


async def _take_post(turn: Turn, token: str) -> None:
    """Bind the account to the post of an invitation."""
    post = await bind_invitation(turn.work, turn.person, token)
    await set_menu(turn.bot, turn.person.id, turn.t.locale, post.role)
    node = turn.work.district.node_by_code[post.grid]
    chinese = turn.t.locale.startswith("zh")
    await turn.say(
        turn.t(
            "start/staff_bound",
            name=post.name if chinese else post.name_en or post.name,
            title=post.title if chinese else post.title_en or post.title,
            grid=name_of(node, turn.t.locale),
        )
    )


def _courtyard(turn: Turn, payload: str) -> GridNode | None:
    """The grid of a poster's payload, `g_xg_01_02_01`; None for one that does not exist."""
    code = payload.removeprefix(_POSTER).replace("_", ".")
    return turn.work.district.node_by_code.get(code)


def _number(payload: str) -> int | None:
    """The number of a deliberation in the payload of its announcement, `d_3`; None in others."""
    number = payload.removeprefix(_DISCUSSION)
    if number == payload or not (number.isascii() and number.isdigit()) or len(number) > 9:
        return None
    return int(number)


async def _welcome(turn: Turn, node: GridNode | None, number: int | None) -> None:
    """Three lines on what this is, and the question for consent, in one message.

    What a poster leads to (its courtyard, a deliberation) waits for the answer.
    """
    if number is not None:
        await turn.state.update_data(discussion=number)
    if node is not None:
        await turn.state.update_data(poster=node.code)
    await turn.state.set_state(Arrival.consent)
    await turn.say(
        turn.t(
            "start/welcome",
            courtyard=name_of(node, turn.t.locale) if node is not None else "",
            district=_district_name(turn),
            hotline=turn.work.policy.emergency_number,
        ),
        buttons.consent(turn.t),
    )


def _district_name(turn: Turn) -> str:
    district = turn.work.district
    return district.name_zh if turn.t.locale.startswith("zh") else district.name_en


async def _take_poster(turn: Turn, node: GridNode) -> None:
    """The poster's courtyard becomes the doorway, unless another one is on record."""
    home = turn.person.resident.place
    name = name_of(node, turn.t.locale)
    if home is None:
        await set_doorway(turn.work, turn.person, Place(grid=node.code))
        await turn.say(turn.t("start/poster", courtyard=name))
    elif not covers(node.code, home.grid):
        known = turn.work.services.gazetteer.describe(home)
        await turn.say(
            turn.t("start/poster_elsewhere", courtyard=name, known=known),
            place_buttons.poster(turn.t, node.code),
        )


# --- consent -----------------------------------------------------------------------------------


@router.callback_query(RConsent.filter())
async def consent_tap(callback: CallbackQuery, callback_data: RConsent, turn: Turn) -> None:
    """Agree, or not."""
    if callback_data.yes:
        await _agree(turn)
    else:
        await _decline(turn)


@router.message(Arrival.consent, not_command)
async def consent_words(message: Message, turn: Turn, album: list[Message]) -> None:
    """Yes or no in words; anything else is held, and the question is put again."""
    text, files, too_large = gather(message, album)
    if means("no", text) or means("cancel", text):
        await _decline(turn)
    elif means("yes", text):
        await _agree(turn)
    else:
        if too_large:
            await turn.say(turn.t("bad_input/too_large"))
        held = Held(text=text, files=files, message_ids=[message.message_id])
        if not held.empty:
            await hold(turn.state, held)
        await turn.say(
            turn.t(
                "start/consent",
                waiting=not held.empty,
                hotline=turn.work.policy.emergency_number,
            ),
            buttons.consent(turn.t),
        )


async def _agree(turn: Turn) -> None:
    """Record the consent; the poster and what was sent before it now count."""
    await record_consent(turn.work, turn.person)
    data = await turn.state.get_data()
    code, number = data.pop("poster", None), data.pop("discussion", None)
    await turn.state.set_data(data)
    await turn.state.set_state(None)
    await turn.show(turn.t("start/agreed"))
    node = turn.work.district.node_by_code.get(code) if code else None
    if node is not None:
        await _take_poster(turn, node)
    if number is not None and await _open_discussion(turn, number):
        await go_on_after_consent(turn)
    elif not await go_on_after_consent(turn):
        await turn.say(turn.t("start/ready"), buttons.shortcuts(turn.t))


async def _open_discussion(turn: Turn, number: int) -> bool:
    """The card that an announcement led to; False when there is no such deliberation."""
    try:
        await open_number(turn, number)
    except NotFound:
        return False
    return True


async def _decline(turn: Turn) -> None:
    """Nothing is kept but the account and the language; the numbers to call are given."""
    await release(turn.state)
    data = await turn.state.get_data()
    data.pop("poster", None)
    data.pop("discussion", None)
    await turn.state.set_data(data)
    await turn.state.set_state(None)
    await turn.show(turn.t("start/declined", hotline=turn.work.policy.emergency_number))


ROUTES = Routes(
    router=router,
    commands=frozenset({"start"}),
    callbacks=(RConsent,),
    states=(Arrival,),
)
