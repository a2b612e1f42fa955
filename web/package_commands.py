"""The commands on packages: check what is in a folder or a file, publish it in a tenant, export it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from babel.support import Translations

from forms.schema import check_schema
from tenants.db import Work, unit_of_work
from tenants.errors import Problem, Refusal
from tenants.text import Message, say
from web.config import read, terminal_language
from web.house import bare_app, house
from workflows import publish as publishing
from workflows.archive import unpack
from workflows.bpmn import read_process
from workflows.check import examine
from workflows.dmn import read_decisions
from workflows.folder import gather
from workflows.package import read_json

_HERE = Path(__file__).parent
_SCHEMA = _HERE.parent / "workflows" / "campaign.schema.json"
# What `check` answers to the shell.
SOUND, PROBLEMS, UNREADABLE = 0, 1, 2


class Unreadable(Exception):
    """A path cannot be read at all, or is nothing that can be checked."""

    def __init__(self, what: Message) -> None:
        super().__init__(str(what))
        self.what = what


def _translate() -> Callable[[str], str]:
    """Return the translation into the terminal's language: Chinese where it is Chinese, else English."""
    if terminal_language().startswith("zh"):
        return str
    return Translations.load(_HERE / "translations", ["en"]).gettext


def files_at(path: Path) -> tuple[dict[str, bytes] | None, list[Problem]]:
    """Return the files of the package at `path`, a folder or a zip. Raises Unreadable."""
    if path.is_dir():
        return gather(path)
    return unpack(_bytes(path), str(path))


def problems_at(path: Path) -> list[Problem]:
    """Return everything that is wrong with a package folder, its zip, a single .bpmn, .dmn or form schema. Raises Unreadable."""
    if path.is_dir() or path.suffix.lower() == ".zip":
        files, problems = files_at(path)
        return problems if files is None else [*problems, *examine(files)[1]]
    if path.suffix.lower() in (".bpmn", ".xml"):
        return read_process(_bytes(path), str(path))[1]
    if path.suffix.lower() == ".dmn":
        return read_decisions(_bytes(path), str(path))[1]
    if path.suffix.lower() == ".json":
        schema, problems = read_json(_bytes(path), str(path))
        return problems or check_schema(schema, None, str(path))
    _bytes(path)
    raise Unreadable(say("{path}：只能检查方案文件夹、zip、.bpmn、.dmn 和表单 .json。", path=str(path)))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(
            say("{path} 读不出来：{reason}", path=str(path), reason=error.strerror or "")
        ) from error


def _show(problems: Iterable[Problem], translate: Callable[[str], str]) -> None:
    for one in problems:
        place = ":".join(part for part in (one.file, str(one.line) if one.line else "") if part)
        where = f" [{one.where}]" if one.where else ""
        level = {"error": "错误", "warning": "提醒"}.get(one.level, one.level)
        click.echo(f"{place}: {translate(level)}: {one.what.render(translate)}{where}")
        click.echo(f"    → {one.do.render(translate)}")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """List every problem of packages, processes and forms at once.

    Exit code: 0 none (warnings allowed), 1 problems, 2 something could not be read.
    """
    translate = _translate()
    code = SOUND
    for path in paths:
        try:
            problems = problems_at(path)
        except Unreadable as fault:
            click.echo(fault.what.render(translate), err=True)
            code = UNREADABLE
            continue
        _show(problems, translate)
        errors = sum(one.level == "error" for one in problems)
        if errors:
            code = max(code, PROBLEMS)
        summary = (
            say("{path}：{count} 处错误", path=str(path), count=errors)
            if errors
            else say("{path}：没有问题", path=str(path))
        )
        click.echo(summary.render(translate))
    raise SystemExit(code)


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
        raise SystemExit(UNREADABLE)

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
