"""What runs inside an activity: an embedded subprocess, one of several, a called process; and one that lies untouched."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.process.errors import ProcessStuck
from engine.process.tokens import RESERVED, Scope, Token
from engine.process.values import read
from tenants.text import say

if TYPE_CHECKING:
    from engine.process.instance import Instance

MAX_CALLS = 8  # called processes inside one another
SINGLE = -1  # the index of the one that is not one of several


class Part(Scope):
    """An embedded subprocess; its data are those of what is around it."""

    host: Token
    data_objects: Mapping[str, Any] = MappingProxyType({})  # the library asks for them

    def __init__(self, host: Token, index: int = SINGLE) -> None:
        outer: Scope = host.workflow
        self.host, self.index, self.outer = host, index, outer
        self.top_workflow: Instance = outer.top_workflow
        self.script_engine = self.top_workflow.script
        self.model, self.spec = host.task_spec.inside(outer.model)
        self.tasks, self.completed, self.data = {}, False, {}
        self.prefix, self.calls = outer.prefix, outer.calls
        self.place = outer.place if index == SINGLE else joined(outer.place, host, index)
        self.plant()

    def names(self) -> Mapping[str, Any]:
        return self.outer.names()

    def keeps(self, name: str) -> bool:
        return self.outer.keeps(name)

    def put(self, values: Mapping[str, object]) -> None:
        self.outer.put(values)

    def finished(self) -> None:
        self.top_workflow.drop(self)
        self.host.task_spec.inside_done(self.host, self)


class Round(Part):
    """One round of a standard loop: its number is its own, its data are not."""

    def names(self) -> Mapping[str, Any]:
        return {**self.outer.names(), **self.host.task_spec.own(self.host, self.index)}


class Item(Part):
    """One of several: it sees its own item and counter, and what is answered in it is nobody else's."""

    def names(self) -> Mapping[str, Any]:
        return {**self.outer.names(), **self.host.task_spec.own(self.host, self.index), **self.data}

    def keeps(self, name: str) -> bool:
        return name in self.model.reads or name in self.data

    def put(self, values: Mapping[str, object]) -> None:
        self.data = {**self.data, **values}


class Called(Part):
    """A called process: it sees what was handed in, and what the campaign gives to every process."""

    def __init__(self, host: Token, index: int = SINGLE) -> None:
        super().__init__(host, index)
        self.place = joined(self.outer.place, host, index)
        self.prefix = f"{self.outer.prefix}{host.task_spec.name}/"
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise ProcessStuck(
                say("流程互相调用超过 {n} 层。", n=MAX_CALLS),
                host.task_spec.name,
                say("请检查是否循环调用。"),
            )

    def around(self) -> Mapping[str, Any]:
        """Return what the caller sees: what is handed in is worked out from this."""
        own = self.host.task_spec.own(self.host, self.index) if self.index != SINGLE else {}
        return {**self.outer.names(), **own}

    def names(self) -> Mapping[str, Any]:
        given = {name: value for name, value in self.outer.names().items() if name in RESERVED}
        return {**given, **self.data}

    def keeps(self, name: str) -> bool:
        gives = self.host.task_spec.gives
        return (
            name in self.model.reads
            or name in self.data
            or name in gives.reads
            or (gives.everything and self.outer.keeps(name))
        )

    def put(self, values: Mapping[str, object]) -> None:
        self.data = {**self.data, **values}


def joined(outer: str, host: Token, index: int) -> str:
    """Return the place of what runs inside a token."""
    here = f"{host.task_spec.name}:{host.id}" + (f":{index}" if index != SINGLE else "")
    return f"{outer}/{here}" if outer else here


def part_of(host: Token, index: int = SINGLE) -> Part:
    """Return what runs inside a token, of the kind that its activity asks for; nothing runs in it yet."""
    kind: type[Part] = host.task_spec.kind
    return kind(host, index)


class Dormant:
    """One of several that nobody has touched in this call: its row as it stands in the state, and what is to be known of it.

    size: how many tokens. tasks: numbers that wait for somebody. timers: (moment, number, node). waits: (number, kind, name)
    of what it may hear. An instance with a hundred of these costs little more than one with ten.
    """

    __slots__ = ("host", "index", "row", "size", "tasks", "timers", "waits")

    def __init__(self, host: Token, row: list[Any]) -> None:
        self.host, self.row, self.index = host, row, row[1]
        self.size, self.tasks, timers, self.waits = row[2]
        self.timers = [(read(at), number, node) for at, number, node in timers]
