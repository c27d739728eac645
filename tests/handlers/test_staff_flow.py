"""What an action still asks, the answers it understands, and the buttons of a card."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.keyboards import layout
from handlers.keyboards import staff as keyboards
from handlers.keyboards.staff import (
    ActData,
    CardData,
    ChooseData,
    GroupData,
    QueuePageData,
    card_actions,
    card_keyboard,
    list_keyboard,
)
from handlers.staff.flow import (
    NO,
    STALE_AFTER,
    STEPS,
    Flow,
    has_phone,
    is_stale,
    keep_words,
    next_step,
    split_parts,
    step_back,
    ticket_number,
    typed_words,
)
from handlers.staff.loose import reply_means
from handlers.staff.show import time_left
from handlers.texts import Texts
from models.district import District
from models.lifecycle import Action, Actor, State, possible_actions
from tests.handlers.contexts.staff import FILE, a_ticket
from workflows.tickets.view import TicketView

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
T = Texts("zh-CN")
PACKED_LIMIT = 50


def a_flow(action: Action, **changes: object) -> Flow:
    values = {"ticket": 7, "number": 1042, "version": 3, "action": action, "asked_at": NOW}
    return Flow.model_validate(values | changes)


def asked(flow: Flow, **answers: str) -> list[str]:
    """The questions in their order when answered as given (else with "x")."""
    names = []
    while (step := next_step(flow)) is not None:
        names.append(step.name)
        flow.answers[step.name] = answers.get(step.name, "x")
    return names


@pytest.mark.parametrize(
    ("action", "answers", "questions"),
    [
        (Action.TRANSFER, {}, ["staff", "reason"]),
        (Action.ESCALATE, {}, ["reason"]),
        (Action.REFUSE, {}, ["reason", "responsible"]),
        (Action.ASK, {}, ["text"]),
        (Action.ASK, {"text": "打 13893123456 找我"}, ["text", "phone"]),
        (Action.RESOLVE, {"outcome": "done"}, ["outcome", "note", "proof"]),
        (Action.RESOLVE, {"outcome": "not_possible"}, ["outcome", "note"]),
        (Action.RESOLVE, {"outcome": "duplicate"}, ["outcome", "into", "sure"]),
        (Action.SPLIT, {}, ["parts", "sure"]),
    ],
)
def test_questions_of_an_action(
    action: Action, answers: dict[str, str], questions: list[str]
) -> None:
    assert asked(a_flow(action), **answers) == questions


def test_expected_proof_may_be_skipped_only_with_a_reason() -> None:
    flow = a_flow(Action.RESOLVE, proof_expected=True)
    assert asked(flow, outcome="done", proof=NO) == ["outcome", "note", "proof", "why_no_proof"]


def test_a_photo_sent_early_answers_the_question_for_proof() -> None:
    flow = a_flow(Action.RESOLVE, proof_expected=True, files=[FILE])
    assert asked(flow, outcome="done") == ["outcome", "note"]


def test_words_for_the_resident_are_checked_for_phone_numbers_only_when_relayed() -> None:
    text = {"text": "我电话 0931-7654321"}
    assert asked(a_flow(Action.ADD, answers=dict(text)), **{"as": "note"}) == ["as"]
    assert asked(a_flow(Action.ADD, answers=dict(text)), **{"as": "ask"}) == ["as", "phone"]


@given(st.sampled_from(sorted(STEPS)), st.integers(0, 4))
def test_back_undoes_exactly_the_last_answer(action: Action, count: int) -> None:
    flow = a_flow(action, answers={"text": "x"} if action is Action.ADD else {})
    before = [dict(flow.answers)]
    for _ in range(count):
        if (step := next_step(flow)) is None:
            break
        flow.answers[step.name] = "done" if step.name == "outcome" else "x"
        before.append(dict(flow.answers))
    while len(before) > 1:
        before.pop()
        assert step_back(flow)
        assert flow.answers == before[-1]
    assert not step_back(flow)


def test_words_typed_where_a_button_was_asked_for_are_kept_for_later() -> None:
    flow = a_flow(Action.TRANSFER)
    assert keep_words(flow, "他离得近")
    assert flow.answers == {"reason": "他离得近"}
    assert next_step(flow).name == "staff"  # type: ignore[union-attr]
    flow.answers["staff"] = "worker-0101-2"
    assert next_step(flow) is None
    assert not keep_words(a_flow(Action.ASSIGN), "谁都行")


def test_everything_typed_is_given_back_on_cancel() -> None:
    flow = a_flow(Action.REFUSE, answers={"reason": "不在我的网格"}, pending="隔壁网格的")
    assert typed_words(flow) == "不在我的网格\n隔壁网格的"
    assert typed_words(a_flow(Action.ADD, answers={"text": "明天到"})) == "明天到"


def test_old_questions_do_not_swallow_new_words() -> None:
    flow = a_flow(Action.ESCALATE)
    assert not is_stale(flow, NOW + STALE_AFTER)
    assert is_stale(flow, NOW + STALE_AFTER + timedelta(seconds=1))


@pytest.mark.parametrize(
    "text", ["13893123456", "打138 9312 3456。", "+86 138-9312-3456", "0931-7654321", "09317654321"]
)
def test_phone_numbers_are_seen(text: str) -> None:
    assert has_phone(text)


@pytest.mark.parametrize(
    "text", ["合水中路12号3单元401室", "工单 #1042", "20261123", "138931234567890", "12345", ""]
)
def test_other_numbers_are_no_phone_numbers(text: str) -> None:
    assert not has_phone(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1042", 1042),
        (" #1042 ", 1042),
        ("＃1042", 1042),
        ("1042号", None),
        ("", None),
        ("#", None),
    ],
)
def test_ticket_numbers(text: str, number: int | None) -> None:
    assert ticket_number(text) == number


def test_parts_of_a_split_lose_their_numbering() -> None:
    assert split_parts("1. 灯不亮\n\n- 门禁坏了\n3、有味道") == ["灯不亮", "门禁坏了", "有味道"]
    assert split_parts("12号楼没水\n3单元没电") == ["12号楼没水", "3单元没电"]


def test_flow_survives_json() -> None:
    flow = a_flow(Action.RESOLVE, answers={"outcome": "done"}, files=[FILE], card=12)
    assert Flow.model_validate(flow.model_dump(mode="json")) == flow


def test_time_left_counts_both_ways() -> None:
    assert time_left(NOW, NOW + timedelta(days=1, hours=2, minutes=3)) == (False, 1, 2, 3)
    assert time_left(NOW, NOW - timedelta(minutes=90)) == (True, 0, 1, 30)


@given(st.sampled_from(State), st.sets(st.sampled_from(Actor)), st.booleans())
def test_a_card_offers_exactly_what_staff_may_do(
    state: State, actors: set[Actor], waiting: bool
) -> None:
    possible = possible_actions(state, frozenset(actors))
    main, more = card_actions(possible, waiting=waiting)
    known = {*keyboards.MAIN_ACTIONS, *keyboards.MORE_ACTIONS}
    assert len(main) + len(more) == len({*main, *more})
    assert {*main, *more} == possible & known


def test_buttons_of_a_ticket_in_hand() -> None:
    ticket = a_ticket(state=State.ACCEPTED)
    actions = possible_actions(State.ACCEPTED, frozenset({Actor.ASSIGNEE}))
    actions -= {Action.OUTSIDE_ANSWER}
    shown = card_keyboard(T, ticket, actions, photos=2)
    words = [b.text for row in shown.inline_keyboard for b in row]
    assert words[:3] == ["开始办理", "办结", "问居民"]
    assert "看照片（2）" in words
    assert "接单" not in words
    assert "退回" not in words
    more = card_keyboard(T, ticket, actions, more=True)
    assert "退回" in [b.text for row in more.inline_keyboard for b in row]


def test_a_closed_ticket_has_nothing_but_a_note() -> None:
    ticket = a_ticket(state=State.CLOSED)
    actions = possible_actions(State.CLOSED, frozenset({Actor.ASSIGNEE}))
    main, more = card_actions(actions, waiting=False)
    assert main == []
    assert more == [Action.NOTE]
    assert card_keyboard(T, ticket, actions).inline_keyboard


@pytest.mark.parametrize(
    ("page", "pages", "turns"), [(0, 1, []), (0, 3, [1]), (1, 3, [0, 2]), (2, 3, [1])]
)
def test_pages_turn_only_where_there_are_any(page: int, pages: int, turns: list[int]) -> None:
    shown = list_keyboard(T, [(7, "#1042")], page, pages, QueuePageData)
    assert shown.inline_keyboard[0][0].callback_data == CardData(ticket=7, view="fresh").pack()
    row = shown.inline_keyboard[1] if pages > 1 else []
    assert [QueuePageData.unpack(b.callback_data or "").page for b in row] == turns


def test_callback_data_leaves_room_for_its_signature(district: District) -> None:
    ticket, version = 99_999_999, 9_999
    packed = [ActData(ticket=ticket, version=version, action=a).pack() for a in Action]
    packed += [GroupData(ticket=ticket, group=group).pack() for group in district.groups]
    values = [c.code for c in district.categories] + [d.code for d in district.departments]
    packed += [ChooseData(ticket=ticket, step="category", value=v).pack() for v in values]
    packed += [
        ChooseData(ticket=ticket, step="target", value=s.code).pack() for s in district.staff
    ]
    packed += [
        ChooseData(ticket=ticket, step=step.name, value="yes").pack()
        for steps in STEPS.values()
        for step in steps
    ]
    assert max(len(data.encode()) for data in packed) <= PACKED_LIMIT


def test_long_names_are_cut_on_buttons() -> None:
    made = layout.button("字" * 200, CardData(ticket=7))
    assert len(made.text) == layout.LABEL_LIMIT
    assert made.text.endswith("…")


def a_view(state: State, *actions: Action) -> TicketView:
    return TicketView(
        ticket=a_ticket(state=state),
        category=None,  # type: ignore[arg-type]
        node=None,  # type: ignore[arg-type]
        assignee=None,
        events=[],
        attachments=[],
        actors=frozenset({Actor.ASSIGNEE}),
        actions=frozenset(actions),
        is_reporter=False,
        followers=0,
        is_following=False,
        people={},
    )


@pytest.mark.parametrize(
    ("state", "actions", "meaning"),
    [
        (State.WAITING_RESIDENT, (Action.ASK, Action.NOTE), Action.ASK),
        (State.ACCEPTED, (Action.ASK, Action.NOTE), Action.ADD),
        (State.RESOLVED, (Action.NOTE,), Action.NOTE),
        (State.ACCEPTED, (), None),
    ],
)
def test_what_a_reply_means(
    state: State, actions: tuple[Action, ...], meaning: Action | None
) -> None:
    assert reply_means(a_view(state, *actions)) is meaning
