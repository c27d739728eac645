"""What each step of a request says: one question at a time, each with a way back and a way out."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.doorway_steps import Purpose, end_search, serve, start_search
from handlers.intake.form import (
    DETAILS,
    PHOTO,
    PLACE,
    SUMMARY,
    Form,
    ask,
    exactness,
    next_step,
    question_of,
    step_back,
    with_place,
    with_staff_meant,
)
from handlers.intake.offer import offer_pending
from handlers.intake.options import (
    answers_of,
    category_options,
    choice_labels,
    group_options,
    proposed_options,
)
from handlers.intake.store import SIMILAR, drop, load, save
from handlers.keyboards import resident as buttons
from handlers.places import Search, is_enough, own_words
from handlers.turn import Turn
from handlers.words import MAX_TEXT
from models.place import Place
from workflows.tickets.submit import DraftFile, find_similar, preview

PURPOSE = "intake"
_SKIPPABLE = (DETAILS, PHOTO)


async def ask_next(turn: Turn, form: Form) -> None:
    """Ask for the next thing that is missing; when nothing is, show neighbours' or the summary."""
    services = turn.work.services
    form = with_staff_meant(form, services.district)
    step = next_step(form, services.district, services.gazetteer)
    if step == SUMMARY and SIMILAR not in form.done:
        found = await find_similar(turn.work, turn.person, form.draft)
        form = form.model_copy(update={"done": [*form.done, SIMILAR]})
        if found:
            await show(turn, ask(form, SIMILAR))
            return
    await show(turn, ask(form, step))


async def show(turn: Turn, form: Form) -> None:
    """Keep the form and show the step it waits for."""
    await save(turn.state, form)
    match form.asking:
        case "text":
            await turn.show(
                turn.t("intake/text", files=len(form.draft.files), voice=_has_voice(form)),
                buttons.no_words(turn.t, form.serial),
            )
        case "none":
            await turn.show(
                turn.t("intake/not_a_matter", typed=form.draft.text),
                buttons.insist(turn.t, form.serial),
            )
        case "split":
            await turn.show(
                turn.t("intake/split", matters=form.draft.matters),
                buttons.split(turn.t, form.serial),
            )
        case "category":
            await _show_category(turn, form)
        case "place":
            await _show_place(turn, form)
        case "similar":
            await _show_similar(turn, form)
        case "summary":
            await show_summary(turn, form)
        case "correct_text":
            await turn.show(
                turn.t("intake/correct_text", text=form.draft.text),
                buttons.only_back(turn.t, form.serial),
            )
        case _:
            await _show_question(turn, form)


def _has_voice(form: Form) -> bool:
    return any(file.kind == "voice" for file in form.draft.files)


async def show_groups(turn: Turn, form: Form) -> None:
    """All groups of the catalogue."""
    await save(turn.state, form)
    await turn.show(
        turn.t("intake/groups", names=[label for _, label in group_options(turn)]),
        buttons.groups(turn.t, form.serial, group_options(turn)),
    )


async def show_categories(turn: Turn, form: Form, group: str) -> None:
    """The categories of one group."""
    await save(turn.state, form)
    options = category_options(turn, group)
    await turn.show(
        turn.t("intake/categories", names=[label for _, label in options]),
        buttons.category_list(turn.t, form.serial, options),
    )


async def _show_category(turn: Turn, form: Form) -> None:
    options = proposed_options(turn, form)
    if not options:
        await show_groups(turn, form)
        return
    best = turn.work.district.category_by_code[options[0][0]]
    await turn.show(
        turn.t(
            "intake/category",
            title=form.title,
            label=options[0][1],
            hint=best.hint_zh if turn.t.locale.startswith("zh") else best.hint_en,
            unsure=form.draft.confidence < turn.work.policy.low_confidence,
        ),
        buttons.categories(turn.t, form.serial, options),
    )


async def _show_place(turn: Turn, form: Form) -> None:
    await end_search(turn)
    services = turn.work.services
    wanted = exactness(form, services.district)
    # A place that is exact enough is here only to be corrected: ask for it from the start.
    known = is_enough(services.district, services.gazetteer, form.draft.place, wanted)
    search = Search(
        purpose=PURPOSE,
        exactness=wanted,
        place=None if known or PLACE in form.done else form.draft.place,
        options=form.draft.place_options if form.draft.place is None else [],
    )
    await start_search(turn, search)


