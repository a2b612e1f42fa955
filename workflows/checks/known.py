"""What names there are in a package: fields of forms and rows, what expressions may read, and problems about strangers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forms.fields import ROW, BrokenSchema, Field, covering, fields, protected
from forms.sensitive import covered
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.bpmn import Node
from workflows.bpmn.loops import COUNTS
from workflows.elements import Duty, Form, Ledger, Package
from workflows.parts import RowSource
from workflows.suggest import instead

CAMPAIGN = "campaign.yaml"
# Candidates of a step that are no actors of the campaign: who does it, who receives it, whom it is about, who started it.
RESERVED = frozenset({"by", "to", "about", "starter"})
# What a process may read besides the answers to its forms and the row it was born from.
PROCESS_NAMES = frozenset(
    {
        "unit",
        "about",
        "phases",
        "period",
        "notice",
        "today",
        "now",
        "due",
        "opens",
        "number",
        "recipients",
        "partners",
    }
)
# What an item of a ledger has besides the fields of its form.
ITEM_NAMES = frozenset({"状态", "单位", "编号", "status", "unit", "number"})
# The form that a process calls by this name is the form of the duty.
OWN_FORM = "form"


class Known:
    """The names of one package, worked out once. published: other packages that it calls must be at hand (`package.library`)."""

    def __init__(self, package: Package, *, published: bool = False) -> None:
        self.package = package
        self.published = published
        self.forms = {key: _paths(form) for key, form in package.forms.items()}
        self.unsound = frozenset(key for key, paths in self.forms.items() if not paths)

    def form_fields(self, form: str | None) -> frozenset[str]:
        """Return the fields at the top of a form."""
        return frozenset(path[0] for path in self.forms.get(form or "", ()) if path)

    def all_fields(self, form: str) -> frozenset[str]:
        """Return the fields of a form at any depth."""
        return frozenset(part for path in self.forms.get(form, ()) for part in path if part != ROW)

    def protected(self, form: str | None) -> frozenset[str]:
        """Return the fields of a form, at any depth, that only some may read: nothing else of the package can."""
        found = self.forms.get(form or "", {})
        kept = protected(found)
        return frozenset(part for path in found if covering(path, kept) for part in path[-1:] if part != ROW)

    def sensitive(self, form: str | None) -> frozenset[str]:
        """Return the fields of a form, at any depth, that only the desk reads that wrote them: no ledger and no row has them."""
        return frozenset(path[-1] for path in covered(self.forms.get(form or "", {})) if path[-1] != ROW)

    def kept_back(self, ledger: Ledger) -> frozenset[str]:
        """Return the fields that no item of a ledger has, for they are sensitive where it comes from."""
        sources = (*(source.form for source in ledger.from_rows), *ledger.from_forms)
        return frozenset[str]().union(*(self.sensitive(form) for form in (*sources, ledger.form)))

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
        whole = (self.form_fields(form) for form in ledger.from_forms)
        return self.form_fields(ledger.form).union(*rows, *whole)

    def users(self, process: str) -> Iterator[tuple[str, Duty | Ledger]]:
        """Yield the duties and ledgers that run a process, by itself or inside of another, with their paths."""
        around = self._around(process)
        for key, duty in self.package.duties.items():
            if duty.process in around:
                yield f"duties.{key}", duty
        for key, ledger in self.package.ledgers.items():
            if ledger.process in around:
                yield f"ledgers.{key}", ledger

    def process_key(self, name: str, package: Package | None = None) -> str | None:
        """Return the key of the process that a call names by its key or id; None when there is none."""
        processes = (package or self.package).processes
        found = (key for key, drawing in processes.items() if drawing.id == name)
        return name if name in processes else next(found, None)

    def callers(self, process: str) -> list[tuple[str, Node]]:
        """Return (key of the caller, call activity) of the package's own calls of a process."""
        return [
            (key, node)
            for key, drawing in self.package.processes.items()
            for node in drawing.calls
            if node.call and not node.call.source and self.process_key(node.call.process) == process
        ]

    def _around(self, process: str) -> set[str]:
        """Return a process and all that call it, or call those."""
        found, todo = {process}, [process]
        while todo:
            for key, _ in self.callers(todo.pop()):
                if key not in found:
                    found.add(key)
                    todo.append(key)
        return found

    def forms_of(self, process: str) -> frozenset[str]:
        """Return the forms that the steps of a process fill in, its duties' own included."""
        drawing = self.package.processes.get(process)
        called = {node.form for node in drawing.nodes.values() if node.form} if drawing else set()
        own = {user.form for _, user in self.users(process) if user.form} if OWN_FORM in called else set()
        return frozenset(called - {OWN_FORM}) | own

    def readable(self, process: str, *, around: bool = True) -> frozenset[str] | None:
        """Return the names that a process may read: answers to its forms, the row it was born from, what its decisions give,
        what its activities that are done several times see, and what crosses the border of a call.

        None when a form is missing or broken, which is said elsewhere: its fields are unknown; or when it calls all of a process
        of another package. around: with what its callers hand in.
        """
        forms = self.forms_of(process)
        if forms & self.unsound or not forms <= self.forms.keys():
            return None
        names = PROCESS_NAMES.union(*(self.form_fields(form) - self.protected(form) for form in forms))
        for _, user in self.users(process):
            if isinstance(user, Ledger):
                names |= self.item_fields(user) - self.kept_back(user)
            elif user.on:
                names = names.union(
                    *(self.row_fields(one) - self.sensitive(one.form) for one in user.on.sources)
                )
        names |= self.decided(process) | self._several(process) | self.package.ledgers.keys()
        for node in self.package.processes[process].calls:
            back = self._back(node)
            if back is None:
                return None
            names |= back
        for key, node in self.callers(process) if around else ():
            assert node.call is not None
            names |= {passed.target for passed in node.call.takes}
            if node.call.takes_all:
                handed = self.readable(key, around=False)
                if handed is None or self.callers(key):
                    return None
                names |= handed
        return names

    def _several(self, process: str) -> frozenset[str]:
        """Return the names that loops and caught codes bring."""
        found: set[str] = set()
        for node in self.package.processes[process].nodes.values():
            found |= {node.event.variable}
            if node.loop is not None:
                found |= {node.loop.item, node.loop.gather, *COUNTS}
        return frozenset(found - {""})

    def _back(self, node: Node) -> frozenset[str] | None:
        """Return the names that come out of a called process; None when that is not known."""
        call = node.call
        assert call is not None
        key = self.process_key(call.process) if not call.source else None
        given = frozenset(passed.target for passed in call.gives)
        if not call.gives_all:
            return given
        forms = self.forms_of(key) if key else frozenset({""})
        if (
            key is None
            or forms & self.unsound
            or not forms <= self.forms.keys()
            or self.package.processes[key].calls
        ):
            return None
        open_fields = (self.form_fields(form) - self.protected(form) for form in forms)
        return given.union(*open_fields, self.decided(key), self._several(key))

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
