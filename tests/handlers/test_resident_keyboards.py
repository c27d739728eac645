"""Buttons of residents: labelled, in both languages, and small enough to be signed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.buttons import MAX_CALLBACK_BYTES, ButtonSigner
from handlers.commands import menu_for, names_for
from handlers.keyboards import my, places, resident
from handlers.texts import LOCALES, Texts
from models.district import District, Role
from models.lifecycle import Action, Actor, State, possible_actions

N = 999_999_999
ID = 2**31
VERSION = 999


def _keyboards(t: Texts, district: District) -> Iterator[InlineKeyboardMarkup]:
    categories = [(c.code, c.label(t.locale)) for c in district.categories]
    yield resident.consent(t)
    yield resident.languages(t)
    yield resident.shortcuts(t)
    yield resident.privacy(t)
    yield resident.forget(t)
    yield resident.no_words(t, N)
    yield resident.insist(t, N)
    yield resident.only_back(t, N)
    yield resident.categories(t, N, categories[:3])
    yield resident.groups(t, N, [(code, code) for code in district.groups])
    yield resident.category_list(t, N, categories)
    for category in district.categories:
        for question in category.question:
            choices = [choice.zh for choice in question.choices]
            yield resident.question(t, N, question.code, choices, skippable=True)
    yield resident.summary(t, N, details=True, another=True)
    yield resident.corrections(t, N)
    yield resident.similar(t, N, [(ID, 1042), (ID, 1043)])
    yield resident.split(t, N)
    yield resident.pending(t, N)
    yield resident.emergency(t, ID)
    yield places.ask(t, as_typed=True)
    yield places.home(t, "合水中路12号3单元401室")
    yield places.grids(t, [(n.code, n.name) for n in district.grids[:12]], stop_here=True)
    yield places.options(t, ["甲", "乙"])
    yield places.confirm(t)
    yield places.parts(t, [str(n) for n in range(20)])
    yield places.poster(t, "xg.01.01.01")
    yield my.ticket_card(t, ID, VERSION, list(Action))
    yield my.follow_card(t, ID, VERSION)
    yield my.follow_card(t, ID, VERSION, following=False)
    yield my.open_card(t, ID, VERSION)
    yield my.submitted(t, ID, VERSION, remember=True)
    yield my.answer(t, ID, VERSION)
    yield my.rate(t, ID, VERSION)
    yield my.confirm_withdraw(t, ID, VERSION)
    yield my.stop_typing(t, ID, VERSION)
    yield my.comment(t, ID, VERSION, reopen=True)
    yield my.after_close(t, ID, VERSION, reopen=True)
    yield my.my_list(t, [(ID, VERSION, "#1042")] * 5, 1, 3)


def _buttons(markup: InlineKeyboardMarkup) -> list[InlineKeyboardButton]:
    return [button for row in markup.inline_keyboard for button in row]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_button_has_words_and_fits_once_signed(locale: str, district: District) -> None:
    signer = ButtonSigner(b"secret")
    for markup in _keyboards(Texts(locale), district):
        assert _buttons(markup)
        assert all(markup.inline_keyboard)
        for button in _buttons(markup):
            assert button.text.strip()
            assert button.callback_data is not None
            assert len(button.callback_data.encode()) <= 50
            signed = signer.sign(2**52, button.callback_data)
            assert len(signed.encode()) <= MAX_CALLBACK_BYTES


def test_both_languages_offer_the_same_moves(district: District) -> None:
    chinese, english = (
        [[b.callback_data for b in _buttons(m)] for m in _keyboards(Texts(locale), district)]
        for locale in LOCALES
    )
    assert chinese == english


@pytest.mark.parametrize("state", list(State))
def test_a_card_offers_only_what_is_possible(state: State) -> None:
    actions = possible_actions(state, frozenset({Actor.REPORTER}))
    markup = my.ticket_card(Texts("zh-CN"), 1, 1, actions)
    ops = {
        resident.RTicket.unpack(button.callback_data or "").op
        for button in _buttons(markup)
        if (button.callback_data or "").startswith("rt:")
    }
    assert ops <= {action.value for action in actions}
    assert ("withdraw" in ops) == (Action.WITHDRAW in actions)


def test_a_rated_ticket_is_not_rated_again() -> None:
    markup = my.ticket_card(Texts("zh-CN"), 1, 1, [Action.RATE, Action.REOPEN], rated=True)
    assert {b.callback_data for b in _buttons(markup)} == {"rt:reopen:1:1", "rm:0"}


def test_the_location_keyboard_asks_the_phone() -> None:
    keyboard = places.share_location(Texts("zh-CN")).keyboard
    assert keyboard[0][0].request_location
    assert not keyboard[1][0].request_location


@pytest.mark.parametrize("locale", LOCALES)
def test_every_command_is_described(locale: str) -> None:
    for role in (None, *Role):
        menu = menu_for(locale, role)
        assert [entry.command for entry in menu] == list(names_for(role))
        assert all(0 < len(entry.description) <= 256 for entry in menu)


def test_the_menu_offers_only_what_the_role_may_do() -> None:
    assert "queue" not in names_for(None)
    assert "desk" not in names_for(Role.GRID_WORKER)
    assert "desk" in names_for(Role.GRID_LEAD)
    assert "invite" not in names_for(Role.GRID_LEAD)
    assert {"invite", "dismiss", "desk"} <= set(names_for(Role.OFFICE))


def test_prefixes_of_residents_buttons_are_their_own() -> None:
    classes = [
        value
        for value in vars(resident).values()
        if isinstance(value, type)
        and issubclass(value, resident.CallbackData)
        and value is not resident.CallbackData
    ]
    prefixes = [value.__prefix__ for value in classes]
    assert len(prefixes) == len(set(prefixes))
    assert all(prefix.startswith("r") for prefix in prefixes)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_has_words_in_the_list(locale: str) -> None:
    for state in State:
        assert Texts(locale).label(f"resident.state_{state}")
