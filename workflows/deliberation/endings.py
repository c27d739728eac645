"""Who else acts when a deliberation ends without a decision.

What everybody who contributed is told is `outcomes`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col

from models.deliberation.core import Contribution, Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Step
from models.place import Place
from models.ticket import Ticket
from workflows.deliberation.access import Doer
from workflows.deliberation.deciding import ENDINGS
from workflows.deliberation.moves import on_enter
from workflows.deliberation.posting import shown_opinions
from workflows.deliberation.posts import council_seats, office, organisers, tell_posts
from workflows.deliberation.topics import opinions_of_topics, topics_of
from workflows.tickets.submit import MAX_TEXT, propose, submit_ticket
from workflows.work import Work


@on_enter(Step.LAPSED)
async def _lapse(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """Too few supporters, or nobody said anything."""
    await tell_posts(work, organisers(work, deliberation), "d_lapsed", deliberation)


@on_enter(Step.WITHDRAWN)
async def _withdraw(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    codes = [*organisers(work, deliberation), *council_seats(work, deliberation)]
    await tell_posts(work, codes, "d_withdrawn", deliberation)


@on_enter(Step.REFERRED)
async def _refer(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """The office puts it on the agenda of the joint meeting (大工委联席会议)."""
    opinions = len(await shown_opinions(work, deliberation.key))
    await tell_posts(work, office(work), "d_referred", deliberation, opinions=opinions)


@on_enter(Step.DIVERTED)
async def _divert(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """One ticket for each drafted topic, or one for the whole call; their numbers go with the
    reason that everybody is told.

    The organiser opened them, and so is told what becomes of them.
    """
    d_id = deliberation.key
    topics = await topics_of(work, d_id)
    matters: list[tuple[str, str, Sequence[Opinion]]] = [
        (topic.title, topic.summary, await opinions_of_topics(work, topic)) for topic in topics
    ] or [(deliberation.title, deliberation.description, await shown_opinions(work, d_id))]
    numbers = [
        (await _open_ticket(work, deliberation, [title, summary, *(o.text for o in said)])).number
        for title, summary, said in matters
    ]
    words = (deliberation.reason or "", *(f"#{number}" for number in numbers))
    deliberation.reason = " ".join(words).strip()
    await work.session.execute(
        update(Contribution)
        .where(
            col(Contribution.deliberation_id) == d_id,
            col(Contribution.outcome) == ENDINGS[Step.DIVERTED],
        )
        .values(detail=deliberation.reason)
    )


async def _open_ticket(work: Work, deliberation: Deliberation, words: Sequence[str]) -> Ticket:
    """What the neighbours said, as one matter in the hands of whoever answers for the grid.

    Triage reads the title alone: the opinions below it name all sorts of things.
    """
    draft = await propose(work, words[0])
    draft.text = "\n".join(word for word in words if word)[:MAX_TEXT]
    draft.place = Place(grid=deliberation.grids[0])
    draft.place_options = []
    opener = [*organisers(work, deliberation), *office(work)][0]
    return await submit_ticket(work, None, draft, opened_by=work.district.staff_by_code[opener])
