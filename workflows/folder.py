"""A package in a folder: its files as bytes, under the same limits as a zip."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from tenants.errors import Problem
from tenants.text import say
from workflows.archive import MAX_BYTES, MAX_ENTRIES, is_litter, path_fault


def gather(folder: Path) -> tuple[dict[str, bytes] | None, list[Problem]]:
    """Read every file below `folder` into path -> bytes, paths with `/` and relative to it.

    Links are named and not followed: a package is what is in its folder. None when the folder cannot be read or is too big.
    """
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    room = MAX_BYTES
    for path in _below(folder):
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        if path.is_symlink():
            problems.append(Problem(say("“{path}”是链接", path=name), say("请换成真正的文件。"), name))
            continue
        fault = path_fault(name)
        if fault:
            problems.append(Problem(fault, say("请换一个文件名。"), name))
            continue
        # The size is asked first, so that a huge file is not read to find out that it is one.
        if len(files) >= MAX_ENTRIES or path.stat().st_size > room:
            what = say("文件夹超过 {files} 个文件或 {max} MB", files=MAX_ENTRIES, max=MAX_BYTES // 1_000_000)
            return None, [Problem(what, say("请确认选对了方案文件夹，并移走与方案无关的文件。"), str(folder))]
        files[name] = path.read_bytes()
        room -= len(files[name])
    return files, problems


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        here = Path(root)
        for name in list(folders):
            if is_litter(name):
                folders.remove(name)
            elif (here / name).is_symlink():
                folders.remove(name)
                found.append(here / name)
        found += [here / name for name in names if not is_litter(name)]
        if len(found) > MAX_ENTRIES:
            break
    return sorted(found)
