"""Is a package sound? Everything that is wrong with it, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tenants.errors import Problem
from workflows.checks.asked import check_forms
from workflows.checks.flows import check_flows
from workflows.checks.known import Known
from workflows.checks.names import check_names
from workflows.checks.reading import check_reading
from workflows.checks.timing import date_problems, rehearsal_problems
from workflows.dates import Setting
from workflows.dmn import read_decisions
from workflows.elements import Package
from workflows.package import read_files

# A hostile or wholly mistaken package must not make a report that nobody can read or send.
MOST = 1_000


def check(files: Mapping[str, bytes]) -> list[Problem]:
    """Return every problem of the package in `files` (path -> bytes), by file and line; none = it may be published."""
    return examine(files)[1]


def examine(files: Mapping[str, bytes]) -> tuple[Package | None, list[Problem]]:
    """Return the package as far as it could be read, and every problem of it, by file and line."""
    package, problems = read_files(files)
    for path in sorted(files):
        if path.startswith("decisions/") and path.endswith(".dmn"):
            problems += read_decisions(files[path], path)[1]
    if package is not None:
        problems += check_package(package)
    return package, in_order(problems)


def check_package(package: Package) -> list[Problem]:
    """Return what is wrong with a package that could be read, apart from the reading."""
    known = Known(package)
    found = [*check_names(known), *check_reading(known), *check_flows(known), *check_forms(package)]
    # A name that is not there is why a date cannot be worked out: said once, where it is written.
    told = {_element(one.where) for one in found}
    dates = date_problems(Setting(package), seasons=False)
    found += [one for one in dates if _element(one.where) not in told]
    return found + rehearsal_problems(package)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file and line, each once."""
    once = dict.fromkeys(problems)
    return sorted(once, key=lambda one: (one.file, one.line, one.level))[:MOST]


def _element(where: str) -> str:
    return ".".join(where.split(".")[:2])
