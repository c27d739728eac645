"""Steps 3 and 4 of a play: options with versions and the lawyer's answer; the announcement."""

from __future__ import annotations

from bot.demo.cast import Player
from bot.demo.scene import Play, Script
from bot.demo.story import OptionLine, QuestionLine
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Amendment
from models.deliberation.plan import PlanOption, Printout
from workflows.deliberation import announce, meetings, plans, proxies, questions

PUBLISHED = 14
"""Day of the scene on which the options are announced."""
MEETING = 20
"""Day of the consultation, at 19:00."""
_CENTS = 100
_SEEN = 0.7
"""Share of residents who press "seen"."""
_LAWYER = "lawyer-3"
_FINISHED_BY = 120
"""Day of the scene by which what the options say would be done."""


async def drafting(play: Play, *, ending: bool) -> Script:
    """Authors write the options, a member comments, a lawyer answers; `ending`: not yet to all."""
    yield play.at(10, 9)
    await play.act(play.organiser, plans.invite_author, play.d_id, play.worker)
    for number, line in enumerate(play.story.option):
        author = (play.organiser, play.seats[0], play.worker)[number % 3]
        yield play.at(10, 10 + number)
        option = await play.act(author, plans.begin_option, play.d_id, line.title)
        yield play.at(10, 14 + number)
        await _write(play, author, option, line)
        yield play.at(10, 19)
        await _comment(play, author, option, line)
        yield play.at(11, 9, number)
        await play.act(author, plans.hand_in_option, option.key)
        await play.act(author, plans.ask_legality, option.key)
    play.options = [row for row in await play.rows(PlanOption) if row.state == "ready"]
    answered = play.options[:-1] if ending else play.options
    for option, line in zip(answered, play.story.option, strict=False):
        yield play.at(11, 16)
        await _answer(play, option, line)


async def _write(play: Play, author: str, option: PlanOption, line: OptionLine) -> None:
    await play.act(
        author,
        plans.write_option,
        option.key,
        what=line.what,
        place=line.place,
        cost_cents=line.cost * _CENTS,
        payer=line.payer,
        doer=line.doer,
        contractor=play.contractor if line.contractor else None,
        by_when=play.at(_FINISHED_BY, 12).date(),
        risks=line.risks,
    )


async def _comment(play: Play, author: str, option: PlanOption, line: OptionLine) -> None:
    """A member of the council says something, and the option is changed."""
    said = line.comment
    if said is None:
        return
    await play.act(play.seats[3], plans.comment_option, option.key, said.text)
    await play.act(author, plans.write_option, option.key, note=said.note, risks=said.risks)


async def _answer(play: Play, option: PlanOption, line: OptionLine) -> None:
    async with play.stage.work() as work:
        deliberation = await work.session.get_one(Deliberation, play.d_id)
        checks = await plans.open_checks(work, deliberation)
    (check,) = [row for row in checks if row.option_id == option.key]
    verdict = "conditional" if line.conditional else "lawful"
    words = play.words.conditional if line.conditional else play.words.lawful
    await play.act(_LAWYER, plans.answer_legality, check.id or 0, verdict, words)


async def announcing(play: Play, *, ending: bool) -> Script:
    """The announcement, posters for the doors, questions, a change; `ending`: posters are left."""
    yield play.at(PUBLISHED, 9)
    meeting = await play.act(
        play.organiser,
        meetings.convene,
        play.d_id,
        starts_at=play.at(MEETING, 19),
        place=play.words.place,
    )
    play.meeting_id = meeting.key
    yield play.at(PUBLISHED, 10)
    await play.act(play.organiser, announce.publish, play.d_id)
    yield play.at(PUBLISHED, 15)
    printouts = await play.rows(Printout)
    given = printouts[: len(printouts) // 2] if ending else printouts
    for number, printout in enumerate(given):
        bringer = play.building_lead if number % 2 == 0 else play.worker
        await play.act(play.organiser, announce.assign_printout, printout.id, bringer)
    readers = [player for player in play.players if play.rng.random() < _SEEN]
    first, last = play.at(PUBLISHED, 11), play.at(PUBLISHED + 1, 20)
    for player, at in zip(readers, play.moments(first, last, len(readers)), strict=True):
        yield at
        await play.act(player.account, announce.mark_seen, play.d_id)
    yield play.at(PUBLISHED + 1, 20)
    for printout in given[: len(given) - 1 if ending else len(given)]:
        bringer = play.building_lead if given.index(printout) % 2 == 0 else play.worker
        doors = max(0, printout.doors - play.rng.randint(0, 2))
        await play.act(bringer, announce.report_printout, printout.id, doors)
    for number, line in enumerate(play.story.question):
        yield play.at(PUBLISHED + 1, 20, 10 + number)
        await _ask(play, play.rng.choice(play.players), line)
    if ending:
        return
    yield play.at(PUBLISHED + 3, 18)
    await _amend(play)
    await _give_proxies(play)


async def _ask(play: Play, player: Player, line: QuestionLine) -> None:
    asked = await play.act(player.account, questions.ask_question, play.d_id, line.text)
    if line.answer is not None:
        await play.act(play.organiser, questions.answer_question, asked.id or 0, line.answer)


async def _amend(play: Play) -> None:
    """A resident wants the first option changed, and it is."""
    line = play.story.amendment
    if line is None:
        return
    player = play.rng.choice(play.players)
    option = play.options[0]
    wanted: Amendment = await play.act(
        player.account, questions.propose_amendment, option.key, line.text
    )
    await play.act(
        play.organiser,
        questions.decide_amendment,
        wanted.id or 0,
        True,
        line.reason,
        risks=line.risks,
    )
    play.options = [row for row in await play.rows(PlanOption) if row.state == "ready"]


async def _give_proxies(play: Play) -> None:
    """Two give their vote to a neighbour of another household."""
    households = {player.place: player for player in play.players}
    chosen = play.rng.sample(sorted(households.values(), key=lambda player: player.account), 4)
    for principal, holder in (chosen[:2], chosen[2:]):
        code = await play.act(principal.account, proxies.offer_proxy, play.d_id)
        await play.act(holder.account, proxies.accept_proxy, play.d_id, code)
        play.proxies[principal.account] = holder
