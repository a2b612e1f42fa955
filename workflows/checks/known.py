"""What names there are in a package: fields of forms and rows, what expressions may read, and problems about strangers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forms.fields import ROW, BrokenSchema, Field, fields
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.elements import Duty, Form, Ledger, Package
from workflows.parts import RowSource
from workflows.suggest import instead

CAMPAIGN = "campaign.yaml"
# Candidates of a step that are no actors of the campaign: who does it, who receives it, whom it is about, who started it.
RESERVED = frozenset({"by", "to", "about", "starter"})
# What a process may read besides the answers to its forms and the row it was born from.
PROCESS_NAMES = frozenset(
    {"unit", "about", "phases", "period", "notice", "today", "now", "due", "opens", "number"}
)
# What an item of a ledger has besides the fields of its form.
ITEM_NAMES = frozenset({"状态", "单位", "编号", "status", "unit", "number"})
# The form that a process calls by this name is the form of the duty.
OWN_FORM = "form"


class Known:
    """The names of one package, worked out once."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.forms = {key: _paths(form) for key, form in package.forms.items()}
        self.unsound = frozenset(key for key, paths in self.forms.items() if not paths)

    def form_fields(self, form: str | None) -> frozenset[str]:
        """Return the fields at the top of a form."""
        return frozenset(path[0] for path in self.forms.get(form or "", ()) if path)

    def all_fields(self, form: str) -> frozenset[str]:
        """Return the fields of a form at any depth."""
        return frozenset(part for path in self.forms.get(form, ()) for part in path if part != ROW)

    def tables(self, form: str) -> frozenset[str]:
        """Return the fields of a form that are tables."""
        return frozenset(path[0] for path in self.forms.get(form, ()) if len(path) > 1 and path[1] == ROW)

    def row_fields(self, source: RowSource) -> frozenset[str]:
        """Return the fields of a row of a table."""
        return frozenset(
            path[2]
            for path in self.forms.get(source.form, ())
            if len(path) == 3 and path[:2] == (source.field, ROW)
        )

    def item_fields(self, ledger: Ledger) -> frozenset[str]:
        """Return what an item of a ledger holds."""
        rows = (self.row_fields(source) for source in ledger.from_rows)
        return self.form_fields(ledger.form).union(*rows)

    def users(self, process: str) -> Iterator[tuple[str, Duty | Ledger]]:
        """Yield the duties and ledgers that run a process, with their paths."""
        for key, duty in self.package.duties.items():
            if duty.process == process:
                yield f"duties.{key}", duty
        for key, ledger in self.package.ledgers.items():
            if ledger.process == process:
                yield f"ledgers.{key}", ledger

    def forms_of(self, process: str) -> frozenset[str]:
        """Return the forms that the steps of a process fill in, its duties' own included."""
        drawing = self.package.processes.get(process)
        called = {node.form for node in drawing.nodes.values() if node.form} if drawing else set()
        own = {user.form for _, user in self.users(process) if user.form} if OWN_FORM in called else set()
        return frozenset(called - {OWN_FORM}) | own

    def readable(self, process: str) -> frozenset[str] | None:
        """Return the names that a process may read: answers to its forms, the row it was born from, what its decisions give.

        None when a form is missing or broken, which is said elsewhere: its fields are unknown.
        """
        forms = self.forms_of(process)
        if forms & self.unsound or not forms <= self.forms.keys():
            return None
        names = PROCESS_NAMES.union(*(self.form_fields(form) for form in forms))
        for _, user in self.users(process):
            if isinstance(user, Ledger):
                names |= self.item_fields(user)
            elif user.on:
                names = names.union(*(self.row_fields(source) for source in user.on.sources))
        return names | self.decided(process)

    def decided(self, process: str) -> frozenset[str]:
        """Return the names under which the decisions of a process are kept."""
        found: set[str] = set()
        for node in self.package.processes[process].nodes.values():
            if node.decides is not None and node.decides.variable:
                found.add(node.decides.variable)
            elif node.decides is not None and node.decides.decision in self.package.decisions:
                found |= {one.name for one in self.package.decisions[node.decides.decision].outputs}
        return frozenset(found)


def stranger(
    what: Message,
    name: str,
    known: Iterable[str],
    line: int,
    where: str,
    file: str = CAMPAIGN,
    do: Message | None = None,
) -> Problem:
    """Return the problem of a name that names nothing, with what it was probably meant to be."""
    return Problem(what, instead(name, known, do or say("请改成已有的编号，或补上它。")), file, line, where)


def paths_in(tree: list[Any]) -> Iterator[tuple[str, ...]]:
    """Yield the dotted paths that an expression reads from outside, such as ("phases", "self_check", "end")."""
    if tree[0] == "path" and isinstance(tree[1], list) and tree[1][0] == "name":
        yield (tree[1][1], *tree[2:])
        return
    if tree[0] == "name":
        yield (tree[1],)
        return
    for part in tree[1:]:
        if isinstance(part, list):
            yield from paths_in(part)


def _paths(form: Form) -> Mapping[tuple[str, ...], Field]:
    try:
        return fields(form.schema) if form.schema else {}
    except (BrokenSchema, AttributeError, TypeError, KeyError):
        # A schema that cannot be followed is reported by the check of forms; its fields are simply unknown here.
        return {}
