"""How a merge that people work on stands: worked out anew from its three versions and what was chosen so far.

The versions are published and never change, so a merge is nothing but its choices; `merges` keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from tenants.db import Work
from tenants.errors import Invalid, Problem
from tenants.text import say
from workflows.bases import broken
from workflows.check import examine
from workflows.copies import newer
from workflows.merge import Choice, Conflict, Merged, merge, resolve
from workflows.merge.numbering import numbered
from workflows.merge.tree import Unfit
from workflows.models import PackageMerge, PackageVersion
from workflows.package import Package
from workflows.publish import finder, load, versions


@dataclass(frozen=True)
class Merging:
    """A merge as it stands.

    all: the merge before anything was chosen, with every conflict there is. merged: with the choices that could be carried out.
    chosen: conflict -> choice, also where an edited text cannot be read: `unread` says so, by conflict. package, problems: what
    came out and what is wrong with it; held: which locks of the new version it breaks. own: the three rows.
    """

    row: PackageMerge
    own: tuple[PackageVersion, PackageVersion, PackageVersion]
    base: Package
    mine: Package
    theirs: Package
    all: Merged
    merged: Merged
    chosen: Mapping[str, Choice]
    unread: Mapping[str, Problem]
    package: Package | None
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]
    held: tuple[Problem, ...]

    @property
    def left(self) -> int:
        """Return how many conflicts nobody has settled."""
        return len(self.merged.conflicts)

    @property
    def ready(self) -> bool:
        """Tell whether it may be published."""
        return self.package is not None and not (self.left or self.unread or self.held or self.errors)

    def may_edit(self, one: Conflict) -> bool:
        """Tell whether a version of one's own may be written."""
        return may_edit(one, self.base, self.mine, self.theirs)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.level == "error")


def may_edit(one: Conflict, *packages: Package) -> bool:
    """Tell whether a version of one's own may be written: not of which comes first, nor of a form's files together."""
    return one.kind != "order" and any(one.file in package.files for package in packages)


def own_version(work: Work, package: str) -> PackageVersion | None:
    """Return the tenant's newest own version of a package that came from elsewhere; None while it has made none."""
    rows = versions(work, package)
    return next((row for row in rows if row.base_hash not in (None, row.hash)), None)


def under_way(work: Work, package: str) -> PackageMerge | None:
    """Return the merge of a package that somebody works on."""
    query = select(PackageMerge).where(PackageMerge.package == package, PackageMerge.ended_at.is_(None))
    return work.session.scalars(query).one_or_none()


def newer_than(work: Work, found: Merging) -> bool:
    """Tell whether one of the versions that are merged is not the newest any more."""
    mine = own_version(work, found.row.package)
    latest = newer(work, found.own[1])
    return (
        mine is None or mine.hash != found.own[1].hash or latest is None or latest.hash != found.own[2].hash
    )


def standing(work: Work, row: PackageMerge) -> Merging:
    """Return a merge as it stands."""
    base, mine, theirs, whole = sides(work, row)
    known = {one.id for one in whole.conflicts}
    chosen = {key: Choice(one["take"], one["text"]) for key, one in row.choices.items() if key in known}
    merged, unread = _settled(whole, chosen)
    files: Mapping[str, bytes] = merged.files
    problems: list[Problem] = []
    try:
        files = numbered(merged.files, row.version)
    except Unfit:
        do = say("请写三段数字，例如 1.0.1，大于这里现有的版本。")
        problems.append(Problem(say("版本号“{version}”不能用", version=row.version), do, where="version"))
    package, found = examine(files, finder(work), published=True)
    own = _rows(work, row)
    if row.state == "open" and row.version in {one.version for one in versions(work, row.package)}:
        do = say("请换一个没有用过的版本号。")
        problems.append(Problem(say("{version} 版已经发布过", version=row.version), do, where="version"))
    held = broken(own[2], theirs, package) if package is not None else []
    return Merging(
        row,
        own,
        base,
        mine,
        theirs,
        whole,
        merged,
        chosen,
        unread,
        package,
        files,
        (*problems, *found),
        tuple(held),
    )


def _settled(whole: Merged, chosen: Mapping[str, Choice]) -> tuple[Merged, dict[str, Problem]]:
    """Return the merge with what was chosen, but for the edited texts that cannot be read, which are told."""
    left = dict(chosen)
    unread: dict[str, Problem] = {}
    while True:
        try:
            return resolve(whole, left), unread
        except Invalid as refusal:
            bad = {one.where: one for one in refusal.problems if one.where in left}
            if not bad:
                raise
            unread |= bad
            left = {key: one for key, one in left.items() if key not in bad}


def sides(work: Work, row: PackageMerge) -> tuple[Package, Package, Package, Merged]:
    """Return what a merge is made of: base, mine, theirs, and all three merged before anything was chosen."""
    base, mine, theirs = (load(work, key) for key in (row.base_hash, row.mine_hash, row.theirs_hash))
    return base, mine, theirs, merge(base.files, mine.files, theirs.files)


def _rows(work: Work, row: PackageMerge) -> tuple[PackageVersion, PackageVersion, PackageVersion]:
    keys = (row.base_hash, row.mine_hash, row.theirs_hash)
    found = {
        one.hash: one
        for one in work.session.scalars(select(PackageVersion).where(PackageVersion.hash.in_(keys)))
    }
    return found[keys[0]], found[keys[1]], found[keys[2]]
