"""Events of the token game: what is thrown, heard, caught at a border, and due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.engine.token_board import Board, Flow, Frame, Node, Token


class Stuck(Exception):
    """Tokens are left, and nothing that could happen moves any of them."""


class Events(Board):
    """What tokens do when something happens. day: how many have passed; numbers: in the order in which tokens arrive."""

    day: int
    numbers: Iterator[int]

    def _leave(self, token: Token, flows: Iterable[Flow] | None = None) -> None:
        token.frame.tokens.remove(token)
        for flow in token.node.going if flows is None else flows:
            self._enter(token.frame, flow)

    def _enter(self, frame: Frame, flow: Flow) -> Token:
        target = self.nodes[frame.process][flow.target]
        token = Token(target, frame, flow.id, self.day, next(self.numbers))
        frame.tokens.append(token)
        return token

    def _end(self, token: Token) -> None:
        frame, node = token.frame, token.node
        if node.has("terminateEventDefinition") is not None:
            frame.tokens.clear()
            return
        self._throw(token)
        if token in frame.tokens:
            frame.tokens.remove(token)

    def _throw(self, token: Token) -> None:
        for kind in ("error", "escalation"):
            definition = token.node.has(f"{kind}EventDefinition")
            if definition is not None:
                code = self.codes[token.frame.process][definition.get(f"{kind}Ref")]
                self._outwards(token.frame, kind, code)

    def _outwards(self, frame: Frame, kind: str, code: str) -> None:
        while frame.around is not None:
            host = frame.around
            frame = host.frame
            known = self.codes[frame.process]
            catching = [
                (known.get(definition.get(f"{kind}Ref"), ""), one)
                for one in self._boundaries(host)
                if (definition := one.has(f"{kind}EventDefinition")) is not None
            ]
            fitting = sorted(
                ((c != code, one) for c, one in catching if c in ("", code)), key=lambda pair: pair[0]
            )
            if fitting:
                self._at_border(host, fitting[0][1])
                return
        if kind == "error":
            raise Stuck(f"nobody catches {code}")

    def _at_border(self, host: Token, boundary: Node) -> None:
        if boundary.element.get("cancelActivity") != "false":
            host.frame.tokens.remove(host)
        for flow in boundary.going:
            self._enter(host.frame, flow)

    def _hear(self, kind: str, name: str) -> None:
        listening: list[tuple[int, Token, Node]] = []
        for token in self._tokens():
            if self._names(token.node, kind) == name and token.node.kind == "intermediateCatchEvent":
                listening.append((token.number, token, token.node))
            listening += [
                (token.number, token, one)
                for one in self._boundaries(token)
                if self._names(one, kind) == name
            ]
        for _, token, node in sorted(listening, key=lambda item: item[0]):
            if not self._lives(token):
                continue
            if node is token.node:
                self._caught(token)
            else:
                self._at_border(token, node)

    def _caught(self, token: Token) -> None:
        if token.rivals is not None:
            others = [one for one in token.frame.tokens if one.rivals is token.rivals and one is not token]
            for other in others:
                token.frame.tokens.remove(other)
        self._leave(token)

    def _fire_due(self) -> bool:
        """Let the timer fire whose moment came first."""
        due: list[tuple[int, int, Token, Node]] = []
        for token in self._tokens():
            for node in (token.node, *self._boundaries(token)):
                days = self._days(node)
                waits = node.kind == "boundaryEvent" or token.node.kind == "intermediateCatchEvent"
                if (
                    days is not None
                    and waits
                    and node.id not in token.reminded
                    and token.since + days <= self.day
                ):
                    due.append((token.since + days, token.number, token, node))
        if not due:
            return False
        _, _, token, node = min(due, key=lambda item: item[:2])
        token.reminded.add(node.id)
        if node is token.node:
            self._caught(token)
        else:
            self._at_border(token, node)
        return True

    def _waits(self, token: Token) -> bool:
        return token.node.kind == "intermediateCatchEvent"
