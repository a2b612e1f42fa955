"""Calling the functions: once with values, once for each item of a list, or what the caller gave."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from forms.expression.errors import EvaluationError
from forms.expression.functions import Function
from forms.expression.values import Meter, fetched, kind
from tenants.text import say

Scope = Mapping[str, object]
Given = Mapping[str, Callable[..., Any]]


class Frame:
    """What one evaluation sees.

    scopes: where names are looked up, innermost item first, the caller's names last.
    given: the functions of the caller (calendar, seasons); meter: the steps left.
    """

    __slots__ = ("given", "meter", "scopes")

    def __init__(self, scopes: tuple[Scope, ...], given: Given, meter: Meter) -> None:
        self.scopes = scopes
        self.given = given
        self.meter = meter


Node = Callable[[Frame], object]


def values_call(function: Function, arguments: list[Node]) -> Node:
    call = function.call
    assert call is not None

    def run(frame: Frame) -> object:
        values = [argument(frame) for argument in arguments]
        for value in values:
            if isinstance(value, str | list):
                frame.meter.spend(len(value) // 8)
        return call(frame.meter, *values) if function.metered else call(*values)

    return run


def given_call(function: Function, arguments: list[Node]) -> Node:
    def run(frame: Frame) -> object:
        frame.meter.spend(50)
        call = frame.given.get(function.name)
        if call is None:
            what = say("这里不能用 {name}(…)", name=function.name)
            raise EvaluationError("given", what, say("请换一种写法，或联系管理员"))
        try:
            return fetched(call(*(argument(frame) for argument in arguments)))
        except (ValueError, LookupError):
            what = say("{name}(…) 找不到要的内容", name=function.name)
            raise EvaluationError("given", what, say("请检查括号里的名称")) from None

    return run


def items_call(function: Function, arguments: list[Node], cost: int, reads_item: bool) -> Node:
    """A function over a list; with a second argument, that is evaluated for each item at `cost` steps.

    reads_item: whether it says `item`, the item itself, which is put in scope only then.
    """
    call, whole = function.call, function.whole or function.call
    assert call is not None and whole is not None

    def run(frame: Frame) -> object:
        first = arguments[0](frame)
        if function.spread and not isinstance(first, list) and (len(arguments) > 1 or first is not None):
            return call(iter([first, *(argument(frame) for argument in arguments[1:])]))
        items = _listed(function, first)
        if len(arguments) == 1:
            frame.meter.spend(2 * len(items))
            return whole(items) if function.whole else whole(map(fetched, items))
        if len(arguments) > 2:
            what = say("{name}(…) 的第一项是列表，后面只能再写一项", name=function.name)
            raise EvaluationError("kind", what, say("例如 {name}(隐患, 金额)", name=function.name))
        return call(_each(frame, items, arguments[1], cost, reads_item))

    return run


def _listed(function: Function, value: object) -> list[object]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    what = say("{name}(…) 的第一项要用列表，而不是{kind}", name=function.name, kind=kind(value))
    raise EvaluationError("kind", what, say("例如 {name}(隐患, 级别 == '重大')", name=function.name))


def _each(frame: Frame, items: list[object], node: Node, cost: int, reads_item: bool) -> Iterator[object]:
    inner = Frame(frame.scopes, frame.given, frame.meter)
    for item in items:
        frame.meter.spend(cost + 2)
        if reads_item:
            around: tuple[Scope, ...] = ({"item": item}, *frame.scopes)
        else:
            around = frame.scopes
        inner.scopes = (item, *around) if isinstance(item, Mapping) else around
        yield node(inner)
