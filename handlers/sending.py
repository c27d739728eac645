"""Sending a kept file again, by the id under which the chat app knows it."""

from __future__ import annotations

from aiogram import Bot


async def send_file(bot: Bot, chat_id: int, kind: str, file_id: str) -> None:
    """Send a photo, voice note, video or document; an unknown kind goes as a document."""
    match kind:
        case "photo":
            await bot.send_photo(chat_id, file_id)
        case "voice":
            await bot.send_voice(chat_id, file_id)
        case "video":
            await bot.send_video(chat_id, file_id)
        case _:
            await bot.send_document(chat_id, file_id)
