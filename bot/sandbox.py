"""The sandbox of a process: Linmen's own Bot API server, with the demo's people in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from bot.settings import Settings
from models.district import District, Level, Role, Staff
from web.sandbox import Person, Sandbox, check_exposure

BOT_USERNAME = "LinmenBot"
_GROUPS = {
    Role.OFFICE: "office",
    Role.DEPARTMENT: "department",
    Role.GRID_LEAD: "lead",
    Role.ORGANISER: "organiser",
    Role.GRID_WORKER: "worker",
    Role.BUILDING_LEAD: "building_lead",
    Role.VOLUNTEER: "volunteer",
    Role.LAWYER: "lawyer",
    Role.COUNCIL_MEMBER: "council_member",
}
_LOCATIONS = 12
"""Places the page offers to send, one for each community and one outside."""
_OUTSIDE = ("城关区（网格外）", 36.0611, 103.8343)


async def open_sandbox(settings: Settings, district: District) -> Sandbox:
    """Open the sandbox that is kept in the data folder.

    Raises:
        ValueError: it would be reachable from outside beside a real token.
    """
    check_exposure(settings.host, bot_token_is_real=bool(settings.bot_token))
    staff = [member for member in district.staff if member.telegram_id is not None]
    sandbox = Sandbox(
        settings.linmen_data / "sandbox.sqlite3",
        token=settings.token,
        bot_username=BOT_USERNAME,
        people=[*_residents(settings.district), *(_player(member) for member in staff)],
        locations=_locations(district),
    )
    await sandbox.start()
    for member in staff:
        # Staff took up their post by opening the bot; residents still have to.
        chat = sandbox.chat(member.telegram_id or 0)
        if not chat.started:
            chat.started = True
            sandbox.save_chat(chat)
    return sandbox


def _residents(folder: Path) -> list[Person]:
    path = folder / "people.toml"
    if not path.exists():
        return []
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("person", [])
    return [
        Person(
            id=entry["id"],
            name=entry["name"],
            language_code=entry.get("language", "zh-hans"),
            role="resident",
            note=entry.get("note", ""),
        )
        for entry in entries
    ]


def _player(member: Staff) -> Person:
    return Person(
        id=member.telegram_id or 0,
        name=member.name,
        role=_GROUPS[member.role],
        note=member.title,
    )


def _locations(district: District) -> list[tuple[str, float, float]]:
    places = []
    for node in district.grids:
        if node.level is Level.COURTYARD and node.code.endswith(".01.01") and node.polygon:
            longitudes, latitudes = zip(*node.polygon, strict=True)
            middle = (sum(latitudes) / len(latitudes), sum(longitudes) / len(longitudes))
            places.append((node.name, *middle))
    return [*places[: _LOCATIONS - 1], _OUTSIDE]
