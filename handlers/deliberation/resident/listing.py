"""/discuss: the deliberations of one's neighbourhood, and the ways to one of them."""

from __future__ import annotations

from aiogram import F
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.deliberation.resident.proposing import ask_proposal
from handlers.deliberation.staff.opening import councils_of
from handlers.deliberation.views import open_screen
from handlers.doorway import ask_home
from handlers.intake.entry import ask_consent
from handlers.intake.offer import offer_pending
from handlers.intake.store import Held
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TList
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from workflows.deliberation.lists import find_by_number, list_mine

router = resident_router(__name__)

PAGE = 6
"""Deliberations on one page of the list."""


@router.message(Command("discuss"))
async def discuss(message: Message, turn: Turn) -> None:
    """/discuss: the list."""
    await show_list(turn)
    await offer_pending(turn)


async def show_list(turn: Turn, page: int = 0) -> None:
    """The running ones first; before consent, the question for it."""
    resident = turn.person.resident
    if resident.consented_at is None and turn.person.staff is None:
        await ask_consent(turn, Held())
        return
    found = await list_mine(turn.work, turn.person)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    steps = [turn.t.label(f"discuss.step_{d.step.value}") for d in shown]
    await turn.show(
        turn.t(
            "discuss/list",
            entries=[
                {"number": d.number, "title": d.title, "step": step, "running": d.running}
                for d, step in zip(shown, steps, strict=True)
            ],
            page=page + 1,
            pages=pages,
            doorway=resident.grid is not None,
            staff=turn.person.staff is not None,
        ),
        buttons.listing(
            turn.t,
            [
                (
                    d.key,
                    turn.t.label("discuss.listed", number=d.number, title=d.title, step=step),
                )
                for d, step in zip(shown, steps, strict=True)
            ],
            page,
            pages,
            may_propose=resident.grid is not None and resident.consented_at is not None,
            may_call=bool(councils_of(turn)),
        ),
    )


async def open_number(turn: Turn, number: int) -> None:
    """The card of a deliberation by its number. Raises NotFound when there is none such."""
    deliberation = await find_by_number(turn.work, number)
    await open_screen(turn, "card", deliberation.key)


@router.callback_query(TList.filter(F.op == "propose"))
async def propose(callback: CallbackQuery, turn: Turn) -> None:
    """Propose a topic."""
    await ask_proposal(turn)


@router.callback_query(TList.filter(F.op == "doorway"))
async def doorway(callback: CallbackQuery, turn: Turn) -> None:
    """Say where one lives: without it nobody is anybody's neighbour."""
    turn.tapped = None
    await ask_home(turn)


@router.callback_query(TList.filter())
async def turn_page(callback: CallbackQuery, callback_data: TList, turn: Turn) -> None:
    """Another page of the list."""
    await show_list(turn, callback_data.page)


ROUTES = Routes(router=router, commands=frozenset({"discuss"}), callbacks=(TList,))
