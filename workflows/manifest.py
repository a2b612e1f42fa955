"""What the zip of a package says of the packages that it calls: which versions, with exactly which content.

It stands beside the package's files and is none of them, so that what goes out and comes in again is the same package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tenants.errors import Problem
from tenants.text import say
from workflows.archive import BESIDE
from workflows.library import MOST, Find

_KEY = re.compile(r"[\w.-]{1,80}@[\w.+-]{1,40}")
_HASH = re.compile(r"[0-9a-f]{64}")
_LARGEST = 100_000


def written(uses: Mapping[str, str]) -> dict[str, bytes]:
    """Return what is put into the zip beside the package. uses: `package@version` -> hash; nothing where none is called."""
    if not uses:
        return {}
    text = json.dumps({"calls": dict(sorted(uses.items()))}, ensure_ascii=False, indent=2)
    return {BESIDE: f"{text}\n".encode()}


def taken(files: dict[str, bytes]) -> tuple[dict[str, str], list[Problem]]:
    """Take what stands beside a package out of the files of its zip, and return it as `package@version` -> hash."""
    data = files.pop(BESIDE, None)
    if data is None:
        return {}, []
    try:
        if len(data) > _LARGEST:
            raise ValueError("larger than a list of packages can be")
        found = dict(json.loads(data.decode("utf-8-sig"))["calls"])
        if len(found) <= MOST and all(_KEY.fullmatch(key) and _HASH.fullmatch(found[key]) for key in found):
            return found, []
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    what = say("读不出这个方案要用到哪些别的方案")
    return {}, [Problem(what, say("请重新导出，不要改动压缩包。"), BESIDE, level="warning")]


def problems(calls: Mapping[str, str], find: Find) -> list[Problem]:
    """Return what is wrong with the packages that one needs which comes in: missing here, or with other content than there."""
    here = {key: find(key) for key in calls}
    missing = tuple(key for key, package in here.items() if package is None)
    found = []
    if missing:
        what = say("这个方案要用到 {names}，这里还没有", names=missing)
        found.append(Problem(what, say("请先导入并发布这些版本，再导入这个方案。"), BESIDE))
    for key, package in here.items():
        if package is not None and package.hash != calls[key]:
            what = say("{name} 在这里的内容与导出的地方不同", name=key)
            do = say("请核对两处的这个版本；要用那边的内容，请那边换一个版本号发布后重新导出。")
            found.append(Problem(what, do, BESIDE, level="warning"))
    return found
