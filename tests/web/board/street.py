"""One deliberation with everything that a step has left behind, put straight into the tables."""

from __future__ import annotations

import hashlib
from typing import Any

from models.deliberation.ballot import Ballot, BallotEntry, BallotHead, BallotRoll, ProcessRating
from models.deliberation.chain import Opened, box_of, commit, extend, genesis, result_of
from models.deliberation.core import (
    Deliberation,
    DeliberationEvent,
    DeliberationFile,
    Support,
)
from models.deliberation.followup import CourtyardRule, DecisionTask
from models.deliberation.meeting import (
    Amendment,
    Attendance,
    ConsensusCall,
    Meeting,
    MinuteLine,
    Objection,
    Question,
)
from models.deliberation.steps import Step, position
from tests.web.board.ground import (
    ACCOUNT,
    DOOR_KEY,
    GRID,
    MEMBER,
    OWNER,
    PEOPLE,
    SECRETARY,
    START,
    Ground,
    day,
)


class Street(Ground):
    """Writes rows for a deliberation that has reached `step`."""

    async def build(self) -> Deliberation:
        await self.add(self.deliberation)
        await self._events()
        for step in (Step.COLLECT, Step.CONFIRM, Step.DRAFT, Step.ANNOUNCE, Step.CONSULT):
            if self.reached >= position(step):
                await getattr(self, f"_{step.value}")()
        if self.reached >= position(Step.APPLY):
            await self._apply()
        if self.reached >= position(Step.REPORT):
            await self._report()
        if self.step is Step.PROPOSED:
            await self.add(Support(deliberation_id=self.key, resident_id=ACCOUNT, at=START))
        return self.deliberation

    async def _announce(self) -> None:
        self.meeting = Meeting(
            deliberation_id=self.key,
            starts_at=day(40.42),
            place=self.words.short,
            link=self.words.link,
            mode="both",
            secretary=SECRETARY,
            agenda=[self.words.short, "表决"],
            state="planned" if self.reached == position(Step.ANNOUNCE) else "closed",
        )
        await self.add(self.meeting)
        await self.add(
            DeliberationEvent(
                deliberation_id=self.key,
                at=day(30),
                action="convene",
                capacity="organiser",
                staff=OWNER,
                from_step="announce",
                to_step="announce",
            ),
            Question(
                deliberation_id=self.key,
                resident_id=ACCOUNT,
                text=self.words.text[:500],
                at=day(31),
                answer=self.words.text,
                answered_by=OWNER,
                answered_at=day(32),
            ),
            Question(deliberation_id=self.key, door_by=OWNER, text=self.words.short, at=day(31)),
        )

    async def _consult(self) -> None:
        for who in (MEMBER, SECRETARY, f"r:{ACCOUNT}", f"r:{ACCOUNT + 1}"):
            await self.add(Attendance(meeting_id=self.meeting.key, who=who, since=day(40)))
        for place, author in enumerate((SECRETARY, f"r:{ACCOUNT}", MEMBER)):
            await self.add(
                MinuteLine(
                    meeting_id=self.meeting.key,
                    at=day(40.5),
                    author=author,
                    source="minute",
                    agenda_at=place // 2,
                    text=self.words.text,
                )
            )
        call = ConsensusCall(
            deliberation_id=self.key,
            option_id=self.options[0].key,
            opened_at=day(41),
            closes_at=day(43),
            state="failed",
        )
        await self.add(
            call,
            Amendment(
                deliberation_id=self.key,
                option_id=self.options[0].key,
                resident_id=ACCOUNT,
                text=self.words.short,
                at=day(40),
                state="rejected",
                reason=self.words.short[:300],
            ),
        )
        await self.add(self._objection(call.id))
        await self._ballot(self.ballot_state)

    def _objection(self, call: int | None) -> Objection:
        return Objection(
            deliberation_id=self.key,
            call_id=call,
            resident_id=ACCOUNT + 2,
            reason=self.words.text[:500],
            at=day(42),
            answer=self.words.text,
            answered_by=OWNER,
            answered_at=day(43),
        )

    def choice(self, place: int) -> dict[str, Any]:
        keys = ["A", "B", "0"]
        if self.method == "approval":
            return {
                "approve": [keys[place % 3]] if place % 3 == 2 else sorted(keys[: 1 + place % 2])
            }
        if self.method == "score":
            return {"scores": {"0": 0, "A": 5 - place % 3, "B": place % 4}}
        return {"rank": keys[place % 2 :]}

    async def _ballot(self, state: str) -> None:
        options = [{"key": o.letter, "title": o.title} for o in self.options]
        header = {
            "title": self.words.title,
            "options": [*options, {"key": "0", "title": "维持现状"}],
            "method": self.method,
            "unit": "household",
            "secret": True,
            "electorate": PEOPLE,
            "quorum_percent": 50,
            "majority_percent": 50,
        }
        self.opened = [
            Opened(hashlib.sha256(f"{place}".encode()).hexdigest(), self.choice(place))
            for place in range(PEOPLE - 2)
        ]
        commitments = sorted(commit(*one) for one in self.opened)
        entries = extend(genesis(header), 0, commitments)
        head = entries[-1].link
        turnout = {"chat": 7, "proxy": 2, "door": 1}
        result = result_of(header, [one.choice for one in self.opened], turnout, head)
        heads = [{"length": 4, "head": entries[3].link, "at": day(44).isoformat()}]
        published = box_of(
            header,
            entries,
            self.opened,
            heads=heads,
            result=result,
            head=head,
            length=len(entries),
            closed_at=day(47).isoformat(),
        )
        ballot = Ballot(
            deliberation_id=self.key,
            header=header,
            method=self.method,
            unit="household",
            secret=True,
            opened_at=day(44),
            closes_at=day(47),
            closed_at=day(47) if state == "closed" else None,
            electorate=PEOPLE,
            head=head,
            length=len(entries),
            state=state,
            result=result if state == "closed" else None,
            published=published if state == "closed" else None,
        )
        await self.add(ballot)
        await self.add(BallotHead(ballot_id=ballot.key, length=4, head=entries[3].link, at=day(44)))
        for place, entry in enumerate(entries):
            channel = "chat" if place < 7 else "proxy" if place < 9 else "door"
            await self.add(
                BallotEntry(
                    ballot_id=ballot.key,
                    position=entry.position,
                    commitment=entry.commitment,
                    link=entry.link,
                    nonce=self.opened[place].nonce,
                    choice=self.opened[place].choice,
                ),
                BallotRoll(
                    ballot_id=ballot.key,
                    voter=f"{DOOR_KEY}{place}",
                    channel=channel,
                    resident_id=ACCOUNT + place if channel != "door" else None,
                ),
            )

    async def _apply(self) -> None:
        for state, kind in (("done", "ticket"), ("explained", "referral"), ("open", "rule")):
            await self.add(
                DecisionTask(
                    deliberation_id=self.key,
                    kind=kind,
                    title=self.words.title,
                    owner=OWNER,
                    due_at=day(60),
                    department="property" if kind == "referral" else None,
                    state=state,
                    note=self.words.text,
                    cost_cents=12_345,
                )
            )
        for version in (1, 2):
            await self.add(
                CourtyardRule(
                    grid=GRID,
                    title=self.words.title[:60],
                    version=version,
                    text=f"{self.words.text}第{version}条",
                    deliberation_id=self.key,
                    adopted_at=day(50 + version),
                    repealed_at=day(52) if version == 1 else None,
                )
            )

    async def _report(self) -> None:
        self.deliberation.said = self.words.text
        self.deliberation.decided = self.words.text
        self.deliberation.done = self.words.text
        self.deliberation.cost_cents = 60_000_000
        for place, purpose in enumerate(("before", "after")):
            await self.add(
                DeliberationFile(
                    deliberation_id=self.key,
                    purpose=purpose,
                    kind="photo",
                    file_id=f"file-{place}",
                    file_unique_id=f"unique-{place}",
                    created_at=day(60),
                )
            )
        await self.add(
            self._objection(None),
            ProcessRating(
                deliberation_id=self.key,
                resident_id=ACCOUNT,
                process=4,
                outcome=5,
                comment=self.words.text,
                at=day(61),
            ),
        )
