"""Every command below the web, as a stranger: ids of a county lead nowhere in its superior's unit of work.

Which commands there are is read from the packages: whatever takes `work` and an id. Those of the command line that take an
authority are tried the same way. A new one fails here until its parameters have a value.
"""

from __future__ import annotations

import importlib
import inspect
import io
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import ModuleType
from typing import Any
from uuid import UUID

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

import engine
import forms
import tenants
import workflows
from forms.changes import Changes
from tenants.models import Job
from tenants.text import say
from tests.web.swaps import changed, made_up
from web.cli import main

pytestmark = pytest.mark.slow
# What is not reached with an id that somebody sent: parts of commands, which are given rows and ids that were read before.
INSIDE = re.compile(
    r"tenants\.(audit|outbox)\..*|forms\.(attachments|submissions)\..*|forms\.drafts\.(save|patch|forget)"
    r"|tenants\.directory\.add_member|engine\.(incidents\.open_.*|drawn\..*)"
)
# Kinds of parameters that come from outside, as they are written.
SENT = re.compile(
    r"(UUID|str|int|bool|bytes|date|BinaryIO|Changes)( \| None)?"
    r"|(Sequence|Collection|Iterable|Mapping)\[[^\[\]]*(str|UUID)[^\[\]]*\]|dict\[str, (Any|str)\]"
)
WHERE = "jincheng"
# Arguments of the terminal that are no things of an authority but files on the machine.
FILES = {"path", "file"}


def modules() -> Iterator[ModuleType]:
    for package in (tenants, forms, workflows, engine):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".bench" not in found.name and ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def commands() -> dict[str, Callable[..., Any]]:
    """Return name -> function of all that take `work` and an id, and nothing that somebody had to read before."""
    found = {}
    for module in modules():
        for name, one in vars(module).items():
            own = inspect.isfunction(one) and one.__module__ == module.__name__ and not name.startswith("_")
            asked = list(inspect.signature(one).parameters.values()) if own else []
            if not asked or asked[0].name != "work" or INSIDE.fullmatch(f"{module.__name__}.{name}"):
                continue
            if any("UUID" in str(part.annotation) for part in asked) and all(map(is_sent, asked[1:])):
                found[f"{module.__name__}.{name}"] = one
    return found


def is_sent(part: inspect.Parameter) -> bool:
    """Tell whether a parameter may be left away, or is of a kind that comes from outside."""
    optional = part.default is not part.empty or part.kind is part.VAR_KEYWORD
    return optional or bool(SENT.fullmatch(str(part.annotation)))


# Parameters that are called otherwise than in the addresses of pages.
KINDS = {
    "key": "handed_id", "ids": "member_id", "subject_id": "instance_id", "attachment_id": "file_id", "to": "other_id",
    "sender": "other_id", "occurrence_id": "job_id", "token_id": "job_id", "parent_id": "unit_id", "about_id": "unit_id",
}  # fmt: skip
# What is sent along, sound where that matters.
PLAIN = {
    "changes": Changes({"说明": "某"}), "actor": "picked", "duty": "upward", "duty_id": "upward", "by": "office", "form": "plan",
    "due": date(2024, 12, 1), "stream": io.BytesIO(b"%PDF-1.4"), "table": "mine_check", "raw": b"a",
    "message": say("某"), "kind": "mine", "content": b"{}", "at": None, "live": None, "seen": "x",
}  # fmt: skip
BY_TYPE = {"str": "某", "int": 0, "bool": False}


def sent(part: inspect.Parameter, ids: Mapping[str, str]) -> Any:
    """Return what a parameter is given: an id by its name, else something harmless."""
    if "UUID" in str(part.annotation):
        # Names that no address has either lead to some other thing of theirs.
        named = KINDS.get(part.name, part.name)
        found = next((ids[one] for one in (named, named.removesuffix("s")) if one in ids), ids["instance_id"])
        return (
            [UUID(found)] if re.search("Sequence|Collection|Iterable", str(part.annotation)) else UUID(found)
        )
    if part.name == "package_hash":
        return ids["package_hash"]
    if part.name in PLAIN:
        return PLAIN[part.name]
    if str(part.annotation).startswith(("Mapping", "dict")):
        return {}
    if re.match("Sequence|Collection|Iterable", str(part.annotation)):
        return ["某"]
    assert part.annotation in BY_TYPE, f"give the parameter {part} a value in PLAIN"
    return BY_TYPE[part.annotation]


