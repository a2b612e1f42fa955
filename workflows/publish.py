"""Packages in and out of a tenant: published versions are exact, immutable and the tenant's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenants import access, audit
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound, Problem, TooLarge
from tenants.text import say
from workflows import archive, bases, manifest, parsed, received
from workflows.bases import LockBroken, Origin
from workflows.check import examine
from workflows.library import Find
from workflows.models import PackageContent, PackageFile, PackageVersion
from workflows.package import Package


class VersionTaken(Conflict):
    """The same id and version were published with other content."""

    code = "version_taken"


def publish(
    work: Work, files: Mapping[str, bytes], *, origin: Origin | None = None, base: str = ""
) -> PackageVersion:
    """Publish the package in `files` (path -> bytes) and return its row; the same content again changes nothing.

    origin: of what comes in from elsewhere as it is. base: hash of the version that came in and that this was made of; without
    it, it is found out. Raises Forbidden, Invalid with every problem, LockBroken with every lock that it breaks, TooLarge, or
    VersionTaken when its id and version have other content.
    """
    access.require(work.viewer, "package.publish")
    package, made_of = _sound(work, files, origin, base)
    found = _published(work, package, comes_in=origin is not None)
    if found is not None and origin is None:
        return found
    if found is None:
        found = _recorded(work, package, made_of)
    if origin is not None and (found.base_hash != found.hash or found.origin != bases.written(origin)):
        found.base_hash, found.origin, found.came_at = found.hash, bases.written(origin), work.now
        work.session.flush()
    return found


def _sound(
    work: Work, files: Mapping[str, bytes], origin: Origin | None, base: str
) -> tuple[Package, PackageVersion | None]:
    """Return the package in the files, and what it was made of. Raises as `publish`."""
    if len(files) > archive.MAX_ENTRIES or sum(map(len, files.values())) > archive.MAX_BYTES:
        raise TooLarge(
            say(
                "方案包超过 {files} 个文件或 {max} MB",
                files=archive.MAX_ENTRIES,
                max=archive.MAX_BYTES // 1_000_000,
            )
        )
    package, problems = examine(files, finder(work), published=True)
    errors = [one for one in problems if one.level == "error"]
    if package is None or errors:
        raise Invalid(say("方案包有 {count} 处问题，没有发布。", count=len(errors)), problems=problems)
    if received.is_received(package.id):
        if not work.viewer.roles >= {"system"}:
            raise Invalid(
                say("方案编号不能以“{start}”开头。", start=received.PREFIX),
                say("这是外单位来文专用的编号，请换一个。"),
            )
        return package, None
    made_of, held = locks_broken(work, package, origin, base)
    if made_of is not None and held:
        origin_name = made_of.origin["name"] if made_of.origin else ""
        what = say("方案改动了{name}锁定的 {count} 处内容，没有发布。", name=origin_name, count=len(held))
        raise LockBroken(what, say("请照下面的说明改正后重新发布；送来的文件没有改动。"), problems=held)
    return package, made_of


def locks_broken(
    work: Work, package: Package, origin: Origin | None = None, base: str = ""
) -> tuple[PackageVersion | None, list[Problem]]:
    """Return which version from elsewhere a package was made of, and where it breaks the locks of that one.

    origin, base: as for `publish`. What the superior hands down itself is bound by nothing.
    """
    if origin is not None and origin.kind == bases.HANDED:
        return None, []

    def template(row: PackageVersion) -> Package:
        return _with_others(work, _loaded(work, row), row.uses)

    made_of = _row(work, base) if base else None
    if made_of is None or not bases.is_handed(made_of):
        # What the superior has handed down binds, whatever else a copy is merged with.
        found = bases.base_of(work, package, template)
        made_of = found if made_of is None or (found is not None and bases.is_handed(found)) else made_of
    if made_of is None or made_of.hash == package.hash:
        return made_of, []
    return made_of, bases.broken(made_of, template(made_of), package)


def require_choices(work: Work, hash: str, choices: Mapping[str, Any]) -> None:
    """Raise LockBroken when a launch of this version with these choices would put a locked date later than it may be."""
    row = _row(work, hash)
    if row.base_hash is None:
        return
    base = _row(work, row.base_hash)
    held = bases.chosen_late(base, load(work, base.hash), load(work, hash), choices)
    if held:
        what = say("所选的日期晚于{name}锁定的日期，没有启动。", name=(base.origin or {}).get("name", ""))
        raise LockBroken(what, say("请改用上级的起止日期，或改得更早。"), problems=held)


def _recorded(work: Work, package: Package, made_of: PackageVersion | None) -> PackageVersion:
    """Keep a version of a package that was not there."""
    row = PackageVersion(
        package=package.id, version=_number(work, package), title=package.title, level=package.level, hash=package.hash,
        published_at=work.now, published_by=work.actor.member_id,
        uses={key: other.hash for key, other in package.library.items()},
        base_hash=made_of.hash if made_of else None, origin=made_of.origin if made_of else None,
    )  # fmt: skip
    try:
        work.session.add(row)
        work.session.flush()
        _store(work, row, package.files)
    except IntegrityError as error:
        raise Conflict(say("有人正在同时发布这个方案。"), say("请稍候再试。")) from error
    audit.record(
        work, "package.publish", "package_version", row.id,
        package=package.id, version=package.version, hash=package.hash,
    )  # fmt: skip
    return row


def load(work: Work, hash: str) -> Package:
    """Return the tenant's published package of that hash, with those that it calls. Raises NotFound when the tenant has none."""
    row = _row(work, hash)
    return _with_others(work, _loaded(work, row), row.uses)


