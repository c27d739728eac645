"""Checking a published ballot box with nothing but the file: chain, openings, tally, receipts.

Run by `python -m bot verify`; `docs/verify.html` does the same in a browser. Standard library
only, and nothing here trusts a field of the file before it was checked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.deliberation.chain import (
    BOX_FORMAT,
    CHANNELS,
    canonical,
    commit,
    genesis,
    link,
    option_keys,
    result_of,
)
from models.deliberation.methods import METHODS, STATUS_QUO, check_choice
from models.errors import InvalidInput

SHORTEST_CODE = 16
"""Digits of a receipt that are needed to look for it."""
_HASH = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(rf"[0-9a-f]{{{SHORTEST_CODE},64}}")


@dataclass(slots=True)
class Report:
    """What was found. Every fault is a sentence that names the place."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the box may be believed."""
        return not self.faults


class _Malformed(Exception):
    """The file is no ballot box."""


def verify_text(text: str, *, receipts: Sequence[str] = (), heads: Sequence[str] = ()) -> Report:
    """Check the text of a ballot-box.json; see `verify_box`."""
    try:
        # Twice the same name in one object would let two readers see two boxes.
        box = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return Report([f"This is not a ballot box: {error}."])
    return verify_box(box, receipts=receipts, heads=heads)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def verify_box(box: Any, *, receipts: Sequence[str] = (), heads: Sequence[str] = ()) -> Report:
    """Recompute everything in a box, and look for receipts and for heads announced elsewhere.

    A receipt is the code a voter was given, or its first digits (16 at least; blanks do not
    matter). A head is what the board or a receipt showed, alone or as LENGTH:HEAD.
    """
    report = Report()
    try:
        _check_form(box)
    except _Malformed as error:
        report.faults.append(f"This is not a ballot box: {error}.")
        return report
    header, entries = box["header"], box["entries"]
    report.notes.append(
        f"Ballot box: {header['title']} · {header['method']} · one vote per {header['unit']} · "
        f"{'secret' if header['secret'] else 'open'} · {len(entries)} ballots"
    )
    if datetime.fromisoformat(box["closed_at"]) < datetime.fromisoformat(header["closes_at"]):
        report.faults.append("The box was closed before the time that its header promised.")
    links = _check_chain(box, report)
    _check_announced(box["heads"], links, report)
    choices = _check_openings(box, report)
    _check_result(box, choices, report)
    for code in receipts:
        _find_receipt(code, box, report)
    for head in heads:
        _find_head(head, links, report)
    return report


# --- the form of the file


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise _Malformed(what)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _check_form(box: Any) -> None:
    _need(isinstance(box, dict) and box.get("format") == BOX_FORMAT, f"no {BOX_FORMAT}")
    _check_header(box.get("header"))
    for name in ("entries", "ballots", "heads"):
        _need(isinstance(box.get(name), list), f"{name} is not a list")
    for entry in box["entries"]:
        good = isinstance(entry, list) and len(entry) == 3 and _is_count(entry[0])
        _need(good and _is_hash(entry[1]) and _is_hash(entry[2]), "an entry of the chain is broken")
    for ballot in box["ballots"]:
        good = isinstance(ballot, list) and len(ballot) == 2 and _is_hash(ballot[0])
        _need(good and isinstance(ballot[1], dict), "an opened ballot is broken")
    for head in box["heads"]:
        good = isinstance(head, dict) and _is_count(head.get("length"))
        _need(good and _is_hash(head.get("head")), "an announced head is broken")
    _need(_is_moment(box.get("closed_at")), "closed_at is not a time")
    _need(_is_hash(box.get("head")) and _is_count(box.get("length")), "head or length is missing")
    result = box.get("result")
    _need(isinstance(result, dict) and isinstance(result.get("turnout"), dict), "no result")
    turnout = result["turnout"]
    _need(set(turnout) == set(CHANNELS), "the turnout is broken")
    _need(all(_is_count(number) for number in turnout.values()), "the turnout is broken")


