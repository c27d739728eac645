"""Settings: `config.toml`, then the environment. The names are a promise to users (README).

A fault stops the start with the file (or variable), the key and the reason.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.database import async_url
from models.policy import Policy

SANDBOX_TOKEN = "1:sandbox"  # noqa: S105 - the token of the server in our own process
TELEGRAM_API = "https://api.telegram.org"


class SettingsError(ValueError):
    """The configuration cannot be used; the message names file, key and reason."""


class CourierSettings(BaseModel):
    """How fast messages may leave (`[courier]`). Telegram's own limits are the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages_per_second: float = Field(default=30, ge=0)
    """For all chats together; 0 means unlimited (only sensible without Telegram)."""
    chat_messages_per_second: float = Field(default=1, ge=0)
    """For one private chat, once its burst is used up; 0 means unlimited."""
    chat_burst: int = Field(default=5, ge=1)
    """Messages that one chat may get at once."""
    group_messages_per_minute: int = Field(default=20, ge=0)
    """For one group; 0 means unlimited."""
    in_flight: int = Field(default=64, ge=1, le=512)
    """Requests under way at once."""


class Settings(BaseSettings):
    """Everything that is set from outside."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    bot_token: str = ""
    """`BOT_TOKEN`: from BotFather; empty means the sandbox."""
    bot_api_base: str = ""
    """`BOT_API_BASE`: another Bot API server; empty means Telegram's, or the sandbox."""
    database_url: str = ""
    """`DATABASE_URL`: empty means SQLite in the data folder."""
    redis_url: str = ""
    """`REDIS_URL`: empty means a Valkey of our own; `none` means to do without."""
    linmen_data: Path = Path("var")
    """`LINMEN_DATA`: the data folder."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    """Where Telegram reaches us: set, a webhook is used instead of polling."""
    webhook_secret: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,256}$")
    district: Path = Path("data/xigucheng")
    """Folder of the sub-district's files."""
    demo_accounts: bool = False
    """Bind the accounts preset in staff.toml on a server that is not our own sandbox: for tests
    and demonstrations. On Telegram an invented number may be a stranger's account."""
    policy: Policy = Policy()
    courier: CourierSettings = CourierSettings()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.public_url and not self.public_url.startswith("https://") and self.bot_token:
            raise ValueError("public_url must begin with https:// (Bot API, setWebhook)")
        if self.public_url and not self.webhook_secret:
            raise ValueError("public_url needs webhook_secret: without it anybody could post")
        if self.database_url:
            async_url(self.database_url)
        return self

    @property
    def sandboxed(self) -> bool:
        """Whether the chat is the sandbox in our own process."""
        return not self.bot_token

    @property
    def presets_accounts(self) -> bool:
        """Whether staff hold their posts by the accounts of staff.toml, without an invitation."""
        return self.sandboxed or self.demo_accounts

    @property
    def token(self) -> str:
        """The token to use."""
        return self.bot_token or SANDBOX_TOKEN

    @property
    def database(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.linmen_data.resolve() / 'linmen.sqlite3'}"

    @property
    def courier_in_use(self) -> CourierSettings:
        """The limits in force: the sandbox in our own process has none of Telegram's."""
        if not self.sandboxed or self.bot_api_base:
            return self.courier
        return CourierSettings(
            messages_per_second=0,
            chat_messages_per_second=0,
            group_messages_per_minute=0,
            in_flight=self.courier.in_flight,
        )

    @property
    def policy_in_use(self) -> Policy:
        """The limits in force: in the sandbox the seven steps take minutes instead of days."""
        steps = self.policy.deliberation
        hurry = self.sandboxed if steps.demo_times is None else steps.demo_times
        if not hurry:
            return self.policy
        return self.policy.model_copy(update={"deliberation": steps.hurried()})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what the caller read from the file."""
        return env_settings, init_settings


_FLAT = {
    ("telegram", "token"): "bot_token",
    ("telegram", "api_base"): "bot_api_base",
    ("telegram", "public_url"): "public_url",
    ("telegram", "webhook_secret"): "webhook_secret",
    ("storage", "database_url"): "database_url",
    ("storage", "redis_url"): "redis_url",
    ("storage", "data"): "linmen_data",
    ("server", "host"): "host",
    ("server", "port"): "port",
    ("district", "folder"): "district",
    ("district", "demo_accounts"): "demo_accounts",
}
"""Table and key of config.toml → setting."""


def load_settings(path: Path) -> Settings:
    """Read `path` (it may be absent) and the environment.

    Raises:
        SettingsError: with the file, the key and the reason of every fault.
    """
    values, where = _read(path)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(_describe(path, error, where)) from None


def _read(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings in the file, and how each is written there."""
    if not path.exists():
        return {}, {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not readable as TOML: {error}") from None
    values: dict[str, Any] = {}
    where: dict[str, str] = {}
    for table, content in tables.items():
        if table in ("policy", "courier"):
            values[table] = content
            where[table] = f"[{table}]"
            continue
        for key, value in content.items() if isinstance(content, dict) else ((table, content),):
            field = _FLAT.get((table, key))
            if field is None:
                raise SettingsError(f"{path}: [{table}] {key}: there is no such setting")
            values[field] = value
            where[field] = f"[{table}] {key}"
    return values, where


def _describe(path: Path, error: ValidationError, where: dict[str, str]) -> str:
    lines = []
    for fault in error.errors():
        location = [str(part) for part in fault["loc"]]
        field = location[0] if location else ""
        variable = field.upper()
        if variable in os.environ:
            source = f"environment: {variable}"
        else:
            source = f"{path}: {' '.join([where.get(field, field), *location[1:]])}".rstrip(": ")
        lines.append(f"{source}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
