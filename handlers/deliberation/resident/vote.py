"""Voting: for whom, whether one's home has voted, and the result."""

from __future__ import annotations

from handlers.deliberation.resident.filling import blank, put
from handlers.deliberation.resident.parts import board, winner
from handlers.deliberation.views import open_screen, screen
from handlers.errors import sentence
from handlers.keyboards import discuss as buttons
from handlers.keyboards.ballots import for_whom
from handlers.turn import Turn
from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.errors import NotEligible
from models.people import Resident
from workflows.deliberation.ballots import begin_secret, check_voter, current_ballot
from workflows.deliberation.proxies import proxies_held
from workflows.deliberation.roll import recorded


@screen("vote")
async def vote(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Begin to fill in a ballot; who may vote for others is asked for whom."""
    ballot = await current_ballot(turn.work, deliberation.key)
    if ballot is None:
        await open_screen(turn, "card", deliberation.key)
        return
    begin_secret(turn.work, ballot)
    if ballot.state != "open":
        await _show_result(turn, deliberation, ballot)
        return
    mine = await check_voter(turn.work, turn.person, ballot)
    others = await _principals(turn, ballot)
    if not others:
        if mine.may:
            await put(turn, blank(ballot))
        else:
            await show_standing(turn, deliberation, ballot)
        return
    await turn.show(
        turn.t("discuss/vote_for_whom", d=deliberation, mine=mine, names=[n for _, n in others]),
        for_whom(turn.t, deliberation.key, ballot.key, others, mine=mine.may),
    )


async def _principals(turn: Turn, ballot: Ballot) -> list[tuple[int, str]]:
    """Whom this person may still vote for: account and name, as the chat app shows it to them."""
    held = await proxies_held(turn.work, ballot.deliberation_id, turn.person.id)
    people = [await turn.work.session.get(Resident, proxy.principal_id) for proxy in held]
    known = [person for person in people if person is not None]
    voted = await recorded(turn.work, ballot, known)
    return [(person.id, person.name) for person in known if person.id not in voted]


@screen("receipt")
async def receipt(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Whether a vote of one's home is in the box, and how to check one's receipt."""
    ballot = await current_ballot(turn.work, deliberation.key)
    if ballot is None:
        await open_screen(turn, "card", deliberation.key)
        return
    await show_standing(turn, deliberation, ballot)


async def show_standing(turn: Turn, deliberation: Deliberation, ballot: Ballot) -> None:
    """Voted, by whom; or why this person cannot vote."""
    state = await check_voter(turn.work, turn.person, ballot)
    why = ""
    if not state.voted and not state.may and state.reason is not None:
        refused = NotEligible(state.reason, reason=state.reason, closes_at=ballot.closes_at)
        why = sentence(turn.t, refused)
    await turn.show(
        turn.t(
            "discuss/standing",
            d=deliberation,
            ballot=ballot,
            state=state,
            why=why,
            winner=winner(turn, ballot),
            board=board(turn, deliberation),
        ),
        buttons.only_back(turn.t, deliberation.key, *(("vote",) if state.may else ())),
    )


async def _show_result(turn: Turn, deliberation: Deliberation, ballot: Ballot) -> None:
    await turn.show(
        turn.t(
            "discuss/vote_result",
            d=deliberation,
            ballot=ballot,
            valid=bool((ballot.result or {}).get("valid")),
            winner=winner(turn, ballot),
            board=board(turn, deliberation),
        ),
        buttons.only_back(turn.t, deliberation.key, "receipt"),
    )