def recall(work: Work, hash: str, uses: Mapping[str, str]) -> Package:
    """As `load`, for one who has just read that the tenant has that version. uses: as it stands in its row."""
    package = parsed.known(hash)
    return load(work, hash) if package is None else _with_others(work, package, uses)


def _with_others(work: Work, package: Package, uses: Mapping[str, str]) -> Package:
    """Return a package with those that it calls, named when it was published, by their hashes: what the tenant publishes later
    changes nothing."""
    if not uses:
        return package
    others = {key: parsed.known(other) or _loaded(work, _row(work, other)) for key, other in uses.items()}
    return replace(package, library=others)


def finder(work: Work) -> Find:
    """Return how a package that is to be published finds the others that it calls: among the tenant's published versions."""

    def find(key: str) -> Package | None:
        name, _, version = key.partition("@")
        query = select(PackageVersion).where(
            PackageVersion.tenant_id == work.tenant.id,
            PackageVersion.package == name,
            PackageVersion.version == version,
        )
        row = work.session.scalars(query).one_or_none()
        return _loaded(work, row) if row is not None else None

    return find


def _loaded(work: Work, row: PackageVersion) -> Package:
    return parsed.package(row.hash, row.title, lambda: _files(work, row))


def export(work: Work, hash: str, beside: Mapping[str, bytes] | None = None) -> bytes:
    """Return the tenant's published package of that hash as a zip of its exact files, and of which others it calls.

    beside: what else goes into the zip. Raises NotFound.
    """
    access.require(work.viewer, "package.read")
    row = _row(work, hash)
    return archive.pack({**_files(work, row), **manifest.written(row.uses), **(beside or {})})


def versions(work: Work, package: str | None = None) -> list[PackageVersion]:
    """Return the tenant's published versions, of one package id or of all that are its own, newest first."""
    query = select(PackageVersion).where(PackageVersion.tenant_id == work.tenant.id)
    if package is not None:
        query = query.where(PackageVersion.package == package)
    else:
        query = query.where(PackageVersion.package.not_like(f"{received.PREFIX}%"))
    return list(
        work.session.scalars(query.order_by(PackageVersion.published_at.desc(), PackageVersion.id.desc()))
    )


def _published(work: Work, package: Package, *, comes_in: bool) -> PackageVersion | None:
    """Return the version with this content. Raises VersionTaken when its number is taken; what comes in gives way."""
    query = select(PackageVersion).where(
        PackageVersion.tenant_id == work.tenant.id, PackageVersion.hash == package.hash
    )
    row = work.session.scalars(query).one_or_none()
    if row is None and not comes_in and _numbered(work, package) is not None:
        raise VersionTaken(
            say("“{id}”{version} 版已经发布过，内容与这次不同。", id=package.id, version=package.version),
            say("已发布的版本不能改动：请把 campaign.yaml 里的 version 提高后再发布。"),
        )
    return row


def _numbered(work: Work, package: Package) -> PackageVersion | None:
    query = select(PackageVersion).where(
        PackageVersion.tenant_id == work.tenant.id, PackageVersion.package == package.id,
        PackageVersion.version == package.version,
    )  # fmt: skip
    return work.session.scalars(query).one_or_none()


def _number(work: Work, package: Package) -> str:
    """Return what a version is listed as: its number; where that is taken, with the beginning of its hash."""
    return package.version if _numbered(work, package) is None else f"{package.version}+{package.hash[:8]}"


def _row(work: Work, hash: str) -> PackageVersion:
    row = work.session.scalars(
        select(PackageVersion).where(PackageVersion.tenant_id == work.tenant.id, PackageVersion.hash == hash)
    ).one_or_none()
    if row is None:
        raise NotFound(say("没有找到这个方案版本。"), say("请在方案列表中重新选择。"))
    return row


def _files(work: Work, row: PackageVersion) -> dict[str, bytes]:
    query = (
        select(PackageFile.path, PackageContent.content)
        .join(
            PackageContent,
            (PackageContent.tenant_id == PackageFile.tenant_id)
            & (PackageContent.id == PackageFile.content_id),
        )
        .where(PackageFile.tenant_id == work.tenant.id, PackageFile.version_id == row.id)
    )
    return {row.path: row.content for row in work.session.execute(query)}


def _store(work: Work, row: PackageVersion, files: Mapping[str, bytes]) -> None:
    """Keep the files, each content once."""
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    known = {
        row.hash: row.id
        for row in work.session.execute(
            select(PackageContent.hash, PackageContent.id).where(
                PackageContent.tenant_id == work.tenant.id, PackageContent.hash.in_(set(hashes.values()))
            )
        )
    }
    fresh = {}
    for path, key in hashes.items():
        if key not in known and key not in fresh:
            fresh[key] = PackageContent(hash=key, content=files[path])
    work.session.add_all(fresh.values())
    work.session.flush()
    known |= {key: content.id for key, content in fresh.items()}
    work.session.add_all(
        PackageFile(version_id=row.id, path=path, content_id=known[key])
        for path, key in sorted(hashes.items())
    )
    work.session.flush()
