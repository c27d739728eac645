"""Proxies: a code that is told, its limits, and a vote for somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.deliberation.ballot import Proxy
from models.deliberation.verify import verify_box
from models.errors import DomainError, NotFound
from tests.workflows.deliberation.consultation import Hood, open_hood
from tests.workflows.deliberation.polling import A, B, finish, polling, rolled, vote
from tests.workflows.town import OTHER_COURT
from workflows.deliberation.ballots import cast, check_voter
from workflows.deliberation.proxies import (
    TRIES,
    accept_proxy,
    offer_proxy,
    principals_of,
    proxies_held,
    proxy_of,
    revoke_proxy,
)


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def refusal(doing: Any) -> str:
    with pytest.raises(DomainError) as refused:
        await doing
    return str(refused.value.context.get("reason"))


async def given(hood: Hood, d_id: int, principal: int, holder: int) -> Proxy:
    """A proxy that was offered and accepted."""
    code = await offer_proxy(hood.work, await hood.neighbour(principal), d_id)
    proxy = await accept_proxy(hood.work, await hood.neighbour(holder), d_id, code)
    assert proxy is not None
    return proxy


async def test_a_neighbour_votes_for_somebody_who_is_told(hood: Hood) -> None:
    await hood.neighbour(2, name="张大妈")
    deliberation, ballot = await polling(hood, 3)
    proxy = await given(hood, deliberation.key, 1, 2)
    assert (proxy.principal_id, proxy.holder_id) == (1, 2)
    assert hood.letters.last("d_proxy_accepted").to == 1
    holder = await hood.neighbour(2)
    own = await cast(hood.work, holder, ballot.key, A)
    receipt = await cast(hood.work, holder, ballot.key, B, for_principal=1)
    letter = hood.letters.last("d_proxy_cast")
    assert (letter.to, letter.context["holder"]) == (1, "张大妈")
    again = cast(hood.work, holder, ballot.key, B, for_principal=1)
    assert await refusal(again) == "principal_voted"
    principal = await hood.neighbour(1)
    assert await refusal(cast(hood.work, principal, ballot.key, A)) == "household_voted"
    state = await check_voter(hood.work, principal, ballot)
    assert (state.voted, state.by_whom) == (True, "proxy")
    published = await finish(hood, ballot)
    assert published["result"]["turnout"] == {"chat": 1, "proxy": 1, "door": 0}
    assert verify_box(published, receipts=[own.code, receipt.code]).ok
    kinds = [(kind, author) for kind, author, _ in await hood.contributions()]
    assert kinds == [("ballot", 1), ("ballot", 2)]


async def test_the_code_is_not_kept_and_ends_after_a_day(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 3)
    principal, holder = await hood.neighbour(1), await hood.neighbour(2)
    code = await offer_proxy(hood.work, principal, deliberation.key)
    assert len(code) == 6 and code.isdecimal()
    row = await hood.session.scalar(select(Proxy))
    assert row is not None and code not in row.code_hash
    hood.pass_time(hours=24)
    assert await accept_proxy(hood.work, holder, deliberation.key, code) is None
    assert await proxy_of(hood.work, deliberation.key, 1) is None


async def test_a_code_is_good_for_one_person_and_not_for_oneself(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 3)
    one, two, three = [await hood.neighbour(id_) for id_ in (1, 2, 3)]
    code = await offer_proxy(hood.work, one, deliberation.key)
    assert await refusal(accept_proxy(hood.work, one, deliberation.key, code)) == "proxy_own"
    assert await accept_proxy(hood.work, two, deliberation.key, f" {code[:3]} {code[3:]}")
    assert await accept_proxy(hood.work, three, deliberation.key, code) is None
    for wrong in ("", "12345", "1234567", "abcdef"):
        doing = accept_proxy(hood.work, three, deliberation.key, wrong)
        assert await refusal(doing) == "proxy_code"


async def test_whoever_guesses_is_stopped(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 3)
    guesser = await hood.neighbour(2)
    code = await offer_proxy(hood.work, await hood.neighbour(1), deliberation.key)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(TRIES):
        assert await accept_proxy(hood.work, guesser, deliberation.key, wrong) is None
    doing = accept_proxy(hood.work, guesser, deliberation.key, code)
    assert await refusal(doing) == "proxy_tries"
    hood.pass_time(hours=1)
    assert await accept_proxy(hood.work, guesser, deliberation.key, code) is not None


async def test_one_person_holds_two_proxies_at_most(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 5)
    for principal in (1, 2):
        await given(hood, deliberation.key, principal, 5)
    code = await offer_proxy(hood.work, await hood.neighbour(3), deliberation.key)
    holder = await hood.neighbour(5)
    doing = accept_proxy(hood.work, holder, deliberation.key, code)
    assert await refusal(doing) == "proxy_limit"
    await revoke_proxy(hood.work, await hood.neighbour(1), deliberation.key)
    assert hood.letters.last("d_proxy_revoked").to == 5
    assert await accept_proxy(hood.work, holder, deliberation.key, code) is not None
    held = await proxies_held(hood.work, deliberation.key, 5)
    assert [proxy.principal_id for proxy in held] == [2, 3]
    assert [r.id for r in await principals_of(hood.work, deliberation.key, 5)] == [2, 3]


async def test_a_proxy_that_was_taken_back_votes_for_nobody(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 3)
    await given(hood, deliberation.key, 1, 2)
    principal, holder = await hood.neighbour(1), await hood.neighbour(2)
    await revoke_proxy(hood.work, principal, deliberation.key)
    assert await refusal(cast(hood.work, holder, ballot.key, A, for_principal=1)) == "no_proxy"
    with pytest.raises(NotFound):
        await revoke_proxy(hood.work, principal, deliberation.key)
    await given(hood, deliberation.key, 1, 3)
    assert await refusal(cast(hood.work, holder, ballot.key, A, for_principal=1)) == "no_proxy"
    third = await hood.neighbour(3)
    await cast(hood.work, third, ballot.key, A, for_principal=1)
    assert await refusal(revoke_proxy(hood.work, principal, deliberation.key)) == "voted"


async def test_a_new_offer_ends_the_one_before(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 3)
    principal, holder = await hood.neighbour(1), await hood.neighbour(2)
    first = await offer_proxy(hood.work, principal, deliberation.key)
    second = await offer_proxy(hood.work, principal, deliberation.key)
    assert await accept_proxy(hood.work, holder, deliberation.key, first) is None
    assert await accept_proxy(hood.work, holder, deliberation.key, second) is not None


async def test_who_voted_needs_nobody_to_vote_for_them(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 3)
    await given(hood, deliberation.key, 1, 2)
    await vote(hood, ballot, A)
    holder = await hood.neighbour(2)
    doing = cast(hood.work, holder, ballot.key, B, for_principal=1)
    assert await refusal(doing) == "principal_voted"
    doing = offer_proxy(hood.work, await hood.neighbour(1), deliberation.key)
    assert await refusal(doing) == "voted"
    assert [row.channel for row in await rolled(hood)] == ["chat"]


async def test_a_principal_who_may_not_vote_has_no_proxy_either(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 3)
    await given(hood, deliberation.key, 1, 2)
    principal, holder = await hood.neighbour(1), await hood.neighbour(2)
    principal.resident.grid = OTHER_COURT
    doing = cast(hood.work, holder, ballot.key, A, for_principal=1)
    assert await refusal(doing) == "principal"
    doing = offer_proxy(hood.work, principal, deliberation.key)
    assert await refusal(doing) == "other_grid"


async def test_a_daughter_who_lives_elsewhere_may_vote_for_her_mother(hood: Hood) -> None:
    daughter = await hood.neighbour(2, grid=OTHER_COURT)
    deliberation, ballot = await polling(hood, 3)
    await given(hood, deliberation.key, 1, 2)
    assert await refusal(cast(hood.work, daughter, ballot.key, A)) == "other_grid"
    await cast(hood.work, daughter, ballot.key, A, for_principal=1)
    assert [row.channel for row in await rolled(hood)] == ["proxy"]


async def test_no_proxies_before_the_announcement(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 1)
    deliberation.step = "draft"  # type: ignore[assignment]
    hood.work.now += timedelta(hours=1)
    doing = offer_proxy(hood.work, await hood.neighbour(1), deliberation.key)
    assert await refusal(doing) == "step"


async def test_whoever_forgot_their_room_can_still_take_a_proxy_back(hood: Hood) -> None:
    deliberation, _ = await polling(hood, 2)
    principal = await hood.neighbour(1)
    await offer_proxy(hood.work, principal, deliberation.key)
    principal.resident.room = None
    proxy = await revoke_proxy(hood.work, principal, deliberation.key)
    assert proxy.revoked_at == hood.work.now
