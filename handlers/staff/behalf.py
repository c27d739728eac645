"""/open (替人代办): a worker opens a ticket for somebody without a phone."""

from __future__ import annotations

from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Command, StateFilter
from aiogram.types import CallbackQuery, Message
from pydantic import BaseModel, Field

from handlers.context import about
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.offer import restore
from handlers.keyboards.staff import BehalfData, behalf_keyboard, name_of, open_keyboard
from handlers.media import gather
from handlers.staff.access import staff_router
from handlers.staff.dialogue import is_elsewhere
from handlers.staff.flow import names_ticket
from handlers.states import BehalfOf
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command
from handlers.words import choice_of, means
from models.district import Level
from models.place import Place
from workflows.tickets.submit import Draft, preview, propose, submit_ticket

router = staff_router(__name__)
router.message.outer_middleware(EmergencyFirst())

_KEY = "staff_behalf"
_WHO_LENGTH = 80
_PLACES = 8
"""Places offered when an address could mean several."""
_STATES = {
    "who": BehalfOf.who,
    "text": BehalfOf.text,
    "category": BehalfOf.category,
    "place": BehalfOf.place,
    "confirm": BehalfOf.confirm,
}


class Behalf(BaseModel):
    """The half-filled request; kept in the conversation's data."""

    who: str = ""
    draft: Draft | None = None
    options: list[Place] = Field(default_factory=list)
    """Places that the typed address could mean."""
    group: str | None = None
    """The group of categories on show."""
    unknown: str = ""
    """An address that was not recognised."""
    choosing: bool = False
    """The category is to be picked although triage proposed one."""


def step_of(form: Behalf, low_confidence: float) -> str:
    """What to ask next: who, text, category, place or confirm. Pure."""
    if not form.who:
        return "who"
    if form.draft is None:
        return "text"
    if form.draft.category is None or form.choosing:
        return "category"
    unsure = form.draft.confidence < low_confidence and not form.draft.chosen_by_resident
    if unsure:
        return "category"
    return "confirm" if form.draft.place is not None else "place"


async def _load(turn: Turn) -> Behalf | None:
    kept = (await turn.state.get_data()).get(_KEY)
    return Behalf.model_validate(kept) if kept else None


async def _end(turn: Turn) -> None:
    data = await turn.state.get_data()
    data.pop(_KEY, None)
    await turn.state.set_data(data)
    await restore(turn)


async def _go_on(turn: Turn, form: Behalf) -> None:
    """Keep the request and ask the next question."""
    step = step_of(form, turn.work.policy.low_confidence)
    await turn.state.update_data({_KEY: form.model_dump(mode="json")})
    await turn.state.set_state(_STATES[step])
    shown = None
    if step == "confirm" and form.draft is not None:
        shown = await preview(turn.work, turn.person, form.draft)
    text = turn.t("staff/behalf", step=step, form=form, preview=shown)
    width = 2 if step == "category" else 1
    await turn.show(text, behalf_keyboard(turn.t, step, _options(turn, form, step), width=width))


def _options(turn: Turn, form: Behalf, step: str) -> list[tuple[str, str]]:
    """The buttons of a step: value and label."""
    t, district = turn.t, turn.work.district
    if step == "category" and form.group is not None:
        found = [c for c in district.categories if c.group == form.group]
        return [(c.code, c.label(t.locale)) for c in found] + [("groups", t.label("staff.back"))]
    if step == "category":
        draft = form.draft
        codes = dict.fromkeys([draft.proposed, *draft.alternatives]) if draft else {}
        known = [district.category_by_code[c] for c in codes if c in district.category_by_code]
        groups = [(f"g-{g}", name_of(names, t.locale)) for g, names in district.groups.items()]
        return [(c.code, c.label(t.locale)) for c in known] + groups
    if step == "place":
        book = turn.work.services.gazetteer
        return [(str(n), book.describe(place)) for n, place in enumerate(form.options)]
    if step == "confirm":
        names = ("submit", "category", "place")
        return [(name, t.label(f"staff.behalf_{name}")) for name in names]
    return []


@router.message(Command("open"))
async def begin(message: Message, turn: Turn) -> None:
    """Start, or go on with the request left half-filled."""
    await _go_on(turn, await _load(turn) or Behalf())


async def show_again(turn: Turn) -> bool:
    """Ask the open question once more, after presses were lost; False when none is open."""
    form = await _load(turn)
    state = await turn.state.get_state() or ""
    if form is None or not state.startswith(BehalfOf.__full_group_name__):
        return False
    await _go_on(turn, form)
    return True


