"""/invite and /dismiss: the office gives a post to an account, or takes it away."""

from __future__ import annotations

from aiogram import F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram.utils.deep_linking import create_start_link

from handlers.keyboards.staff import PostData, name_of, posts_keyboard
from handlers.staff.access import OFFICE, staff_router
from handlers.staff.show import staff_label
from handlers.switchboard import Routes
from handlers.turn import Turn
from models.errors import NotFound
from workflows.staffing import (
    INVITATION_HOURS,
    dismiss_staff,
    find_post,
    invite_staff,
    list_posts,
)

router = staff_router(__name__, OFFICE)

_BROWSE = {"invite": "igrid", "ask": "dgrid"}
"""For each purpose, the button that opens a grid."""


async def _browse(turn: Turn, purpose: str, grid: str) -> None:
    """The posts of a grid and the grids below it, to pick from. `purpose` is invite or ask."""
    t, district = turn.t, turn.work.district
    posts = await list_posts(turn.work, turn.person, grid)
    node = district.node_by_code[grid]
    options = [
        (
            PostData(do=purpose, code=post.staff.code),
            t.label("staff.post", person=staff_label(t, post.staff), held=post.held),
        )
        for post in posts
        if post.held or purpose == "invite"
    ]
    options += [
        (
            PostData(do=_BROWSE[purpose], code=child.code),
            name_of((child.name, child.name_en), t.locale),
        )
        for child in district.children_by_code[grid]
    ]
    if node.parent is not None:
        options.append((PostData(do=_BROWSE[purpose], code=node.parent), t.label("staff.back")))
    text = t("staff/posts", purpose=purpose, node=node, empty=not options)
    await turn.show(text, posts_keyboard(options))


@router.message(Command("invite"))
async def invite(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/invite` lists the posts; `/invite CODE [HOURS]` makes the link at once."""
    code, hours = _arguments(command.args)
    if code is None:
        await _browse(turn, "invite", turn.work.district.root.code)
        return
    await _make_link(turn, code, hours)


def _arguments(args: str | None) -> tuple[str | None, int]:
    """Post code and hours of validity as typed; without hours, the usual ones."""
    words = (args or "").split()
    hours = int(words[1]) if len(words) > 1 and words[1].isdecimal() else INVITATION_HOURS
    return (words[0].lower() if words else None), hours


async def _make_link(turn: Turn, code: str, hours: int) -> None:
    post = await find_post(turn.work, turn.person, code)
    token = await invite_staff(turn.work, turn.person, code, hours)
    link = await create_start_link(turn.bot, f"i_{token}")
    await turn.show(turn.t("staff/invitation", post=post, link=link, hours=hours))


@router.message(Command("dismiss"))
async def dismiss(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/dismiss` lists the posts; `/dismiss CODE` asks for confirmation."""
    code, _ = _arguments(command.args)
    if code is None:
        await _browse(turn, "ask", turn.work.district.root.code)
        return
    await _ask(turn, code)


async def _ask(turn: Turn, code: str) -> None:
    """The second step of a dismissal: nothing happens before this button."""
    post = await find_post(turn.work, turn.person, code)
    if not post.held:
        raise NotFound(f"nobody holds {code}")
    yes = (PostData(do="dismiss", code=code), turn.t.label("staff.dismiss_yes"))
    no = (PostData(do="dgrid", code=post.staff.grid), turn.t.label("staff.back"))
    await turn.show(turn.t("staff/dismiss_ask", post=post), posts_keyboard([yes, no]))


@router.callback_query(PostData.filter(F.do.in_({"igrid", "dgrid"})))
async def open_grid(callback: CallbackQuery, callback_data: PostData, turn: Turn) -> None:
    """Another grid of the tree."""
    purpose = "invite" if callback_data.do == "igrid" else "ask"
    await _browse(turn, purpose, callback_data.code)


@router.callback_query(PostData.filter(F.do == "invite"))
async def press_invite(callback: CallbackQuery, callback_data: PostData, turn: Turn) -> None:
    """An invitation for the post."""
    await _make_link(turn, callback_data.code, INVITATION_HOURS)


@router.callback_query(PostData.filter(F.do == "ask"))
async def press_dismiss(callback: CallbackQuery, callback_data: PostData, turn: Turn) -> None:
    """Ask before a dismissal."""
    await _ask(turn, callback_data.code)


@router.callback_query(PostData.filter(F.do == "dismiss"))
async def confirm_dismiss(callback: CallbackQuery, callback_data: PostData, turn: Turn) -> None:
    """Take the post away; its open tickets go to others."""
    done = await dismiss_staff(turn.work, turn.person, callback_data.code)
    await turn.show(turn.t("staff/dismissed", done=done))


ROUTES = Routes(router=router, commands=frozenset({"invite", "dismiss"}), callbacks=(PostData,))