def _check_header(header: Any) -> None:
    _need(isinstance(header, dict), "no header")
    _need(header.get("method") in METHODS, "an unknown method")
    _need(header.get("unit") in ("household", "resident"), "an unknown unit")
    _need(isinstance(header.get("secret"), bool), "secret or open is not said")
    _need(isinstance(header.get("title"), str), "no title")
    for name in ("electorate", "quorum_percent", "majority_percent"):
        _need(_is_count(header.get(name)), f"{name} is not a number")
    for name in ("opened_at", "closes_at"):
        _need(_is_moment(header.get(name)), f"{name} is not a time")
    options = header.get("options")
    _need(isinstance(options, list) and len(options) > 1, "no options")
    for option in options:
        _need(isinstance(option, dict) and isinstance(option.get("key"), str), "a broken option")
    keys = option_keys(header)
    _need(len(set(keys)) == len(keys) and STATUS_QUO in keys, "the options are broken")


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


# --- the chain


def _check_chain(box: dict[str, Any], report: Report) -> list[str]:
    """Every link follows from the one before. Returns the links, the genesis first."""
    faults = len(report.faults)
    links = [genesis(box["header"])]
    seen: dict[str, int] = {}
    for index, (position, commitment, given) in enumerate(box["entries"], start=1):
        if position != index:
            report.faults.append(f"Entry {index} says that it is number {position}.")
        if given != link(links[-1], index, commitment):
            before = "the header" if index == 1 else f"entry {index - 1}"
            report.faults.append(
                f"The chain is broken at entry {index}: it does not follow from {before}."
            )
        if commitment in seen:
            report.faults.append(f"Entries {seen[commitment]} and {index} are the same ballot.")
        seen[commitment] = index
        links.append(given)
    if box["length"] != len(box["entries"]):
        report.faults.append(
            f"The box says {box['length']} ballots, the chain has {len(box['entries'])}."
        )
    if box["head"] != links[-1]:
        report.faults.append("The final head is not the last link of the chain.")
    if len(report.faults) == faults:
        report.notes.append(
            f"Chain: {len(box['entries'])} links, unbroken from the header to {box['head']}"
        )
    return links


def _check_announced(heads: list[dict[str, Any]], links: list[str], report: Report) -> None:
    for head in heads:
        fault = _head_fault(head["length"], head["head"], links)
        if fault is not None:
            report.faults.append(fault)
    if heads and not any(_head_fault(h["length"], h["head"], links) for h in heads):
        report.notes.append(f"Heads announced while voting ran: {len(heads)}, all on the chain")


def _head_fault(length: int, head: str, links: list[str]) -> str | None:
    if length >= len(links):
        return (
            f"A head was announced when {length} ballots lay in the box; now there are "
            f"{len(links) - 1}: ballots were taken out."
        )
    if links[length] != head:
        return (
            f"The head announced at {length} ballots is not the one of this chain: something "
            "up to there was changed afterwards."
        )
    return None


# --- the ballots


def _check_openings(box: dict[str, Any], report: Report) -> list[dict[str, Any]]:
    """Every entry is opened once, nothing else is opened, every choice is one. Returns those."""
    faults = len(report.faults)
    header = box["header"]
    positions = {commitment: position for position, commitment, _ in box["entries"]}
    opened: Counter[str] = Counter()
    choices: list[dict[str, Any]] = []
    order: list[str] = []
    for index, (nonce, choice) in enumerate(box["ballots"], start=1):
        try:
            commitment = commit(nonce, choice)
        except (ValueError, RecursionError):
            report.faults.append(f"Opened ballot {index} is not JSON that can be hashed.")
            continue
        order.append(commitment)
        opened[commitment] += 1
        if commitment not in positions:
            report.faults.append(
                f"Opened ballot {index} is not in the chain: it was changed or added."
            )
        if opened[commitment] > 1:
            report.faults.append(f"Opened ballot {index} is there twice.")
        if _is_choice(header, choice):
            choices.append(choice)
        else:
            report.faults.append(f"Opened ballot {index} is no valid choice.")
    for commitment, position in positions.items():
        if not opened[commitment]:
            report.faults.append(
                f"Entry {position} has no opened ballot: it was changed or taken out."
            )
    if order != sorted(order):
        report.faults.append("The opened ballots are not in the order of their commitments.")
    if len(report.faults) == faults:
        report.notes.append(f"Ballots: {len(choices)}, each one of the chain, none left out")
    return choices