async def _show_question(turn: Turn, form: Form) -> None:
    category = turn.work.district.category_by_code[form.draft.category or ""]
    if form.asking in _SKIPPABLE:
        await turn.show(
            turn.t(f"intake/{form.asking}", label=category.label(turn.t.locale)),
            buttons.question(turn.t, form.serial, form.asking, (), skippable=True),
        )
        return
    question = question_of(category, form.asking)
    chinese = turn.t.locale.startswith("zh")
    text = "" if question is None else question.ask_zh if chinese else question.ask_en
    choices = choice_labels(turn, category, form.asking)
    await turn.show(
        turn.t("intake/question", ask=text, choices=choices),
        buttons.question(
            turn.t,
            form.serial,
            form.asking,
            choices,
            skippable=question is None or question.optional,
        ),
    )


async def _show_similar(turn: Turn, form: Form) -> None:
    found = (await find_similar(turn.work, turn.person, form.draft))[:3]
    if not found:
        await ask_next(turn, form)
        return
    catalogue = turn.work.district.category_by_code
    items = [
        {
            "number": similar.ticket.number,
            "label": catalogue[similar.ticket.category].label(turn.t.locale),
            "place": _rough_place(turn, similar.ticket.place),
            "since": similar.ticket.created_at,
            "neighbours": similar.followers + 1,
        }
        for similar in found
    ]
    await turn.show(
        turn.t("intake/similar", items=items, neighbours=sum(s.followers + 1 for s in found)),
        buttons.similar(turn.t, form.serial, [(s.ticket.id or 0, s.ticket.number) for s in found]),
    )


def _rough_place(turn: Turn, place: Place) -> str:
    """A neighbour's matter is told apart by its building, never by its door."""
    bare = place.model_copy(update={"unit": None, "room": None})
    return turn.work.services.gazetteer.describe(bare)


async def show_summary(turn: Turn, form: Form, *, note: str = "") -> None:
    """What, where, who will get it, by when; `note` names a line above it."""
    await save(turn.state, form)
    seen = await preview(turn.work, turn.person, form.draft)
    answers = answers_of(turn, form, seen.category)
    await turn.show(
        turn.t(
            "intake/summary",
            note=note,
            label=seen.category.label(turn.t.locale),
            text=form.draft.text,
            place=_address(turn, form.draft.place, seen.place_text),
            answers=answers,
            files=len(form.draft.files),
            staff=seen.staff,
            title=seen.title,
            response_due_at=seen.response_due_at,
            resolution_due_at=seen.resolution_due_at,
            needs_human=seen.needs_human,
            about_staff=seen.category.about_staff,
        ),
        buttons.summary(turn.t, form.serial, details=bool(answers), another=bool(form.extra)),
    )


def _address(turn: Turn, place: Place | None, otherwise: str) -> str:
    """Where the matter is; with the person's own words where those say more than the grid."""
    if place is None:
        return otherwise
    address = turn.work.services.gazetteer.describe(place)
    return f"{address} · {words}" if (words := own_words(place)) else address


async def go_back(turn: Turn, form: Form) -> None:
    """The step before; from the first one, the way to give up is offered."""
    services = turn.work.services
    all_known = (
        form.draft.category is not None
        and next_step(form, services.district, services.gazetteer) == SUMMARY
    )
    earlier = step_back(form)
    if all_known and form.asking not in (SUMMARY, SIMILAR):
        await ask_next(turn, form)
    elif earlier is form:
        await turn.show(
            turn.t("intake/pending", title=form.title, files=len(form.draft.files)),
            buttons.pending(turn.t, form.serial),
        )
    else:
        await show(turn, earlier)


async def cancel(turn: Turn) -> None:
    """Put the request away and say so; another one that waits is offered."""
    await end_search(turn)
    await drop(turn.state)
    await turn.show(turn.t("intake/cancelled"))
    await offer_pending(turn)


# --- the place of a request --------------------------------------------------------------------


async def _placed(turn: Turn, search: Search, place: Place) -> None:
    form = await load(turn.state)
    if form is None:
        await turn.show(turn.t("errors/stale_button"))
        return
    await ask_next(turn, with_place(form, place))


async def _back_from_place(turn: Turn) -> None:
    form = await load(turn.state)
    if form is None:
        await cancel(turn)
        return
    await go_back(turn, form)


async def keep_files(turn: Turn, words: str, files: Sequence[DraftFile]) -> bool:
    """Files that come at any step belong to the request; their words too."""
    form = await load(turn.state)
    if form is None:
        return False
    draft = form.draft
    known = {file.file_unique_id for file in draft.files}
    fresh = [file for file in files if file.file_unique_id not in known]
    text = "\n".join(part for part in (draft.text, words) if part)[:MAX_TEXT]
    draft = draft.model_copy(update={"files": [*draft.files, *fresh], "text": text})
    await save(turn.state, form.model_copy(update={"draft": draft}))
    return True


serve(
    PURPOSE,
    Purpose(done=_placed, cancel=cancel, back=_back_from_place, files=keep_files, matter=True),
)
