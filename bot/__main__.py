"""`python -m bot`: run the bot, and look after it.

Heavy imports happen inside the commands: `--help` and `triage` need not wait for aiogram.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.settings import Settings, SettingsError, load_settings

app = typer.Typer(
    name="linmen",
    help="Linmen (邻门): the front door of a sub-district in a chat app.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="LINMEN_CONFIG")
]
SWITCH_SECONDS = 0.0002
DEFAULT_CONFIG = Path("config.toml")
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]


def _fail(message: str) -> typer.Exit:
    typer.secho(message, fg=typer.colors.RED, err=True)
    return typer.Exit(1)


def _settings(config: Path) -> Settings:
    try:
        return load_settings(config)
    except SettingsError as error:
        raise _fail(str(error)) from None


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Without a command: run."""
    if context.invoked_subcommand is None:
        run(DEFAULT_CONFIG)


@app.command()
def run(config: Config = DEFAULT_CONFIG) -> None:
    """Run the bot: with the sandbox, or on Telegram when BOT_TOKEN is set."""
    settings = _settings(config)
    # What is imported stays until the end: collecting in between only costs (a seventh of the
    # time it takes), and so does looking through it at every collection afterwards.
    gc.disable()
    from telegram.error import InvalidToken  # noqa: PLC0415

    from bot.app import serve  # noqa: PLC0415
    from bot.district import DistrictError  # noqa: PLC0415
    from bot.embedded import DataFolderInUseError  # noqa: PLC0415
    from bot.logs import configure_logs  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    # SQLite works in a thread of its own: while the event loop computes, an answer of the database
    # waits for this long. The default of 5 ms would be added to nearly every statement.
    sys.setswitchinterval(SWITCH_SECONDS)
    configure_logs()
    try:
        asyncio.run(serve(settings))
    except* InvalidToken:
        raise _fail("BOT_TOKEN: the Bot API server does not know this token") from None
    except* (DistrictError, DataFolderInUseError, ValueError, OSError) as group:
        raise _fail("\n".join(str(error) for error in _leaves(group))) from None


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


@app.command()
def check(config: Config = DEFAULT_CONFIG) -> None:
    """Check the configuration and the sub-district's files without starting."""
    settings = _settings(config)
    from bot.district import DistrictError, load_district  # noqa: PLC0415

    try:
        district = load_district(settings.district)
    except DistrictError as error:
        raise _fail(str(error)) from None
    typer.echo(
        f"{district.name_zh} · {len(district.grids)} grids, {len(district.staff)} staff, "
        f"{len(district.categories)} categories, {len(district.departments)} departments: no faults"
    )


