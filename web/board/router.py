"""The routes of the public board (docs/board.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from models.errors import NotFound
from web.board.answers import FriendlyRoute, answer, page
from web.board.feed import draw_feed
from web.board.links import bot_link, qr_svg
from web.board.picture import draw_picture, picture_of, read_picture
from web.board.reader import Reader
from web.board.verifier import verifier_page
from web.board.words import TEMPLATES
from workflows.deliberation.announce import invitation_ics
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.listing import list_board, list_feed
from workflows.deliberation.board.opinions import export_opinions, find_picture
from workflows.deliberation.board.page import find_deliberation, read_page, read_rules
from workflows.deliberation.board.results import find_photo, read_box
from workflows.work import Work

Begin = Callable[[], AbstractAsyncContextManager[Work]]
"""Opens a transaction that only reads."""
FetchPhoto = Callable[[str], Awaitable[bytes]]
"""Gets the bytes of a photo by the chat app's id. Raises NotFound when it has it no more."""

PageNumber = Annotated[int, Query(ge=1, le=10_000)]
_METHODS = ["GET", "HEAD"]


def create_board(
    begin: Begin, bot_username: Callable[[], str], photo: FetchPhoto | None = None
) -> APIRouter:
    """The routes under /board; include them before anything that is mounted at the root.

    Args:
        begin: opens a read-only transaction.
        bot_username: the bot's name in the chat app, once it is known.
        photo: gets photos of a report; None leaves them out.
    """
    router = APIRouter(prefix="/board", route_class=FriendlyRoute)
    pages = _Pages(begin, bot_username, photo)
    for path, endpoint in (
        ("", pages.index),
        ("/", pages.slash),
        ("/d/{number}", pages.deliberation),
        ("/d/{number}/poster", pages.poster),
        ("/d/{number}/ballot-box.json", pages.ballot_box),
        ("/d/{number}/opinions.json", pages.opinions),
        ("/d/{number}/picture.svg", pages.picture),
        ("/d/{number}/meeting.ics", pages.meeting),
        ("/d/{number}/photo/{index}", pages.photo),
        ("/rules/{grid}", pages.rules),
        ("/feed.xml", pages.feed),
        ("/verify", pages.verify),
        ("/style.css", pages.style),
        ("/{rest:path}", pages.nothing),
    ):
        router.add_api_route(path, endpoint, methods=_METHODS, response_model=None)
    return router


