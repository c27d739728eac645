"""Buttons of the seven steps for residents: labelled, in both languages, and small enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.buttons import MAX_CALLBACK_BYTES, ButtonSigner
from handlers.deliberation.resident import CONVERSATIONS
from handlers.deliberation.views import SCREENS
from handlers.keyboards import ballots, discuss
from handlers.keyboards.deliberation import DView, view_button, view_buttons
from handlers.texts import LOCALES, Texts
from models.deliberation.steps import Step
from workflows.deliberation.screens import TABLE

ID = 2**31
ACCOUNT = 2**52
OPTIONS = {"A": "外挂电梯", "B": "座椅电梯", "0": "都不选"}


def _keyboards(t: Texts) -> Iterator[InlineKeyboardMarkup]:
    entries = [(ID, "议3 加装电梯")] * 6
    yield discuss.only_back(t, ID, "opine", "picture")
    for may_propose in (True, False):
        yield discuss.listing(t, entries, 1, 3, may_propose=may_propose)
    for doorway in (True, False):
        for step in Step:
            screens = [row.screen for row in TABLE]
            yield discuss.card(t, ID, screens, step, doorway=doorway)
            yield discuss.more(t, ID, screens, step)
    yield discuss.opinion_card(t, ID, ID)
    yield discuss.similar(t, ID, [(ID, "装电梯")] * 3)
    acts = [("edit", ID, 1), ("withdraw", ID, 1), ("appeal", ID, 10)]
    yield discuss.my_opinions(t, ID, acts, may_add=True)
    yield discuss.confirm_withdraw(t, ID, ID)
    yield discuss.options(t, ID, [(ID, "A", "外挂电梯")])
    yield discuss.option(t, ID, ID, versions=True, amend=True)
    yield discuss.announcement(t, ID, seen=False, meeting=True)
    yield discuss.meeting(t, ID, ID, ("in", "talk", "hand", "leave"), calendar=True)
    yield discuss.hall(t, ID, ID)
    for objection in (0, ID):
        yield discuss.consensus(t, ID, ID, objection, answer=True)
    for process in (0, 5):
        yield discuss.stars(t, ID, process)
    yield discuss.report(t, ID, photos=3, views=("tasks", "object", "rate"))
    yield discuss.my_objection(t, ID, ID)
    yield ballots.approval(t, ID, OPTIONS, ["A"], ACCOUNT)
    yield ballots.ranked(t, ID, OPTIONS, ["B"], ACCOUNT)
    yield ballots.scores(t, ID, "A", ACCOUNT, first=False)
    yield ballots.confirm_vote(t, ID, ACCOUNT)
    yield ballots.for_whom(t, ID, ID, [(ACCOUNT, "王秀兰")], mine=True)
    yield ballots.proxy_moves(t, ID, given=True, may_give=True)


def _buttons(markup: InlineKeyboardMarkup) -> list[InlineKeyboardButton]:
    return [button for row in markup.inline_keyboard for button in row]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_button_has_words_and_fits_once_signed(locale: str) -> None:
    signer = ButtonSigner(b"secret")
    for markup in _keyboards(Texts(locale)):
        assert _buttons(markup)
        assert all(markup.inline_keyboard)
        for button in _buttons(markup):
            assert button.text.strip() == button.text
            assert button.callback_data is not None
            assert len(button.callback_data.encode()) <= 50
            signed = signer.sign(ACCOUNT, button.callback_data)
            assert len(signed.encode()) <= MAX_CALLBACK_BYTES


def test_both_languages_offer_the_same_moves() -> None:
    chinese, english = (
        [[b.callback_data for b in _buttons(m)] for m in _keyboards(Texts(locale))]
        for locale in LOCALES
    )
    assert chinese == english


def test_every_button_leads_to_a_conversation() -> None:
    claimed = {data.__prefix__ for routes in CONVERSATIONS for data in routes.callbacks}
    claimed.add(DView.__prefix__)
    for markup in _keyboards(Texts("zh-CN")):
        for button in _buttons(markup):
            assert (button.callback_data or "").partition(":")[0] in claimed


@pytest.mark.parametrize("locale", LOCALES)
def test_every_screen_and_step_has_a_name(locale: str) -> None:
    t = Texts(locale)
    for name in {row.screen for row in TABLE}:
        assert view_button(t, 1, name).text
    for step in Step:
        assert t.label(f"discuss.step_{step.value}")


def test_a_button_under_a_notice_leaves_the_notice_alone() -> None:
    markup = view_buttons(Texts("zh-CN"), 1, ("card", "opine"))
    assert all(DView.unpack(b.callback_data or "").n == 1 for b in _buttons(markup))
    assert DView.unpack(view_button(Texts("zh-CN"), 1, "card").callback_data or "").n == 0


def test_what_residents_are_offered_is_there() -> None:
    everybody = {row.screen for row in TABLE if not row.capacities}
    residents = {
        row.screen for row in TABLE if "resident" in {capacity.value for capacity in row.capacities}
    }
    assert everybody | residents <= set(SCREENS)