@app.command()
def triage(
    sentence: Annotated[str, typer.Argument(help="What a resident says; - reads lines.")],
    as_json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Rank the categories that a sentence may belong to."""
    from bot.inspect import category_labels, open_triage, ranked  # noqa: PLC0415

    settings = _settings(config)
    model, labels = open_triage(settings), category_labels(settings)
    _each_line(sentence, as_json, lambda line: ranked(model, labels, line))


@app.command()
def locate(
    address: Annotated[str, typer.Argument(help="An address as people write it; - reads lines.")],
    as_json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Find the grids that an address may lie in."""
    from bot.inspect import located, open_gazetteer  # noqa: PLC0415

    gazetteer = open_gazetteer(_settings(config))
    _each_line(address, as_json, lambda line: located(gazetteer, line))


def _each_line(text: str, as_json: bool, find: Callable[[str], list[dict[str, Any]]]) -> None:
    lines = (line.rstrip("\n") for line in sys.stdin) if text == "-" else iter([text])
    for line in lines:
        found = find(line)
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            for row in found:
                typer.echo("\t".join(str(value) for value in row.values()))
        sys.stdout.flush()


@app.command()
def queue(
    worker: Annotated[str | None, typer.Argument(help="Staff code; none lists all.")] = None,
    rebuild: Annotated[bool, typer.Option(help="Rebuild Redis from the database.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show a worker's queue in Redis and in the database side by side, or rebuild it."""
    from bot.inspect import rebuild_queue, show_queue  # noqa: PLC0415

    settings = _settings(config)
    if rebuild:
        typer.echo(asyncio.run(rebuild_queue(settings)))
    else:
        agrees, text = asyncio.run(show_queue(settings, worker))
        typer.echo(text)
        if not agrees:
            raise typer.Exit(1)


@app.command()
def inbox(
    failed: Annotated[bool, typer.Option("--failed", help="List updates set aside.")] = False,
    replay: Annotated[int | None, typer.Option(help="Handle this one again.")] = None,
    trace: Annotated[int | None, typer.Option(help="Show the traceback of this one.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Count updates by status; list and replay those that were set aside."""
    from bot.inspect import inbox_overview, inbox_trace, replay_update  # noqa: PLC0415

    settings = _settings(config)
    if replay is not None:
        found = asyncio.run(replay_update(settings, replay))
        typer.echo(f"#{replay}: will be handled again" if found else f"#{replay}: not set aside")
    elif trace is not None:
        typer.echo(asyncio.run(inbox_trace(settings, trace)))
    else:
        typer.echo(asyncio.run(inbox_overview(settings, failed=failed)))


@app.command()
def outbox(
    failed: Annotated[bool, typer.Option("--failed", help="List calls given up.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Count Bot API calls by status; list those that were given up."""
    from bot.inspect import outbox_overview  # noqa: PLC0415

    typer.echo(asyncio.run(outbox_overview(_settings(config), failed=failed)))


@app.command()
def invite(
    staff_code: Annotated[str, typer.Argument(help="The post, as in staff.toml.")],
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long the link is good.")] = 48,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Make a single-use link that binds a chat account to a staff post."""
    from bot.inspect import make_invitation  # noqa: PLC0415
    from models.errors import DomainError  # noqa: PLC0415

    try:
        token = asyncio.run(make_invitation(_settings(config), staff_code, hours))
    except (DomainError, KeyError):
        raise _fail(f"{staff_code}: there is no such post in staff.toml") from None
    typer.echo(f"/start i_{token}")


@app.command()
def poster(
    grid: Annotated[str, typer.Argument(help="Code of the courtyard grid.")],
    bot_username: Annotated[str, typer.Option(help="The bot's username, without @.")],
    out: Annotated[Path, typer.Option(help="The SVG file to write.")] = Path("poster.svg"),
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Draw the QR code for a stairwell: it opens the bot and already knows the courtyard."""
    from bot.posters import draw_poster  # noqa: PLC0415

    try:
        link = draw_poster(_settings(config).district, grid, bot_username, out)
    except ValueError as error:
        raise _fail(str(error)) from None
    typer.echo(f"{out}: {link}")


@app.command()
def train(
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 1,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Train triage anew with the corrections that people made; a worse model is not installed."""
    from bot.training import train_triage  # noqa: PLC0415

    typer.echo(asyncio.run(train_triage(_settings(config), seed)))


@app.command("migrate")
def migrate_command(config: Config = DEFAULT_CONFIG) -> None:
    """Bring the database to the tables of this version (`run` does it too)."""
    from bot.database import Database  # noqa: PLC0415
    from bot.migrate import migrate  # noqa: PLC0415

    async def upgrade(settings: Settings) -> bool:
        settings.linmen_data.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database)
        try:
            return await migrate(database)
        finally:
            await database.close()

    changed = asyncio.run(upgrade(_settings(config)))
    typer.echo("upgraded" if changed else "nothing to do")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The published ballot-box.json.")],
    receipt: Annotated[
        list[str] | None, typer.Option(help="Look for this receipt; 16 digits or more.")
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option(help="A head that was announced: HEAD or LENGTH:HEAD.")
    ] = None,
) -> None:
    """Check a ballot box: its chain, every ballot, the count; look for receipts and heads."""
    from models.deliberation.verify import lines_of, verify_text  # noqa: PLC0415

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _fail(f"{file}: cannot be read ({error})") from None
    report = verify_text(text, receipts=receipt or (), heads=head or ())
    for line in lines_of(report):
        typer.echo(line)
    if not report.ok:
        raise typer.Exit(1)


demo = typer.Typer(help="Fill the sandbox with something to look at.")
app.add_typer(demo, name="demo")


@demo.callback()
def demo_main() -> None:
    """Fill the sandbox with something to look at."""


@demo.command("deliberation")
def demo_deliberation(
    seed: Annotated[int, typer.Option(help="The same seed gives the same story.")] = 1,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Play deliberations by simulated residents, one in every state, into the data folder."""
    from bot.demo.command import DemoError, play_deliberations  # noqa: PLC0415
    from bot.district import DistrictError  # noqa: PLC0415
    from bot.embedded import DataFolderInUseError  # noqa: PLC0415

    try:
        played = asyncio.run(play_deliberations(_settings(config), seed))
    except (DemoError, DistrictError, DataFolderInUseError, OSError, ValueError) as error:
        raise _fail(str(error)) from None
    for one in played:
        typer.echo(f"议{one.number}\t{one.step}\t{' '.join(one.grids)}\t{one.title}")


@app.command()
def lifecycle() -> None:
    """Print the ticket lifecycle as a Mermaid diagram and table (docs/lifecycle.md)."""
    from bot.drawing import draw_lifecycle  # noqa: PLC0415

    typer.echo(draw_lifecycle())


@app.command()
def steps() -> None:
    """Print the seven steps as a Mermaid diagram and tables (docs/seven-steps.md)."""
    from bot.drawing import draw_steps  # noqa: PLC0415

    typer.echo(draw_steps())


if __name__ == "__main__":
    app(prog_name="python -m bot")
