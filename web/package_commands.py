"""The commands on packages: check and walk what is in a folder or a file, publish it in a tenant, export it again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from engine.walks import walk_problems, walks_of
from tenants.text import say
from web.terminal import as_house, opened, show, tell
from workflows import ancestry, archive
from workflows import publish as publishing
from workflows.check import examine
from workflows.command import check_paths, files_at
from workflows.elements import Package

_SCHEMA = Path(__file__).parents[1] / "workflows" / "campaign.schema.json"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """List every problem of packages, processes and forms at once.

    Exit code: 0 none, 1 problems, 2 something could not be read.
    """
    report = check_paths(paths)
    show(report.unreadable, err=True)
    show(report.problems)
    errors = sum(one.level == "error" for one in report.problems)
    warnings = len(report.problems) - errors
    if report.problems:
        summary = say("{errors} 处错误，{warnings} 处提醒。", errors=errors, warnings=warnings)
    else:
        summary = say("没有发现问题。")
    if report.problems or not report.unreadable:
        tell(summary)
    raise SystemExit(report.exit_code)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def walk(path: Path) -> None:
    """Take the processes of the package at PATH through its own tests/walks.yaml.

    Names every walk that does not end where it says, and every end and every timer on a task that no walk reaches.
    Exit code: 0 none, 1 some, 2 the package could not be read.
    """
    package = package_at(path)
    problems = walk_problems(package)
    show(replace(one, file=f"{path}/{one.file}") for one in problems)
    told = len(walks_of(package))
    tell(
        say("走了 {n} 条，有 {problems} 处问题。", n=told, problems=len(problems))
        if problems
        else say("走了 {n} 条，每个终点都走到了。", n=told)
    )
    raise SystemExit(1 if problems else 0)


def package_at(path: Path) -> Package:
    """Read a sound package, or list what is wrong with it and end with code 2."""
    files, problems = files_at(path)
    package: Package | None = None
    if files is not None:
        package, problems = examine(files)
    if package is None or any(one.level == "error" for one in problems):
        show(problems, err=True)
        raise SystemExit(2)
    return package


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--tenant", required=True, help="Short name of the tenant, such as qingshan.")
def publish(path: Path, tenant: str) -> None:
    """Publish the package at PATH (a folder or a zip) in a tenant."""
    files, problems = files_at(path)
    if files is None:
        show(problems)
        raise SystemExit(2)
    beside = archive.unpack_all(path.read_bytes())[0] if path.is_file() else None
    ancestor, _problems = ancestry.taken(beside or {})
    with opened():
        with as_house(tenant) as work:
            row = ancestry.publish_copy(work, files, ancestor)
        click.echo(f"{row.package} {row.version} {row.hash}")


@click.command()
@click.argument("package")
@click.option("--tenant", required=True, help="Short name of the tenant.")
@click.option("--version", help="Which version; the newest when not given.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to; PACKAGE-VERSION.zip when not given."
)
def export(package: str, tenant: str, version: str | None, output: Path | None) -> None:
    """Write a published package as a zip of its exact files."""
    with opened(), as_house(tenant, reads=True) as work:
        rows = [row for row in publishing.versions(work, package) if version in (None, row.version)]
        if not rows:
            raise click.ClickException(f"{tenant} has published no such package: {package} {version or ''}")
        target = output or Path(f"{package}-{rows[0].version}.zip")
        target.write_bytes(ancestry.export_copy(work, rows[0].hash))
        click.echo(str(target))


@click.command()
def schema() -> None:
    """Print the JSON Schema of campaign.yaml, for editors."""
    click.echo(_SCHEMA.read_text(encoding="utf-8"))


COMMANDS: tuple[click.Command, ...] = (check, walk, publish, export, schema)
