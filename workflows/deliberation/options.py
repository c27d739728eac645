"""The rows behind a plan option: who may write it, what a field may hold, its versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.deliberation.core import Deliberation, Recusal
from models.deliberation.opinion import Topic
from models.deliberation.plan import PlanOption, PlanVersion
from models.deliberation.steps import Capacity
from models.errors import InvalidInput, NotFound, NotReady
from models.worktime import BEIJING
from workflows.deliberation.access import Doer, council_of, load, require
from workflows.deliberation.checks import MAX_WORDS, words
from workflows.deliberation.events import record
from workflows.deliberation.posts import organisers, tell_posts
from workflows.deliberation.roll_call import watch_quorum
from workflows.work import Person, Work

WRITTEN = (
    "title",
    "what",
    "place",
    "cost_cents",
    "payer",
    "doer",
    "contractor",
    "by_when",
    "risks",
    "topic_id",
)
"""What an author writes, in the order in which an option is read."""

_LONGEST = {"title": 60, "place": 200, "payer": 200, "doer": 200}
_MOST_CENTS = 100_000_000_000
"""A thousand million yuan: a typing error, not a plan of a courtyard."""


async def option_with(work: Work, option_id: int) -> tuple[PlanOption, Deliberation]:
    """An option and its deliberation, both locked. Raises NotFound."""
    found = await work.session.get(PlanOption, option_id)
    if found is None:
        raise NotFound(f"option {option_id}")
    deliberation = await load(work, found.deliberation_id)
    await work.session.refresh(found, with_for_update=True)
    return found, deliberation


async def require_author(work: Work, person: Person, deliberation: Deliberation) -> Doer:
    """Somebody who may write options. Raises ActionNotAllowed for everybody else."""
    return await require(work, person, deliberation, Capacity.AUTHOR)


async def revise(
    work: Work,
    deliberation: Deliberation,
    option: PlanOption,
    doer: Doer,
    fields: Mapping[str, Any],
    *,
    note: str = "",
    capacity: Capacity = Capacity.AUTHOR,
) -> PlanOption:
    """Write a new version of a locked option; the lawyers have not seen it yet.

    For authors in step 3 and for accepted amendments in step 5; whoever calls checks who may.
    Nothing happens when nothing differs.

    Raises InvalidInput (`option_field` for an unknown field, `cost`, `by_when`, `contractor`,
    `option_topic`, and what `words` raises), NotReady (`option_missing`: it was handed in and would
    lack something); before anything is changed.
    """
    new = {name: await _checked(work, deliberation, name, fields[name]) for name in fields}
    new = {name: value for name, value in new.items() if getattr(option, name) != value}
    if not new:
        return option
    if option.state == "ready":
        expect_complete(PlanOption(**(option.model_dump() | new)))
    for name, value in new.items():
        setattr(option, name, value)
    option.version += 1
    keep_version(work, option, doer, note)
    record(
        work,
        deliberation,
        "write_option",
        doer,
        capacity,
        text=note or None,
        option=option.key,
        version=option.version,
        fields=sorted(new),
    )
    if new.get("contractor"):
        await _stand_aside(work, deliberation, option, doer, capacity)
    await work.session.flush()
    return option


def expect_alive(option: PlanOption) -> None:
    """The option was not given up. Raises NotReady (`option_dropped`)."""
    if option.state == "dropped":
        raise NotReady("dropped", reason="option_dropped", letter=option.letter)


def expect_complete(option: PlanOption) -> None:
    """The option says all that it must. Raises NotReady (`option_missing`, with `missing`)."""
    if option.missing:
        raise NotReady(
            f"option {option.letter} lacks {option.missing}",
            reason="option_missing",
            letter=option.letter,
            missing=option.missing,
        )


def keep_version(work: Work, option: PlanOption, doer: Doer, note: str) -> None:
    """Store what a saved option says now under its version number."""
    fields = {name: getattr(option, name) for name in WRITTEN}
    if option.by_when is not None:
        fields["by_when"] = option.by_when.isoformat()
    work.session.add(
        PlanVersion(
            option_id=option.key,
            version=option.version,
            fields=fields,
            author=doer.name,
            at=work.now,
            note=note.strip()[:300],
        )
    )


async def _checked(work: Work, deliberation: Deliberation, name: str, value: Any) -> Any:
    """A field as it is stored."""
    if name not in WRITTEN:
        raise InvalidInput(name, reason="option_field")
    if name == "cost_cents":
        return _cost(value)
    if name == "by_when":
        return _by_when(work, value)
    if name == "contractor":
        return _contractor(work, deliberation, value)
    if name == "topic_id":
        return await known_topic(work, deliberation, value)
    if name != "title" and not str(value).strip():
        return ""
    return words(str(value), _LONGEST.get(name, MAX_WORDS))


def _cost(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value <= _MOST_CENTS:
        raise InvalidInput(f"cost {value}", reason="cost")
    return value


def _by_when(work: Work, value: Any) -> date | None:
    """A date in Beijing, today or later; also as ISO 8601, as forms keep it."""
    if value is None or value == "":
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise InvalidInput(f"date {value}", reason="by_when") from error
    if day < work.now.astimezone(BEIJING).date():
        raise InvalidInput(f"date {day}", reason="by_when")
    return day


def _contractor(work: Work, deliberation: Deliberation, value: Any) -> str | None:
    if not value:
        return None
    if all(seat.post != value for seat in council_of(work, deliberation).seats):
        raise InvalidInput(f"contractor {value}", reason="contractor")
    return str(value)


async def known_topic(work: Work, deliberation: Deliberation, value: Any) -> int | None:
    """The id of a topic of this deliberation. Raises InvalidInput (`option_topic`)."""
    if value is None:
        return None
    topic = await work.session.get(Topic, int(value))
    if topic is None or topic.deliberation_id != deliberation.key:
        raise InvalidInput(f"topic {value}", reason="option_topic")
    return topic.id


async def _stand_aside(
    work: Work, deliberation: Deliberation, option: PlanOption, doer: Doer, capacity: Capacity
) -> None:
    """The council member who would carry it out has an interest: no vote, no word as a member.

    It stays so when the option is changed again: who once stood to gain is not a judge any more.
    """
    code = option.contractor or ""
    if await work.session.get(Recusal, (deliberation.key, code)) is not None:
        return
    work.session.add(
        Recusal(
            deliberation_id=deliberation.key,
            staff=code,
            reason=f"{option.letter}：{option.title}",
            at=work.now,
            by_staff=doer.name,
        )
    )
    record(work, deliberation, "recuse", doer, capacity, staff=code, option=option.key)
    await watch_quorum(work, deliberation)
    await tell_posts(
        work,
        [code, *organisers(work, deliberation)],
        "d_contractor_aside",
        deliberation,
        subject_id=option.key,
        option=option,
        member=work.district.staff_by_code[code],
    )
