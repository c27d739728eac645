"""After the decision: tasks, rules, the report, objections to it, and stars."""

from __future__ import annotations

from aiogram import F
from aiogram.types import CallbackQuery

from handlers.deliberation.resident.consenting import is_mine
from handlers.deliberation.resident.parts import areas, board, short
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TAfter
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Objection
from workflows.deliberation.access import load
from workflows.deliberation.board.results import find_photo, read_report, read_tasks
from workflows.deliberation.board.talks import read_objections
from workflows.deliberation.lists import card_of
from workflows.deliberation.reporting import (
    list_objections,
    object_report,
    rate_process,
    withdraw_objection,
)
from workflows.deliberation.rules import rules_in_force

router = resident_router(__name__)

TASKS = 12
RULES = 5
PHOTOS = 6
"""At most so many are shown in the chat; the board has them all."""


@screen("tasks")
async def tasks(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What was decided to be done: by whom, by when, how far it is."""
    found = await read_tasks(turn.work, deliberation)
    await turn.show(
        turn.t(
            "discuss/tasks",
            d=deliberation,
            tasks=[
                {
                    "task": task,
                    "owner": task.owner.of(turn.t.locale),
                    "department": task.department.of(turn.t.locale) if task.department else "",
                    "note": short(task.note or "", 120),
                }
                for task in found[:TASKS]
            ],
            board=board(turn, deliberation),
        ),
        buttons.only_back(turn.t, deliberation.key),
    )


@screen("rules")
async def rules(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The rules in force where this person lives, else where the deliberation is about."""
    home = turn.person.resident.grid
    grids = [home] if home is not None else deliberation.grids
    found = {rule.id: rule for grid in grids for rule in await rules_in_force(turn.work, grid)}
    await turn.show(
        turn.t(
            "discuss/rules",
            areas=areas(turn, grids),
            rules=[
                {"rule": rule, "text": short(rule.text)} for rule in list(found.values())[:RULES]
            ],
        ),
        buttons.only_back(turn.t, deliberation.key),
    )


@screen("report")
async def report(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What was said, decided and done, what it cost; photos; what one may say to it."""
    objections = (await read_objections(turn.work, deliberation)).get(None, ())
    written = await read_report(turn.work, deliberation, objections)
    view = await card_of(turn.work, turn.person, deliberation)
    await turn.show(
        turn.t(
            "discuss/report",
            d=deliberation,
            report=written,
            said=short(deliberation.said or ""),
            decided=short(deliberation.decided or ""),
            done=short(deliberation.done or ""),
            until=view.earliest_at,
            objections=[
                {"reason": short(one.text, 120), "answer": short(one.answer or "", 160)}
                for one in objections
                if not one.withdrawn
            ][-3:],
            board=board(turn, deliberation),
        ),
        buttons.report(
            turn.t,
            deliberation.key,
            photos=len(written.photos) if written is not None else 0,
            views=[name for name in ("tasks", "object", "rate") if name in view.screens],
        ),
    )


@router.callback_query(TAfter.filter(F.op == "photos"))
async def photos(callback: CallbackQuery, callback_data: TAfter, turn: Turn) -> None:
    """The photos before and after, each said which it is."""
    deliberation = await load(turn.work, callback_data.d, lock=False)
    written = await read_report(turn.work, deliberation, ())
    for photo in written.photos[:PHOTOS] if written is not None else ():
        await turn.bot.send_photo(
            turn.person.id,
            await find_photo(turn.work, deliberation, photo.index),
            caption=turn.t("discuss/photo", purpose=photo.purpose),
        )


# --- an objection to the result ----------------------------------------------------------------


async def _my_objection(turn: Turn, deliberation: Deliberation) -> Objection | None:
    """This person's objection in the public period that still stands."""
    for one in await list_objections(turn.work, deliberation):
        if one.call_id is None and one.withdrawn_at is None and is_mine(turn, one):
            return one
    return None


@screen("object")
async def object_to_it(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Ask for the reason; who objected already sees the answer and may take it back."""
    mine = await _my_objection(turn, deliberation)
    if mine is None:
        await begin(turn, "complaint", d=deliberation.key, title=deliberation.title)
        return
    await turn.show(
        turn.t("discuss/complaint", d=deliberation, objection=mine),
        buttons.my_objection(turn.t, deliberation.key, mine.id or 0)
        if mine.answered_at is None
        else buttons.only_back(turn.t, deliberation.key),
    )


async def _complained(turn: Turn, values: Values) -> None:
    await object_report(turn.work, turn.person, values["d"], values["reason"])
    await turn.show(
        turn.t("discuss/complained", reason=values["reason"]),
        buttons.only_back(turn.t, values["d"]),
    )


form(
    Form(
        name="complaint",
        fields=(Field("reason", "discuss/ask_complaint", "text", max_length=500),),
        done=_complained,
        for_the_record=True,
    )
)


@router.callback_query(TAfter.filter(F.op == "take_back"))
async def take_back(callback: CallbackQuery, callback_data: TAfter, turn: Turn) -> None:
    """Object to the result no longer."""
    await withdraw_objection(turn.work, turn.person, callback_data.v)
    await open_screen(turn, "report", callback_data.d)


# --- stars -------------------------------------------------------------------------------------


@screen("rate")
async def rate(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """First the stars for how it was done."""
    await turn.show(
        turn.t("discuss/rate_process", d=deliberation), buttons.stars(turn.t, deliberation.key)
    )


@router.callback_query(TAfter.filter(F.op == "process"))
async def rate_outcome(callback: CallbackQuery, callback_data: TAfter, turn: Turn) -> None:
    """Then those for what came of it."""
    deliberation = await load(turn.work, callback_data.d, lock=False)
    await turn.show(
        turn.t("discuss/rate_outcome", d=deliberation, process=callback_data.v),
        buttons.stars(turn.t, deliberation.key, callback_data.v),
    )


@router.callback_query(TAfter.filter())
async def rated(callback: CallbackQuery, callback_data: TAfter, turn: Turn) -> None:
    """Both are kept; a later rating takes the place of this one."""
    d, process, outcome = callback_data.d, callback_data.v, callback_data.w
    await rate_process(turn.work, turn.person, d, process, outcome)
    await turn.show(
        turn.t("discuss/rated", process=process, outcome=outcome), buttons.only_back(turn.t, d)
    )


ROUTES = Routes(router=router, callbacks=(TAfter,))
