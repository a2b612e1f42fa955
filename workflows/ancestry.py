"""What the zip of a copy brings of the version that it was made of, so that it may still be merged where it comes in.

`origin.json` says where that version came from, `base.zip` holds its exact files. Both stand beside the package's files and are
none of them. What they say was written by whoever made the zip: it is followed only where nothing is known here, it never says
that a superior handed something down, and it never takes the place of what really came in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from tenants.db import Work
from tenants.errors import Problem
from tenants.text import say
from workflows import archive, builtin, templates
from workflows.bases import FILE, GALLERY, LIBRARY, Origin, origin_of
from workflows.check import examine
from workflows.copies import adopt
from workflows.models import PackageVersion
from workflows.package import Package, hash_of
from workflows.publish import export, finder, load, locks_broken, publish

_HASH = re.compile(r"[0-9a-f]{64}")
_LARGEST, _NAME = 10_000, 100


@dataclass(frozen=True)
class Ancestor:
    """The version that a copy was made of, as the copy's zip says. origin: as it says as well; see `_believed`."""

    hash: str
    origin: Origin
    files: Mapping[str, bytes]


def written(base_hash: str, origin: Origin, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what is put into the zip of a copy beside it. files: of what it was made of."""
    said = {
        "hash": base_hash,
        "kind": origin.kind,
        "name": origin.name,
        "tenant_id": origin.tenant_id,
        "key": origin.key,
    }
    text = json.dumps({"made_of": said}, ensure_ascii=False, indent=2)
    return {archive.ORIGIN: f"{text}\n".encode(), archive.BASE: archive.pack(files)}


def taken(files: dict[str, bytes]) -> tuple[Ancestor | None, list[Problem]]:
    """Take what stands beside a copy out of the files of its zip, and return it; a warning when it cannot be read."""
    text, packed = files.pop(archive.ORIGIN, None), files.pop(archive.BASE, None)
    if text is None and packed is None:
        return None, []
    try:
        found = _read(text or b"", packed or b"")
    except (ValueError, TypeError, KeyError, RecursionError):
        what = say("读不出这个方案是由哪个原版改成的")
        do = say("仍可发布，只是不能和原版的新版合并；要合并，请重新导出，不要改动压缩包。")
        return None, [Problem(what, do, archive.ORIGIN, level="warning")]
    return found, []


def export_copy(work: Work, package_hash: str) -> bytes:
    """Return a published package as a zip that brings what it was made of, where it was made of something. Raises NotFound."""
    row = work.session.scalar(select(PackageVersion).where(PackageVersion.hash == package_hash))
    origin = origin_of(row) if row is not None else None
    if row is None or origin is None or row.base_hash in (None, row.hash):
        return export(work, package_hash)
    base = load(work, str(row.base_hash))
    return export(work, package_hash, written(base.hash, origin, base.files))


def publish_copy(work: Work, files: Mapping[str, bytes], ancestor: Ancestor | None) -> PackageVersion:
    """Publish what was sent in, with what it was made of where that is to be followed. Raises as `publish`."""
    if ancestor is None or not followed(work, files, ancestor):
        return publish(work, files)
    origin = _believed(work, ancestor)
    adopt(work, ancestor.files, origin=origin)
    return adopt(work, files, origin=origin, base_hash=ancestor.hash)


def followed(work: Work, files: Mapping[str, bytes], ancestor: Ancestor) -> bool:
    """Tell whether what a copy says of its origin is followed: it is sound, and nothing is known here that says otherwise."""
    find = finder(work)
    package, base = (
        _sound(examine(files, find, published=True)),
        _sound(examine(ancestor.files, find, published=True)),
    )
    if package is None or base is None or package.hash == ancestor.hash:
        return False
    if locks_broken(work, package)[0] is not None:
        return False
    names = {package.id, base.id}
    return (
        work.session.scalar(select(PackageVersion.id).where(PackageVersion.package.in_(names)).limit(1))
        is None
    )


def _sound(examined: tuple[Package | None, list[Problem]]) -> Package | None:
    package, problems = examined
    return None if any(one.level == "error" for one in problems) else package


def _believed(work: Work, ancestor: Ancestor) -> Origin:
    """Return the origin under which an ancestor is kept: the house's own, a template that may be seen here, else the file."""
    said = ancestor.origin
    if any(offer.package.hash == ancestor.hash for offer in builtin.offers()):
        return Origin(LIBRARY)
    known = templates.cloned_from(work, said.key) if said.kind == GALLERY else None
    if known is not None and str(known.publisher_id) == said.tenant_id:
        return Origin(GALLERY, known.publisher, said.tenant_id, said.key)
    return Origin(FILE, said.name, said.tenant_id)


def _read(text: bytes, packed: bytes) -> Ancestor:
    if len(text) > _LARGEST:
        raise ValueError("larger than what is said of one package")
    said = json.loads(text.decode("utf-8-sig"))["made_of"]
    parts = {name: str(said[name]) for name in ("hash", "kind", "name", "tenant_id", "key")}
    if any(len(part) > _NAME or not part.isprintable() for part in parts.values()):
        raise ValueError("no names")
    files, _problems = archive.unpack(packed)
    if files is None or not _HASH.fullmatch(parts["hash"]) or hash_of(files) != parts["hash"]:
        raise ValueError("not the version that it says")
    return Ancestor(
        parts["hash"], Origin(parts["kind"], parts["name"], parts["tenant_id"], parts["key"]), files
    )
