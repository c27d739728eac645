"""Bad configuration stops the start with the file, the key and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load_settings

NAMES = ("BOT_TOKEN", "BOT_API_BASE", "DATABASE_URL", "REDIS_URL", "LINMEN_DATA", "HOST", "PORT")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "absent.toml")
    assert (settings.host, settings.port, settings.sandboxed) == ("127.0.0.1", 8080, True)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, '[server]\nport = 9000\n[telegram]\ntoken = "1:file"\n')
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("LINMEN_DATA", "elsewhere")
    settings = load_settings(path)
    assert (settings.port, settings.bot_token) == (9001, "1:file")
    assert settings.linmen_data == Path("elsewhere")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[server\n", ("config.toml", "not readable as TOML")),
        ('[server]\nport = "many"\n', ("config.toml", "[server] port", "valid integer")),
        ("[server]\nprot = 1\n", ("config.toml", "[server] prot", "no such setting")),
        ("[policy]\nreopen_days = -1\n", ("config.toml", "[policy]", "reopen_days", "greater")),
        (
            "[policy]\nreopen_dais = 1\n",
            ("config.toml", "[policy]", "dais", "not permitted"),
        ),
        (
            '[telegram]\npublic_url = "https://x.example"\n',
            ("config.toml", "public_url needs webhook_secret"),
        ),
        ('[storage]\ndatabase_url = "mysql://x"\n', ("config.toml", "not a SQLite or PostgreSQL")),
    ],
)
def test_a_fault_names_file_key_and_reason(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, text))
    for part in parts:
        assert part in str(caught.value)


def test_a_fault_in_the_environment_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "70000")
    with pytest.raises(SettingsError, match=r"environment: PORT: .*65535"):
        load_settings(tmp_path / "absent.toml")


def test_every_setting_of_the_shipped_file_is_the_default() -> None:
    shipped = load_settings(Path(__file__).resolve().parents[2] / "config.toml")
    assert shipped == load_settings(Path("absent.toml"))
