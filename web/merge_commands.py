"""The commands that hold packages against each other: what is different, and three of them made one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tenants.errors import Invalid, Problem
from tenants.text import Message, say
from web.terminal import show, tell, translation
from workflows import archive
from workflows.check import examine
from workflows.command import files_at
from workflows.locks import violations
from workflows.merge import Change, Choice, Conflict, Merged, Shown, resolve
from workflows.merge import diff as differences
from workflows.merge import merge as merged_of

_KINDS: Mapping[str, Message] = {
    "added": say("新增"),
    "removed": say("删去"),
    "changed": say("改动"),
    "moved": say("移动"),
    "layout": say("图上的位置"),
    "deleted_here": say("这里删去，那里改动"),
    "deleted_there": say("那里删去，这里改动"),
    "order": say("先后"),
}
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("one", type=_PATH)
@click.argument("other", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def diff(one: Path, other: Path, as_json: bool) -> None:
    """List what the package OTHER says differently from ONE, element by element; both a folder or a zip.

    Exit code: 0 nothing, 1 something, 2 one could not be read.
    """
    found = list(differences(_files(one), _files(other)))
    if as_json:
        click.echo(json.dumps([_change(change) for change in found], ensure_ascii=False, indent=2))
    else:
        _list(found)
        tell(say("{n} 处不同。", n=len(found)) if found else say("没有不同。"))
    raise SystemExit(1 if found else 0)


@click.command()
@click.argument("base", type=_PATH)
@click.argument("mine", type=_PATH)
@click.argument("theirs", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="Where to: a new folder, or a zip by its name.")
@click.option(
    "--choices",
    type=click.Path(path_type=Path, exists=True),
    help="JSON: conflict → mine, theirs or {edit: text}.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def merge(
    base: Path, mine: Path, theirs: Path, output: Path | None, choices: Path | None, as_json: bool
) -> None:
    """Bring into the package MINE what has changed from BASE to THEIRS; each a folder or a zip.

    Where both changed the same, MINE stands and the conflict is listed. Nothing is written over.
    Exit code: 0 merged, 1 conflicts or problems, 2 something could not be read or written.
    """
    sides = [_files(path) for path in (base, mine, theirs)]
    whole = merged_of(*sides)
    if choices is not None:
        whole = _settled(whole, choices)
    problems = [one for one in whole.problems if one.level == "error"] + _broken(sides[2], whole)
    if output is not None:
        _write(output, whole.files)
    if as_json:
        said = {
            "conflicts": [_conflict(one) for one in whole.conflicts],
            "changes": [_change(one) for one in whole.changes],
            "problems": [_problem(one) for one in problems],
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        _tell(whole, problems)
    raise SystemExit(1 if whole.conflicts or problems else 0)


def _files(path: Path) -> dict[str, bytes]:
    files, problems = files_at(path)
    if files is None:
        show(problems, err=True)
        raise SystemExit(2)
    return files


def _settled(whole: Merged, file: Path) -> Merged:
    try:
        said: Any = json.loads(file.read_text(encoding="utf-8"))
        choices = {
            key: Choice("edit", one["edit"]) if isinstance(one, dict) else Choice(one)
            for key, one in said.items()
        }
        if any(
            one.take not in ("mine", "theirs", "edit") or not isinstance(one.text, str)
            for one in choices.values()
        ):
            raise ValueError
    except (ValueError, KeyError, AttributeError, TypeError):
        do = say("请写成 {example}。", example='{"campaign.yaml#title": "theirs"}')
        show([Problem(say("看不懂怎样处理冲突"), do, str(file))], err=True)
        raise SystemExit(2) from None
    try:
        return resolve(whole, choices)
    except Invalid as refusal:
        show(refusal.problems, err=True)
        raise SystemExit(2) from None


def _broken(template: Mapping[str, bytes], whole: Merged) -> list[Problem]:
    """Return which locks of the template the merged package breaks."""
    above, local = (examine(files)[0] for files in (template, whole.files))
    return violations(above, local) if above is not None and local is not None else []


def _write(output: Path, files: Mapping[str, bytes]) -> None:
    if output.exists():
        do = say("请换一个名称，或先移走它。")
        show([Problem(say("“{path}”已经有了", path=output), do, str(output))], err=True)
        raise SystemExit(2)
    if output.suffix.lower() == ".zip":
        output.write_bytes(archive.pack(files))
        return
    for path, data in files.items():
        target = output / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _tell(whole: Merged, problems: list[Problem]) -> None:
    _list(whole.changes)
    translate = translation()
    for one in whole.conflicts:
        kind = _KINDS[one.kind].render(translate)
        click.echo(f"{say('冲突').render(translate)} · {kind} · {one.what.render(translate)}  [{one.id}]")
        for name, side in ((say("原来"), one.base), (say("这里"), one.mine), (say("那里"), one.theirs)):
            click.echo(f"    {name.render(translate)}: {_line(side, translate(str(say('没有'))))}")
    show(problems)
    tell(
        say("带来 {changes} 处改动，{conflicts} 处冲突，{problems} 处问题。", changes=len(whole.changes),
            conflicts=len(whole.conflicts), problems=len(problems))
    )  # fmt: skip


def _list(changes: list[Change] | tuple[Change, ...]) -> None:
    translate = translation()
    for one in changes:
        sides = (
            "" if one.kind in ("layout", "moved") else f": {_line(one.before, '—')} → {_line(one.after, '—')}"
        )
        click.echo(f"{_KINDS[one.kind].render(translate)} · {one.what.render(translate)}{sides}")


def _line(side: Shown | None, nothing: str) -> str:
    text = " ".join(side.text.split()) if side is not None else nothing
    return text if len(text) <= 100 else text[:100] + "…"


def _change(one: Change) -> dict[str, Any]:
    said = {
        "file": one.file,
        "place": list(one.place),
        "kind": one.kind,
        "what": one.what.render(translation()),
    }
    return {**said, "before": _side(one.before), "after": _side(one.after)}


def _conflict(one: Conflict) -> dict[str, Any]:
    said = {
        "id": one.id,
        "file": one.file,
        "place": list(one.place),
        "kind": one.kind,
        "what": one.what.render(translation()),
    }
    return {
        **said,
        "renamed": one.renamed,
        "base": _side(one.base),
        "mine": _side(one.mine),
        "theirs": _side(one.theirs),
    }


def _side(side: Shown | None) -> dict[str, Any] | None:
    return {"value": side.value, "text": side.text} if side is not None else None


def _problem(one: Problem) -> dict[str, Any]:
    translate = translation()
    said = {"file": one.file, "line": one.line, "where": one.where}
    return {**said, "what": one.what.render(translate), "do": one.do.render(translate)}


COMMANDS: tuple[click.Command, ...] = (diff, merge)
