"""BPMN's token game, played on the XML itself: what the standard says, and nothing of the engine or of the house's reader.

A frame is one run of a process or subprocess: tokens on nodes, and data. It is played one move at a time until nothing moves.
Slow and plain on purpose. It knows what `tests.engine.blocks` draws, and of conditions only `name == True` and `True`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.engine.token_board import Flow, Frame, Node, Token, codes_of, nodes_of
from tests.engine.token_events import Events, Stuck

__all__ = ["Game", "Stuck"]

TASKS = ("userTask", "manualTask")


class Game(Events):
    """One instance. files: process id -> its XML; the first is the one that runs."""

    def __init__(self, files: Mapping[str, bytes], data: Mapping[str, Any] | None = None) -> None:
        self.day = 0
        self.numbers = count(1)
        self.nodes: dict[str, dict[str, Node]] = {key: nodes_of(xml) for key, xml in files.items()}
        self.codes = {key: codes_of(xml) for key, xml in files.items()}
        main = next(iter(files))
        self.root = Frame(main, "", None, dict(data or {}), own=True)
        self._begin(self.root)
        self._settle()

    # --- what may be asked and done from outside ---

    def tasks(self) -> list[str]:
        """Return the paths of the open tasks: the items and calls around each, and its node."""
        return sorted(path for path, _, _ in self._open_tasks())

    def _open_tasks(self) -> list[tuple[str, int, Token]]:
        found = []
        for frame in self._frames():
            for token in frame.tokens:
                if token.node.kind in TASKS and token.arrived:
                    for index in token.open or (
                        [-1] if not token.left and not self._loop(token.node) else []
                    ):
                        found.append((self._path(token, index), index, token))
        return found

    @property
    def ended(self) -> bool:
        return not self.root.tokens

    def do(self, path: str, **answers: Any) -> None:
        open_now = [(one.number, index, one) for at, index, one in self._open_tasks() if at == path]
        _, index, token = min(open_now, key=lambda item: item[0])
        frame, node = token.frame, token.node
        if self._loop(node) is None:
            self._holder(frame).update(answers)
            self._leave(token)
        else:
            token.open.remove(index)
            self._next(token)
        self._settle()

    def pass_day(self) -> None:
        self.day += 1
        while self._fire_due():
            self._settle()

    def signal(self, name: str) -> None:
        self._hear("signal", name)
        self._settle()

    # --- moves ---

    def _settle(self) -> None:
        for _ in range(10_000):
            if not self._move():
                break
        else:
            raise Stuck("round and round")
        if self.root.tokens and not self.tasks() and not any(self._waits(token) for token in self._tokens()):
            raise Stuck("nothing could happen any more")

    def _move(self) -> bool:
        for frame in list(self._frames()):
            for token in list(frame.tokens):
                if token in frame.tokens and self._moved(token):
                    return True
        return any(self._inclusive(frame) for frame in list(self._frames()))

    def _moved(self, token: Token) -> bool:
        """Let a token do what it can do at once; tell whether it did anything."""
        node = token.node
        first, token.arrived = not token.arrived, True
        match node.kind:
            case "startEvent":
                self._leave(token)
            case "userTask" | "manualTask":
                return first and self._arrive_several(token)
            case "subProcess" | "callActivity":
                return self._hosting(token, first)
            case "parallelGateway":
                return self._join(token)
            case "exclusiveGateway":
                self._leave(token, [self._chosen(token)])
            case "inclusiveGateway" if len(node.coming) < 2:
                self._leave(token, self._all_chosen(token))
            case "eventBasedGateway":
                group = object()
                token.frame.tokens.remove(token)
                for flow in node.going:
                    self._enter(token.frame, flow).rivals = group
            case "intermediateThrowEvent":
                self._throw(token)
                if token in token.frame.tokens:
                    self._leave(token)
            case "endEvent":
                self._end(token)
            case _:
                return False
        return True

    def _arrive_several(self, token: Token) -> bool:
        loop = self._loop(token.node)
        if loop is None:
            return False
        token.left = list(range(self._times(token)))
        return self._offer(token, sequential=loop.get("isSequential") == "true")

    def _offer(self, token: Token, *, sequential: bool) -> bool:
        """Begin what is to begin now; leave when there is nothing left."""
        begin = token.left[:1] if sequential else list(token.left)
        token.left = token.left[len(begin) :]
        if token.node.kind in TASKS:
            token.open += begin
        else:
            for index in begin:
                self._open(token, index)
        if not token.open and not token.inside and not token.left:
            self._leave(token)
        return True

    def _next(self, token: Token) -> None:
        loop = self._loop(token.node)
        if not token.open and not token.inside:
            self._offer(token, sequential=loop.get("isSequential") == "true")

    def _hosting(self, token: Token, first: bool) -> bool:
        if first:
            if self._loop(token.node) is not None:
                return self._arrive_several(token)
            self._open(token, -1)
            return True
        done = [frame for frame in token.inside if not frame.tokens]
        for frame in done:
            token.inside.remove(frame)
            if token.node.kind == "callActivity" and frame.index < 0:
                self._holder(token.frame).update(frame.data)
        if done and self._loop(token.node) is not None:
            self._next(token)
        elif done:
            self._leave(token)
        return bool(done)

    def _open(self, token: Token, index: int) -> None:
        node = token.node
        if node.kind == "callActivity":
            frame = Frame(node.element.get("calledElement"), "", token, {}, index, own=True)
        else:
            frame = Frame(token.frame.process, node.id, token, {}, index, own=index >= 0)
        token.inside.append(frame)
        self._begin(frame)

    def _begin(self, frame: Frame) -> None:
        start = next(
            node
            for node in self.nodes[frame.process].values()
            if node.scope == frame.scope and node.kind == "startEvent"
        )
        frame.tokens.append(Token(start, frame, since=self.day, number=next(self.numbers)))

    def _join(self, token: Token) -> bool:
        node, frame = token.node, token.frame
        here: dict[str, Token] = {}
        for other in frame.tokens:
            if other.node is node:
                here.setdefault(other.came, other)
        if len(node.coming) > 1 and len(here) < len(node.coming):
            return False
        for other in here.values() if len(node.coming) > 1 else [token]:
            frame.tokens.remove(other)
        for flow in node.going:
            self._enter(frame, flow)
        return True

    def _inclusive(self, frame: Frame) -> bool:
        """BPMN 2.0.2, 13.4.3: no token that could come to an empty flow, unless it could come to a filled one as well."""
        for node in {token.node.id: token.node for token in frame.tokens}.values():
            if node.kind != "inclusiveGateway" or len(node.coming) < 2:
                continue
            here: dict[str, Token] = {}
            for token in frame.tokens:
                if token.node is node:
                    here.setdefault(token.came, token)
            elsewhere = [token.node for token in frame.tokens if token.node is not node]
            empty = {flow.id for flow in node.coming} - here.keys()
            if any(
                self._ways(at, node) & empty and not self._ways(at, node) & here.keys() for at in elsewhere
            ):
                continue
            for token in here.values():
                frame.tokens.remove(token)
            stand_in = Token(node, frame, since=self.day, arrived=True)
            frame.tokens.append(stand_in)
            self._leave(stand_in, self._all_chosen(stand_in))
            return True
        return False

    def _ways(self, at: Node, join: Node) -> set[str]:
        """Return the flows into the join along which a token could come from a node without passing the join."""
        found: set[str] = set()
        seen, todo = {at.id}, [at]
        while todo:
            node = todo.pop()
            beside = [one for one in self._siblings(node) if one.element.get("attachedToRef") == node.id]
            for flow in [*node.going, *(flow for one in beside for flow in one.going)]:
                if flow.target == join.id:
                    found.add(flow.id)
                elif flow.target not in seen:
                    seen.add(flow.target)
                    todo.append(self._sibling(node, flow.target))
        return found

    def _chosen(self, token: Token) -> Flow:
        holding = [flow for flow in token.node.going if flow.condition and self._holds(token, flow)]
        if holding:
            return holding[0]
        rest = [flow for flow in token.node.going if not flow.condition]
        if not rest:
            raise Stuck("no way on")
        return rest[0]

    def _all_chosen(self, token: Token) -> list[Flow]:
        going = token.node.going
        if len(going) == 1:
            return going
        holding = [flow for flow in going if flow.condition and self._holds(token, flow)]
        return holding or [flow for flow in going if not flow.condition]
