"""Help, and what we hold on a person: to read, to take home, to have forgotten."""

from __future__ import annotations

import json

from aiogram import F
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from handlers.deliberation.resident.listing import show_list
from handlers.doorway import ask_home
from handlers.forms import unfinished
from handlers.intake.entry import begin_without_words
from handlers.intake.offer import offer_pending
from handlers.keyboards import resident as buttons
from handlers.keyboards.resident import RHelp
from handlers.language import ask_language
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from workflows.people import export_my_data, withdraw_consent

router = resident_router(__name__)


@router.message(Command("help"))
async def help_(message: Message, turn: Turn) -> None:
    """/help: what one can say, with examples."""
    await turn.say(
        turn.t(
            "help/help",
            hotline=turn.work.policy.emergency_number,
            staff=turn.person.staff,
        ),
        buttons.shortcuts(turn.t),
    )
    await offer_pending(turn)


@router.message(Command("privacy"))
async def privacy(message: Message, turn: Turn) -> None:
    """/privacy: what we keep, why, and for how long."""
    await show_privacy(turn)
    await offer_pending(turn)


async def show_privacy(turn: Turn) -> None:
    """What is kept; with what is kept of this person."""
    home = turn.person.resident.place
    await turn.say(
        turn.t(
            "help/privacy",
            consented_at=turn.person.resident.consented_at,
            address=turn.work.services.gazetteer.describe(home) if home is not None else "",
        ),
        buttons.privacy(turn.t),
    )


@router.message(Command("export"))
async def export(message: Message, turn: Turn) -> None:
    """/export: everything we hold on the person, as a file."""
    await send_export(turn)
    await offer_pending(turn)


async def send_export(turn: Turn) -> None:
    """The person's data as a JSON document."""
    held = await export_my_data(turn.work, turn.person)
    held["unfinished"] = {
        key: value
        for key, value in (await turn.state.get_data()).items()
        if key in ("form", "shelf", "held", "doorway", "my", "opinion")
    }
    if (open_form := await unfinished(turn)) is not None:
        held["unfinished"]["filling"] = open_form
    document = json.dumps(held, ensure_ascii=False, indent=2, default=str).encode()
    await turn.bot.send_document(
        turn.person.id,
        BufferedInputFile(document, filename="linmen-my-data.json"),
        caption=turn.t("help/export"),
    )


@router.message(Command("forget"))
async def forget(message: Message, turn: Turn) -> None:
    """/forget: asked once more, since it cannot be undone."""
    await ask_forget(turn)


async def ask_forget(turn: Turn) -> None:
    """The last question before forgetting."""
    await turn.show(turn.t("help/forget", staff=turn.person.staff), buttons.forget(turn.t))


@router.callback_query(RHelp.filter(F.op == "forget_yes"))
async def forget_for_good(callback: CallbackQuery, turn: Turn) -> None:
    """Forget the person, their doorway, and what they were in the middle of."""
    await withdraw_consent(turn.work, turn.person)
    await turn.state.clear()
    await turn.show(turn.t("help/forgotten", hotline=turn.work.policy.emergency_number))


@router.callback_query(RHelp.filter())
async def shortcut(callback: CallbackQuery, callback_data: RHelp, turn: Turn) -> None:
    """A shortcut under a greeting or the help; the message above keeps its words."""
    match callback_data.op:
        case "privacy":
            turn.tapped = None
            await show_privacy(turn)
        case "export":
            await send_export(turn)
        case "forget":
            await ask_forget(turn)
        case "address":
            turn.tapped = None
            await ask_home(turn)
        case "language":
            turn.tapped = None
            await ask_language(turn)
        case "discuss":
            turn.tapped = None
            await show_list(turn)
        case "matter":
            turn.tapped = None
            await begin_without_words(turn)
        case _:
            await turn.show(turn.t("help/kept"))


ROUTES = Routes(
    router=router,
    commands=frozenset({"help", "privacy", "export", "forget"}),
    callbacks=(RHelp,),
)
