"""A campaign package: a folder, a zip or a mapping of files in, frozen dataclasses and every problem of reading out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tenants.errors import Problem
from tenants.text import say
from workflows import archive, folder
from workflows.bpmn import Drawing, read_process
from workflows.bpmn.deciding import bound
from workflows.build import Builder, clauses_of
from workflows.choices import with_lists
from workflows.datasets import read_datasets
from workflows.decisions import Decision
from workflows.dmn import read_all
from workflows.elements import Actor, Clause, Duty, Form, Indicator, Ledger, Package, Phase, Rule
from workflows.marked_yaml import Mapped, read_yaml
from workflows.parts import Disputed, Every, Notice, On, Period, RowSource, Target, When
from workflows.shape import campaign_problems, clauses_problems, newer_format
from workflows.suggest import nearest

__all__ = [
    "Actor", "Clause", "Disputed", "Duty", "Every", "Form", "Indicator", "Ledger", "Notice", "On", "Package",
    "Period", "Phase", "RowSource", "Rule", "Target", "When", "hash_of", "read_files", "read_folder", "read_json",
    "read_zip",
]  # fmt: skip

CAMPAIGN = "campaign.yaml"
CLAUSES = "clauses.yaml"

_KNOWN = re.compile(
    r"campaign\.yaml|clauses\.yaml|[A-Z]+\.md|processes/[^/]+\.bpmn|decisions/[^/]+\.dmn|"
    r"forms/[^/]+/(schema|ui|example)\.json|tables/[^/]+\.csv|i18n/[^/]+\.yaml|tests/[^/]+\.yaml"
)
_FOLDERS = ("processes", "decisions", "forms", "tables", "i18n", "tests")
_LAYOUT = say(
    "方案包里可以有 campaign.yaml、clauses.yaml、processes/*.bpmn、decisions/*.dmn、forms/编号/schema.json"
    "（及 ui.json、example.json）、tables/*.csv、i18n/*.yaml、tests/*.yaml 和 *.md。"
)
_MAX_JSON = 1_000_000
# What is read and checked for its meaning, all files together: a check takes some seconds for a megabyte.
_DEFINING = (".yaml", ".json", ".bpmn", ".dmn")
_MAX_DEFINED = 4_000_000


def read_folder(path: Path) -> tuple[Package | None, list[Problem]]:
    """Read a package folder; see `read_files`."""
    files, problems = folder.gather(path)
    return _also(files, problems)


def read_zip(data: bytes, file: str = "") -> tuple[Package | None, list[Problem]]:
    """Read a zipped package; see `read_files`. file: its name, for messages."""
    files, problems = archive.unpack(data, file)
    return _also(files, problems)


def read_files(files: Mapping[str, bytes]) -> tuple[Package | None, list[Problem]]:
    """Read a package from its files, path -> bytes.

    Returns the package as far as it could be read, and every problem of reading; None when there is no campaign.yaml to
    speak of. A package with problems is for reporting only: `workflows.check` says whether it is sound, and only a sound
    one can be published.
    """
    if sum(len(data) for path, data in files.items() if path.endswith(_DEFINING)) > _MAX_DEFINED:
        what = say("方案的定义文件（yaml、json、bpmn、dmn）合计超过 {max} MB", max=_MAX_DEFINED // 1_000_000)
        return None, [Problem(what, say("请拆成几个方案；说明材料请另附。"), CAMPAIGN, 1)]
    problems = _strangers(files)
    value = _yaml(files, CAMPAIGN, problems)
    clauses = _yaml(files, CLAUSES, problems)
    if clauses is not None:
        problems += clauses_problems(clauses, CLAUSES)
    decisions, found = read_all(files)
    problems += found
    processes = _processes(files, decisions, problems)
    forms = _forms(files, problems)
    for path in files:
        if path.startswith(("i18n/", "tests/")) and path.endswith(".yaml"):
            problems += read_yaml(files[path], path)[1]
    if not isinstance(value, Mapped):
        if value is not None:
            problems.append(
                Problem(say("campaign.yaml 里没有内容项"), say("请对照 README 的例子填写。"), CAMPAIGN, 1)
            )
        return None, problems
    newer = newer_format(value, CAMPAIGN)
    if newer is not None:
        return None, [newer]
    problems += campaign_problems(value, CAMPAIGN)
    builder = Builder(CAMPAIGN)
    package = _package(builder, value, clauses, processes, decisions, forms, files)
    return package, problems + builder.problems


def hash_of(files: Mapping[str, bytes]) -> str:
    """Return the hash that names these files: SHA-256 over the sorted list of path and file hash."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{hashlib.sha256(files[path]).hexdigest()}\n".encode())
    return whole.hexdigest()


