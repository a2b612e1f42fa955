"""`luoshi check PATH...`: a package folder, its zip, or a single .bpmn, .dmn or form schema. Reads files, runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tenants.errors import Problem
from tenants.text import Message, say
from workflows import archive, folder
from workflows.bpmn import read_process
from workflows.builtin import ABOUT
from workflows.check import examine, in_order
from workflows.checks.asked import check_form
from workflows.dmn import read_decisions
from workflows.elements import Form, Package
from workflows.library import Find, among
from workflows.marked_yaml import read_yaml
from workflows.package import CAMPAIGN, CLAUSES, read_files, read_json

_KINDS = say("可以检查方案文件夹、方案的 zip、单个 .bpmn、.dmn 或表单 schema.json。")
_MAX_FILE = archive.MAX_BYTES


@dataclass(frozen=True)
class Report:
    """What `luoshi check` found.

    problems: everything that is wrong, by file and line; their `file` is the path as it was given, and below it.
    unreadable: what could not be looked at: missing, no rights, not a kind of file we read, or an archive refused whole.
    """

    problems: tuple[Problem, ...]
    unreadable: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        """0 = nothing wrong, 1 = problems, 2 = something could not be read."""
        return 2 if self.unreadable else 1 if self.problems else 0


class _Unreadable(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


def check_paths(paths: Iterable[str | Path]) -> Report:
    """Check each path and report everything at once."""
    problems: list[Problem] = []
    unreadable: list[Problem] = []
    given = [Path(path) for path in paths]
    find = _Together(given)
    for path in given:
        try:
            problems += in_order(_check(path, find))
        except _Unreadable as stop:
            unreadable += stop.problems
        except OSError as error:
            unreadable.append(_unread(say("读不出来：{reason}", reason=error.strerror or "I/O"), path))
    return Report(tuple(dict.fromkeys(problems)), tuple(unreadable))


def files_at(path: str | Path) -> tuple[dict[str, bytes] | None, list[Problem]]:
    """Read the files of a package folder or zip, for publishing; None when they cannot be read, with the reasons."""
    path = Path(path)
    try:
        if path.is_dir():
            return folder.gather(path)
        return archive.unpack(_bytes(path), str(path))
    except _Unreadable as stop:
        return None, stop.problems
    except OSError as error:
        return None, [_unread(say("读不出来：{reason}", reason=error.strerror or "I/O"), path)]


class _Together:
    """The packages that are checked in one go find each other, where one calls another's processes. Read when one does."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths

    def __call__(self, key: str) -> Package | None:
        return self._find(key)

    @cached_property
    def _find(self) -> Find:
        read = (files_at(path)[0] for path in self.paths if path.is_dir() or path.suffix.lower() == ".zip")
        packages = (read_files(files)[0] for files in read if files)
        return among(package for package in packages if package is not None)


def _check(path: Path, find: Find) -> list[Problem]:
    if path.is_dir():
        return _folder(path, find)
    if path.name in (CAMPAIGN, CLAUSES):
        return _folder(path.parent, find)
    kind = path.suffix.lower()
    if not path.exists():
        raise _Unreadable([_unread(say("没有这个文件或文件夹"), path, say("请检查路径。"))])
    if kind == ".md":
        return []  # a README beside the packages: `luoshi check gallery/*` is meant for them, and nothing in it can be wrong
    if path.name == ABOUT:
        return read_yaml(_bytes(path), str(path))[1]
    if kind == ".zip":
        return _package(*archive.unpack(_bytes(path), str(path)), path, find)
    if kind == ".bpmn":
        return read_process(_bytes(path), str(path))[1]
    if kind == ".dmn":
        return read_decisions(_bytes(path), str(path))[1]
    if kind == ".json":
        return _form(path)
    raise _Unreadable([_unread(say("不认识这种文件"), path, _KINDS)])


def _folder(path: Path, find: Find) -> list[Problem]:
    if not (path / CAMPAIGN).exists() and (path / "schema.json").exists():
        return _form(path / "schema.json")
    return _package(*folder.gather(path), path, find)


def _package(
    files: Mapping[str, bytes] | None, found: list[Problem], path: Path, find: Find
) -> list[Problem]:
    if files is None:
        raise _Unreadable(found)
    if not files:
        raise _Unreadable([_unread(say("里面没有文件"), path, _KINDS)])
    return [replace(one, file=f"{path}/{one.file}") for one in [*found, *examine(files, find)[1]]]


def _form(path: Path) -> list[Problem]:
    """Check a form schema, with the arrangement and the example beside it when it stands in a form's folder."""
    beside = ("ui.json", "example.json") if path.name == "schema.json" else ()
    files, values, problems = {}, {}, []
    for name in (path.name, *(one for one in beside if (path.parent / one).exists())):
        key = str(path.parent / name)
        files[key] = _bytes(path.parent / name)
        values[name], found = read_json(files[key], key)
        problems += found
    schema = values[path.name]
    if problems:
        return problems
    if not isinstance(schema, dict):
        return [Problem(say("文件应以“{”开头"), say("请写成一个 JSON 对象。"), str(path), 1)]
    form = Form(path.parent.name, schema, values.get("ui.json") or {}, values.get("example.json"))
    prefix = str(path)[: -len(path.name)]
    named = {f"{prefix}schema.json": files[str(path)]} | files
    return [
        replace(one, file=str(path)) if one.file == f"{prefix}schema.json" else one
        for one in check_form(form, named, prefix)
    ]


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _MAX_FILE:
        raise _Unreadable([_unread(say("文件超过 {max} MB", max=_MAX_FILE // 1_000_000), path)])
    return path.read_bytes()


def _unread(what: Message, path: Path, do: Message | None = None) -> Problem:
    return Problem(what, do or say("请检查文件是否存在、是否有权读取。"), str(path))
