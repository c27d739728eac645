"""Step 1 for people without a phone: a volunteer enters what they say, with their confirmation."""

from __future__ import annotations

from collections.abc import Sequence

from models.deliberation.core import Deliberation
from models.deliberation.electorate import concerned, door_voter
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Capacity
from models.district import covers
from models.errors import ActionNotAllowed, InvalidInput, NotEligible
from models.place import Place
from workflows.deliberation.access import Doer, require
from workflows.deliberation.events import contribute, record
from workflows.deliberation.posting import (
    clean_opinion,
    same_words,
    shown_opinions,
    store_opinion,
)
from workflows.deliberation.voices import (
    collecting,
    door_voice_of,
    find_door_voice,
    opinion_by_id,
    put_vote,
)
from workflows.deliberation.voting import most_informative
from workflows.tickets.files import DraftFile
from workflows.work import Person, Work

MAX_NAME = 30


async def add_opinion_at_door(
    work: Work,
    person: Person,
    d_id: int,
    place: Place,
    name: str,
    text: str,
    confirmed: bool,
    files: Sequence[DraftFile] = (),
) -> Opinion:
    """Enter the opinion of somebody without a phone, who heard it read back (`confirmed`).

    The volunteer is who tells them in the end what became of it. The very same words as a shown
    opinion count as a vote for that one.

    Raises ActionNotAllowed, NotReady, NotEligible (`other_grid`, `no_room`), InvalidInput
    (`not_confirmed`, `door_name`, `opinion_text`).
    """
    deliberation = await collecting(work, d_id)
    doer, key = await at_the_door(work, person, deliberation, place, name, confirmed)
    words = clean_opinion(text)
    same = same_words(words, await shown_opinions(work, d_id))
    code = doer.name
    opinion = (
        await store_opinion(
            work, deliberation, words, files, purpose="door", origin="door", door_by=code
        )
        if same is None
        else await opinion_by_id(work, same.key, lock=True)
    )
    await put_vote(work, await door_voice_of(work, d_id, key), opinion, 1)
    await contribute(work, deliberation, "opinion", subject_id=opinion.key, door_by=code)
    record(work, deliberation, "door_opinion", doer, Capacity.VOLUNTEER, opinion=opinion.key)
    return opinion


async def next_opinion_at_door(
    work: Work, person: Person, d_id: int, place: Place, name: str
) -> Opinion | None:
    """The next card to read to somebody at the door. Raises as `add_opinion_at_door`."""
    deliberation = await collecting(work, d_id)
    _, key = await at_the_door(work, person, deliberation, place, name, confirmed=True)
    return await most_informative(work, d_id, await find_door_voice(work, d_id, key), None)


async def vote_opinion_at_door(
    work: Work,
    person: Person,
    opinion_id: int,
    place: Place,
    name: str,
    value: int,
    confirmed: bool,
) -> Opinion:
    """Enter a vote for somebody without a phone: one for each person of a household and opinion.

    Raises as `add_opinion_at_door`, and InvalidInput (`opinion_vote`, `opinion_gone`).
    """
    opinion = await opinion_by_id(work, opinion_id, lock=True)
    deliberation = await collecting(work, opinion.deliberation_id)
    _, key = await at_the_door(work, person, deliberation, place, name, confirmed)
    await put_vote(work, await door_voice_of(work, deliberation.key, key), opinion, value)
    return opinion


async def at_the_door(
    work: Work,
    person: Person,
    deliberation: Deliberation,
    place: Place,
    name: str,
    confirmed: bool,
) -> tuple[Doer, str]:
    """The volunteer, and the key of who they stand before: the household and the name.

    Raises ActionNotAllowed for anybody else, and for a door that the volunteer does not answer
    for; NotEligible, InvalidInput.
    """
    doer = await require(work, person, deliberation, Capacity.VOLUNTEER)
    if not concerned(place.grid, deliberation.grids):
        raise NotEligible("door elsewhere", reason="other_grid")
    grid = doer.staff.grid if doer.staff is not None else ""
    if not (covers(grid, place.grid) or covers(place.grid, grid)):
        raise ActionNotAllowed("not the volunteer of this door")
    said = name.strip()
    if not said or len(said) > MAX_NAME:
        raise InvalidInput("name", reason="door_name", most=MAX_NAME)
    if not confirmed:
        raise InvalidInput("not confirmed", reason="not_confirmed")
    return doer, door_voter(place, "resident", said, work.district)
