"""The control routes of a test: faults, raw updates, the log, the clock, a fresh start."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from web.sandbox.errors import ControlError
from web.sandbox.faults import Fault
from web.sandbox.jsonio import answer, integer, read_json, seconds
from web.sandbox.state import Sandbox

_MAX_LOG = 10_000
_MAX_TIMES = 1000


class AdminRoutes:
    """Routes that people do not have."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Return the routes, relative to the root."""
        return [
            Route("/sandbox/updates", self.inject, methods=["POST"]),
            Route("/sandbox/updates", self.waiting, methods=["GET"]),
            Route("/sandbox/redeliver", self.redeliver, methods=["POST"]),
            Route("/sandbox/faults", self.list_faults, methods=["GET"]),
            Route("/sandbox/faults", self.add_fault, methods=["POST"]),
            Route("/sandbox/faults", self.replace_faults, methods=["PUT"]),
            Route("/sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/sandbox/faults/{id:int}", self.delete_fault, methods=["DELETE"]),
            Route("/sandbox/log", self.log, methods=["GET"]),
            Route("/sandbox/clock", self.clock, methods=["GET", "POST"]),
            Route("/sandbox/reset", self.reset, methods=["POST"]),
            Route("/sandbox/events", self.events, methods=["GET"]),
        ]

    # --- updates

    async def waiting(self, request: Request) -> Response:
        """GET /sandbox/updates?wait=: what the bot has not confirmed, at once or when all is."""
        self._sandbox.updates.expire()
        if wait := seconds(request.query_params, "wait"):
            await self._sandbox.updates.wait_idle(wait)
        return answer(
            {
                "waiting": [
                    {"update_id": item.id, "delivered": item.delivered}
                    for item in self._sandbox.updates.waiting
                ],
                "idle": self._sandbox.updates.idle,
                "webhook": self._sandbox.webhook.url or None,
            }
        )

    async def inject(self, request: Request) -> Response:
        """POST /sandbox/updates: the body is one update, as the bot shall get it."""
        try:
            # the standard library keeps lone surrogates, which a hostile update may hold
            update = json.loads(await request.body())
        except (ValueError, RecursionError):
            raise ControlError(400, "the body is no JSON") from None
        if not isinstance(update, dict):
            raise ControlError(400, "the body must be an update, a JSON object")
        number = integer(update, "update_id") if "update_id" in update else None
        update.pop("update_id", None)
        body = json.dumps(update, separators=(",", ":")).encode()
        tail = b"," + body[1:] if update else b"}"
        chosen = self._sandbox.updates.inject(number, tail, _lane(update))
        await self._sandbox.store.committed()
        return answer({"update_id": chosen}, 201)

    async def redeliver(self, request: Request) -> Response:
        """POST /sandbox/redeliver: the same update again, with the same number."""
        body = await read_json(request)
        number = integer(body, "update_id") if body.get("update_id") is not None else None
        times = integer(body, "times", 1)
        if not 1 <= times <= _MAX_TIMES:
            raise ControlError(400, f"times must be 1 to {_MAX_TIMES}")
        numbers = self._sandbox.updates.redeliver(number, integer(body, "last", 1), times)
        if not numbers:
            raise ControlError(404, "there is no such update to deliver again")
        await self._sandbox.store.committed()
        return answer({"update_ids": numbers, "times": times})

    # --- faults

    async def _changed(self, status: int = 200) -> Response:
        rules = list(self._sandbox.faults.view())
        self._sandbox.set_meta("faults", rules)
        if any(rule["kind"] == "outage" for rule in rules):
            self._sandbox.updates.wake()  # an outage cuts a getUpdates that waits
        await self._sandbox.store.committed()
        return answer({"faults": rules}, status)

    async def list_faults(self, request: Request) -> Response:
        """GET /sandbox/faults."""
        return answer({"faults": list(self._sandbox.faults.view())})

    async def add_fault(self, request: Request) -> Response:
        """POST /sandbox/faults: one more rule."""
        self._sandbox.faults.add(_rule(await read_json(request)))
        return await self._changed(201)

    async def replace_faults(self, request: Request) -> Response:
        """PUT /sandbox/faults: these rules and no others."""
        given = (await read_json(request)).get("faults")
        if not isinstance(given, list):
            raise ControlError(400, "faults must be a list of rules")
        self._sandbox.faults.replace([_rule(rule) for rule in given])
        return await self._changed()

    async def clear_faults(self, request: Request) -> Response:
        """DELETE /sandbox/faults: all is well again."""
        self._sandbox.faults.replace([])
        self._sandbox.limits.clear()
        return await self._changed()

    async def delete_fault(self, request: Request) -> Response:
        """DELETE /sandbox/faults/{id}."""
        if not self._sandbox.faults.remove(request.path_params["id"]):
            raise ControlError(404, "there is no such rule")
        return await self._changed()

    # --- log, clock, reset, events

    async def log(self, request: Request) -> Response:
        """GET /sandbox/log?after=&method=&chat_id=&limit=&wait=."""
        query = dict(request.query_params)
        after = integer(query, "after", 0)
        chat = integer(query, "chat_id") if "chat_id" in query else None
        limit = min(max(integer(query, "limit", 1000), 1), _MAX_LOG)
        method = query.get("method", "").lower()
        end = time.monotonic() + seconds(query, "wait")
        calls = self._sandbox.calls.after(after, method, chat, limit)
        while not calls and (left := end - time.monotonic()) > 0 and not self._sandbox.hub.closed:
            await self._sandbox.calls.wait(left)
            calls = self._sandbox.calls.after(after, method, chat, limit)
        cursor = calls[-1]["id"] if len(calls) == limit else self._sandbox.calls.last_id
        return answer({"calls": calls, "cursor": cursor})

    async def clock(self, request: Request) -> Response:
        """GET or POST /sandbox/clock: the sandbox's time; `advance` moves it."""
        if request.method == "POST":
            body = await read_json(request)
            try:
                step = float(body.get("advance", 0))
            except (TypeError, ValueError):
                raise ControlError(400, "advance must be a number of seconds") from None
            self._sandbox.clock.advance(step)
            self._sandbox.set_meta("clock_offset", self._sandbox.clock.offset)
            await self._sandbox.store.committed()
        clock = self._sandbox.clock
        return answer({"now": clock.now(), "offset": clock.offset})

    async def reset(self, request: Request) -> Response:
        """POST /sandbox/reset: forget all but the people given at the start."""
        await self._sandbox.reset()
        return answer({"people": len(self._sandbox.people)})

    async def events(self, request: Request) -> Response:
        """GET /sandbox/events?person=: server-sent events, of all chats or of these people."""
        wanted = [int(item) for item in request.query_params.getlist("person") if item.isdigit()]
        sandbox = self._sandbox

        def wants(chat: int | None) -> bool:
            if chat is None or not wanted:
                return True
            return any(chat in sandbox.chats_of(person) for person in wanted)

        async def stream() -> AsyncIterator[bytes]:
            with sandbox.hub.listening(wants) as events:
                async for event in events:
                    yield event

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream(), headers=headers, media_type="text/event-stream")


def _rule(body: Any) -> Fault:
    try:
        return Fault.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ControlError(400, f"{where}: {first['msg']}") from None


def _lane(update: dict[str, Any]) -> int:
    """Return the chat of a raw update, if it has one: its deliveries keep that chat's order."""
    for part in update.values():
        if isinstance(part, dict):
            chat = part.get("chat")
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return 0
