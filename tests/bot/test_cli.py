"""The command line is a promise to other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.paths import ROOT

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LINMEN_DATA", str(data_folder))
    monkeypatch.setenv("REDIS_URL", "none")
    monkeypatch.delenv("BOT_TOKEN", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def run(*arguments: str, typed: str | None = None) -> str:
    result = RUNNER.invoke(app, arguments, input=typed)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_triage_prints_ranked_categories() -> None:
    ranked = json.loads(run("triage", "楼道灯坏了", "--json"))
    assert ranked[0]["code"] == "facility.lighting"
    assert ranked[0]["label"] == "路灯与楼道灯"
    assert sum(row["p"] for row in ranked) == pytest.approx(1, abs=1e-3)


def test_locate_reads_a_line_each_and_prints_a_list_each() -> None:
    lines = run("locate", "-", "--json", typed="合水中路12号3单元\n没有这个地方\n").splitlines()
    found = [json.loads(line) for line in lines]
    assert found[0] == [{"code": "xg.01.01.01", "name": "合水中路12号院", "level": 4}]
    assert found[1] == []


def test_check_says_what_there_is() -> None:
    assert "134 grids" in run("check")


def test_check_names_the_faults_of_a_broken_sub_district(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[district]\nfolder = "{tmp_path}"\n')
    result = RUNNER.invoke(app, ["check", "--config", str(config)])
    assert result.exit_code == 1
    assert "district.toml" in result.output


def test_an_invitation_is_made_for_a_post_that_exists() -> None:
    assert run("invite", "worker-0101-1").startswith("/start i_")
    result = RUNNER.invoke(app, ["invite", "nobody"])
    assert result.exit_code == 1
    assert "no such post" in result.output


def test_a_poster_leads_to_its_courtyard(tmp_path: Path) -> None:
    out = tmp_path / "poster.svg"
    printed = run("poster", "xg.01.01.01", "--bot-username", "LinmenBot", "--out", str(out))
    assert "start=g_xg_01_01_01" in printed
    assert out.read_text().startswith("<?xml")
    assert RUNNER.invoke(app, ["poster", "xg.01", "--bot-username", "x"]).exit_code == 1


def test_an_empty_inbox_outbox_and_queue_say_so() -> None:
    assert run("inbox", "--failed").strip() == "empty"
    assert run("outbox", "--failed").strip() == "empty"
    assert run("queue").strip() == "no open tickets"
    assert "not set aside" in run("inbox", "--replay", "7")
    assert run("migrate").strip() == "nothing to do"


def test_a_worker_nobody_knows_is_told(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["queue", "nobody"])
    assert result.exit_code == 1
    assert "no such post" in result.output
