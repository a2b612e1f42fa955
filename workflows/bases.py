"""Which version of elsewhere a tenant's own version was made of, and whether it keeps to what that one locks.

A version that came in as it is (handed down, or from the gallery) is its own base. What is made of it here carries that base on,
whoever sends it in and by whichever door. Nobody has to say so: the same id is enough, or the same notice with most of the files
under another id. Whoever types a whole package anew under another id and another notice has made another package; no software
can tell, and the superior sees that its own was never launched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenants.db import Work
from tenants.errors import Invalid, Problem
from tenants.text import say
from workflows.locks import lock_of, relaxed, violations
from workflows.merge import diff
from workflows.models import PackageVersion
from workflows.package import Package

HANDED, GALLERY, LIBRARY, FILE = "handed", "gallery", "library", "file"
# A package under another id is a copy when at least this part of its files is the same.
_MOST = 0.5
# Choices of a launch that move dates.
_DATED = ("start", "end", "phases", "duties", "roll")
_WORKS = ("processes/", "forms/", "decisions/", "tables/")

Load = Callable[[PackageVersion], Package]


@dataclass(frozen=True)
class Origin:
    """Where a package came from. kind: `handed` down by the superior, cloned from the `gallery`, of the house's own `library`, or
    brought by the `file` of a copy that was imported.

    tenant_id: whose it is, as text; empty for the house's own. name: what that authority is called. key: names it there (the id
    of what was handed down, or of the template).
    """

    kind: str
    name: str = ""
    tenant_id: str = ""
    key: str = ""

    @property
    def binds(self) -> bool:
        """Tell whether its locks hold here: those of the house's own packages are meant for whoever takes them over."""
        return self.kind != LIBRARY


class LockBroken(Invalid):
    """A copy changes what its template locks. Nothing was recorded; what was sent in may be corrected and sent again."""

    code = "lock_broken"


def origin_of(row: PackageVersion) -> Origin | None:
    """Return where a version, or what it was made of, came from."""
    return Origin(**row.origin) if row.origin else None


def is_handed(row: PackageVersion) -> bool:
    """Tell whether a version, or what it was made of, was handed down by the superior."""
    return _kind(row) == HANDED


def written(origin: Origin) -> dict[str, str]:
    return asdict(origin)


def came_in(work: Work, package: str | None = None) -> list[PackageVersion]:
    """Return the versions that came in as they are, of one package id or of all, oldest first."""
    query = select(PackageVersion).where(
        PackageVersion.tenant_id == work.tenant.id, PackageVersion.base_hash == PackageVersion.hash
    )
    if package is not None:
        query = query.where(PackageVersion.package == package)
    return list(work.session.scalars(query.order_by(PackageVersion.came_at, PackageVersion.id)))


def base_of(work: Work, package: Package, load: Load) -> PackageVersion | None:
    """Return the version that a package about to be published was made of; None when it is the tenant's own."""
    rows = came_in(work)
    line = [row for row in rows if row.package == package.id]
    handed = [row for row in line if is_handed(row)]
    line = handed or line
    if not line:
        return _renamed(package, rows, load)
    line = line[_reached(work, package.id, line) :]
    if len(line) == 1:
        return line[0]
    # More has come in since: what stands nearest is what it was made of; of two alike the one that was followed before.
    return min(line, key=lambda row: sum(1 for _ in diff(load(row).files, package.files)))


def broken(base: PackageVersion, template: Package, local: Package) -> list[Problem]:
    """Return where a package breaks the locks of what it was made of, each with the lock and whose it is."""
    origin = origin_of(base)
    if origin is None or not origin.binds:
        return []
    return [_named(one, template, origin) for one in violations(template, local)]


def chosen_late(
    base: PackageVersion, template: Package, local: Package, choices: Mapping[str, Any]
) -> list[Problem]:
    """Return the dates that a launch with these choices would put later than the base's locks allow."""
    origin = origin_of(base)
    if origin is None or not origin.binds or not any(choices.get(key) for key in _DATED):
        return []
    return [_named(one, template, origin) for one in relaxed(template, local, choices)]


def _named(one: Problem, template: Package, origin: Origin) -> Problem:
    lock = lock_of(template.locks, tuple(one.where.split(".")))
    kinds = {"mandatory": say("不得改动"), "tighten": say("只能改严")}
    whose = origin.name or origin.kind
    if one.where.startswith("locks.") or lock not in kinds:
        return replace(one, what=say("{what}。锁定由{name}设定", what=one.what, name=whose))
    what = say("{what}。锁定“{lock}”由{name}设定", what=one.what, lock=kinds[lock], name=whose)
    return replace(one, what=what)


def _kind(row: PackageVersion) -> str:
    origin = origin_of(row)
    return origin.kind if origin else ""


def _reached(work: Work, package: str, line: Sequence[PackageVersion]) -> int:
    """Return which of the line the tenant's newest own version was made of: a copy never goes back behind it."""
    query = (
        select(PackageVersion.base_hash)
        .where(
            PackageVersion.tenant_id == work.tenant.id, PackageVersion.package == package,
            PackageVersion.base_hash != PackageVersion.hash,
        )
        .order_by(PackageVersion.published_at.desc(), PackageVersion.id.desc())
        .limit(1)
    )  # fmt: skip
    last = work.session.scalar(query)
    return next((n for n, row in enumerate(line) if row.hash == last), 0)


def _renamed(package: Package, rows: Sequence[PackageVersion], load: Load) -> PackageVersion | None:
    """Return what a package under an id of its own is a copy of: the same notice, and most of the files that do the work."""
    mine = _working(package.files)
    for row in reversed(rows):
        other = load(row)
        theirs = _working(other.files)
        same_notice = (other.notice.issuer, other.notice.number) == (
            package.notice.issuer, package.notice.number,
        )  # fmt: skip
        if same_notice and theirs and len(mine & theirs) >= _MOST * min(len(theirs), len(mine) or 1):
            return row
    return None


def _working(files: Mapping[str, bytes]) -> set[str]:
    return {hashlib.sha256(data).hexdigest() for path, data in files.items() if path.startswith(_WORKS)}


def handed_by(tenant_id: UUID, name: str, key: UUID) -> Origin:
    """Return the origin of what a superior handed down. key: of what was handed down."""
    return Origin(HANDED, name, str(tenant_id), str(key))
