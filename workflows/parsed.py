"""Packages that were read once, by their hashes: shared by all tenants of the process, the least recently used forgotten first.

Sharing is sound because a hash names its content and nothing else; who may have it is asked of the database every time, never
of this.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock

from tenants.errors import Invalid
from tenants.text import say
from workflows.package import Package, read_files

_SIZE = 32
_lock = Lock()
_packages: OrderedDict[str, Package] = OrderedDict()


def known(hash: str) -> Package | None:
    """Return the package of that hash when it was read not long ago."""
    with _lock:
        if hash in _packages:
            _packages.move_to_end(hash)
        return _packages.get(hash)


def package(hash: str, title: str, files: Callable[[], Mapping[str, bytes]]) -> Package:
    """Return the package of that hash, read from what `files` returns unless it is known.

    title: what it is called where it cannot be read. Raises Invalid then.
    """
    found = known(hash)
    if found is None:
        found, problems = read_files(files())
        # Stored bytes are sound or they were never published; a newer house may read them differently, and must say so.
        if found is None or any(one.level == "error" for one in problems):
            raise Invalid(say("已发布的方案“{title}”读不出来。", title=title), problems=problems)
        with _lock:
            _packages[found.hash] = found
            _packages.move_to_end(found.hash)
            while len(_packages) > _SIZE:
                _packages.popitem(last=False)
    return found
