"""Is a package sound? Everything that is wrong with it, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tenants.errors import Problem
from workflows.checks.abroad import check_abroad
from workflows.checks.asked import check_forms
from workflows.checks.calls import check_calls
from workflows.checks.decided import check_decisions
from workflows.checks.flows import check_flows
from workflows.checks.known import Known
from workflows.checks.listed import check_lists, check_tables
from workflows.checks.lots import check_draws
from workflows.checks.names import check_names
from workflows.checks.protected import check_protected
from workflows.checks.reading import check_reading
from workflows.checks.rolling import check_rollups
from workflows.checks.timing import date_problems, rehearsal_problems
from workflows.dates import Setting
from workflows.elements import Package
from workflows.library import Find, with_library
from workflows.marked_yaml import read_yaml
from workflows.package import CAMPAIGN, read_files
from workflows.shape import line_of

# A hostile or wholly mistaken package must not make a report that nobody can read or send.
MOST = 1_000


def check(files: Mapping[str, bytes]) -> list[Problem]:
    """Return every problem of the package in `files` (path -> bytes), by file and line; none = it may be published."""
    return examine(files)[1]


def examine(
    files: Mapping[str, bytes], find: Find | None = None, *, published: bool = False
) -> tuple[Package | None, list[Problem]]:
    """Return the package as far as it could be read, and every problem of it, by file and line.

    find: gives the other packages whose processes it calls. published: each of these must be there; else it is a warning.
    """
    package, problems = read_files(files)
    if package is not None:
        package = with_library(package, find) if find is not None else package
        problems += check_package(package, published=published)
    return package, in_order(problems)


def check_package(package: Package, *, published: bool = False) -> list[Problem]:
    """Return what is wrong with a package that could be read, apart from the reading; see `examine`."""
    known = Known(package, published=published)
    found = [*check_names(known), *check_reading(known), *check_flows(known), *check_calls(known)]
    found += [*check_decisions(known), *check_forms(package), *check_tables(known), *check_lists(known)]
    found += check_protected(known)
    found += check_draws(known)
    found += check_abroad(known)
    found += check_rollups(known)
    # A name that is not there is why a date cannot be worked out: said once, where it is written.
    told = {_element(one.where) for one in found}
    dates = date_problems(Setting(package), seasons=False)
    found += [one for one in dates if _element(one.where) not in told]
    return [*_placed(package, found), *rehearsal_problems(package)]


def _placed(package: Package, problems: list[Problem]) -> list[Problem]:
    """Put each problem of campaign.yaml on the line of the very key that it is about."""
    if not any(one.file == CAMPAIGN for one in problems):
        return problems
    root = read_yaml(package.files[CAMPAIGN], CAMPAIGN)[0]
    return [
        replace(one, line=line_of(root, _steps(one.where))) if one.file == CAMPAIGN else one
        for one in problems
    ]


def _steps(where: str) -> list[str]:
    section, _, rest = where.partition(".")
    # The keys of locks are paths themselves.
    return [section, rest] if section == "locks" else where.split(".")


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file and line, each once."""
    once = dict.fromkeys(problems)
    return sorted(once, key=lambda one: (one.file, one.line, one.level))[:MOST]


def _element(where: str) -> str:
    return ".".join(where.split(".")[:2])
