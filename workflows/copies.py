"""What a tenant takes over from elsewhere: it is kept as it is, remembers where it came from, and learns of newer versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenants.db import Work
from workflows.bases import Origin, came_in, origin_of
from workflows.models import PackageVersion
from workflows.publish import publish


def adopt(work: Work, files: Mapping[str, bytes], *, origin: Origin, base_hash: str = "") -> PackageVersion:
    """Publish what is taken over from elsewhere and return its row.

    files: path -> bytes. origin: where they are from. base_hash: empty when the files are exactly what came; else the hash of
    the version that came (adopted before), of which these files were made. A version number that the tenant has given to other
    content gives way: the version is listed with the beginning of its hash. Raises as `workflows.publish.publish`.
    """
    if base_hash:
        return publish(work, files, base=base_hash)
    if origin.tenant_id == str(work.tenant.id):
        # What comes back from where it went is the tenant's own, and bound by nobody.
        return publish(work, files)
    return publish(work, files, origin=origin)


def newer(work: Work, row: PackageVersion) -> PackageVersion | None:
    """Return the newest version that has come in since the one that `row` is, or was made of; None when there is none."""
    return _newer(came_in(work), row) if row.base_hash is not None else None


def outdated(work: Work, rows: Sequence[PackageVersion]) -> set[str]:
    """Return the hashes of the newest own versions for which a newer one has come in. rows: all versions, newest first."""
    own: dict[str, PackageVersion] = {}
    for row in rows:
        if row.base_hash not in (None, row.hash):
            own.setdefault(row.package, row)
    came = came_in(work) if own else []
    return {row.hash for row in own.values() if _newer(came, row) is not None}


def _newer(rows: Sequence[PackageVersion], row: PackageVersion) -> PackageVersion | None:
    base = next((one for one in rows if one.hash == row.base_hash), None)
    if base is None:
        return None
    line = [one for one in rows if one.package == base.package and _same_source(one, base)]
    return line[-1] if line[-1].hash != base.hash and line.index(base) < len(line) - 1 else None


def _same_source(one: PackageVersion, other: PackageVersion) -> bool:
    here, there = origin_of(one), origin_of(other)
    return (
        here is not None
        and there is not None
        and (here.kind, here.tenant_id) == (there.kind, there.tenant_id)
    )
