"""The commands in the menu of the chat app, by role; their words are labels of the templates."""

from __future__ import annotations

from aiogram import Bot
from aiogram.types import BotCommand, BotCommandScopeChat

from handlers.texts import Texts
from models.district import Role
from workflows.staffing import DESK_ROLES

RESIDENT = ("start", "my", "discuss", "address", "language", "help", "privacy")
"""Commands of every resident. Nobody needs them: a sentence is enough."""
_STAFF = ("queue", "duty", "ticket", "open")
_DESK = ("desk",)
_OFFICE = ("invite", "dismiss")
_EVERYBODY = ("my", "discuss", "language", "help")


def names_for(role: Role | None) -> tuple[str, ...]:
    """The commands of a role, in the order of the menu; None for a resident."""
    if role is None:
        return RESIDENT
    desk = _DESK if role in DESK_ROLES else ()
    office = _OFFICE if role is Role.OFFICE else ()
    return _STAFF + desk + office + _EVERYBODY


def menu_for(locale: str, role: Role | None = None) -> list[BotCommand]:
    """The menu of a role in a language."""
    t = Texts(locale)
    return [
        BotCommand(command=name, description=t.label(f"common.command_{name}"))
        for name in names_for(role)
    ]


async def set_menu(bot: Bot, chat_id: int, locale: str, role: Role) -> None:
    """Show staff their own commands in the menu of the chat app."""
    scope = BotCommandScopeChat(chat_id=chat_id)
    await bot.set_my_commands(menu_for(locale, role), scope=scope)