class _Pages:
    """What each route answers."""

    def __init__(
        self, begin: Begin, bot_username: Callable[[], str], photo: FetchPhoto | None
    ) -> None:
        self._begin = begin
        self._bot_username = bot_username
        self._photo = photo
        self._style = (TEMPLATES / "style.css").read_bytes()
        self._exporting = asyncio.Lock()
        """One large download is put together at a time: reading 200,000 votes takes seconds."""

    async def index(
        self, request: Request, community: str | None = None, p: PageNumber = 1
    ) -> Response:
        """GET /board: deliberations, running ones first, and the councils."""
        async with self._begin() as work:
            listing = await list_board(work, community or None, p)
        return page(request, "index", board=listing)

    async def slash(self, request: Request) -> Response:
        """GET /board/: the same without the slash."""
        return RedirectResponse(Reader.of(request).link("/board"), status_code=308)

    async def deliberation(self, request: Request, number: int) -> Response:
        """GET /board/d/{number}: one deliberation, whole."""
        async with self._begin() as work:
            shown = await read_page(work, number)
        return page(
            request,
            "deliberation",
            d=shown,
            picture=picture_of(shown.opinions),
            photos=self._photo is not None,
            **self._ways_in(number),
        )

    async def poster(self, request: Request, number: int) -> Response:
        """GET /board/d/{number}/poster: an A4 sheet for the stairwell."""
        async with self._begin() as work:
            shown = await read_page(work, number)
            site = work.services.site
        return page(request, "poster", d=shown, site=site, **self._ways_in(number, site))

    def _ways_in(self, number: int, site: str = "") -> dict[str, Any]:
        """The link to the bot and a QR code: of the bot, or of the page of the board on `site`
        where there is no bot on Telegram (the sandbox)."""
        name = self._bot_username()
        link = bot_link(name, number) if name else None
        goal = link or (f"{site}/board/d/{number}" if site else None)
        return {"bot": link, "qr": qr_svg(goal) if goal else None}

    async def ballot_box(self, request: Request, number: int) -> Response:
        """GET …/ballot-box.json: what the verifier reads; 404 before the ballot is closed."""
        async with self._begin() as work:
            box = await read_box(work, await find_deliberation(work, number))
        name = f"ballot-box-{number}.json"
        return answer(request, orjson.dumps(box), "application/json", download=name)

    async def opinions(self, request: Request, number: int) -> Response:
        """GET …/opinions.json: counts and votes without names; 404 while opinions are collected."""
        async with self._exporting, self._begin() as work:
            found = await export_opinions(work, await find_deliberation(work, number))
            body = await asyncio.to_thread(orjson.dumps, found)
        name = f"opinions-{number}.json"
        return answer(request, body, "application/json", download=name)

    async def picture(self, request: Request, number: int) -> Response:
        """GET …/picture.svg: the opinion groups."""
        async with self._begin() as work:
            stored = await find_picture(work, await find_deliberation(work, number))
        picture = read_picture(stored)
        if picture is None or picture.verdict == "too_few":
            raise NotFound("no picture yet")
        words = Reader.of(request).words
        drawn = await asyncio.to_thread(draw_picture, picture, words)
        return answer(request, drawn, "image/svg+xml")

    async def meeting(self, request: Request, number: int) -> Response:
        """GET …/meeting.ics: the consultation for the calendar of a phone."""
        async with self._begin() as work:
            deliberation = await find_deliberation(work, number)
            shown = await read_page(work, number)
            if shown.meeting is None:
                raise NotFound("no meeting was announced")
            invitation = await invitation_ics(work, deliberation)
        name = f"meeting-{number}.ics"
        return answer(request, invitation, "text/calendar; charset=utf-8", download=name)

    async def photo(self, request: Request, number: int, index: int) -> Response:
        """GET …/photo/{index}: a photo before or after."""
        if self._photo is None:
            raise NotFound("photos are not served")
        async with self._begin() as work:
            file_id = await find_photo(work, await find_deliberation(work, number), index)
        data = await self._photo(file_id)
        kept = {"Cache-Control": "public, max-age=86400"}
        return answer(request, data, "image/jpeg", headers=kept)

    async def rules(self, request: Request, grid: str) -> Response:
        """GET /board/rules/{grid}: the rules in force, with what they were before."""
        async with self._begin() as work:
            found = await read_rules(work, grid)
        return page(request, "rules", board=found)

    async def feed(self, request: Request) -> Response:
        """GET /board/feed.xml: news for feed readers."""
        async with self._begin() as work:
            entries = await list_feed(work)
            site, now = work.services.site, work.now
            district = Both(work.district.name_zh, work.district.name_en)
        body = draw_feed(site, district, entries, Reader.of(request).words, now)
        return answer(request, body, "application/atom+xml; charset=utf-8")

    async def verify(self, request: Request) -> Response:
        """GET /board/verify: the page that checks a ballot box in the reader's own browser."""
        text, policy = verifier_page()
        headers = {"Content-Security-Policy": policy}
        return answer(request, text, "text/html; charset=utf-8", headers=headers)

    async def style(self, request: Request) -> Response:
        """GET /board/style.css."""
        return answer(request, self._style, "text/css; charset=utf-8")

    async def nothing(self, request: Request, rest: str) -> Response:
        """Every other address below /board."""
        raise NotFound(Path(rest).name)
