"""Honest ballot boxes of every kind, and ways to tamper with them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from models.deliberation.chain import (
    Opened,
    box_of,
    commit,
    extend,
    genesis,
    link,
    option_keys,
    result_of,
)
from models.deliberation.methods import STATUS_QUO, Choice, check_choice

Box = dict[str, Any]


def header_of(method: str, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "place": "西固城街道",
        "deliberation": 3,
        "title": "加装“电梯”\t<b>\\ 🛗\u2028",
        "grids": ["xg.01.01.01"],
        "options": [
            {"key": "B", "title": "两部", "version": 2},
            {"key": "A", "title": "一部", "version": 1},
            {"key": "C", "title": "不装，装座椅", "version": 1},
            {"key": STATUS_QUO, "title": "", "version": 0},
        ],
        "method": method,
        "unit": "household",
        "secret": True,
        "opened_at": "2026-11-23T01:00:00+00:00",
        "closes_at": "2026-11-26T01:00:00+00:00",
        "electorate": 30,
        "quorum_percent": 50,
        "majority_percent": 50,
        "mixed": 5,
    }
    return given | more


def some_choice(rng: random.Random, method: str, keys: list[str]) -> Choice:
    some = rng.sample(keys, rng.randint(1, len(keys)))
    match method:
        case "approval":
            wanted = [key for key in some if key != STATUS_QUO] or [STATUS_QUO]
            return {"approve": wanted}
        case "score":
            return {"scores": {key: rng.randint(0, 5) for key in some}}
        case _:
            return {"rank": some}


def make_box(method: str, number: int = 20, seed: int = 1, **header: Any) -> Box:
    """A box of `number` ballots with heads announced at every fifth."""
    rng = random.Random(f"{method} {seed}")
    head = header_of(method, **header)
    keys = option_keys(head)
    opened = [
        Opened(rng.randbytes(32).hex(), check_choice(method, keys, some_choice(rng, method, keys)))
        for _ in range(number)
    ]
    entries = extend(genesis(head), 0, [commit(*ballot) for ballot in opened])
    links = [genesis(head), *(entry.link for entry in entries)]
    door = number // 5
    result = result_of(
        head,
        [ballot.choice for ballot in opened],
        {"chat": number - door, "proxy": 0, "door": door},
        links[-1],
    )
    return box_of(
        head,
        entries,
        opened,
        heads=[
            {"length": at, "head": links[at], "at": "2026-11-24T01:00:00+00:00"}
            for at in range(0, number + 1, 5)
        ],
        result=result,
        head=links[-1],
        length=number,
        closed_at="2026-11-26T01:00:00+00:00",
    )


def rechain(box: Box) -> None:
    """What a careful forger does: compute every link anew, and count again."""
    links = [genesis(box["header"])]
    for index, entry in enumerate(box["entries"], start=1):
        entry[0] = index
        entry[2] = link(links[-1], index, entry[1])
        links.append(entry[2])
    box["head"], box["length"] = links[-1], len(box["entries"])
    box["ballots"].sort(key=lambda ballot: commit(*ballot))
    box["result"] = result_of(
        box["header"],
        [choice for _, choice in box["ballots"]],
        box["result"]["turnout"],
        box["head"],
    )


def _other(box: Box, choice: Choice) -> Choice:
    for key in ("A", "B"):
        method = box["header"]["method"]
        wanted: Choice = {
            "approval": {"approve": [key]},
            "score": {"scores": {key: 5}},
        }.get(method, {"rank": [key]})
        checked = check_choice(method, option_keys(box["header"]), wanted)
        if checked != choice:
            return checked
    raise AssertionError


def change_choice(box: Box) -> None:
    box["ballots"][3][1] = _other(box, box["ballots"][3][1])


def change_and_recount(box: Box) -> None:
    change_choice(box)
    result = result_of(
        box["header"],
        [choice for _, choice in box["ballots"]],
        box["result"]["turnout"],
        box["head"],
    )
    box["result"] = result


def delete_opened(box: Box) -> None:
    del box["ballots"][3]


def delete_last(box: Box) -> None:
    _, commitment, _ = box["entries"].pop()
    box["ballots"] = [b for b in box["ballots"] if commit(*b) != commitment]


def delete_middle(box: Box) -> None:
    _, commitment, _ = box["entries"].pop(7)
    box["ballots"] = [b for b in box["ballots"] if commit(*b) != commitment]


def insert_one(box: Box) -> None:
    nonce = hashlib.sha256(b"stuffed").hexdigest()
    choice = _other(box, {})
    box["ballots"].append([nonce, choice])
    before = box["head"]
    position = len(box["entries"]) + 1
    commitment = commit(nonce, choice)
    box["entries"].append([position, commitment, link(before, position, commitment)])


def insert_into_the_middle(box: Box) -> None:
    nonce = hashlib.sha256(b"stuffed").hexdigest()
    choice = _other(box, {})
    box["ballots"].append([nonce, choice])
    box["entries"].insert(7, [8, commit(nonce, choice), "0" * 64])
    rechain(box)


def swap(box: Box) -> None:
    entries = box["entries"]
    entries[2], entries[3] = entries[3], entries[2]


def swap_and_rechain(box: Box) -> None:
    swap(box)
    rechain(box)


def change_result(box: Box) -> None:
    result = box["result"]
    result["winner"] = "A" if result["winner"] != "A" else "B"


def change_total(box: Box) -> None:
    box["result"]["totals"]["A"] += 1


def change_turnout(box: Box) -> None:
    box["result"]["turnout"]["chat"] += 1


def change_header(box: Box) -> None:
    box["header"]["quorum_percent"] = 1


def change_header_and_rechain(box: Box) -> None:
    box["header"]["majority_percent"] = 1
    rechain(box)


def copy_a_ballot(box: Box) -> None:
    box["entries"].append([len(box["entries"]) + 1, box["entries"][0][1], "0" * 64])
    box["ballots"].append(deepcopy(box["ballots"][0]))
    rechain(box)


def close_early(box: Box) -> None:
    box["closed_at"] = "2026-11-25T01:00:00+00:00"


def invalid_choice(box: Box) -> None:
    box["ballots"][3][1] = {"approve": ["A", "A"]}


TAMPERINGS: list[Callable[[Box], None]] = [
    change_choice,
    change_and_recount,
    delete_opened,
    delete_last,
    delete_middle,
    insert_one,
    insert_into_the_middle,
    swap,
    swap_and_rechain,
    change_result,
    change_total,
    change_turnout,
    change_header,
    change_header_and_rechain,
    copy_a_ballot,
    close_early,
    invalid_choice,
]
