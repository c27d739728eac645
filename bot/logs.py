"""Logs: one line an event, without personal data and without the token.

httpx and aiohttp log URLs, and the URL of a Bot API call contains the token, so they are silenced
(RELIABILITY, security). Texts that people wrote are never logged.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(*, verbose: bool = False) -> None:
    """Send structured lines to standard error; coloured for a person, JSON for a machine."""
    level = logging.DEBUG if verbose else logging.INFO
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for noisy in ("httpx", "httpcore", "aiogram", "telegram", "telegram.ext.AIORateLimiter"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
