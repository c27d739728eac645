"""The sandbox as an ASGI application, to be mounted at the root or served alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from web.sandbox.admin import AdminRoutes
from web.sandbox.botapi import BotApi
from web.sandbox.control import PeopleRoutes
from web.sandbox.errors import ApiError, ControlError
from web.sandbox.guard import check_caller
from web.sandbox.jsonio import answer
from web.sandbox.page import PageRoutes
from web.sandbox.state import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]


def _guarded(endpoint: Endpoint, hosts: frozenset[str]) -> Endpoint:
    async def wrapped(request: Request) -> Response:
        try:
            check_caller(request, hosts)
            return await endpoint(request)
        except ControlError as error:
            return answer({"error": str(error)}, error.status)
        except ApiError as error:
            return answer({"error": error.description}, error.code)

    return wrapped


def create_sandbox_app(
    sandbox: Sandbox,
    *,
    extra_index: Sequence[tuple[str, str]] = (),
    allowed_hosts: Sequence[str] = (),
) -> Starlette:
    """Return the sandbox's application: Bot API, control routes and the page at `/`.

    Mount it at the root, after all other routes: `app.mount("/", create_sandbox_app(sandbox))`.
    The caller awaits `sandbox.start()` before the first request and `sandbox.close()` at the end.

    Args:
        sandbox: the state to serve.
        extra_index: links that the page shows beside the list of people: (label, address).
        allowed_hosts: host names, beside loopback and IP addresses, under which the page is used.
    """
    hosts = frozenset(host.lower() for host in allowed_hosts)
    api = BotApi(sandbox, hosts)
    routes: list[BaseRoute] = [Route("/bot{rest:path}", api), Route("/file/bot{rest:path}", api)]
    guarded: list[BaseRoute] = [
        *PeopleRoutes(sandbox).routes(),
        *AdminRoutes(sandbox).routes(),
        *PageRoutes(sandbox, extra_index).routes(),
    ]
    for route in guarded:
        if not isinstance(route, Route):
            routes.append(route)
            continue
        wrapped = _guarded(route.endpoint, hosts)
        routes.append(Route(route.path, wrapped, methods=list(route.methods or ())))
    return Starlette(routes=routes)
