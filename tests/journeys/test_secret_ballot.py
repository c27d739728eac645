"""A secret ballot in the chat, from the notice to the published box; then every row is read."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting, MinuteLine
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Step
from models.deliberation.verify import verify_box
from models.district import Role
from models.people import Resident, StaffAccount
from tests.harness import Linmen, running, settings_for
from tests.player import Player
from workflows.deliberation.ballots import open_ballot
from workflows.work import Person

VOTERS = range(6001, 6007)


async def open_box(linmen: Linmen) -> int:
    """A deliberation whose council met, and its ballot; returns the ballot's id."""
    runtime = linmen.runtime
    district = runtime.services.district
    post = next(
        staff for staff in district.staff if staff.role is Role.ORGANISER and staff.grid == "xg.01"
    )
    court = next(node for node in district.grids if node.code == "xg.01.01.01")
    address = court.addresses[0]
    async with runtime.database.transaction() as session:
        work = runtime.begin(session).work
        for number, id_ in enumerate(VOTERS, start=1):
            resident = await session.get_one(Resident, id_)
            resident.consented_at = work.now
            resident.grid, resident.lane = court.code, address.lane
            resident.number, resident.room = address.number, f"{number}01"
            resident.building = address.buildings[0].name if address.buildings else None
            resident.unit = "1"
        deliberation = Deliberation(
            number=1,
            title="加装电梯",
            council="xg.01",
            grids=[court.code],
            step=Step.CONSULT,
            step_since=work.now,
            created_at=work.now,
            updated_at=work.now,
        )
        session.add(deliberation)
        await session.flush()
        meeting = Meeting(
            deliberation_id=deliberation.key,
            starts_at=work.now,
            secretary="lead-01",
            agenda=["装不装"],
            state="closed",
        )
        session.add(meeting)
        for letter, title in (("A", "每单元装一部"), ("B", "装座椅")):
            session.add(
                PlanOption(
                    deliberation_id=deliberation.key,
                    letter=letter,
                    title=title,
                    state="ready",
                    author=post.code,
                )
            )
        await session.flush()
        line = {"at": work.now, "author": "lead-01", "source": "minute", "text": "商量过了"}
        session.add(MinuteLine(meeting_id=meeting.key, **line))
        account = await session.get_one(StaffAccount, post.code)
        organiser = await session.get_one(Resident, account.resident_id)
        person = Person(organiser, post, account)
        ballot = await open_ballot(
            work, person, deliberation.key, closes_at=work.now + timedelta(hours=2)
        )
        return ballot.key


async def vote(player: Player, title: str) -> str:
    """Tap through the ballot; returns the receipt's first digits."""
    await player.tap("🗳 投票")
    await player.tap(title)
    await player.tap("选好了")
    await player.tap("确认投出")
    said = await player.expect("回执")
    found = re.search(r"(?:[0-9a-f]{4} ){4}[0-9a-f]{4}|[0-9a-f]{64}", said["text"])
    assert found is not None, said["text"]
    return found[0].replace(" ", "")[:20]


async def closed(linmen: Linmen, ballot_id: int) -> dict[str, Any]:
    """Let the two hours pass; wait on a chat until the result is told there."""
    watcher = linmen.player(VOTERS[0])
    watcher.mark = (await watcher._read(0, 0))["cursor"]
    await linmen.advance(2 * 3600 + 60)
    await watcher.expect("投票结束了")
    async with linmen.runtime.database.transaction() as session:
        ballot = await session.get_one(Ballot, ballot_id)
        assert ballot.published is not None
        return ballot.published


async def test_nothing_of_a_choice_is_left_in_any_row(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as linmen:
        players = [await linmen.newcomer(id_, f"邻居{id_}") for id_ in VOTERS]
        for player in players:
            await player.start()
            await player.expect("")
        ballot_id = await open_box(linmen)
        receipts = {}
        for player, title in zip(players, ["每单元装一部"] * 4 + ["装座椅"] * 2, strict=True):
            receipts[player.id] = await vote(player, title)
        published = await closed(linmen, ballot_id)
    report = verify_box(published, receipts=list(receipts.values()))
    assert report.faults == []
    assert published["result"]["winner"] == "A"

    with sqlite3.connect(next(tmp_path.glob("*.sqlite3"))) as database:
        names = [
            n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        rows = [
            (name, "|".join(map(repr, row)))
            for name in names
            for row in database.execute(f'SELECT * FROM "{name}"')
        ]
        emptied = database.execute(
            "SELECT payload = '{}', count(*) FROM outbox WHERE secret GROUP BY 1"
        ).fetchall()
    assert [empty for empty, _ in emptied] == [1]
    for person, receipt in receipts.items():
        full = next(entry[1] for entry in published["entries"] if entry[1].startswith(receipt))
        grouped = " ".join(receipt[at : at + 4] for at in range(0, 20, 4))
        for name, row in rows:
            if any(part in row for part in (receipt, full, grouped)):
                assert name in ("ballot_entry", "ballot"), (name, row[:300])
                assert name == "ballot" or str(person) not in row
    for name, row in rows:
        if name in ("inbox", "outbox", "conversation_state"):
            assert "approve" not in row
            assert "tb:toggle" not in row, (name, row[:300])
            assert "☑" not in row, (name, row[:300])
