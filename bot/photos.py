"""Photos for the public board: the bytes stay with the chat app and are fetched when asked for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import structlog
from telegram.error import TelegramError

from bot.telegram import Client
from models.errors import NotFound

log = structlog.get_logger(__name__)

KEPT_BYTES = 16 * 1024 * 1024
"""How much is kept in memory: a page that many people open is fetched once."""


class Photos:
    """Fetches photos by the chat app's id, one at a time, and keeps the newest ones."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._turn = asyncio.Lock()

    def connect(self, client: Client) -> None:
        """Begin to fetch through a client that is connected."""
        self._client = client

    async def fetch(self, file_id: str) -> bytes:
        """The bytes of a photo. Raises NotFound when the chat app cannot give it now."""
        async with self._turn:
            if (data := self._kept.get(file_id)) is None:
                data = await self._download(file_id)
                self._keep(file_id, data)
            self._kept.move_to_end(file_id)
            return data

    async def _download(self, file_id: str) -> bytes:
        if self._client is None:
            raise NotFound("not connected yet")
        try:
            file = await self._client.get_file(file_id)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.warning("photo_not_fetched", error=type(error).__name__)
            raise NotFound("the chat app does not give the photo") from error

    def _keep(self, file_id: str, data: bytes) -> None:
        self._kept[file_id] = data
        self._size += len(data)
        while self._size > KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)
