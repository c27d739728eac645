"""The chain, and the verifier: an honest box is believed, one that was touched is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import ROOT
from models.deliberation.chain import canonical, commit, extend, genesis, link
from models.deliberation.methods import METHODS
from models.deliberation.verify import verify_box, verify_text
from tests.models.boxes import TAMPERINGS, Box, make_box

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcXYZ", max_size=3), inner),
    max_leaves=10,
)


def test_the_hashes_are_those_of_the_documented_form() -> None:
    # Computed with sha256sum from the strings that docs/ballots.md describes.
    choice = {"approve": ["A", "C"]}
    assert canonical(choice) == '{"approve":["A","C"]}'
    assert commit("ab" * 32, choice) == (
        "ed6cbfe2b970442a87a4758a5af7b5721409c780ea2557d928151c24c60aa1eb"
    )
    assert link("0" * 64, 1, "f" * 64) == (
        "7d9fb8c589dd034487b241b93899b3711ee29e6dd3866294318e966852db2df4"
    )
    assert genesis({"title": "电梯", "secret": True}) == (
        "045bba5ad32df8f7fb3d3493d078216174f443a6145c4a21e2f9c6db39791cfa"
    )


@given(json_values)
def test_the_hashed_form_is_json_that_does_not_depend_on_the_order(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == text


def test_a_chain_may_be_built_in_batches() -> None:
    commitments = [commit(f"{n:064x}", {"rank": ["A"]}) for n in range(9)]
    whole = extend("0" * 64, 0, commitments)
    first = extend("0" * 64, 0, commitments[:4])
    assert first + extend(first[-1].link, 4, commitments[4:]) == whole


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("number", [0, 1, 3, 20])
def test_an_honest_box_is_believed(method: str, number: int) -> None:
    report = verify_text(json.dumps(make_box(method, number)))
    assert report.faults == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_box_that_was_touched_is_refused(tamper: Callable[[Box], None], method: str) -> None:
    box = make_box(method)
    tamper(box)
    assert verify_box(box).faults


@pytest.mark.parametrize(
    ("tamper", "place"),
    [
        ("delete_middle", "entry 8"),
        ("swap", "entry 3"),
        ("change_header", "entry 1"),
        ("change_choice", "Opened ballot 4"),
        ("delete_last", "The box says 20 ballots, the chain has 19."),
        ("change_turnout", "21 voters are on the roll, but 20 ballots"),
    ],
)
def test_a_fault_names_its_place(tamper: str, place: str) -> None:
    box = make_box("approval")
    next(function for function in TAMPERINGS if function.__name__ == tamper)(box)
    assert any(place in fault for fault in verify_box(box).faults)


@given(st.data())
def test_no_single_character_can_be_changed(data: st.DataObject) -> None:
    """Whatever of the chain, the ballots or the result is changed; times of heads are only told."""
    box = make_box("runoff", 6)
    box["heads"] = [{name: head[name] for name in ("length", "head")} for head in box["heads"]]
    text = json.dumps(box, ensure_ascii=False, separators=(",", ":"))
    free = text.index('"closed_at"'), text.index('"head":', text.index('"closed_at"'))
    at = data.draw(st.integers(0, len(text) - 1).filter(lambda at: not free[0] <= at < free[1]))
    new = data.draw(st.sampled_from('0123456789abcdefABC"{}[],: x电'))
    changed = text[:at] + new + text[at + 1 :]
    try:
        same = json.loads(changed) == json.loads(text)
    except ValueError:
        same = False
    assert verify_text(changed).ok == same


# --- what voters bring


def test_a_receipt_finds_its_ballot() -> None:
    box = make_box("score")
    commitment = box["entries"][6][1]
    grouped = " ".join(commitment[at : at + 4] for at in range(0, 20, 4))
    for code in (commitment, grouped, commitment[:16].upper()):
        report = verify_box(box, receipts=[code])
        assert report.ok
        assert "entry 7, counted as" in report.notes[-1]


@pytest.mark.parametrize("code", ["", "abc", "0" * 64, "g" * 20, "0" * 65])
def test_a_receipt_that_is_not_there_is_a_fault(code: str) -> None:
    assert not verify_box(make_box("score"), receipts=[code]).ok


def test_a_head_that_was_announced_must_be_on_the_chain() -> None:
    box = make_box("approval")
    witnessed = box["entries"][8][2]
    assert verify_box(box, heads=[witnessed, f"9:{witnessed}", f"0:{genesis(box['header'])}"]).ok
    assert not verify_box(box, heads=[f"8:{witnessed}"]).ok
    assert not verify_box(box, heads=["0" * 64]).ok
    assert not verify_box(box, heads=["99:" + witnessed]).ok
    assert not verify_box(box, heads=["x"]).ok


def test_a_forger_who_rewrites_everything_is_found_by_whoever_kept_a_head() -> None:
    honest = make_box("approval")
    forged = make_box("approval", seed=2)
    assert verify_box(forged).ok
    assert not verify_box(forged, heads=[f"10:{honest['entries'][9][2]}"]).ok
    assert not verify_box(forged, receipts=[honest["entries"][9][1]]).ok


# --- files that are none


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "null", '{"a":1,"a":2}', "[" * 100_000, '{"format": NaN}', "1e999"],
)
def test_what_is_no_box_is_refused_in_words(text: str) -> None:
    report = verify_text(text)
    assert report.faults[0].startswith("This is not a ballot box")


_BOX = make_box("schulze", 4)


@given(st.sampled_from(sorted(_BOX)), st.sampled_from([*sorted(_BOX["header"]), ""]), json_values)
def test_a_box_with_anything_in_it_never_breaks_the_verifier(
    name: str, inner: str, value: Any
) -> None:
    box = deepcopy(_BOX)
    if inner:
        box["header"][inner] = value
    else:
        box[name] = value
    assert verify_box(box).ok == (canonical(box) == canonical(_BOX))


# --- the command


def _run(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "verify", str(path), *more],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_says_ok_or_refuses(tmp_path: Path) -> None:
    box = make_box("runoff")
    path = tmp_path / "ballot-box.json"
    path.write_text(json.dumps(box), encoding="utf-8")
    good = _run(path, "--receipt", box["entries"][0][1], "--head", f"5:{box['heads'][1]['head']}")
    assert good.returncode == 0, good.stderr
    assert "OK: this box is complete" in good.stdout
    assert "entry 1, counted as" in good.stdout
    del box["entries"][3]
    path.write_text(json.dumps(box), encoding="utf-8")
    bad = _run(path)
    assert bad.returncode == 1
    assert "The chain is broken at entry 4" in bad.stdout
    assert bad.stdout.endswith("REFUSED.\n")
    assert _run(tmp_path / "missing.json").returncode == 1
