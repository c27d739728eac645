"""The peer: the same conversation as a usual aiogram bot has it. Started by `bench/peer.py`.

Long polling as aiogram does it, updates handled as tasks, conversation state in Redis, one
SQLAlchemy commit for each write, and answers straight to the Bot API. What is Linmen's own
thinking (triage, gazetteer, deadlines, templates, keyboards) is the same code on both sides, so
that the two differ in nothing but how an update becomes rows and messages.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from aiogram import BaseMiddleware, Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import CallbackQuery, Message, TelegramObject
from redis.asyncio import BlockingConnectionPool, Redis
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bench.peer_store import Account, Repository, Request, Timer, open_engine
from bot.district import load_district
from bot.embedded import EmbeddedValkey
from bot.paths import ROOT, TRIAGE_MODEL
from dispatch.assignment import choose, covering
from dispatch.gazetteer import Gazetteer
from dispatch.triage import Triage, load_rules
from handlers.keyboards import my as my_buttons
from handlers.keyboards import places as place_buttons
from handlers.keyboards import resident as buttons
from handlers.keyboards.resident import RConsent, RPick, RStep
from handlers.keyboards.staff import open_keyboard
from handlers.texts import Texts
from models.district import District, Staff
from models.place import Place
from models.policy import Policy
from models.sla import Rules

DISTRICT = ROOT / "data" / "xigucheng"
router = Router()


class WithRepository(BaseMiddleware):
    """A session for each update, and the account brought up to date."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        async with self._sessions() as session:
            data["repository"] = repository = Repository(session)
            data["account"] = account = await repository.upsert_account(data["event_from_user"])
            data["t"] = Texts(account.locale)
            return await handler(event, data)


# --- the conversation


class Form(StatesGroup):
    consent = State()
    category = State()
    place = State()
    summary = State()


class Mind:
    """The parts of Linmen that are the same on both sides."""

    def __init__(self) -> None:
        rules = load_rules(DISTRICT / "services.toml", DISTRICT / "emergencies.toml")
        self.district: District = load_district(DISTRICT)
        self.triage = Triage.load(rules, TRIAGE_MODEL)
        self.gazetteer = Gazetteer(self.district.grids)
        self.policy = Policy()

    def rules(self, category: str) -> Rules:
        found = self.district.category_by_code[category]
        return Rules(found, self.policy, self.district.calendar)


@router.message(CommandStart())
async def start(
    message: Message, state: FSMContext, repository: Repository, account: Account, t: Texts,
    mind: Mind,
) -> None:  # fmt: skip
    await repository.log(account, "start")
    await state.set_state(Form.consent)
    await message.answer(
        t(
            "start/welcome",
            courtyard="",
            district=mind.district.name_zh,
            hotline=mind.policy.emergency_number,
        ),
        reply_markup=buttons.consent(t),
    )


@router.callback_query(RConsent.filter(F.yes))
async def agree(
    callback: CallbackQuery, state: FSMContext, repository: Repository, account: Account, t: Texts
) -> None:
    await callback.answer()
    account.consented_at = datetime.now(UTC)
    await repository.save(account)
    await repository.log(account, "consent")
    await state.clear()
    assert isinstance(callback.message, Message)
    await callback.message.edit_text(t("start/agreed"))
    await callback.message.answer(t("start/ready"), reply_markup=buttons.shortcuts(t))


@router.callback_query(Form.category, RPick.filter())
async def category(
    callback: CallbackQuery, callback_data: RPick, state: FSMContext, repository: Repository,
    account: Account, t: Texts,
) -> None:  # fmt: skip
    await callback.answer()
    await state.update_data(category=callback_data.code)
    await repository.log(account, "category", code=callback_data.code)
    await state.set_state(Form.place)
    assert isinstance(callback.message, Message)
    await callback.message.edit_text(
        t("doorway/ask", matter=True, exactness="doorway"),
        reply_markup=place_buttons.ask(t, as_typed=False),
    )


@router.message(Form.place, F.text)
async def place(
    message: Message, state: FSMContext, repository: Repository, account: Account, t: Texts,
    mind: Mind,
) -> None:  # fmt: skip
    found = mind.gazetteer.locate(message.text or "")
    where = found[0].place
    await repository.log(account, "place", place=where.model_dump())
    draft = await state.update_data(place=where.model_dump())
    await state.set_state(Form.summary)
    rules, now = mind.rules(draft["category"]), datetime.now(UTC)
    staff = await assignee(mind, repository, where, draft["category"])
    await message.answer(
        t(
            "intake/summary",
            note="",
            label=rules.category.label(t.locale),
            text=draft["text"],
            place=mind.gazetteer.describe(where),
            answers=[],
            files=0,
            staff=staff,
            title=staff.title if staff is not None else "",
            response_due_at=rules.after(now, rules.response_minutes),
            resolution_due_at=rules.after(now, rules.resolution_minutes),
            needs_human=False,
            about_staff=False,
        ),
        reply_markup=buttons.summary(t, message.message_id, details=False, another=False),
    )


