"""What people typed, and the first steps of a deliberation, put straight into the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.deliberation.core import (
    Deliberation,
    DeliberationEvent,
    Recusal,
)
from models.deliberation.meeting import (
    Jury,
)
from models.deliberation.opinion import (
    Motion,
    MotionVote,
    Opinion,
    OpinionPicture,
    OpinionVote,
    Topic,
    Voice,
)
from models.deliberation.plan import LegalityCheck, PlanOption, PlanVersion
from models.deliberation.steps import FINAL, SEVEN, Step, position
from opinions.picture import Consensus, Group, Picture, Point, Representative

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Beijing."""
GRID, COMMUNITY = "xg.01.01.01", "xg.01"
ACCOUNT = 8_800_000_001
"""Account of the first resident; none of these may ever be on the board."""
PEOPLE = 12
DOOR_KEY = "合水中路|12|1|1|301"
MEMBER, OWNER, SECRETARY, LAWYER = "council-01-owners", "organiser-01", "lead-01", "council-01-unit"


@dataclass(frozen=True)
class Words:
    """What people typed."""

    title: str = "给3号楼加装电梯"
    text: str = "老人上下楼不方便，\n希望今年就能装上电梯。"
    short: str = "一楼也要听听意见"
    link: str = "https://meet.example.org/abc"


HOSTILE = Words(
    title="<script>alert(1)</script>&\"'{{7*7}}",
    text="</p></main><img src=x onerror=alert(1)>\n{% raw %}" + "长" * 300,
    short='"><svg onload=alert(1)>' + "W" * 180,
    link="javascript:alert(1)",
)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


