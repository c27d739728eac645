"""The control routes with which a page or a script plays people (docs/sandbox.md)."""

from __future__ import annotations

import time
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.sandbox.acting import Actor, create_group
from web.sandbox.acts import ACTS
from web.sandbox.chats import Chat, Person
from web.sandbox.errors import ControlError
from web.sandbox.jsonio import answer, integer, read_json, seconds
from web.sandbox.params import Upload
from web.sandbox.profile import commands_for
from web.sandbox.state import Sandbox
from web.sandbox.view import chat_news, message_view


class PeopleRoutes:
    """Routes for people and groups."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Return the routes, relative to the root."""
        person, group = "/sandbox/people/{id:int}", "/sandbox/groups/{group}"
        return [
            Route("/sandbox/people", self.list_people, methods=["GET"]),
            Route("/sandbox/people", self.add_person, methods=["POST"]),
            Route(person + "/chat", self.read_chat, methods=["GET"]),
            Route(person + "/{act}", self.act, methods=["POST"]),
            Route("/sandbox/groups", self.list_groups, methods=["GET"]),
            Route("/sandbox/groups", self.add_group, methods=["POST"]),
            Route(group + "/chat", self.read_chat, methods=["GET"]),
            Route(group + "/{act}", self.act, methods=["POST"]),
        ]

    # --- lists

    async def list_people(self, request: Request) -> Response:
        """GET /sandbox/people."""
        chats = self._sandbox.chats
        people = [
            {
                **person.model_dump(),
                "started": chats[person.id].started,
                "blocked": chats[person.id].blocked,
                "last_message_id": chats[person.id].last_id,
                "last": _last(chats[person.id]),
            }
            for person in self._sandbox.people.values()
        ]
        return answer({"people": people, "bot": self._sandbox.bot})

    async def add_person(self, request: Request) -> Response:
        """POST /sandbox/people."""
        body = await read_json(request)
        if "id" not in body:
            body["id"] = max([900_000, *self._sandbox.people]) + 1
        try:
            person = Person(**body)
        except ValidationError as error:
            raise ControlError(400, error.errors()[0]["msg"]) from None
        self._sandbox.add_person(person)
        await self._sandbox.store.committed()
        return answer(person.model_dump(), 201)

    async def list_groups(self, request: Request) -> Response:
        """GET /sandbox/groups."""
        groups = [self._group(chat) for chat in self._sandbox.chats.values() if chat.id < 0]
        return answer({"groups": groups})

    @staticmethod
    def _group(chat: Chat) -> dict[str, Any]:
        return {
            "id": chat.id,
            "type": chat.type,
            "title": chat.title,
            "members": chat.members,
            "migrated_to": chat.migrated_to,
            "last_message_id": chat.last_id,
        }

    async def add_group(self, request: Request) -> Response:
        """POST /sandbox/groups."""
        body = await read_json(request)
        members = body.get("members")
        if not isinstance(members, list) or not all(isinstance(item, int) for item in members):
            raise ControlError(400, "members must be a list of person ids")
        number = integer(body, "id") if body.get("id") is not None else None
        chat = create_group(self._sandbox, str(body.get("title", "")), members, number)
        await self._sandbox.store.committed()
        return answer(self._group(chat), 201)

    # --- reading

    def _chat(self, request: Request) -> Chat:
        given = request.path_params.get("group", request.query_params.get("chat_id"))
        if given is None:
            self._sandbox.person(request.path_params["id"])
            return self._sandbox.chat(request.path_params["id"])
        return self._sandbox.chat(integer({"chat_id": given}, "chat_id"))

    async def read_chat(self, request: Request) -> Response:
        """GET …/chat?after=&since=&from=&wait=: what is new in a chat."""
        query = dict(request.query_params)
        chat = self._chat(request)
        after, since = integer(query, "after", 0), integer(query, "since", 0)
        by = query.get("from", "")
        if by not in {"", "bot", "person"}:
            raise ControlError(400, "from must be bot or person")
        end = time.monotonic() + seconds(query, "wait")
        news = chat_news(chat, after, since, by)
        quiet = since if "since" in query else self._sandbox.hub.seq
        while not self._has_news(news, quiet) and (left := end - time.monotonic()) > 0:
            await self._sandbox.hub.wait(chat.id, left)
            if self._sandbox.hub.closed:
                break
            news = chat_news(chat, after, since, by)
        return answer(
            {
                "chat": self._sandbox.chat_view(chat),
                "started": chat.started,
                "blocked": chat.blocked,
                "keyboard": chat.panel,
                "commands": commands_for(self._sandbox, chat.id),
                "cursor": self._sandbox.hub.seq,
                **news,
            }
        )

    @staticmethod
    def _has_news(news: dict[str, Any], since: int) -> bool:
        """Tell whether a waiting reader should be answered.

        Without `since`, answers and deletions of the past are in every reading: only those after
        the reading began count.
        """
        return bool(
            news["messages"]
            or (since and news["deleted"])
            or any(item["seq"] > since for item in news["answers"])
        )

    # --- acting

    async def act(self, request: Request) -> Response:
        """POST /sandbox/people/{id}/{act} and /sandbox/groups/{group}/{act}."""
        kind = request.headers.get("content-type", "").partition(";")[0]
        files: list[Upload] = []
        if kind == "multipart/form-data":
            body, files = await self._read_form(request)
        else:
            body = await read_json(request)
        actor = self._actor(request, body)
        handler = ACTS.get(request.path_params["act"])
        if handler is None:
            raise ControlError(404, f"nobody can do {request.path_params['act']!r}")
        result = await handler(actor, body, files)
        await self._sandbox.store.committed()
        if wait := seconds(body, "wait"):
            chat = self._chat_of(request, body)
            result["answer"] = await self._wait_for_answer(chat, result, wait)
        return answer(result)

    def _chat_of(self, request: Request, body: dict[str, Any]) -> Chat:
        if "group" in request.path_params:
            return self._sandbox.chat(integer(request.path_params, "group"))
        return self._sandbox.chat(integer(body, "chat_id", request.path_params["id"]))

    def _actor(self, request: Request, body: dict[str, Any]) -> Actor:
        chat = self._chat_of(request, body)
        number = request.path_params.get("id")
        if number is None:
            number = integer(body, "as")
        return Actor(self._sandbox, self._sandbox.person(number), chat)

    @staticmethod
    async def _read_form(request: Request) -> tuple[dict[str, Any], list[Upload]]:
        body: dict[str, Any] = {}
        files = []
        async with request.form(max_files=30) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    mime = (value.content_type or "application/octet-stream").partition(";")[0]
                    files.append(Upload(await value.read(), value.filename or name, mime))
                else:
                    body[name] = value
        return body, files

    async def _wait_for_answer(
        self, chat: Chat, result: dict[str, Any], wait: float
    ) -> dict[str, Any] | None:
        key = result.get("callback_query_id")
        end = time.monotonic() + wait
        while True:
            for note in reversed(chat.notes):
                if note.kind == "answer" and note.body["callback_query_id"] == key:
                    return note.body
            left = end - time.monotonic()
            if key is None or left <= 0 or self._sandbox.hub.closed:
                return None
            await self._sandbox.hub.wait(chat.id, left)


def _last(chat: Chat) -> dict[str, Any] | None:
    """Return the last message of a chat, for the list of people."""
    if not chat.messages:
        return None
    return message_view(chat.messages[next(reversed(chat.messages))])
