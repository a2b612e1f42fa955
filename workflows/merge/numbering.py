"""The number of a merged version: which one is free, and where it is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from workflows.merge.kinds import read
from workflows.merge.tree import Unfit
from workflows.merge.yaml_text import Yaml
from workflows.package import CAMPAIGN

_NUMBER = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")


def next_number(used: Collection[str], *versions: str) -> str:
    """Return the lowest number above these versions that is not used: three whole numbers, 1.0.2."""
    numbers = [tuple(map(int, found.groups())) for one in versions if (found := _NUMBER.match(one))]
    first, second, third = max(numbers, default=(1, 0, 0))
    while f"{first}.{second}.{third + 1}" in used:
        third += 1
    return f"{first}.{second}.{third + 1}"


def numbered(files: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    """Return a package's files with that version written into campaign.yaml, which otherwise stays as it is written.

    Raises Unfit when there is none to be replaced, or the text is none that could stand there.
    """
    format = Yaml()
    found = read(format, CAMPAIGN, files.get(CAMPAIGN, b""))
    was = found.root.child("version")
    if was is None or not _NUMBER.fullmatch(version):
        raise Unfit
    now = format.adopt(format.fragment(version, was), found.root).having(lead=was.lead, after=was.after)
    children = tuple(now if one is was else one for one in found.root.children)
    root = format.rebuild(found.root, children)
    return {**files, CAMPAIGN: found.text.data(root.text)}