class Ground:
    """The first steps: opinions, topics, options."""

    def __init__(
        self,
        session: AsyncSession,
        step: Step,
        *,
        number: int = 3,
        words: Words | None = None,
        ballot: str = "closed",
        method: str = "approval",
        passed: Step = Step.COLLECT,
    ) -> None:
        self.session = session
        self.step = step
        self.words = words or Words()
        self.ballot_state = ballot
        self.method = method
        reached = passed if step in FINAL - {Step.CLOSED} else step
        self.reached = position(reached)
        self.deliberation = Deliberation(
            number=number,
            title=self.words.title[:60],
            description=self.words.text,
            council=COMMUNITY,
            grids=[GRID],
            step=step,
            step_since=day(max(0, self.reached - 1) * 10),
            step_due_at=None if step in FINAL else day(self.reached * 10),
            proposer_id=ACCOUNT,
            method=method,
            reason=self.words.text if step in FINAL - {Step.CLOSED} else None,
            created_at=START,
            updated_at=START,
        )

    async def add(self, *rows: Any) -> None:
        self.session.add_all(rows)
        await self.session.flush()

    @property
    def key(self) -> int:
        return self.deliberation.key

    async def _events(self) -> None:
        before = Step.PROPOSED
        path = [step for step in SEVEN if position(step) <= self.reached]
        if self.step in FINAL:
            path.append(self.step)
        for place, step in enumerate(path):
            await self.add(
                DeliberationEvent(
                    deliberation_id=self.key,
                    at=day(place * 10),
                    action="start",
                    capacity="organiser",
                    actor_id=ACCOUNT,
                    staff=OWNER,
                    from_step=before.value,
                    to_step=step.value,
                )
            )
            before = step

    async def _collect(self) -> None:
        voices = [
            Voice(deliberation_id=self.key, resident_id=ACCOUNT + place, group="AB"[place % 2])
            for place in range(PEOPLE - 1)
        ]
        await self.add(*voices, Voice(deliberation_id=self.key, door_key=DOOR_KEY, group="A"))
        self.opinions = [
            Opinion(
                deliberation_id=self.key,
                author_id=ACCOUNT + place,
                text=f"{self.words.short[:270]} {place}",
                origin=("resident", "door", "ticket")[place % 3],
                tickets=3 if place % 3 == 2 else 0,
                status=("hidden" if place == 4 else "joined" if place == 5 else "shown"),
                hidden_reason="不文明" if place == 4 else None,
                created_at=day(1),
            )
            for place in range(6)
        ]
        await self.add(*self.opinions)
        for place, voice in enumerate(voices):
            for opinion in self.opinions[:4]:
                value = (1, -1, 0)[(place + opinion.key) % 3]
                await self.add(
                    OpinionVote(
                        voice_id=voice.id,
                        opinion_id=opinion.key,
                        deliberation_id=self.key,
                        value=value,
                        at=day(2),
                    )
                )
                opinion.agrees += value == 1
                opinion.disagrees += value == -1
                opinion.passes += value == 0
        await self.add(
            OpinionPicture(
                deliberation_id=self.key,
                data=self._picture().as_json(),
                computed_at=day(3),
                votes_until=day(3),
            ),
            Jury(
                deliberation_id=self.key,
                purpose=self.words.short[:200],
                size=2,
                seed="5eed" * 16,
                pool=[[f"甲{place}", "1号楼"] for place in range(6)],
                drawn=["甲3", "甲1", "甲5"],
                drawn_at=day(4),
            ),
        )

    def _picture(self) -> Picture:
        first, second = self.opinions[0].key, self.opinions[1].key
        hidden = self.opinions[4].key
        return Picture(
            participants=PEOPLE,
            grouped=PEOPLE,
            verdict="groups",
            groups=(
                Group("A", 7, (-1.0, 0.0), (Representative(first, True, 0.9, 0.2, 4.0, 7),)),
                Group("B", 5, (1.0, 0.5), (Representative(hidden, False, 0.8, 0.1, 6.0, 5),)),
            ),
            points=tuple(
                Point(place, (-1) ** place + place / 20, place % 5 / 4, "AB"[place % 2])
                for place in range(PEOPLE)
            ),
            consensus=(
                Consensus(second, True, 0.7, (("A", 0.81), ("B", 0.9))),
                Consensus(hidden, True, 0.6, (("A", 0.8), ("B", 0.8))),
            ),
            divisive=(first,),
        )

    async def _confirm(self) -> None:
        motion = Motion(
            deliberation_id=self.key,
            kind="topics",
            reason=self.words.text,
            moved_by=MEMBER,
            opened_at=day(10),
            closes_at=day(13),
            state="passed" if self.reached > position(Step.CONFIRM) else "open",
        )
        await self.add(motion)
        await self.add(
            MotionVote(motion_id=motion.id, staff=MEMBER, value="yes", at=day(11)),
            MotionVote(motion_id=motion.id, staff=LAWYER, value="no", at=day(11)),
            Recusal(
                deliberation_id=self.key,
                staff="council-01-property",
                reason=self.words.short,
                at=day(10),
                by_staff=OWNER,
            ),
        )

    async def _draft(self) -> None:
        topics = [
            Topic(
                deliberation_id=self.key,
                position=place,
                title=self.words.title[:60],
                summary=self.words.text,
            )
            for place in (1, 2)
        ]
        await self.add(*topics)
        self.opinions[0].topic_id = topics[0].id
        self.options = [self._option(letter, topics[0].id) for letter in "AB"]
        await self.add(*self.options)
        for option in self.options:
            for version, what in ((1, "装3部电梯，一部30万元"), (2, self.words.text)):
                fields = {"title": option.title, "what": what, "cost_cents": version * 30_000_000}
                await self.add(
                    PlanVersion(
                        option_id=option.key,
                        version=version,
                        fields=fields,
                        author=MEMBER,
                        at=day(20 + version),
                        note=self.words.short[:300],
                    )
                )
            await self.add(
                LegalityCheck(
                    option_id=option.key,
                    version=2,
                    asked_by=OWNER,
                    asked_at=day(22),
                    lawyer=LAWYER,
                    verdict="conditional",
                    text=self.words.text,
                    answered_at=day(23),
                )
            )

    def _option(self, letter: str, topic: int | None) -> PlanOption:
        return PlanOption(
            deliberation_id=self.key,
            letter=letter,
            topic_id=topic,
            title=self.words.title[:60],
            what=self.words.text,
            place=self.words.short,
            cost_cents=60_000_050 if letter == "A" else 0,
            payer=self.words.short,
            doer=self.words.short,
            by_when=date(2027, 6, 30),
            risks=self.words.text,
            version=2,
            state="ready",
            author=MEMBER,
        )
