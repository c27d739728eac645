"""Somebody votes for a neighbour: a code is given, told, and entered."""

from __future__ import annotations

from aiogram import F
from aiogram.types import CallbackQuery

from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.keyboards.ballots import TProxy, proxy_moves
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from models.people import Resident
from workflows.deliberation.access import load
from workflows.deliberation.proxies import (
    accept_proxy,
    offer_proxy,
    proxies_held,
    proxy_of,
    revoke_proxy,
)

router = resident_router(__name__)


async def _name(turn: Turn, account: int | None) -> str:
    """How the chat app calls somebody; empty for nobody."""
    person = await turn.work.session.get(Resident, account) if account is not None else None
    return person.name if person is not None else ""


@screen("proxy")
async def proxy(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Whether somebody votes for me, for whom I vote, and what can be done about it."""
    mine = await proxy_of(turn.work, deliberation.key, turn.person.id)
    held = await proxies_held(turn.work, deliberation.key, turn.person.id)
    await turn.show(
        turn.t(
            "discuss/proxy",
            d=deliberation,
            mine=mine,
            holder=await _name(turn, mine.holder_id) if mine is not None else "",
            principals=[await _name(turn, one.principal_id) for one in held],
        ),
        proxy_moves(
            turn.t,
            deliberation.key,
            given=mine is not None,
            may_give=mine is None or mine.holder_id is None,
        ),
    )


@router.callback_query(TProxy.filter(F.op == "give"))
async def give(callback: CallbackQuery, callback_data: TProxy, turn: Turn) -> None:
    """A six-digit code, to be told to one person only."""
    code = await offer_proxy(turn.work, turn.person, callback_data.d)
    deliberation = await load(turn.work, callback_data.d, lock=False)
    await turn.show(
        turn.t("discuss/proxy_code", d=deliberation, code=code),
        buttons.only_back(turn.t, callback_data.d, "proxy"),
    )


@router.callback_query(TProxy.filter(F.op == "take"))
async def take(callback: CallbackQuery, callback_data: TProxy, turn: Turn) -> None:
    """Ask for the code that a neighbour told."""
    await begin(turn, "proxy_code", d=callback_data.d)


@router.callback_query(TProxy.filter())
async def revoke(callback: CallbackQuery, callback_data: TProxy, turn: Turn) -> None:
    """Nobody votes for me any more."""
    await revoke_proxy(turn.work, turn.person, callback_data.d)
    await open_screen(turn, "proxy", callback_data.d)


async def _taken(turn: Turn, values: Values) -> None:
    accepted = await accept_proxy(turn.work, turn.person, values["d"], values["code"])
    if accepted is None:
        await turn.show(
            turn.t("discuss/proxy_wrong_code"),
            buttons.only_back(turn.t, values["d"], "proxy"),
        )
        return
    await turn.show(
        turn.t("discuss/proxy_taken", name=await _name(turn, accepted.principal_id)),
        buttons.only_back(turn.t, values["d"], "vote"),
    )


form(
    Form(
        name="proxy_code",
        fields=(Field("code", "discuss/ask_proxy_code", "text", max_length=20),),
        done=_taken,
    )
)

ROUTES = Routes(router=router, callbacks=(TProxy,))
