"""`luoshi rehearse`: a whole campaign in virtual time, before anybody has to do anything."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any

import click
import orjson

from engine.rehearsal import Cast, Rehearsal, Stage, invent, make_stage, needed_kinds, read_units, week_name
from tenants.calendar import Season
from tenants.errors import Problem, Refusal
from tenants.text import Message, say
from web.rehearsal_text import told
from web.terminal import show, translation
from workflows.check import examine
from workflows.command import files_at
from workflows.dates import ImpossibleDate
from workflows.elements import Package
from workflows.library import among
from workflows.package import read_files
from workflows.words import translated

_COUNT = re.compile(r"([^/=\s]+)=(\d{1,6})")
_DAY = re.compile(r"([^/=\s]+)=(\d{4}-\d{1,2}-\d{1,2})")
_SPAN = re.compile(r"([^/=\s]+)=(\d{4}-\d{1,2}-\d{1,2})\.\.(\d{4}-\d{1,2}-\d{1,2})")
# So many lines go out together: writing each by itself takes longer than making it.
_TOGETHER = 256


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="PATH")
@click.option(
    "--units", type=click.Path(path_type=Path), help="CSV, XLSX or YAML file of the units (README)."
)
@click.option(
    "--invent",
    "invented",
    multiple=True,
    metavar="KIND=N",
    help="Invent so many units of a kind; more may follow.",
)
@click.option(
    "--event", "events", multiple=True, metavar="NAME=DATE", help="An event happens, or a duty is asked for."
)
@click.option(
    "--season", "seasons", multiple=True, metavar="NAME=START..END", help="A season of the calendar."
)
@click.option(
    "--library", type=click.Path(path_type=Path), multiple=True, help="Another package that this one calls."
)
@click.option("--start", metavar="DATE", help="The campaign's first day, instead of the package's.")
@click.option("--end", metavar="DATE", help="The campaign's last day, instead of the package's.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line for each phase, report and task."
)
@click.option(
    "--load", "only_load", is_flag=True, help="With --json: the load of each role and week instead."
)
@click.option("--steps", is_flag=True, help="Name every unit and the steps of its process.")
def rehearse(
    words: tuple[str, ...],
    units: Path | None,
    invented: tuple[str, ...],
    events: tuple[str, ...],
    seasons: tuple[str, ...],
    library: tuple[Path, ...],
    start: str | None,
    end: str | None,
    as_json: bool,
    only_load: bool,
    steps: bool,
) -> None:
    """Run the campaign of the package at PATH in virtual time, in memory; nothing is touched.

    Exit code: 0 it ran, 1 the package or what was given has problems, 2 something could not be read.
    """
    translate = translation()
    path, counts, days = _sorted(words, invented, events)
    try:
        package = _package(path, library)
        if not as_json and translate is not str:
            package = translated(package, "en")
        choices = {key: _day(value).isoformat() for key, value in (("start", start), ("end", end)) if value}
        cast = _cast(package, units, counts, str if as_json else translate)
        stage = make_stage(package, cast, choices=choices, events=days, seasons=_seasons(seasons))
        _run(stage, translate, as_json=as_json, only_load=only_load, steps=steps)
    except (Refusal, ImpossibleDate) as refusal:
        show(getattr(refusal, "problems", ()), err=True)
        raise click.ClickException(
            f"{refusal.what.render(translate)} {refusal.do.render(translate)}"
        ) from None


def _run(
    stage: Stage, translate: Callable[[str], str], *, as_json: bool, only_load: bool, steps: bool
) -> None:
    walked = not as_json or only_load
    out = sys.stdout.buffer
    # Over the lines themselves a bar would only be in the way.
    if sys.stderr.isatty() and not sys.stdout.isatty():
        length = sum(Rehearsal(stage).counts().values())
        with click.progressbar(length=length, file=sys.stderr, update_min_steps=max(length // 200, 1)) as bar:
            _tell(Rehearsal(stage, steps=walked, watch=bar.update), translate, out, as_json, only_load, steps)
    else:
        _tell(Rehearsal(stage, steps=walked), translate, out, as_json, only_load, steps)


def _tell(
    rehearsal: Rehearsal,
    translate: Callable[[str], str],
    out: IO[bytes],
    as_json: bool,
    only_load: bool,
    steps: bool,
) -> None:
    if not as_json:
        _write(out, (line.encode() for line in told(rehearsal, translate, names=steps)))
    elif only_load:
        _write(out, map(orjson.dumps, _load(rehearsal)))
    else:
        _write(out, map(orjson.dumps, _rows(rehearsal, steps)))


def _rows(rehearsal: Rehearsal, steps: bool) -> Iterator[Mapping[str, Any]]:
    """Yield the lines as mappings; with steps each that is for a unit says what the unit's instance goes through."""
    if not steps:
        yield from rehearsal.rows()
        return
    yield from (line.row() for line in rehearsal.phases())
    for slot in rehearsal.slots():
        pairs = rehearsal.pairs(slot) if slot.occurrence else ()
        for number, line in enumerate(rehearsal.lines_of(slot)):
            tasks = rehearsal.tasks(slot, pairs[number]) if number < len(pairs) else []
            yield line.row() | {"steps": [task.row() for task in tasks]}


