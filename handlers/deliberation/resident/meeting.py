"""The consultation: roll call, agenda, the speaking queue, and what is said in the chat."""

from __future__ import annotations

from datetime import timedelta

from aiogram import F
from aiogram.filters import StateFilter
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message

from handlers.deliberation.resident.parts import board
from handlers.deliberation.views import open_screen, screen
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.entry import begin
from handlers.intake.offer import offer_first, offer_pending, restore
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TMeet
from handlers.media import gather
from handlers.replies import ReplyFirst
from handlers.states import Hall
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command, resident_router
from handlers.words import means, says_nothing
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting
from models.errors import NotFound
from workflows.deliberation.access import doer_of
from workflows.deliberation.floor import ask_to_speak, list_queue
from workflows.deliberation.hall import Speaker, load_meeting, who_is
from workflows.deliberation.meetings import meeting_of
from workflows.deliberation.minutes import say_in_meeting
from workflows.deliberation.roll_call import check_in, leave, present_at, quorum_of

router = resident_router(__name__)
router.message.outer_middleware(EmergencyFirst())
router.message.outer_middleware(ReplyFirst())

_HALL = "hall"
"""Key of the conversation's data: the meeting that one is in, and its deliberation."""
WAITING = 5
"""So many of the queue are named."""
LINGER = timedelta(minutes=30)
"""Words that come later than this after the end of a meeting were not meant for it."""
_OVER = ("closed", "adjourned")