def outcome(door: Any, command: Callable[..., Any], ids: Mapping[str, str]) -> str:
    """Return what a command says, or the refusal that it raises, without the ids that it was given."""
    asked = list(inspect.signature(command).parameters.values())[1:]
    changes = any(part.kind is part.VAR_KEYWORD for part in asked)
    given = {
        part.name: sent(part, ids)
        for part in asked
        if part.kind is not part.VAR_KEYWORD
        and (part.default is part.empty or "UUID" in str(part.annotation))
    }
    try:
        with door(WHERE, "city-admin") as work:
            said = repr(command(work, **given, **({"name": "某"} if changes and "name" not in given else {})))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}|0x[0-9a-f]+", "…", said)


def test_no_command_tells_the_countys_things_from_what_never_existed(neighbours, door, rows_of):
    before = rows_of("yangcheng", house=True)
    values = {
        **neighbours.victim.values,
        "job_id": _a_job(door),
        "user_id": str(neighbours.world.users["clerk"]),
        "other_id": str(neighbours.world.tenants["faraway"]),
    }
    theirs = {name: value for name, value in values.items() if name.endswith(("_id", "_hash"))}
    told = {}
    for name, command in commands().items():
        foreign = outcome(door, command, theirs)
        nothing = outcome(door, command, {one: made_up(one) for one in theirs})
        # What was called wrongly was not tried.
        assert not foreign.startswith(("TypeError", "AttributeError")), f"{name}: {foreign}"
        if foreign != nothing or neighbours.victim.canary in foreign:
            told[name] = (foreign, nothing)
    assert told == {}
    assert changed(before, rows_of("yangcheng", house=True)) == set()


def _a_job(door: Any) -> str:
    with door("yangcheng", reads=True) as work:
        return str(work.session.scalars(select(Job.id).limit(1)).one())


# --- at the terminal ---------------------------------------------------------------------------------------------------


def of_an_authority(
    group: click.Group, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield (words, command) of all commands that are told an authority and something of it."""
    for name, one in sorted(group.commands.items()):
        if isinstance(one, click.Group):
            yield from of_an_authority(one, (*words, name))
        elif any("--tenant" in part.opts for part in one.params):
            yield (*words, name), one


def test_no_command_of_the_terminal_finds_the_countys_things_elsewhere(
    neighbours, door, rows_of, monkeypatch, tmp_path, database
):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url)
    before = rows_of("yangcheng", house=True)
    values = {"campaign": neighbours.victim.values["campaign_id"], "package": "own-winter"}
    nothing = {"campaign": made_up("campaign_id"), "package": "no-such-package"}
    tried = 0
    for words, command in of_an_authority(main):
        asked = [part.name for part in command.params if isinstance(part, click.Argument)]
        if set(asked) & FILES:
            continue
        assert set(asked) <= values.keys(), f"give the arguments of {' '.join(words)} a value here: {asked}"
        if not asked:
            continue
        said = [
            CliRunner().invoke(main, [*words, *(ids[name] for name in asked), "--tenant", "faraway"])
            for ids in (values, nothing)
        ]
        foreign, unknown = (
            (one.exit_code, one.output.replace(ids["package"], "…").replace(ids["campaign"], "…"))
            for one, ids in zip(said, (values, nothing), strict=True)
        )
        # A list of what belongs to nothing is empty.
        assert foreign == unknown and (foreign[0] == 1 or foreign[1].count("\n") == 1), (
            f"{' '.join(words)}: {foreign}"
        )
        tried += 1
    assert tried >= 3
    assert changed(before, rows_of("yangcheng", house=True)) == set()
