"""The announcement: what it says, "seen", and the meeting for the phone's calendar."""

from __future__ import annotations

from aiogram import F
from aiogram.types import BufferedInputFile, CallbackQuery

from handlers.deliberation.resident.parts import areas, board, short
from handlers.deliberation.views import open_screen, screen
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TPlan
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from workflows.deliberation.access import load
from workflows.deliberation.announce import invitation_ics, mark_seen
from workflows.deliberation.lists import card_of

router = resident_router(__name__)


@screen("announcement")
async def announcement(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The options by name, when and where they are talked about."""
    await _show(turn, deliberation, seen=False)


async def _show(turn: Turn, deliberation: Deliberation, *, seen: bool) -> None:
    view = await card_of(turn.work, turn.person, deliberation)
    meeting = view.meeting
    await turn.show(
        turn.t(
            "discuss/announcement",
            d=deliberation,
            seen=seen,
            areas=areas(turn, deliberation.grids),
            options=[
                {"letter": option.letter, "title": option.title, "what": short(option.what, 120)}
                for option in view.options
            ],
            meeting=meeting,
            board=board(turn, deliberation),
        ),
        buttons.announcement(turn.t, deliberation.key, seen=seen, meeting=meeting is not None),
    )


@router.callback_query(TPlan.filter(F.op == "seen"))
async def seen(callback: CallbackQuery, callback_data: TPlan, turn: Turn) -> None:
    """ "I have seen it": the organiser needs to bring no paper to this door."""
    await mark_seen(turn.work, turn.person, callback_data.d)
    await _show(turn, await load(turn.work, callback_data.d, lock=False), seen=True)


@router.callback_query(TPlan.filter(F.op == "calendar"))
async def calendar(callback: CallbackQuery, callback_data: TPlan, turn: Turn) -> None:
    """The meeting as a calendar file, as a document of its own."""
    deliberation = await load(turn.work, callback_data.d, lock=False)
    document = await invitation_ics(turn.work, deliberation)
    await turn.bot.send_document(
        turn.person.id,
        BufferedInputFile(
            document, filename=turn.t.label("discuss.calendar_file", number=deliberation.number)
        ),
        caption=turn.t("discuss/calendar", d=deliberation),
    )


@router.callback_query(TPlan.filter())
async def other(callback: CallbackQuery, callback_data: TPlan, turn: Turn) -> None:
    """A button of an older make: the card shows what there is now."""
    await open_screen(turn, "card", callback_data.d)


ROUTES = Routes(router=router, callbacks=(TPlan,))