@router.callback_query(BehalfData.filter())
async def choose(callback: CallbackQuery, callback_data: BehalfData, turn: Turn) -> None:
    """A button; one of a question that is over only says so."""
    form = await _load(turn)
    if form is None:
        await turn.show(turn.t("staff/flow_over"))
        return
    if callback_data.step == "cancel":
        await _end(turn)
        await turn.show(turn.t("staff/behalf_cancelled", form=form))
        return
    if callback_data.step != step_of(form, turn.work.policy.low_confidence):
        await turn.show(turn.t("staff/flow_over"))
        return
    if callback_data.value == "submit":
        await _submit(turn, form)
        return
    _pick(turn, form, callback_data.step, callback_data.value)
    await _go_on(turn, form)


def _pick(turn: Turn, form: Behalf, step: str, value: str) -> None:
    """Apply a button that does not end the request."""
    if form.draft is None:
        return
    if step == "category" and value == "groups":
        form.group = None
    elif step == "category" and value.startswith("g-"):
        form.group = value.removeprefix("g-")
    elif step == "category" and value in turn.work.district.category_by_code:
        form.draft.category = value
        form.draft.chosen_by_resident = True
        form.group, form.choosing = None, False
    elif step == "place" and value.isdecimal() and int(value) < len(form.options):
        form.draft.place, form.options = form.options[int(value)], []
    elif step == "confirm" and value == "category":
        form.choosing = True
    elif step == "confirm" and value == "place":
        form.draft.place = None


async def _submit(turn: Turn, form: Behalf) -> None:
    """Hand it in: nobody in the chat is its reporter, the worker opened it."""
    assert form.draft is not None  # noqa: S101 - the step of the button
    ticket = await submit_ticket(
        turn.work, None, form.draft, opened_by=turn.person.staff, behalf_of=form.who
    )
    await turn.work.session.flush()
    await _end(turn)
    with about(ticket.id):
        text = turn.t("staff/behalf_done", ticket=ticket, form=form)
        await turn.show(text, open_keyboard(turn.t, ticket))


@router.message(StateFilter(BehalfOf), not_command)
async def receive(message: Message, turn: Turn, album: list[Message]) -> None:
    """Words and photos for the open question."""
    form = await _load(turn) or Behalf()
    words, files, too_large = gather(message, album)
    if names_ticket(words) or await is_elsewhere(message, turn, None):
        raise SkipHandler
    if too_large:
        await turn.say(turn.t("staff/file_too_large"))
    if form.draft is not None:
        form.draft.files += files
    if means("cancel", words):
        await _end(turn)
        await turn.show(turn.t("staff/behalf_cancelled", form=form))
        return
    step = step_of(form, turn.work.policy.low_confidence)
    if not words and not files:
        await turn.say(turn.t("staff/needs_words"))
    elif words:
        await _take(turn, form, step, words)
        if step == "text" and form.draft is not None:
            form.draft.files += files
    if step == "confirm" and means("yes", words):
        await _submit(turn, form)
        return
    await _go_on(turn, form)


async def _take(turn: Turn, form: Behalf, step: str, words: str) -> None:
    """Take words as the answer to `step`."""
    if step == "who":
        form.who = words[:_WHO_LENGTH]
    elif step == "text":
        form.draft = await propose(turn.work, words)
        form.options = form.draft.place_options[:_PLACES]
    elif step == "category":
        options = _options(turn, form, step)
        index = choice_of(words, [label for _, label in options])
        if index is not None:
            _pick(turn, form, step, options[index][0])
    elif step == "place":
        _locate(turn, form, words)
    elif form.draft is not None and not means("yes", words):
        form.draft.text = f"{form.draft.text}\n{words}"


def _locate(turn: Turn, form: Behalf, words: str) -> None:
    """One certain place is taken; several, or one with a slip, are offered."""
    assert form.draft is not None  # noqa: S101 - the place is asked after the text
    form.unknown = ""
    index = choice_of(words, [label for _, label in _options(turn, form, "place")])
    if index is not None:
        form.draft.place, form.options = form.options[index], []
        return
    matches = turn.work.services.gazetteer.locate(words, within=_community(turn))
    if len(matches) == 1 and matches[0].exact:
        form.draft.place, form.options = matches[0].place, []
        return
    form.options = [match.place for match in matches[:_PLACES]]
    form.unknown = "" if matches else words


def _community(turn: Turn) -> str | None:
    """The community of the worker's post: where a number without a lane is looked for."""
    staff = turn.person.staff
    node = turn.work.district.ancestor(staff.grid, Level.COMMUNITY) if staff else None
    return node.code if node else None


ROUTES = Routes(
    router=router,
    commands=frozenset({"open"}),
    callbacks=(BehalfData,),
    states=(BehalfOf,),
)
