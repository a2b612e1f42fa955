"""The commands on packages: check what is in a folder or a file, publish it in a tenant, export it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from babel.support import Translations

from tenants.db import Work, unit_of_work
from tenants.errors import Problem, Refusal
from tenants.text import say
from web.config import read, terminal_language
from web.house import bare_app, house
from workflows import publish as publishing
from workflows.command import check_paths, files_at

_HERE = Path(__file__).parent
_LEVELS = {"error": say("错误"), "warning": say("提醒")}
_SCHEMA = _HERE.parent / "workflows" / "campaign.schema.json"


def _translate() -> Callable[[str], str]:
    """Return the translation into the terminal's language: Chinese where it is Chinese, else English."""
    if terminal_language().startswith("zh"):
        return str
    return Translations.load(_HERE / "translations", ["en"]).gettext


def _show(problems: Iterable[Problem], translate: Callable[[str], str], *, err: bool = False) -> None:
    for one in problems:
        place = ":".join(part for part in (one.file, str(one.line) if one.line else "") if part)
        where = f" [{one.where}]" if one.where else ""
        level = _LEVELS["error" if one.level == "error" else "warning"].render(translate)
        click.echo(f"{place}: {level}: {one.what.render(translate)}{where}", err=err)
        click.echo(f"    → {one.do.render(translate)}", err=err)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """List every problem of packages, processes and forms at once.

    Exit code: 0 none, 1 problems, 2 something could not be read.
    """
    translate = _translate()
    report = check_paths(paths)
    _show(report.unreadable, translate, err=True)
    _show(report.problems, translate)
    errors = sum(one.level == "error" for one in report.problems)
    warnings = len(report.problems) - errors
    if report.problems:
        summary = say("{errors} 处错误，{warnings} 处提醒。", errors=errors, warnings=warnings)
    else:
        summary = say("没有发现问题。")
    if report.problems or not report.unreadable:
        click.echo(summary.render(translate))
    raise SystemExit(report.exit_code)


def _as_house(tenant: str, command: Callable[[Work], None]) -> None:
    """Run a command in a tenant, as the house; show a refusal as sentences."""
    translate = _translate()
    app = bare_app(read())
    try:
        with app.app_context():
            here = house()
            with unit_of_work(tenant, None, clock=here.clock, store=here.config.store, as_house=True) as work:
                command(work)
    except Refusal as refusal:
        _show(getattr(refusal, "problems", ()), translate)
        raise click.ClickException(
            f"{refusal.what.render(translate)} {refusal.do.render(translate)}"
        ) from None


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--tenant", required=True, help="Short name of the tenant, such as yangcheng.")
def publish(path: Path, tenant: str) -> None:
    """Publish the package at PATH (a folder or a zip) in a tenant."""
    files, problems = files_at(path)
    if files is None:
        _show(problems, _translate())
        raise SystemExit(2)

    def command(work: Work) -> None:
        row = publishing.publish(work, files)
        click.echo(f"{row.package} {row.version} {row.hash}")

    _as_house(tenant, command)


@click.command()
@click.argument("package")
@click.option("--tenant", required=True, help="Short name of the tenant.")
@click.option("--version", help="Which version; the newest when not given.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to; PACKAGE-VERSION.zip when not given."
)
def export(package: str, tenant: str, version: str | None, output: Path | None) -> None:
    """Write a published package as a zip of its exact files."""

    def command(work: Work) -> None:
        rows = [row for row in publishing.versions(work, package) if version in (None, row.version)]
        if not rows:
            raise click.ClickException(f"{tenant} has published no such package: {package} {version or ''}")
        target = output or Path(f"{package}-{rows[0].version}.zip")
        target.write_bytes(publishing.export(work, rows[0].hash))
        click.echo(str(target))

    _as_house(tenant, command)


@click.command()
def schema() -> None:
    """Print the JSON Schema of campaign.yaml, for editors."""
    click.echo(_SCHEMA.read_text(encoding="utf-8"))


COMMANDS: tuple[click.Command, ...] = (check, publish, export, schema)
