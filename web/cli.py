"""The command line `luoshi`: run the house, or its parts; its first tenants; packages in and out."""

from __future__ import annotations

import http.client
import logging
import os
import sys
from pathlib import Path

import click

from web import house, scheduler, serve, supervisor, valkey, worker
from web.amend_commands import COMMANDS as AMEND_COMMANDS
from web.api_commands import COMMANDS as API_COMMANDS
from web.bench_commands import COMMANDS as BENCH_COMMANDS
from web.campaign_commands import COMMANDS as CAMPAIGN_COMMANDS
from web.config import BadSetting, Config, read
from web.demo import load
from web.demo_accounts import ACCOUNTS
from web.merge_commands import COMMANDS as MERGE_COMMANDS
from web.package_commands import COMMANDS as PACKAGE_COMMANDS
from web.rehearse_commands import COMMANDS as REHEARSE_COMMANDS
from web.roster_commands import COMMANDS as ROSTER_COMMANDS
from web.table_commands import COMMANDS as TABLE_COMMANDS
from web.tenant_commands import COMMANDS as TENANT_COMMANDS
from web.trace_commands import COMMANDS as TRACE_COMMANDS

_ROOT = Path(__file__).resolve().parents[1]


class Commands(click.Group):
    """Commands whose refusals are sentences, not tracebacks."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except BadSetting as refusal:
            raise click.ClickException(str(refusal)) from refusal


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Luoshi 落实: turn a government notice into a running campaign by configuration alone.

    Settings come from the environment; without any, everything lives in ./var (LUOSHI_HOME).
    """


@main.command()
@click.option("--port", type=int, envvar="PORT", default=Config.port, show_default=True)
def demo(port: int) -> None:
    """Run everything on this machine with demonstration data, until Ctrl-C."""
    os.environ.update(LUOSHI_DEMO="true", PORT=str(port))
    config = read()
    try:
        with supervisor.sole(config.run):
            _run_demo(config)
    except supervisor.AlreadyRunning:
        raise click.ClickException(
            f"Luoshi already runs with the data in {config.home}. "
            "Stop it there with Ctrl-C, or choose another folder: LUOSHI_HOME=/path make demo"
        ) from None
    except supervisor.NotStarted as fault:
        raise click.ClickException(str(fault)) from None


def _run_demo(config: Config) -> None:
    left = supervisor.end_leftovers(config.run)
    if left:
        click.echo(f"==> Ended {left} processes that an earlier run had left behind")
    if not serve.is_free(config.host, config.port):
        free = next((port for port in range(config.port + 1, 65536) if serve.is_free(config.host, port)), 0)
        raise click.ClickException(
            f"Port {config.port} is in use by another program. Choose another one: make demo PORT={free}"
        )
    click.echo(f"==> Preparing the data in {config.home}")
    _prepare(config)
    click.echo("==> Starting")
    watched = supervisor.Supervisor(_programs(config), config.run, config.logs, click.echo)
    watched.listen()
    try:
        watched.start()
        _welcome(config)
        watched.watch()
        click.echo("\n==> Stopping")
    finally:
        watched.end()
    click.echo("==> Stopped. The data stay for the next time.")


def _prepare(config: Config) -> None:
    """Make the database and load the demonstration. Ended half-way, it begins again: nobody has worked with it yet."""
    unfinished = config.home / "loading"
    database = config.home / "luoshi.db"
    if unfinished.exists():
        for path in (database, *config.home.glob("luoshi.db-*")):
            path.unlink(missing_ok=True)
    if config.embedded_database and not database.exists():
        unfinished.touch()
    house.make_database(config)
    load(house.bare_app(config))
    unfinished.unlink(missing_ok=True)


def _programs(config: Config) -> list[supervisor.Program]:
    common = {"LUOSHI_HOME": str(config.home), "PORT": str(config.port), "LUOSHI_DEMO": "true"}

    def part(name: str) -> list[str]:
        return [sys.executable, "-m", "web.cli", name]

    def program(name: str) -> supervisor.Program:
        return supervisor.Program(name, part(name), environment=common, folder=_ROOT)

    site = supervisor.Program(
        "web", part("web"), ready=lambda: _is_well(config), environment=common, folder=_ROOT
    )
    programs = [site, program("worker"), program("scheduler")]
    if config.embedded_valkey:
        command = valkey.command(config.home)
        bell = supervisor.Program(
            "valkey", command, ready=lambda: valkey.answers(config.redis_url), outlasts=True
        )
        programs.insert(0, bell)
    return programs


def _is_well(config: Config) -> bool:
    asked = http.client.HTTPConnection(config.host, config.port, timeout=5)
    try:
        asked.request("GET", "/health")
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _welcome(config: Config) -> None:
    click.echo(f"\n  Luoshi 落实 → {click.style(f'http://{config.host}:{config.port}/', bold=True)}\n")
    click.echo("  Demonstration accounts 演示账号:")
    for account in ACCOUNTS:
        click.echo(
            f"    {account['name']:<14} {account['password']:<14} {account['title']}: {account['note']}"
        )
    click.echo(f"\n  Logs 日志: {config.logs}    Stop 停止: Ctrl-C\n")


@main.command()
def migrate() -> None:
    """Make the tables, as the role in DATABASE_OWNER_URL."""
    made = house.make_database(read())
    click.echo("The tables are made." if made else "The tables are there already.")


@main.command("web")
def web_() -> None:
    """Serve the pages and the API."""
    serve.serve(_logged(read()))


@main.command("worker")
@click.option("--burst", is_flag=True, help="End when the queue is empty.")
def worker_(burst: bool) -> None:
    """Run jobs as they are rung for."""
    worker.serve(_logged(read()), burst=burst)


@main.command("scheduler")
def scheduler_() -> None:
    """Ring for what is due. Any number may run; one leads."""
    scheduler.serve(_logged(read()))


def _logged(config: Config) -> Config:
    logging.basicConfig(level=config.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return config


for _command in (
    *BENCH_COMMANDS,
    *API_COMMANDS,
    *PACKAGE_COMMANDS,
    *MERGE_COMMANDS,
    *CAMPAIGN_COMMANDS,
    *AMEND_COMMANDS,
    *TABLE_COMMANDS,
    *TRACE_COMMANDS,
    *REHEARSE_COMMANDS,
    *TENANT_COMMANDS,
    *ROSTER_COMMANDS,
):
    main.add_command(_command)

if __name__ == "__main__":
    main()
