"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from web.sandbox.errors import ApiError, ControlError
from web.sandbox.faults import USUAL, Fault
from web.sandbox.guard import check_caller, from_browser
from web.sandbox.limits import SENDING
from web.sandbox.methods import METHODS
from web.sandbox.params import Params, read_params
from web.sandbox.state import Sandbox
from web.sandbox.wire import drop_line, header, read_body, send_json, wait_for_hang_up

_LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{3,}")
_LOGGED_TEXT = 200


class _DroppedError(Exception):
    """A fault rule wants the connection closed without an answer."""


class _HangError(Exception):
    """A fault rule wants the client to wait for nothing."""


class BotApi:
    """An ASGI application for the two paths of the Bot API."""

    def __init__(self, sandbox: Sandbox, hosts: frozenset[str] = frozenset()) -> None:
        self._sandbox = sandbox
        self._hosts = hosts
        self._prefix = f"/bot{sandbox.token}/"
        sandbox.webhook.answer = self._from_webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope["path"]
        if from_browser(scope) and not self._welcome(scope):
            await send_json(send, 403, _failure(ApiError(403, "Forbidden: not for web pages")))
            return
        if path.startswith("/file/"):
            await self._download(path.removeprefix("/file"), receive, send)
            return
        if not path.startswith(self._prefix):
            error = _token_error(path)
            await read_body(receive)
            await send_json(send, error.code, _failure(error))
            return
        method = path[len(self._prefix) :]
        began = time.perf_counter()
        came = self._sandbox.clock.now()
        params, status, body, retry_after = Params(), 0, b"", 0
        try:
            raw = await read_body(receive)
            params = await read_params(scope["query_string"], header(scope, b"content-type"), raw)
            result = await self._carry_out(method.lower(), params)
            status, body = 200, b'{"ok":true,"result":' + result + b"}"
        except ApiError as error:
            status, body = error.code, _failure(error)
            retry_after = (error.parameters or {}).get("retry_after", 0)
        except _HangError:
            await self._finish(method, params, came, began, 0, b"")
            await wait_for_hang_up(receive)
            return
        except (_DroppedError, ConnectionError):
            pass
        except Exception:  # noqa: BLE001 (a server answers 500 and lives on)
            _LOG.exception("the sandbox failed in %s", method)
            status, body = 500, _failure(ApiError(500, "Internal Server Error"))
        await self._finish(method, params, came, began, status, body)
        if status == 0:
            await drop_line(receive, send)
            return
        await send_json(send, status, body, retry_after)

    def _welcome(self, scope: Scope) -> bool:
        """Tell whether a browser may call: the page's own may, as the token may be well known."""
        try:
            check_caller(Request(scope), self._hosts)
        except ControlError:
            return False
        return True

    async def _finish(
        self, method: str, params: Params, came: float, began: float, status: int, body: bytes
    ) -> None:
        chat = params.integer("chat_id") or None
        detail = _detail(method.lower(), params, status, body)
        took = round(time.perf_counter() - began, 6)
        self._sandbox.calls.add(came, took, method, chat, status, detail)
        await self._sandbox.store.committed()

    async def _carry_out(self, method: str, params: Params) -> bytes:
        sandbox = self._sandbox
        if sandbox.faults:
            await self._fault_before(method, params)
        function = METHODS.get(method)
        if function is None:
            raise ApiError(404, "Not Found: method not found")
        result = await function(sandbox, params)
        if sandbox.faults:  # perhaps only since the call began to wait
            self._fault_after(method, params)
        return result

    async def _fault_before(self, method: str, params: Params) -> None:
        hit = self._sandbox.faults.hit
        chat = params.integer("chat_id") or None
        if slow := hit(method, chat, "latency"):
            await asyncio.sleep(slow.seconds)
        if hit(method, chat, "outage"):
            raise _DroppedError
        if rule := hit(method, chat, "status", "migrate"):
            raise self._refusal(rule, chat)

    def _fault_after(self, method: str, params: Params) -> None:
        hit = self._sandbox.faults.hit
        chat = params.integer("chat_id") or None
        if method == "getupdates" and hit(method, chat, "outage"):
            raise _DroppedError
        if hit(method, chat, "drop_response"):
            raise _DroppedError
        if hit(method, chat, "hang"):
            raise _HangError

    def _refusal(self, rule: Fault, chat: int | None) -> ApiError:
        if rule.kind == "migrate":
            number = rule.migrate_to_chat_id
            group = self._sandbox.chats.get(chat or 0)
            if number is None and group is not None and group.type == "group":
                number = group.migrated_to or self._sandbox.migrate(group)
            return ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": number or -1_000_000_000_000 - abs(chat or 1)},
            )
        if rule.status == 429:
            wait = 1 if rule.retry_after is None else rule.retry_after
            text = rule.description or f"Too Many Requests: retry after {wait}"
            return ApiError(429, text, {"retry_after": wait})
        usual = USUAL.get(rule.status, f"Error {rule.status}")
        return ApiError(rule.status, rule.description or usual)

    async def _from_webhook(self, method: str, values: dict[str, Any]) -> None:
        """Carry out the method that a webhook's answer names; its result goes nowhere."""
        name = method.lower()
        if name.startswith("get") or name not in METHODS:
            return
        params, came, began = Params(values), self._sandbox.clock.now(), time.perf_counter()
        status, body = 200, b""
        try:
            body = await self._carry_out(name, params)
        except ApiError as error:
            status, body = error.code, _failure(error)
        except (_DroppedError, _HangError):
            status = 0
        await self._finish(method, params, came, began, status, body)

    async def _download(self, path: str, receive: Receive, send: Send) -> None:
        await read_body(receive)
        if not path.startswith(self._prefix):
            error = _token_error(path)
            await send_json(send, error.code, _failure(error))
            return
        if self._sandbox.faults and self._sandbox.faults.hit("file", None, "outage"):
            await drop_line(receive, send)
            return
        file = self._sandbox.files.by_path(path[len(self._prefix) :])
        if file is None:
            await send_json(send, 404, _failure(ApiError(404, "Not Found")))
            return
        data = await asyncio.to_thread(self._sandbox.files.read, file)
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", b"%d" % len(data)),
            (b"x-content-type-options", b"nosniff"),
            (b"content-disposition", b"attachment"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": data})


def _token_error(path: str) -> ApiError:
    token = path.removeprefix("/bot").partition("/")[0]
    if _TOKEN.fullmatch(token):
        return ApiError(401, "Unauthorized")
    return ApiError(404, "Not Found")


def _failure(error: ApiError) -> bytes:
    answer: dict[str, Any] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    if error.parameters:
        answer["parameters"] = error.parameters
    return orjson.dumps(answer)


def _detail(method: str, params: Params, status: int, body: bytes) -> dict[str, Any]:
    """Return what the log keeps of a call beside its name and chat."""
    if method == "getupdates":
        detail = {"offset": params.integer("offset")}
        if status == 200:
            detail["updates"] = body.count(b'{"update_id":')
        return detail
    found: dict[str, Any] = {}
    if number := params.integer("message_id"):
        found["message_id"] = number
    if method in SENDING and status == 200 and body.startswith(b'{"ok":true,"result":{'):
        found["message_id"] = _result_id(body)
    text = params.text("text") or params.text("caption")
    if text:
        found["text"] = text[:_LOGGED_TEXT]
    if status >= 400:
        found["error"] = orjson.loads(body)["description"]
    return found


def _result_id(body: bytes) -> int:
    match = re.search(rb'"message_id":(\d+)', body)
    return int(match.group(1)) if match else 0