async def assignee(mind: Mind, repository: Repository, place: Place, category: str) -> Staff | None:
    """Whoever Linmen would choose, by the same rules."""
    posts = [post.code for post in covering(mind.district, place.grid)]
    decision = choose(
        mind.district,
        place.grid,
        mind.district.category_by_code[category],
        dict.fromkeys(posts, True),
        dict.fromkeys(posts, 0) | await repository.loads(posts),
        about=None,
    )
    return mind.district.staff_by_code.get(decision.staff_code or "")


@router.callback_query(Form.summary, RStep.filter(F.op == "confirm"))
async def confirm(
    callback: CallbackQuery, state: FSMContext, repository: Repository, account: Account, t: Texts,
    mind: Mind,
) -> None:  # fmt: skip
    await callback.answer()
    draft = await state.get_data()
    rules, now = mind.rules(draft["category"]), datetime.now(UTC)
    where = Place(**draft["place"])
    staff = await assignee(mind, repository, where, draft["category"])
    request = Request(
        account_id=account.id,
        text=draft["text"],
        category=draft["category"],
        place=draft["place"],
        place_text=where.text or mind.gazetteer.describe(where),
        assignee=staff.code if staff is not None else None,
        response_due_at=rules.after(now, rules.response_minutes),
        resolution_due_at=rules.after(now, rules.resolution_minutes),
    )
    await repository.save(request)
    due = {"response": request.response_due_at, "resolution": request.resolution_due_at}
    await repository.save(
        *(
            Timer(request_id=request.id, kind=f"{kind}_{end}", due_at=at)
            for kind, at in due.items()
            for end in ("reminder", "overdue")
        )
    )
    await repository.log(account, "submit", request=request.id)
    await state.clear()
    assert isinstance(callback.message, Message)
    await callback.message.edit_text(
        t(
            "intake/submitted",
            number=request.number,
            staff=staff,
            title=staff.title if staff is not None else "",
            label=rules.category.label(t.locale),
            state="assigned",
            response_due_at=request.response_due_at,
            resolution_due_at=request.resolution_due_at,
        ),
        reply_markup=my_buttons.submitted(t, request.id, 1, remember=True),
    )
    if staff is not None and staff.telegram_id is not None:
        await tell_staff(callback.message.bot, staff, request, rules, t, mind)


async def tell_staff(
    bot: Bot | None, staff: Staff, request: Request, rules: Rules, t: Texts, mind: Mind
) -> None:
    """The worker hears of a new request."""
    assert bot is not None
    assert staff.telegram_id is not None
    place = Place(**request.place)
    await bot.send_message(
        staff.telegram_id,
        t(
            "notices/staff_new_ticket",
            ticket=request,
            category=rules.category,
            node=mind.district.node_by_code[place.grid],
            address=mind.gazetteer.describe(place),
            assignee=staff,
            by=None,
            text=None,
            files=(),
        ),
        reply_markup=open_keyboard(t, request),  # type: ignore[arg-type]
    )


@router.message(F.text)
async def sentence(
    message: Message, state: FSMContext, repository: Repository, account: Account, t: Texts,
    mind: Mind,
) -> None:  # fmt: skip
    text = message.text or ""
    mind.triage.emergency(text)
    mind.triage.split_matters(text)
    mind.gazetteer.extract(text)
    known = mind.district.category_by_code
    ranked = [guess for guess in mind.triage.rank(text) if guess.code in known]
    await repository.log(account, "sentence", text=text)
    await state.set_state(Form.category)
    await state.update_data(text=text)
    best = known[ranked[0].code]
    options = [(guess.code, known[guess.code].label(t.locale)) for guess in ranked[:3]]
    await message.answer(
        t("intake/category", title=text[:30], label=options[0][1], hint=best.hint_zh, unsure=False),
        reply_markup=buttons.categories(t, message.message_id, options),
    )


# --- start


async def run(server: str, folder: Path, connections: int) -> None:
    """Poll until ended."""
    engine = await open_engine(folder, connections)
    with EmbeddedValkey(folder) as valkey:
        # The client's default refuses the 101st connection at once and so loses updates.
        pool = BlockingConnectionPool.from_url(valkey.url, max_connections=50, timeout=120)
        storage = RedisStorage(Redis.from_pool(pool))
        dispatcher = Dispatcher(storage=storage, mind=Mind())
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        for observer in (dispatcher.message, dispatcher.callback_query):
            observer.middleware(WithRepository(sessions))
        dispatcher.include_router(router)
        bot = Bot(
            "1:sandbox",
            session=AiohttpSession(api=TelegramAPIServer.from_base(server)),
            default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
        )
        await dispatcher.start_polling(bot, allowed_updates=["message", "callback_query"])
    await engine.dispose()


def main() -> None:
    """Read the command line and poll."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--connections", type=int, default=5)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(arguments.server, arguments.folder, arguments.connections))


if __name__ == "__main__":
    main()
