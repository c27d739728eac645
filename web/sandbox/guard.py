"""Who may reach the sandbox: only this machine, and only its own pages."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import Scope

from web.sandbox.errors import ControlError


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, bot_token_is_real: bool) -> None:
    """Refuse to open the sandbox to others beside a real bot.

    `host` is the address that the HTTP server will listen on.

    Raises:
        ValueError: when a real BOT_TOKEN is set together with a public address.
    """
    if bot_token_is_real and not is_loopback(host):
        raise ValueError(
            f"a real BOT_TOKEN is set and the sandbox would listen on {host}, where others could "
            "speak as any person: listen on 127.0.0.1, or unset BOT_TOKEN"
        )


_BROWSER = frozenset({b"origin", b"accept-language", b"sec-fetch-site"})


def from_browser(scope: Scope) -> bool:
    """Tell whether a browser sent the request; no Bot API client sends such headers."""
    return any(key in _BROWSER for key, _ in scope["headers"])


def check_caller(request: Request, hosts: frozenset[str] = frozenset()) -> None:
    """Refuse foreign pages (CSRF) and foreign names for this machine (DNS rebinding).

    The Host must be a loopback name, an IP address or one of `hosts`: an attacker can point any
    other name here. A browser's Origin must be the very host that it asks, as the page's own is.

    Raises:
        ControlError: 403.
    """
    host = request.headers.get("host", "")
    name = urlsplit(f"//{host}").hostname or ""
    if not is_loopback(name) and name.lower() not in hosts:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            raise ControlError(403, "this Host may not use the sandbox") from None
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        raise ControlError(403, "this Origin may not use the sandbox")
    if origin is None and request.headers.get("sec-fetch-site", "none") not in {
        "same-origin",
        "none",
    }:
        raise ControlError(403, "another site may not use the sandbox")
