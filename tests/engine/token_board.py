"""The board of the token game: a drawing read from its XML, frames and tokens on it, and looking around."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@dataclass
class Flow:
    id: str
    source: str
    target: str
    condition: str = ""


@dataclass
class Node:
    id: str
    kind: str
    element: Any
    scope: str
    going: list[Flow] = field(default_factory=list)
    coming: list[Flow] = field(default_factory=list)

    def has(self, name: str) -> Any:
        return self.element.find(BPMN + name)

    @property
    def default(self) -> str:
        return str(self.element.get("default", ""))


@dataclass
class Frame:
    """around: the token inside of which it runs. index: which one of several it is. own: it has data of its own."""

    process: str
    scope: str
    around: Token | None
    data: dict[str, Any]
    index: int = -1
    own: bool = False
    tokens: list[Token] = field(default_factory=list)


@dataclass(eq=False)
class Token:
    """came: the flow by which it came. since: the day it arrived. left: of an activity that is done several times, those to do."""

    node: Node
    frame: Frame
    came: str = ""
    since: int = 0
    number: int = 0
    arrived: bool = False
    inside: list[Frame] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    rivals: object = None
    reminded: set[str] = field(default_factory=set)


class Board:
    """Where the tokens of one instance are. nodes, codes: of each process, by its id."""

    root: Frame
    nodes: dict[str, dict[str, Node]]
    codes: dict[str, dict[str, str]]

    def _frames(self) -> Iterator[Frame]:
        todo = [self.root]
        while todo:
            frame = todo.pop(0)
            yield frame
            for token in frame.tokens:
                todo += token.inside

    def _tokens(self) -> list[Token]:
        return [token for frame in self._frames() for token in frame.tokens]

    def _lives(self, token: Token) -> bool:
        return any(token is one for one in self._tokens())

    def _holder(self, frame: Frame) -> dict[str, Any]:
        while not frame.own and frame.around is not None:
            frame = frame.around.frame
        return frame.data

    def _value(self, frame: Frame, name: str) -> Any:
        while True:
            if frame.own and name in frame.data:
                return frame.data[name]
            if frame.around is None:
                return None
            frame = frame.around.frame

    def _holds(self, token: Token, flow: Flow) -> bool:
        if flow.condition == "True":
            return True
        found = re.fullmatch(r"(\w+) == True", flow.condition)
        assert found, flow.condition
        return self._value(token.frame, found[1]) is True

    def _loop(self, node: Node) -> Any:
        return node.has("multiInstanceLoopCharacteristics")

    def _times(self, token: Token) -> int:
        return int(self._loop(token.node).find(BPMN + "loopCardinality").text)

    def _sibling(self, node: Node, other: str) -> Node:
        return next(found[other] for found in self.nodes.values() if found.get(node.id) is node)

    def _siblings(self, node: Node) -> list[Node]:
        return next(list(found.values()) for found in self.nodes.values() if found.get(node.id) is node)

    def _boundaries(self, token: Token) -> list[Node]:
        nodes = self.nodes[token.frame.process].values()
        return [node for node in nodes if node.element.get("attachedToRef") == token.node.id]

    def _names(self, node: Node, kind: str) -> str:
        definition = node.has(f"{kind}EventDefinition")
        return str(definition.get(f"{kind}Ref")).partition("_")[2] if definition is not None else ""

    def _days(self, node: Node) -> int | None:
        timer = node.has("timerEventDefinition")
        return int(timer[0].text[1:-1]) if timer is not None else None

    def _path(self, token: Token, index: int) -> str:
        steps = [token.node.id]
        if index >= 0:
            steps.insert(0, f"{token.node.id}:{index}")
        frame = token.frame
        while frame.around is not None:
            around = frame.around
            if frame.index >= 0:
                steps.insert(0, f"{around.node.id}:{frame.index}")
            elif around.node.kind == "callActivity":
                steps.insert(0, around.node.id)
            frame = around.frame
        return "/".join(steps)


def nodes_of(xml: bytes) -> dict[str, Node]:
    process = ElementTree.fromstring(xml).find(BPMN + "process")
    nodes: dict[str, Node] = {}
    flows: list[Flow] = []

    def scope(element: Any, name: str) -> None:
        for child in element:
            kind = child.tag.removeprefix(BPMN)
            if kind == "sequenceFlow":
                condition = child.find(BPMN + "conditionExpression")
                text = condition.text or "" if condition is not None else ""
                flows.append(Flow(child.get("id"), child.get("sourceRef"), child.get("targetRef"), text))
            elif kind.endswith(("Event", "Task", "Gateway", "Process", "Activity")):
                nodes[child.get("id")] = Node(child.get("id"), kind, child, name)
                if kind == "subProcess":
                    scope(child, child.get("id"))

    scope(process, "")
    for flow in flows:
        nodes[flow.source].going.append(flow)
        nodes[flow.target].coming.append(flow)
    return nodes


def codes_of(xml: bytes) -> dict[str, str]:
    root = ElementTree.fromstring(xml)
    return {
        one.get("id", ""): one.get(f"{kind}Code", "")
        for kind in ("error", "escalation")
        for one in root.findall(BPMN + kind)
    }
