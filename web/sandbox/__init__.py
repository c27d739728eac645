"""A Telegram Bot API server in the process, and a chat page to play people with.

The bot's clients speak HTTP to it as they would to Telegram; see docs/sandbox.md.
"""

from web.sandbox.app import create_sandbox_app
from web.sandbox.chats import Person
from web.sandbox.guard import check_exposure
from web.sandbox.server import SandboxServer, open_listener
from web.sandbox.state import Sandbox

__all__ = [
    "Person",
    "Sandbox",
    "SandboxServer",
    "check_exposure",
    "create_sandbox_app",
    "open_listener",
]
