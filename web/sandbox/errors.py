"""The errors of a Bot API server, in the words and numbers of tdlib/telegram-bot-api."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """One Bot API error: what the client gets as `error_code`, `description`, `parameters`."""

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class ControlError(Exception):
    """A control route was asked for something it cannot do; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def bad_request(text: str) -> ApiError:
    """Return the 400 whose description is `Bad Request: ` and the text."""
    return ApiError(400, f"Bad Request: {text}")


def forbidden(text: str) -> ApiError:
    """Return the 403 whose description is `Forbidden: ` and the text."""
    return ApiError(403, f"Forbidden: {text}")


def too_many_requests(retry_after: int) -> ApiError:
    """Return the 429 that asks the client to wait `retry_after` seconds."""
    return ApiError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )
