"""One sentence, photo or voice note becomes a request: the beginning, at any moment."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.intake.ask import ask_next, show, show_groups
from handlers.intake.form import CATEGORY, Form
from handlers.intake.store import (
    MAX_SHELF,
    NOT_A_MATTER,
    SPLIT,
    TEXT,
    Held,
    hold,
    put_on_shelf,
    release,
    set_aside,
)
from handlers.keyboards import resident as buttons
from handlers.places import community_of
from handlers.states import Arrival
from handlers.turn import Turn
from models.place import Place
from workflows.tickets.submit import Draft, DraftFile, propose

_SERIALS = 1_000_000_000
"""Message ids grow: the first message of a request names it well enough in its buttons."""


async def begin(
    turn: Turn,
    text: str,
    files: Sequence[DraftFile] = (),
    message_ids: Sequence[int] = (),
    *,
    place: Place | None = None,
) -> None:
    """Take what somebody sent for a new matter; one in hand waits on the shelf.

    Before consent nothing is read: it is held in the conversation and goes on afterwards.
    """
    if turn.person.resident.consented_at is None:
        await ask_consent(turn, Held(text=text, files=list(files), message_ids=list(message_ids)))
        return
    await set_aside(turn.state)
    serial = (message_ids[0] if message_ids else int(turn.work.now.timestamp())) % _SERIALS
    draft = Draft(text=text, files=list(files), source_message_ids=list(message_ids), place=place)
    form = Form(draft=draft, serial=serial, started_at=turn.work.now, asking=TEXT)
    if not text:
        await show(turn, form)
        return
    await read(turn, form)


async def begin_without_words(turn: Turn) -> None:
    """Somebody would rather tap: they pick what it is about first, and say the rest after."""
    if turn.person.resident.consented_at is None:
        await ask_consent(turn, Held())
        return
    await set_aside(turn.state)
    serial = int(turn.work.now.timestamp()) % _SERIALS
    form = Form(draft=Draft(text=""), serial=serial, started_at=turn.work.now, asking=CATEGORY)
    await show_groups(turn, form)


async def ask_consent(turn: Turn, held: Held) -> None:
    """Hold what was sent and ask for consent."""
    await hold(turn.state, held)
    await turn.state.set_state(Arrival.consent)
    await turn.show(
        turn.t("start/consent", waiting=not held.empty, hotline=turn.work.policy.emergency_number),
        buttons.consent(turn.t),
    )


async def go_on_after_consent(turn: Turn) -> bool:
    """Take up what was sent before consent; False when there was nothing."""
    held = await release(turn.state)
    if held.empty:
        return False
    await begin(turn, held.text, held.files, held.message_ids)
    return True


async def read(turn: Turn, form: Form) -> None:
    """Have triage read the words of the form, then ask for what is still missing."""
    form = form.model_copy(update={"draft": await _proposed(turn, form.draft)})
    draft = form.draft
    if draft.proposed is None:
        await show(turn, form.model_copy(update={"asking": NOT_A_MATTER}))
    elif len(draft.matters) > 1:
        await show(turn, form.model_copy(update={"asking": SPLIT}))
    else:
        await show(turn, form.model_copy(update={"asking": CATEGORY}))


async def _proposed(turn: Turn, known: Draft) -> Draft:
    """What triage makes of the words; files, messages and a place given otherwise are kept."""
    draft = await propose(turn.work, known.text)
    place, options = known.place or draft.place, draft.place_options
    if place is None and not options:
        place = _near_home(turn, known.text)
    return draft.model_copy(
        update={
            "category": None,
            "files": known.files,
            "source_message_ids": known.source_message_ids,
            "place": place,
            "place_options": [] if place is not None else options,
        }
    )


def _near_home(turn: Turn, text: str) -> Place | None:
    """ "3号楼2单元" without a lane means the person's own community, if it is clear there."""
    near = community_of(turn.work.district, turn.person.resident.place)
    if near is None:
        return None
    matches, _ = turn.work.services.gazetteer.extract(text, within=near)
    return matches[0].place if len(matches) == 1 and matches[0].exact else None


async def reread(turn: Turn, form: Form) -> None:
    """Read the request anew after its words changed."""
    await read(turn, form.model_copy(update={"trail": [], "done": []}))


async def insist(turn: Turn, form: Form) -> None:
    """It is a matter after all: the person picks the category."""
    await show_groups(turn, form.model_copy(update={"asking": CATEGORY}))


async def as_one(turn: Turn, form: Form) -> None:
    """Several matters as one request."""
    draft = form.draft.model_copy(update={"matters": []})
    await show(turn, form.model_copy(update={"draft": draft, "asking": CATEGORY}))


async def one_by_one(turn: Turn, form: Form) -> None:
    """Several matters, each a request of its own: the first now, the others wait on the shelf."""
    matters = form.draft.matters[:MAX_SHELF]
    first, *others = [
        form.model_copy(
            update={
                "draft": Draft(
                    text=matter,
                    files=form.draft.files if position == 0 else [],
                    source_message_ids=form.draft.source_message_ids if position == 0 else [],
                ),
                "serial": (form.serial + position) % _SERIALS,
                "asking": TEXT,
            }
        )
        for position, matter in enumerate(matters)
    ]
    await put_on_shelf(turn.state, *others)
    await read(turn, first)


async def resume(turn: Turn, form: Form) -> None:
    """Go on where it stopped; a matter that was only split off is read first."""
    if form.asking == TEXT and form.draft.text:
        await read(turn, form)
    elif form.asking in (TEXT, NOT_A_MATTER, SPLIT, CATEGORY):
        await show(turn, form)
    else:
        await ask_next(turn, form)
