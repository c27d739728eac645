"""What a person does in the chat app: each act becomes messages and updates for the bot."""

from __future__ import annotations

import secrets
from typing import Any

import orjson

from web.sandbox.chats import Chat, Person, Stored, user_object
from web.sandbox.errors import ControlError
from web.sandbox.formatted import find_entities, is_blank, split_text
from web.sandbox.params import Upload
from web.sandbox.sending import media_object, store_photo
from web.sandbox.state import Callback, Sandbox

MAX_ALBUM = 10  # photos in one album: Telegram's apps split larger ones


class Actor:
    """One person in one chat: their private chat with the bot, or a group."""

    def __init__(self, sandbox: Sandbox, person: Person, chat: Chat) -> None:
        self._sandbox = sandbox
        self._person = person
        self._chat = chat
        if chat.type != "private" and person.id not in chat.members:
            raise ControlError(403, f"person {person.id} is not in the group {chat.id}")
        if chat.migrated_to is not None:
            raise ControlError(409, f"the group moved to {chat.migrated_to}")

    # --- messages

    def _say(self, content: dict[str, Any], reply_to: int | None = None) -> dict[str, Any]:
        """Post a message of this person and tell the bot."""
        chat = self._chat
        if chat.blocked:
            raise ControlError(409, "the bot is blocked: unblock it first")
        if reply_to:
            replied = self._message(reply_to).message()
            replied.pop("reply_to_message", None)
            content["reply_to_message"] = replied
        self._use_panel(content.get("text"))
        stored = self._sandbox.post(chat, content, sender=self._person)
        update_id = self._sandbox.tell_bot("message", chat, stored.raw)
        return {"message_id": stored.id, "update_id": update_id, "cursor": self._sandbox.hub.seq}

    def _use_panel(self, text: str | None) -> None:
        """Mark the chat as started; take away a keyboard that serves once."""
        chat, panel = self._chat, self._chat.panel
        if panel is not None and (panel.get("force_reply") or panel.get("one_time_keyboard")):
            labels = [b["text"] for row in panel.get("keyboard", []) for b in row]
            if panel.get("force_reply") or text is None or text in labels:
                chat.panel = None
        if not chat.started or panel is not chat.panel:
            chat.started = True
            self._sandbox.save_chat(chat)

    def _message(self, number: int) -> Stored:
        stored = self._chat.messages.get(number)
        if stored is None:
            raise ControlError(404, f"there is no message {number} in this chat")
        return stored

    def text(self, text: str, reply_to: int | None = None) -> dict[str, Any]:
        """Send a text; above 4,096 units it becomes several messages, as in Telegram's apps."""
        text = text.strip()
        if is_blank(text):
            raise ControlError(400, "the text is empty")
        results = []
        for piece in split_text(text):
            content: dict[str, Any] = {"text": piece}
            if entities := find_entities(piece):
                content["entities"] = entities
            results.append(self._say(content, reply_to))
        return {**results[-1], "message_ids": [result["message_id"] for result in results]}

    def start(self, payload: str = "") -> dict[str, Any]:
        """Press Start, or follow a deep link with a payload."""
        if self._chat.blocked:
            self.set_blocked(False)
        return self.text(f"/start {payload}".strip())

    async def photos(
        self, photos: list[bytes], caption: str = "", reply_to: int | None = None
    ) -> dict[str, Any]:
        """Send photos: several become one album, whose first photo bears the caption."""
        if not 1 <= len(photos) <= MAX_ALBUM:
            raise ControlError(400, f"an album has 1 to {MAX_ALBUM} photos")
        sizes = [await store_photo(self._sandbox, data) for data in photos]
        album = str(secrets.randbits(53)) if len(photos) > 1 else ""
        results = []
        for index, photo in enumerate(sizes):
            content: dict[str, Any] = {"photo": photo}
            if album:
                content["media_group_id"] = album
            if caption and index == 0:
                content.update(_caption(caption))
            results.append(self._say(content, reply_to))
        return {
            **results[-1],
            "message_ids": [result["message_id"] for result in results],
            "media_group_id": album,
        }

    def file(self, kind: str, upload: Upload, caption: str = "", **facts: int) -> dict[str, Any]:
        """Send a voice message, a document or a video."""
        file = self._sandbox.files.add(kind, upload.data, upload.name, upload.mime, **facts)
        content: dict[str, Any] = {kind: media_object(file)}
        if caption:
            content.update(_caption(caption))
        return self._say(content)

    def location(self, latitude: float, longitude: float) -> dict[str, Any]:
        """Send a place."""
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ControlError(400, "there is no such place")
        return self._say({"location": {"latitude": latitude, "longitude": longitude}})

    def contact(
        self, phone: str = "", name: str = "", user_id: int | None = None
    ) -> dict[str, Any]:
        """Send a contact: one's own when nothing is given."""
        own = not phone and not name and user_id is None
        contact: dict[str, Any] = {
            "phone_number": phone or f"+86139{self._person.id % 10**8:08d}",
            "first_name": name or self._person.name,
        }
        if own or user_id is not None:
            contact["user_id"] = self._person.id if own else user_id
        return self._say({"contact": contact})

    def sticker(self, emoji: str = "👍") -> dict[str, Any]:
        """Send a sticker."""
        file = self._sandbox.files.add("sticker", b"RIFF", "sticker.webp", "image/webp")
        sticker = {
            **file.object(),
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": emoji,
        }
        return self._say({"sticker": sticker})

    def poll(self, question: str, options: list[str]) -> dict[str, Any]:
        """Send a poll."""
        if not question or len(options) < 2:
            raise ControlError(400, "a poll needs a question and two options")
        poll = {
            "id": str(secrets.randbits(60)),
            "question": question,
            "options": [
                {"persistent_id": str(index), "text": text, "voter_count": 0}
                for index, text in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
        return self._say({"poll": poll})

    def edit(self, number: int, text: str) -> dict[str, Any]:
        """Change the text or caption of one's own message."""
        stored = self._message(number)
        message = stored.message()
        if stored.by_bot or message["from"]["id"] != self._person.id:
            raise ControlError(403, "only one's own messages can be edited")
        if "text" in message:
            message["text"] = text
            message["entities"] = find_entities(text)
            if not message["entities"]:
                del message["entities"]
        else:
            message.pop("caption_entities", None)
            message.update(_caption(text))
        message["edit_date"] = int(self._sandbox.clock.now())
        self._sandbox.change(self._chat, stored, message)
        update_id = self._sandbox.tell_bot("edited_message", self._chat, stored.raw)
        return {"message_id": number, "update_id": update_id, "cursor": self._sandbox.hub.seq}

    def delete(self, number: int) -> dict[str, Any]:
        """Delete a message; Telegram tells bots nothing of that."""
        self._message(number)
        self._sandbox.remove(self._chat, [number])
        return {"message_id": number, "cursor": self._sandbox.hub.seq}

    # --- taps, blocking

    def tap(
        self, number: int | None, data: str | None, label: str | None, *, force: bool = False
    ) -> dict[str, Any]:
        """Press an inline button, named by its data or its label.

        Without a message id the latest message that has such a button is meant. `force` presses
        a button that is not there: a forged or an outdated one.
        """
        stored, pressed = self._find_button(number, data, label, force=force)
        key = str(secrets.randbits(62))
        before = self._sandbox.hub.seq
        self._sandbox.save_callback(
            key,
            Callback(self._person.id, self._chat.id, stored, self._sandbox.clock.now()),
        )
        found = self._chat.messages.get(stored)
        message = found.message() if found else {
            "chat": self._sandbox.chat_view(self._chat), "message_id": stored, "date": 0,
        }  # fmt: skip
        query = {
            "id": key,
            "from": user_object(self._person),
            "message": message,
            "chat_instance": str(self._chat.id * 7919),
            "data": pressed,
        }
        update_id = self._sandbox.tell_bot(
            "callback_query", self._chat, orjson.dumps(query), tapper=self._person.id
        )
        return {
            "callback_query_id": key,
            "message_id": stored,
            "update_id": update_id,
            "cursor": before,
        }

    def _find_button(
        self, number: int | None, data: str | None, label: str | None, *, force: bool
    ) -> tuple[int, str]:
        if force:
            if data is None or number is None:
                raise ControlError(400, "a forced tap needs message_id and data")
            return number, data
        if data is None and label is None:
            raise ControlError(400, "name the button by data or label")
        candidates = (
            [self._message(number)]
            if number is not None
            else reversed(self._chat.messages.values())
        )
        for stored in candidates:
            markup = stored.message().get("reply_markup", {})
            for row in markup.get("inline_keyboard", []):
                for button in row:
                    pressed = button.get("callback_data")
                    if pressed is not None and (pressed == data or button["text"] == label):
                        return stored.id, pressed
        raise ControlError(404, f"there is no button {data if label is None else label!r}")

    def set_blocked(self, blocked: bool) -> dict[str, Any]:
        """Block the bot, or let it write again; in a group: remove it, or take it back."""
        chat = self._chat
        if chat.blocked == blocked:
            return {"update_id": None, "cursor": self._sandbox.hub.seq}
        chat.blocked = blocked
        self._sandbox.save_chat(chat)
        out = {"status": "kicked", "user": self._sandbox.bot, "until_date": 0}
        inside = {"status": "member", "user": self._sandbox.bot}
        change = {
            "chat": self._sandbox.chat_view(chat),
            "from": user_object(self._person),
            "date": int(self._sandbox.clock.now()),
            "old_chat_member": inside if blocked else out,
            "new_chat_member": out if blocked else inside,
        }
        update_id = self._sandbox.tell_bot("my_chat_member", chat, orjson.dumps(change))
        self._sandbox.hub.publish(
            chat.id, lambda: {"type": "blocked", "chat": chat.id, "blocked": blocked}
        )
        return {"update_id": update_id, "cursor": self._sandbox.hub.seq}


def _caption(text: str) -> dict[str, Any]:
    text = text.strip()[:1024]
    if not text:
        return {}
    entities = find_entities(text)
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def create_group(
    sandbox: Sandbox, title: str, members: list[int], number: int | None = None
) -> Chat:
    """Make a group of people with the bot in it; the first member adds the bot.

    Raises:
        ControlError: when a member is unknown or the id is taken.
    """
    people = [sandbox.person(member) for member in members]
    if not people or not title:
        raise ControlError(400, "a group needs a title and a member")
    chosen = number if number is not None else min([-1000, *sandbox.chats]) - 1
    if chosen >= 0 or chosen in sandbox.chats:
        raise ControlError(409, "a group needs a new negative id")
    chat = Chat(chosen, type="group", title=title, members=members, started=True, blocked=True)
    sandbox.chats[chat.id] = chat
    sandbox.save_chat(chat)
    Actor(sandbox, people[0], chat).set_blocked(False)
    sandbox.hub.publish(None, lambda: {"type": "people"})
    return chat