def _load(rehearsal: Rehearsal) -> Iterator[Mapping[str, Any]]:
    for _ in rehearsal.slots():
        pass
    load = rehearsal.load
    for role in load.roles:
        for week, tasks in sorted(load.weeks.get(role, {}).items()):
            yield {"role": role, "week": week_name(week), "tasks": tasks}
        if load.undated[role]:
            yield {"role": role, "week": None, "tasks": load.undated[role]}


def _write(out: IO[bytes], lines: Iterable[bytes]) -> None:
    """Write lines as they come, some hundreds together."""
    some: list[bytes] = []
    for line in lines:
        some.append(line)
        if len(some) >= _TOGETHER:
            out.write(b"\n".join(some) + b"\n")
            some.clear()
    out.write(b"".join(line + b"\n" for line in some))
    out.flush()


def _sorted(
    words: tuple[str, ...], invented: tuple[str, ...], events: tuple[str, ...]
) -> tuple[Path, dict[str, int], dict[str, tuple[date, ...]]]:
    """Tell the path from what was said after --invent and --event: both may be followed by several."""
    paths: list[str] = []
    counts, days = list(invented), list(events)
    for word in words:
        (counts if _COUNT.fullmatch(word) else days if _DAY.fullmatch(word) else paths).append(word)
    if len(paths) != 1:
        raise click.UsageError("Give one PATH: a package folder or its zip.")
    found: dict[str, int] = {}
    for word in ",".join(counts).split(",") if counts else ():
        matched = _COUNT.fullmatch(word)
        if not matched:
            raise click.BadParameter(f"{word!r} is not KIND=N, such as mine=12", param_hint="--invent")
        found[matched[1]] = int(matched[2])
    when: dict[str, tuple[date, ...]] = {}
    for word in days:
        matched = _DAY.fullmatch(word)
        if not matched:
            raise click.BadParameter(
                f"{word!r} is not NAME=DATE, such as patrol=2024-11-20", param_hint="--event"
            )
        when[matched[1]] = (*when.get(matched[1], ()), _day(matched[2]))
    return Path(paths[0]), found, when


def _seasons(words: tuple[str, ...]) -> dict[str, tuple[Season, ...]]:
    found: dict[str, tuple[Season, ...]] = {}
    for word in words:
        matched = _SPAN.fullmatch(word)
        if not matched:
            hint = "is not NAME=START..END, such as 汛期=2024-06-01..2024-09-30"
            raise click.BadParameter(f"{word!r} {hint}", param_hint="--season")
        span = Season(_day(matched[2]), _day(matched[3]))
        found[matched[1]] = tuple(sorted((*found.get(matched[1], ()), span), key=lambda one: one.start))
    return found


def _day(text: str) -> date:
    try:
        year, month, day = map(int, text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date; write 2024-11-20") from None


def _package(path: Path, library: tuple[Path, ...]) -> Package:
    """Read the package; end with what is wrong when it is not sound: what cannot run cannot be rehearsed."""
    files = _files(path)
    others = (read_files(_files(other))[0] for other in library)
    package, found = examine(files, among(one for one in others if one is not None))
    errors = [one for one in found if one.level == "error"]
    if package is None or errors:
        show(errors, err=True)
        raise SystemExit(1)
    return package


def _files(path: Path) -> Mapping[str, bytes]:
    files, problems = files_at(path)
    if files is None or any(one.level == "error" for one in problems):
        show(problems, err=True)
        raise SystemExit(2)
    return files


def _cast(
    package: Package, units: Path | None, counts: Mapping[str, int], translate: Callable[[str], str]
) -> Cast:
    if units is None:
        return invent(package, counts, translate)
    if counts:
        raise click.UsageError("--units and --invent exclude each other.")
    try:
        data = units.read_bytes()
    except OSError as error:
        what: Message = say("读不出来：{reason}", reason=error.strerror or "I/O")
        show([Problem(what, say("请检查文件是否存在、是否有权读取。"), str(units))], err=True)
        raise SystemExit(2) from None
    return read_units(data, units.name, needed_kinds(package))


COMMANDS: tuple[click.Command, ...] = (rehearse,)
