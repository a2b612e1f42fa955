"""What a publisher gives away with a template, to be looked at before: every file, and what in it may be meant for nobody else.

Packages are written for their own place: a table may list its mines, an example may hold somebody's name. Nothing is removed
here, and what is found is a hint: whoever publishes decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from tenants.db import Work
from tenants.models import Member, Unit
from tenants.text import Message, say
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.templates import packages_of

# So many names are looked for, in so many letters; so many places are told.
_NAMES, _LETTERS, _TOLD = 5_000, 3_000_000, 50
_PATTERNS: Mapping[str, tuple[Message, re.Pattern[str]]] = {
    "mobile": (say("手机号码"), re.compile(r"(?<![\d.])1[3-9]\d{9}(?![\d.])")),
    "identity": (say("身份证号码"), re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")),
    "phone": (say("电话号码"), re.compile(r"(?<![\d-])0\d{2,3}-\d{7,8}(?!\d)")),
    "mail": (say("电子邮箱"), re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}\.[\w.-]{2,60}")),
}


@dataclass(frozen=True)
class GivenFile:
    """A file that is given away. package: `id@version`, empty for the template's own."""

    package: str
    path: str
    size: int


@dataclass(frozen=True)
class Doubt:
    """Something that may be meant for nobody else. what: what it is. text: as it stands there. places: files that say it."""

    what: Message
    text: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What is given away, and what to look at."""

    package: Package
    files: tuple[GivenFile, ...]
    doubts: tuple[Doubt, ...]


def given(work: Work, version: PackageVersion) -> Given:
    """Return what would be given away with a version."""
    packages = packages_of(work, version)
    own = packages[-1]
    files = [
        GivenFile("" if one is own else f"{one.id}@{one.version}", path, len(data))
        for one in (own, *packages[:-1])
        for path, data in sorted(one.files.items())
    ]
    texts = {path: data.decode("utf-8", "replace") for one in packages for path, data in one.files.items()}
    doubts = [*_patterns(texts), *_named(texts, _names(work))]
    return Given(own, tuple(files), tuple(doubts[:_TOLD]))


def _patterns(texts: Mapping[str, str]) -> Iterator[Doubt]:
    for what, pattern in _PATTERNS.values():
        found: dict[str, list[str]] = {}
        for path, text in texts.items():
            for match in pattern.finditer(text[:_LETTERS]):
                places = found.setdefault(match[0], [])
                if path not in places:
                    places.append(path)
        yield from (Doubt(what, text, tuple(places)) for text, places in found.items())


def _names(work: Work) -> Iterator[tuple[Message, str]]:
    """Yield what this authority's own units and people are called. Short names of units are anybody's: 办公室."""
    units = select(Unit.name).where(Unit.name != work.tenant.name).distinct().limit(_NAMES)
    people = select(Member.name).distinct().limit(_NAMES)
    yield from ((say("本单位人员姓名"), name) for name in work.session.scalars(people) if len(name) > 1)
    yield from ((say("本地单位名称"), name) for name in work.session.scalars(units) if len(name) > 3)


def _named(texts: Mapping[str, str], names: Iterable[tuple[Message, str]]) -> Iterator[Doubt]:
    whole = "\n".join(texts.values())[:_LETTERS]
    for what, name in names:
        if name in whole:
            yield Doubt(what, name, tuple(path for path, text in texts.items() if name in text))