def _is_choice(header: dict[str, Any], choice: dict[str, Any]) -> bool:
    try:
        checked = check_choice(header["method"], option_keys(header), choice)
    except (InvalidInput, TypeError):
        return False
    return canonical(checked) == canonical(choice)


def _check_result(box: dict[str, Any], choices: list[dict[str, Any]], report: Report) -> None:
    result, entries = box["result"], box["entries"]
    cast = sum(result["turnout"].values())
    if cast != len(entries):
        report.faults.append(
            f"{cast} voters are on the roll, but {len(entries)} ballots lie in the box."
        )
    counted = result_of(box["header"], choices, result["turnout"], box["head"])
    wrong = [name for name in counted if not _same(counted[name], result.get(name))]
    wrong += sorted(set(result) - set(counted))
    for name in wrong:
        told = json.dumps(result.get(name), ensure_ascii=False)
        report.faults.append(
            f"The result says {name} = {told[:200]}; counted again it is "
            f"{json.dumps(counted.get(name), ensure_ascii=False)[:200]}."
        )
    if not wrong:
        report.notes.append(f"Result, counted again: {_result_words(counted)}")


def _same(counted: Any, told: Any) -> bool:
    return json.dumps(counted, sort_keys=True) == json.dumps(told, sort_keys=True)


def _result_words(result: dict[str, Any]) -> str:
    totals = ", ".join(f"{key}: {total}" for key, total in result["totals"].items())
    turnout = f"{result['ballots']} of {result['electorate']} voted, {result['quorum']} were needed"
    if not result["valid"]:
        return f"not valid ({turnout}); {totals}"
    lot = " after a lot that the final head decides" if result["tie"] else ""
    won = "nothing changes" if result["winner"] == STATUS_QUO else f"{result['winner']} wins"
    return f"{won}{lot} ({turnout}); {totals}"


# --- what voters bring


def _find_receipt(code: str, box: dict[str, Any], report: Report) -> None:
    wanted = re.sub(r"[\s\-·…]", "", code).lower()
    if not _CODE.fullmatch(wanted):
        report.faults.append(
            f"Receipt {code!r}: a receipt has {SHORTEST_CODE} to 64 of the digits 0-9 and a-f."
        )
        return
    found = [entry for entry in box["entries"] if entry[1].startswith(wanted)]
    if len(found) != 1:
        what = "is not in this box" if not found else "fits several ballots: give more digits"
        report.faults.append(f"Receipt {code}: {what}.")
        return
    position, commitment, _ = found[0]
    choice = next((c for n, c in box["ballots"] if commit(n, c) == commitment), None)
    if choice is None:
        report.faults.append(f"Receipt {code}: entry {position}, but its ballot is missing.")
        return
    report.notes.append(f"Receipt {code}: entry {position}, counted as {canonical(choice)}")


def _find_head(given: str, links: list[str], report: Report) -> None:
    length, _, head = given.strip().lower().rpartition(":")
    if not _is_hash(head) or (length and not length.isdecimal()):
        report.faults.append(f"Head {given!r}: 64 of the digits 0-9 and a-f are needed.")
    elif length:
        fault = _head_fault(int(length), head, links)
        if fault is None:
            report.notes.append(f"Head {head}: on the chain, at {length} ballots")
        else:
            report.faults.append(fault)
    elif head in links:
        report.notes.append(f"Head {head}: on the chain, at {links.index(head)} ballots")
    else:
        report.faults.append(f"Head {head} is not on this chain: the box was changed behind it.")


def lines_of(report: Report) -> Iterable[str]:
    """What the command prints."""
    yield from report.notes
    yield from (f"FAULT: {fault}" for fault in report.faults)
    yield "OK: this box is complete and counted right." if report.ok else "REFUSED."