def read_json(data: bytes, file: str) -> tuple[Any, list[Problem]]:
    """Read one JSON file; keys given twice are refused, for one of the two would be lost in silence."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise _Twice(twice)
        return dict(pairs)

    if len(data) > _MAX_JSON:
        return None, [Problem(say("文件超过 {max} 字节", max=_MAX_JSON), say("请拆分表单。"), file, 1)]
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=_no_constant), []
    except _Twice as twice:
        line = _second_line(data, twice.key)
        return None, [Problem(say("“{key}”写了两次", key=twice.key), say("请只保留一处。"), file, line)]
    except json.JSONDecodeError as error:
        do = say("请检查这一行及上一行：逗号、引号、括号是否齐全，最后一项后面不要有逗号。")
        return None, [
            Problem(say("第 {line} 行附近不合 JSON 格式", line=error.lineno), do, file, error.lineno)
        ]
    except (UnicodeDecodeError, ValueError, RecursionError):
        do = say("请另存为 UTF-8 编码的 JSON，数字写成普通数字，层次不要太深。")
        return None, [Problem(say("文件不是可用的 JSON"), do, file, 1)]


class _Twice(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _second_line(data: bytes, key: str) -> int:
    places = [
        found.start() for found in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)).encode(), data)
    ]
    return data[: places[1]].count(b"\n") + 1 if len(places) > 1 else 1


def _also(files: Mapping[str, bytes] | None, problems: list[Problem]) -> tuple[Package | None, list[Problem]]:
    if files is None:
        return None, problems
    package, more = read_files(files)
    return package, problems + more


def _strangers(files: Mapping[str, bytes]) -> list[Problem]:
    """Report files that nothing would ever read: most often a folder or an ending was misspelt."""
    problems = []
    for path in sorted(files):
        if _KNOWN.fullmatch(path):
            continue
        top, slash, rest = path.partition("/")
        guess = nearest(top, _FOLDERS) if slash and top not in _FOLDERS else None
        do = say("是否想放在“{guess}”？", guess=f"{guess}/{rest}") if guess else _LAYOUT
        problems.append(Problem(say("方案包里用不到“{path}”", path=path), do, path))
    return problems


def _yaml(files: Mapping[str, bytes], path: str, problems: list[Problem]) -> Any:
    if path not in files:
        guess = nearest(path, [name for name in files if "/" not in name and not _KNOWN.fullmatch(name)])
        do = (
            say("请把“{guess}”改名为“{path}”。", guess=guess, path=path) if guess else say("请补上这个文件。")
        )
        problems.append(Problem(say("缺少 {path}", path=path), do, path))
        return None
    value, found = read_yaml(files[path], path)
    problems += found
    if value is None and not found:
        problems.append(Problem(say("{path} 是空的", path=path), say("请对照 README 的例子填写。"), path, 1))
    return value


def _processes(
    files: Mapping[str, bytes], decisions: Mapping[str, Decision], problems: list[Problem]
) -> dict[str, Drawing]:
    drawings = {}
    for path in sorted(files):
        if path.startswith("processes/") and path.endswith(".bpmn"):
            drawing, found = read_process(files[path], path)
            problems += found
            if drawing is not None:
                drawings[Path(path).stem] = bound(drawing, decisions)
    return drawings


def _forms(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, Form]:
    parts: dict[str, dict[str, Any]] = {}
    broken = set()
    for path in sorted(files):
        if not path.startswith("forms/") or not _KNOWN.fullmatch(path):
            continue
        _, form, name = path.split("/")
        value, found = read_json(files[path], path)
        if not found and not isinstance(value, dict):
            found = [Problem(say("文件应以“{”开头"), say("请写成一个 JSON 对象。"), path, 1)]
        problems += found
        if found:
            broken.add(path)
        parts.setdefault(form, {})[name.removesuffix(".json")] = value if isinstance(value, dict) else None
    for form, part in parts.items():
        path = f"forms/{form}/schema.json"
        if part.get("schema") is None and path not in broken:
            problems.append(
                Problem(say("表单“{form}”缺少 schema.json", form=form), say("请补上这个文件。"), path)
            )
    return {
        form: Form(form, part.get("schema") or {}, part.get("ui") or {}, part.get("example"))
        for form, part in parts.items()
    }


def _package(
    builder: Builder,
    root: Mapped,
    clauses: object,
    processes: Mapping[str, Drawing],
    decisions: Mapping[str, Decision],
    forms: Mapping[str, Form],
    files: Mapping[str, bytes],
) -> Package:
    locks = root.get("locks")
    tables = builder.each(root, "tables", builder.table)
    datasets, found = read_datasets(tables, files)
    builder.problems += found
    choices = builder.each(root, "choices", builder.choice)
    lists = {key: one.default for key, one in choices.items() if one.default}
    forms = (
        {key: replace(one, schema=with_lists(one.schema, lists)) for key, one in forms.items()}
        if lists
        else forms
    )
    return Package(
        id=str(root.get("id", "")),
        version=str(root.get("version", "")),
        title=str(root.get("title", "")),
        level=root.get("level", "county"),
        notice=builder.notice(root),
        period=builder.period(root),
        actors=builder.each(root, "actors", builder.actor),
        phases=builder.each(root, "phases", builder.phase),
        duties=builder.each(root, "duties", builder.duty),
        ledgers=builder.each(root, "ledgers", builder.ledger),
        indicators=builder.each(root, "indicators", builder.indicator),
        rules=builder.each(root, "rules", builder.rule),
        sanctions=builder.each(root, "sanctions", builder.rule),
        locks=dict(locks) if isinstance(locks, dict) else {},
        processes=processes,
        forms=forms,
        clauses=clauses_of(clauses),
        files=dict(files),
        hash=hash_of(files),
        decisions=decisions,
        tables=tables,
        datasets=datasets,
        kinds=_kinds(root.get("kinds")),
        choices=choices,
        amends=builder.amends(root),
    )


def _kinds(written: object) -> dict[str, str]:
    found = written if isinstance(written, dict) else {}
    return {key: title for key, title in found.items() if isinstance(title, str)}