@screen("meeting")
async def meeting(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """When and where, who is there, what is spoken of, who speaks next."""
    await _show(turn, await meeting_of(turn.work, deliberation), deliberation)


async def _show(turn: Turn, meeting: Meeting, deliberation: Deliberation) -> None:
    doer = await doer_of(turn.work, turn.person, deliberation)
    me = who_is(turn.work, deliberation, doer)
    there = await present_at(turn.work, meeting)
    here = any(present.speaker.who == me for present in there)
    queue = await list_queue(turn.work, meeting)
    waiting = [place for place in queue if not place.speaking]
    speaking = next((place.speaker for place in queue if place.speaking), None)
    places = [place.speaker.who for place in waiting]
    floor = speaking is not None and speaking.who == me
    await turn.show(
        turn.t(
            "discuss/meeting",
            d=deliberation,
            meeting=meeting,
            here=here,
            quorum=await quorum_of(turn.work, meeting),
            residents=sum(present.speaker.staff is None for present in there),
            speaking=_called(turn, speaking) if speaking is not None else "",
            waiting=[_called(turn, place.speaker) for place in waiting[:WAITING]],
            floor=floor,
            before=places.index(me) if me in places else None,
            board=board(turn, deliberation),
        ),
        buttons.meeting(
            turn.t,
            deliberation.key,
            meeting.key,
            _moves(meeting, here=here, queued=floor or me in places),
            calendar=meeting.state == "planned",
        ),
    )


def _moves(meeting: Meeting, *, here: bool, queued: bool) -> list[str]:
    """What one can do in a meeting as it stands."""
    if meeting.state in _OVER:
        return []
    if not here:
        return ["in"]
    if meeting.state != "open":
        return ["leave"]
    chat = ["talk"] if meeting.mode != "room" else []
    return [*chat, "leave"] if queued else [*chat, "hand", "leave"]


def _called(turn: Turn, speaker: Speaker) -> str:
    """How somebody is called in a meeting: by post, or by the building they live in."""
    if speaker.staff is not None:
        staff = speaker.staff
        return staff.title if turn.t.locale.startswith("zh") else staff.title_en or staff.title
    return turn.t.label("discuss.neighbour", building=speaker.building or "")


# --- buttons -----------------------------------------------------------------------------------


@router.callback_query(TMeet.filter(F.op == "in"))
async def come(callback: CallbackQuery, callback_data: TMeet, turn: Turn) -> None:
    """I am here."""
    await check_in(turn.work, turn.person, callback_data.id)
    await _again(turn, callback_data.id)


@router.callback_query(TMeet.filter(F.op == "hand"))
async def raise_hand(callback: CallbackQuery, callback_data: TMeet, turn: Turn) -> None:
    """Take a place in the speaking queue."""
    await _raise_hand(turn, callback_data.id)


@router.callback_query(TMeet.filter(F.op == "talk"))
async def talk(callback: CallbackQuery, callback_data: TMeet, turn: Turn) -> None:
    """From now on what one writes is said in the meeting."""
    found, deliberation = await load_meeting(turn.work, callback_data.id)
    await _come_in(turn, found, deliberation)


@screen("talk")
async def speak(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The same, for whoever was just given the floor."""
    await _come_in(turn, await meeting_of(turn.work, deliberation), deliberation)


async def _come_in(turn: Turn, found: Meeting, deliberation: Deliberation) -> None:
    """Into the hall; where that is not possible, to what the meeting offers."""
    if found.state != "open" or found.mode == "room":
        await _show(turn, found, deliberation)
        return
    await turn.state.update_data({_HALL: {"id": found.key, "d": deliberation.key}})
    await turn.state.set_state(Hall.inside)
    await turn.show(
        turn.t("discuss/hall", d=deliberation, meeting=found),
        buttons.hall(turn.t, deliberation.key, found.key),
    )


@router.callback_query(TMeet.filter())
async def go(callback: CallbackQuery, callback_data: TMeet, turn: Turn) -> None:
    """Leave the meeting."""
    await _go(turn, callback_data.id)


async def _raise_hand(turn: Turn, meeting_id: int) -> None:
    await ask_to_speak(turn.work, turn.person, meeting_id)
    await _again(turn, meeting_id)


async def _go(turn: Turn, meeting_id: int) -> None:
    _, deliberation = await load_meeting(turn.work, meeting_id)
    await leave(turn.work, turn.person, meeting_id)
    await _step_out(turn)
    await turn.show(
        turn.t("discuss/left_meeting"),
        buttons.only_back(turn.t, deliberation.key, "meeting"),
    )
    await offer_pending(turn)


async def _again(turn: Turn, meeting_id: int) -> None:
    """The meeting as it stands now."""
    await turn.work.session.flush()
    found, deliberation = await load_meeting(turn.work, meeting_id)
    await _show(turn, found, deliberation)


async def _step_out(turn: Turn) -> None:
    """What is written from now on is not said in the meeting any more."""
    data = await turn.state.get_data()
    was_inside = data.pop(_HALL, None) is not None
    await turn.state.set_data(data)
    if was_inside or await turn.state.get_state() == Hall.inside.state:
        await restore(turn)


# --- what is said ------------------------------------------------------------------------------


@router.message(StateFilter(Hall), not_command)
async def words(message: Message, turn: Turn, album: list[Message]) -> None:
    """A message of somebody in the hall is said in the meeting, unless it asks to leave."""
    text, files, _too_large = gather(message, album)
    hall = await _hall(turn)
    if hall is None or await _is_long_over(turn, hall):
        await _step_out(turn)
        await begin(turn, text, files, [message.message_id])
    elif means("leave_hall", text) or means("cancel", text):
        await _go(turn, hall["id"])
    elif means("raise_hand", text):
        await _raise_hand(turn, hall["id"])
    elif files or not text or says_nothing(text):
        await turn.say(
            turn.t("discuss/words_in_hall", files=bool(files)),
            buttons.hall(turn.t, hall["d"], hall["id"]),
        )
    else:
        await _say(turn, hall, text)


async def _hall(turn: Turn) -> dict[str, int] | None:
    """The meeting that this person is in (id and d); None when they are in none."""
    hall: dict[str, int] | None = (await turn.state.get_data()).get(_HALL)
    return hall


async def _is_long_over(turn: Turn, hall: dict[str, int]) -> bool:
    """Whether the meeting ended so long ago that words now are about something else."""
    try:
        found, _ = await load_meeting(turn.work, hall["id"])
    except NotFound:
        return True
    return found.closed_at is not None and turn.work.now - found.closed_at > LINGER


async def _say(turn: Turn, hall: dict[str, int], text: str) -> None:
    found, deliberation = await load_meeting(turn.work, hall["id"])
    if found.state in _OVER:
        await _step_out(turn)
        await turn.say(turn.t("discuss/meeting_over", text=text))
        await open_screen(turn, "meeting", deliberation.key)
        return
    await say_in_meeting(turn.work, turn.person, found.key, text)
    await turn.say(
        turn.t("discuss/said", text=text), buttons.hall(turn.t, deliberation.key, found.key)
    )


async def _remind(turn: Turn) -> bool:
    """Somebody in the hall did something else: say that they are still there."""
    hall = await _hall(turn)
    if hall is None or await _is_long_over(turn, hall):
        return False
    await turn.state.set_state(Hall.inside)
    await turn.say(turn.t("discuss/still_in_hall"), buttons.hall(turn.t, hall["d"], hall["id"]))
    return True


async def _waiting(turn: Turn) -> State | None:
    hall = await _hall(turn)
    return Hall.inside if hall is not None and not await _is_long_over(turn, hall) else None


offer_first(_remind, _waiting)

ROUTES = Routes(router=router, callbacks=(TMeet,), states=(Hall,))
