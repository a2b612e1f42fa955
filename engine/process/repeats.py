"""Activities that are done several times: for each item of a list, so many times, or as long as a condition holds.

Tasks that a person does are not made into tokens until somebody does one: a run of them is three numbers in the state, so that
completing one of a hundred costs what completing one costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin

from engine.process.calls import Calling
from engine.process.errors import ProcessStuck
from engine.process.parts import Called, Item, Part, Round
from engine.process.specs import Hosting
from engine.process.tokens import Token
from engine.process.values import read, written
from forms.expression import compile_expression
from tenants.text import say
from workflows.bpmn import Node
from workflows.bpmn.drawing import TASKS

MAX_ITEMS = 1_000


class Repeated(Calling, Hosting, BpmnSpecMixin):
    """An activity that is done several times.

    In a token, as JSON: n = how many (of a standard loop: at most); done = how many are; items = the list;
    out = [[index, result], …]; run = [[index, number, count], …]: tasks that wait for somebody, untouched.
    """

    def __init__(self, spec: Any, node: Node) -> None:
        super().__init__(spec, node.id)
        assert node.loop is not None
        loop = self.loop = node.loop
        self.at_once = loop.kind == "parallel"
        self.by_hand = node.kind in TASKS
        self.kind = Round if loop.kind == "standard" else Item
        if node.call is not None:
            self.kind = Called
            self.calls(node.call)
        self.over, self.times = _compiled(loop.over), _compiled(loop.times)
        self.until, self.again = _compiled(loop.until), _compiled(loop.again)
        self.result = [compile_expression(text) for text in loop.result]

    def inside(self, model: Any) -> tuple[Any, Any]:
        return self.called(model) if self.kind is Called else super().inside(model)

    def begin(self, token: Any) -> None:
        facts = token.internal_data
        facts["done"] = 0
        facts["n"] = self._count(token)
        if facts["n"] == 0 or (self.loop.before and not self._once_more(token)):
            self._all_done(token)
        elif not self.at_once:
            self._start(token, 0)
        elif self.by_hand:
            self._offer(token, 0, facts["n"])
        else:
            for index in range(facts["n"]):
                self._start(token, index)

    def own(self, token: Any, index: int) -> dict[str, Any]:
        """Return what each of them may read besides: its item and its number, and how many there are."""
        if self.loop.kind == "standard":
            return {"loopCounter": index}
        facts = token.internal_data
        own = {"loopCounter": index, **self._counts(token)}
        if self.loop.item:
            own[self.loop.item] = read(facts["items"][index])
        return own

    def which(self, token: Any, index: int) -> tuple[Any, int, int]:
        """Return the item of one of them, its number from 1, and how many there are."""
        item = read(token.internal_data["items"][index]) if self.over is not None else None
        return item, index + 1, 0 if self.loop.kind == "standard" else token.internal_data["n"]

    def touched(self, token: Any, run: list[int], number: int) -> Token:
        """Return the task of that number, taken out of its run."""
        first, begins, count = run
        before, runs = number - begins, token.internal_data["run"]
        place = runs.index(run)
        pieces = [[first, begins, before], [first + before + 1, number + 1, count - before - 1]]
        runs[place : place + 1] = [piece for piece in pieces if piece[2]]
        part = token.workflow.top_workflow.open(token, first + before)
        return Token(part, part.spec.task_specs[self.name], part.task_tree, TaskState.READY, number)

    def inside_done(self, token: Any, part: Part) -> None:
        """One of them is done: note its result, and go on with the next, or with what comes after all of them."""
        names = dict(part.names())
        if isinstance(part, Called):
            back = self.handed_back(part)
            names = {**part.around(), **back}
            if self.loop.kind == "standard":
                token.workflow.put(back)
        facts = token.internal_data
        facts["done"] += 1
        if self.loop.gather:
            facts.setdefault("out", []).append([part.index, written(self._result(token, names))])
        if self.loop.kind == "standard":
            over = (facts["n"] or 0) == facts["done"] or not self._once_more(token)
        else:
            names |= self._counts(token)
            enough = self.until is not None and token.workflow.script_engine.holds(
                names, self.until, self.name
            )
            over = enough or facts["done"] == facts["n"]
        if over:
            token.workflow.top_workflow.close(token)
            self._all_done(token)
        elif not self.at_once:
            self._start(token, facts["done"])

    def _all_done(self, token: Any) -> None:
        if self.loop.gather:
            found = sorted(token.internal_data.get("out", ()), key=lambda pair: pair[0])
            token.workflow.put({self.loop.gather: [read(value) for _, value in found]})
        self.go_on(token)

    def _start(self, token: Any, index: int) -> None:
        if self.by_hand:
            self._offer(token, index, 1)
            return
        part = token.workflow.top_workflow.open(token, index)
        if isinstance(part, Called):
            self.hand_in(part)
        part.begin()

    def _offer(self, token: Any, index: int, count: int) -> None:
        top = token.workflow.top_workflow
        top.spend(self.name, count)
        number = top.next_number(count)
        token.internal_data["run"] = [[index, number, count]]
        top.opened |= {number + i: (token, index + i) for i in range(count)}

    def _counts(self, token: Any) -> dict[str, int]:
        n, done = token.internal_data["n"], token.internal_data["done"]
        active = n - done if self.at_once else min(1, n - done)
        return {"nrOfInstances": n, "nrOfCompletedInstances": done, "nrOfActiveInstances": active}

    def _count(self, token: Any) -> int | None:
        """Return how many there are; None = a standard loop that only its condition ends."""
        scope = token.workflow
        script, names = scope.script_engine, scope.names()
        if self.over is not None:
            items = script.value(names, self.over, self.name)
            if not isinstance(items, list | None):
                raise ProcessStuck(say("多实例的集合不是列表。"), self.name, say("请检查集合的名称。"))
            token.internal_data["items"] = written(items or [])
            return self._capped(len(items or []))
        if self.times is None:
            return None
        times = script.value(names, self.times, self.name)
        if times is None:
            return 0
        if isinstance(times, bool) or not isinstance(times, int | Decimal) or times < 0 or times % 1:
            raise ProcessStuck(
                say("多实例的次数不是 0 或正整数。"), self.name, say("请检查次数（loopCardinality）。")
            )
        return self._capped(int(times))

    def _capped(self, count: int) -> int:
        if count > MAX_ITEMS:
            raise ProcessStuck(
                say("多实例要办 {n} 次，超过上限 {max} 次。", n=count, max=MAX_ITEMS),
                self.name,
                say("请缩小集合，或改由表单中的每一行分别发起流程。"),
            )
        return count

    def _once_more(self, token: Any) -> bool:
        if self.again is None:
            return True
        script = token.workflow.script_engine
        names = {**token.workflow.names(), "loopCounter": token.internal_data["done"]}
        return bool(script.holds(names, self.again, self.name))

    def _result(self, token: Any, names: Mapping[str, object]) -> object:
        script = token.workflow.script_engine
        values = [script.value(names, expression, self.name) for expression in self.result]
        return values[0] if len(values) == 1 else dict(zip(self.loop.result, values, strict=True))


def _compiled(text: str | None) -> Any:
    return compile_expression(text) if text is not None else None
