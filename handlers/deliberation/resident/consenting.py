"""A call for consensus: silence is consent, an objection needs a reason."""

from __future__ import annotations

from aiogram import F
from aiogram.types import CallbackQuery

from handlers.deliberation.resident.parts import short
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TConsensus
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Objection
from workflows.deliberation.consensus import object_consensus
from workflows.deliberation.lists import card_of
from workflows.deliberation.reporting import list_objections, withdraw_objection

router = resident_router(__name__)

SHOWN = 5
"""The newest so many objections are shown with their answers."""


@screen("consensus")
async def consensus(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Which option, until when, who objects why, what was answered."""
    view = await card_of(turn.work, turn.person, deliberation)
    call = view.consensus
    if call is None:
        await open_screen(turn, "card", deliberation.key)
        return
    objections = [
        one
        for one in await list_objections(turn.work, deliberation)
        if one.call_id == call.id and one.withdrawn_at is None
    ]
    mine = next((one for one in objections if is_mine(turn, one)), None)
    await turn.show(
        turn.t(
            "discuss/consensus",
            d=deliberation,
            call=call,
            option=next((o for o in view.options if o.key == call.option_id), None),
            objections=[
                {"reason": short(one.reason, 160), "answer": short(one.answer or "", 200)}
                for one in objections[-SHOWN:]
            ],
            mine=mine is not None,
        ),
        buttons.consensus(
            turn.t,
            deliberation.key,
            call.id or 0,
            mine.id or 0 if mine is not None else 0,
            answer=call.state == "open",
        ),
    )


def is_mine(turn: Turn, objection: Objection) -> bool:
    """Whether this person raised it, as a neighbour or in their post."""
    staff = turn.person.staff
    return objection.resident_id == turn.person.id or (
        staff is not None and objection.staff == staff.code
    )


async def _objected(turn: Turn, values: Values) -> None:
    await object_consensus(turn.work, turn.person, values["call"], values["reason"])
    await turn.show(
        turn.t("discuss/objected", reason=values["reason"]),
        buttons.only_back(turn.t, values["d"], "consensus"),
    )


form(
    Form(
        name="objection",
        fields=(Field("reason", "discuss/ask_objection", "text", max_length=500),),
        done=_objected,
        for_the_record=True,
    )
)


@router.callback_query(TConsensus.filter(F.op == "object"))
async def ask_reason(callback: CallbackQuery, callback_data: TConsensus, turn: Turn) -> None:
    """Ask why."""
    await begin(turn, "objection", d=callback_data.d, call=callback_data.id)


@router.callback_query(TConsensus.filter(F.op == "withdraw"))
async def take_back(callback: CallbackQuery, callback_data: TConsensus, turn: Turn) -> None:
    """Object no longer."""
    await withdraw_objection(turn.work, turn.person, callback_data.id)
    await open_screen(turn, "consensus", callback_data.d)


@router.callback_query(TConsensus.filter())
async def no_objection(callback: CallbackQuery, callback_data: TConsensus, turn: Turn) -> None:
    """No objection: nothing needs to be kept, silence says the same."""
    await turn.show(
        turn.t("discuss/no_objection"), buttons.only_back(turn.t, callback_data.d, "consensus")
    )


ROUTES = Routes(router=router, callbacks=(TConsensus,))
