"""A person at the sandbox, for scripts: says, taps, and waits for what the bot answers.

Only the sandbox's documented routes are used (docs/sandbox.md), and nothing sleeps: reading a chat
waits on the server until there is news.
"""

from __future__ import annotations

import time
from typing import Any

import httpx

Message = dict[str, Any]
PATIENCE = 20.0
"""Seconds to wait for an answer before the test fails."""


class Player:
    """One person of the sandbox. `mark` is the position in the chat before the last own act."""

    def __init__(self, client: httpx.AsyncClient, person_id: int) -> None:
        self.client = client
        self.id = person_id
        self.mark = 0

    async def _act(self, act: str, **body: Any) -> dict[str, Any]:
        self.mark = (await self._read(0, 0))["cursor"]
        answer = await self.client.post(f"/sandbox/people/{self.id}/{act}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _read(self, since: int, wait: float) -> dict[str, Any]:
        answer = await self.client.get(
            f"/sandbox/people/{self.id}/chat",
            params={"since": since, "wait": wait, "from": "bot"},
            timeout=wait + 30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def start(self, payload: str | None = None) -> dict[str, Any]:
        return await self._act("start", payload=payload)

    async def say(self, text: str, **body: Any) -> dict[str, Any]:
        return await self._act("text", text=text, **body)

    async def do(self, act: str, **body: Any) -> dict[str, Any]:
        return await self._act(act, **body)

    async def tap(self, label: str, *, message: Message | None = None) -> dict[str, Any]:
        """Press the button whose words contain `label`, on the newest message that has it."""
        message, button = await self.find_button(label, message=message)
        return await self._act("tap", message_id=message["id"], data=button["data"])

    async def find_button(
        self, label: str, *, message: Message | None = None
    ) -> tuple[Message, dict[str, Any]]:
        """Wait for a button whose words contain `label`; the newest message wins."""
        deadline = time.monotonic() + PATIENCE
        since = 0
        while True:
            news = await self._read(0, 0)
            among = [m for m in news["messages"] if message is None or m["id"] == message["id"]]
            for found in reversed(among):
                for row in found["buttons"]:
                    for button in row:
                        if label in button["text"]:
                            return found, button
            since = news["cursor"]
            left = deadline - time.monotonic()
            assert left > 0, f"no button {label!r} in {self.told(news['messages'])}"
            await self._read(since, left)

    async def tap_first(self, *labels: str) -> str:
        """Press the first of `labels` that the newest message with buttons has; which it was."""
        deadline = time.monotonic() + PATIENCE
        while True:
            news = await self._read(0, 0)
            last = next((m for m in reversed(news["messages"]) if m["buttons"]), None)
            texts = [b["text"] for row in last["buttons"] for b in row] if last else []
            for label in labels:
                if any(label in text for text in texts):
                    await self.tap(label, message=last)
                    await self.expect("")  # it was heard: the next look sees what came of it
                    return label
            left = deadline - time.monotonic()
            assert left > 0, f"none of {labels} in {texts}"
            await self._read(news["cursor"], left)

    async def expect(self, *parts: str, everything: bool = False) -> Message:
        """Wait for a message of the bot that contains all `parts`, since the last own act.

        `everything` looks at the whole chat instead.
        """
        mark = 0 if everything else self.mark
        deadline = time.monotonic() + PATIENCE
        while True:
            news = await self._read(mark, 0)
            for message in reversed(news["messages"]):
                if all(part in message["text"] for part in parts):
                    return message
            left = deadline - time.monotonic()
            assert left > 0, f"nobody said {parts} but {self.told(news['messages'])}"
            await self._read(news["cursor"], left)

    async def messages(self) -> list[Message]:
        """Everything the bot said in this chat, oldest first."""
        return (await self._read(0, 0))["messages"]

    @staticmethod
    def told(messages: list[Message]) -> list[str]:
        return [f"{m['text']} {[b['text'] for r in m['buttons'] for b in r]}" for m in messages]
