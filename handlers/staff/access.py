"""Who may use the staff conversations. For everybody else they do not exist."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import TelegramObject

from handlers.turn import WithTurn
from models.district import Role
from workflows.staffing import DESK_ROLES
from workflows.work import Person


class StaffOnly(Filter):
    """Passes for holders of an active post, optionally of certain roles.

    A resident's press or command falls through to the catch-all, which answers as it answers
    anything unknown: that staff commands exist is not revealed.
    """

    def __init__(self, roles: frozenset[Role] | None = None) -> None:
        self._roles = roles

    async def __call__(self, event: TelegramObject, **data: Any) -> bool:
        """Whether the person of this update holds an active post of the right role."""
        person = data.get("person")
        if not isinstance(person, Person) or person.staff is None:
            return False
        if person.account is None or not person.account.active:
            return False
        return self._roles is None or person.staff.role in self._roles


DESK = frozenset(DESK_ROLES)
OFFICE = frozenset({Role.OFFICE})


def staff_router(name: str, roles: frozenset[Role] | None = None) -> Router:
    """A router that only holders of an active post (of these roles) get into, and in private only.

    Its handlers get a `turn`, and every press is answered, so that no button keeps spinning.
    """
    router = Router(name=name)
    only = StaffOnly(roles)
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    for observer in (router.message, router.callback_query):
        observer.filter(only)
        observer.middleware(WithTurn())
    return router
