"""The ballot box as a hash chain, and what is published of it. Pure, standard library only.

    genesis       = SHA-256("linmen-ballot-v1\\n" + header)
    commitment    = SHA-256(nonce + "\\n" + choice)
    link i        = SHA-256(link i-1 + "\\n" + i + "\\n" + commitment i), link 0 being the genesis

Header and choice are JSON in one form: keys sorted, no blanks, UTF-8 as it is. All hashes are
lower-case hexadecimal. docs/ballots.md explains it to those who write a verifier of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from models.deliberation.methods import Choice, Tally, count

BOX_FORMAT = "linmen-ballot-box-v1"
_GENESIS = "linmen-ballot-v1\n"
CHANNELS = ("chat", "proxy", "door")


class Entry(NamedTuple):
    """One link of the chain."""

    position: int
    commitment: str
    link: str


class Opened(NamedTuple):
    """What opens a commitment."""

    nonce: str
    choice: Choice


def canonical(value: Any) -> str:
    """JSON in the one form that is hashed."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _sha256(text: str) -> str:
    # A lone surrogate, which only a forged file can hold, becomes bytes that no honest one has.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def genesis(header: Mapping[str, Any]) -> str:
    """What the chain begins with: everything that was settled before the first ballot."""
    return _sha256(_GENESIS + canonical(header))


def commit(nonce: str, choice: Choice) -> str:
    """The commitment to a choice, which is the receipt too. `nonce` is 32 random bytes, hex."""
    return _sha256(f"{nonce}\n{canonical(choice)}")


def link(before: str, position: int, commitment: str) -> str:
    """The next link, behind link `before`. Positions begin with 1."""
    return _sha256(f"{before}\n{position}\n{commitment}")


def extend(head: str, length: int, commitments: Iterable[str]) -> list[Entry]:
    """The links that commitments get behind `head`, under which `length` ballots lie."""
    entries = []
    for position, commitment in enumerate(commitments, start=length + 1):
        head = link(head, position, commitment)
        entries.append(Entry(position, commitment, head))
    return entries


def result_of(
    header: Mapping[str, Any], choices: Iterable[Choice], turnout: Mapping[str, int], head: str
) -> dict[str, Any]:
    """The result that follows from a box: the same on the server and in every verifier.

    Whoever votes at the door is added to the register, so the quorum is the share
    `quorum_percent` of `electorate` and the door votes together, rounded up. Without it the
    ballot is not valid and nobody wins.
    """
    given = list(choices)
    tally: Tally = count(
        header["method"],
        option_keys(header),
        given,
        majority_percent=header["majority_percent"],
        seed=head,
    )
    electorate = header["electorate"] + turnout["door"]
    quorum = -(-electorate * header["quorum_percent"] // 100)
    valid = bool(given) and len(given) >= quorum
    return {
        "valid": valid,
        "winner": tally.winner if valid else None,
        "ballots": len(given),
        "electorate": electorate,
        "quorum": quorum,
        "turnout": {channel: turnout[channel] for channel in CHANNELS},
        "totals": tally.totals,
        "detail": tally.detail,
        "tie": tally.ties,
    }


def option_keys(header: Mapping[str, Any]) -> list[str]:
    """Keys of the options on the ballot, the status quo included."""
    return [option["key"] for option in header["options"]]


def box_of(
    header: Mapping[str, Any],
    entries: Sequence[Entry],
    opened: Iterable[Opened],
    *,
    heads: Sequence[Mapping[str, Any]],
    result: Mapping[str, Any],
    head: str,
    length: int,
    closed_at: str,
) -> dict[str, Any]:
    """What is published: links in their order, opened ballots by their commitments."""
    ballots = sorted(opened, key=lambda ballot: commit(*ballot))
    return {
        "format": BOX_FORMAT,
        "header": dict(header),
        "entries": [list(entry) for entry in entries],
        "ballots": [[ballot.nonce, ballot.choice] for ballot in ballots],
        "heads": [dict(announced) for announced in heads],
        "closed_at": closed_at,
        "head": head,
        "length": length,
        "result": dict(result),
    }
