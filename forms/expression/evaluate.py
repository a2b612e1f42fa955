"""From the syntax tree to nested functions (closures), which run some ten times faster than walking the tree each time.

The browser's interpreter (web/frontend/src/expression.js) walks the same tree; both pass tests/forms/expression_vectors.json.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from forms.expression import numbers
from forms.expression.arithmetic import calculate, negative
from forms.expression.calls import Frame, Node, given_call, items_call, values_call
from forms.expression.errors import EvaluationError
from forms.expression.functions import Library
from forms.expression.values import fetched, kind, order, same, truth
from forms.expression.wording import contains, whole
from tenants.text import say

Tree = list[Any]


def assemble(tree: Tree, functions: Library) -> Node:
    """Return the function that evaluates `tree` in a Frame. The tree comes from `syntax.parse`, which bounds its depth."""
    if tree[0] == "call":
        return _call(tree, functions)
    return _MAKERS[tree[0]](tree, functions)


def weight(tree: Tree) -> int:
    """What one evaluation of the tree costs in steps: its parts and signs; a call counts as five (it takes that long)."""
    own = 5 if tree[0] == "call" else 1
    return own + sum(weight(part) if isinstance(part, list) else 1 for part in tree[1:])


def _call(tree: Tree, functions: Library) -> Node:
    function = functions[tree[1]]
    arguments = [assemble(part, functions) for part in tree[2:]]
    if function.kind == "given":
        return given_call(function, arguments)
    if function.kind == "values":
        return values_call(function, arguments)
    cost = weight(tree[3]) if len(tree) > 3 else 0
    return items_call(function, arguments, cost, "item" in roots(tree[3:]))


def roots(trees: list[Tree]) -> frozenset[str]:
    """All root names in the trees."""
    found: set[str] = set()
    for tree in trees:
        if tree[0] == "name":
            found.add(tree[1])
        else:
            found |= roots([part for part in tree[1:] if isinstance(part, list)])
    return frozenset(found)


def outer_roots(tree: Tree, functions: Library) -> frozenset[str]:
    """The root names that are read outside every per-item condition."""
    parts = [part for part in tree[1:] if isinstance(part, list)]
    if tree[0] == "name":
        return frozenset((tree[1],))
    if tree[0] == "call" and functions[tree[1]].kind == "items" and len(parts) == 2:
        parts = parts[:1]
    return frozenset().union(*(outer_roots(part, functions) for part in parts))


def _constant(value: object) -> Callable[[Tree, Library], Node]:
    return lambda tree, functions: lambda frame: value


def _literal(read: Callable[[str], object]) -> Callable[[Tree, Library], Node]:
    def make(tree: Tree, functions: Library) -> Node:
        value = read(tree[1])
        return lambda frame: value

    return make


def _list(tree: Tree, functions: Library) -> Node:
    parts = [assemble(part, functions) for part in tree[1:]]
    return lambda frame: [part(frame) for part in parts]


def _name(tree: Tree, functions: Library) -> Node:
    name = tree[1]

    def run(frame: Frame) -> object:
        for scope in frame.scopes:
            if name in scope:
                return fetched(scope[name])
        return None

    return run


def _path(tree: Tree, functions: Library) -> Node:
    base, keys = assemble(tree[1], functions), tree[2:]

    def run(frame: Frame) -> object:
        value = base(frame)
        for key in keys:
            value = _field(value, key)
        return value

    return run


def _field(value: object, key: str) -> object:
    if isinstance(value, Mapping):
        return fetched(value[key]) if key in value else None
    if value is None:
        return None
    if isinstance(value, list):
        do = say("请先选一条，例如 隐患[0].级别，或者逐条统计，例如 count(隐患, 级别 == '重大')")
        raise EvaluationError("kind", say("“{key}”前面是一个列表", key=key), do)
    what = say("“{key}”前面是{kind}，没有下一级内容", key=key, kind=kind(value))
    raise EvaluationError("kind", what, say("请检查名称"))


def _item(tree: Tree, functions: Library) -> Node:
    base, index = assemble(tree[1], functions), assemble(tree[2], functions)

    def run(frame: Frame) -> object:
        value, wanted = base(frame), index(frame)
        if value is None or wanted is None:
            return None
        if isinstance(wanted, str):
            return _field(value, wanted)
        if isinstance(value, list):
            place = whole(wanted)
            return fetched(value[place]) if -len(value) <= place < len(value) else None
        what = say("不能用{index}取{value}里的内容", index=kind(wanted), value=kind(value))
        raise EvaluationError("kind", what, say("列表用序号，例如 隐患[0]；表单数据用名称，例如 row['级别']"))

    return run


def _not(tree: Tree, functions: Library) -> Node:
    operand = assemble(tree[1], functions)
    return lambda frame: not truth(operand(frame))


def _minus(tree: Tree, functions: Library) -> Node:
    operand = assemble(tree[1], functions)
    return lambda frame: negative(operand(frame))


def _junction(stops_at: bool) -> Callable[[Tree, Library], Node]:
    """`and`, `or`: as in Python the deciding value itself, and nothing after it is evaluated."""

    def make(tree: Tree, functions: Library) -> Node:
        parts = [assemble(part, functions) for part in tree[1:]]

        def run(frame: Frame) -> object:
            value: object = None
            for part in parts:
                value = part(frame)
                if truth(value) is stops_at:
                    return value
            return value

        return run

    return make


def _choose(tree: Tree, functions: Library) -> Node:
    condition, then, otherwise = (assemble(part, functions) for part in tree[1:])
    return lambda frame: then(frame) if truth(condition(frame)) else otherwise(frame)


def _chain(tree: Tree, functions: Library) -> Node:
    first = assemble(tree[1], functions)
    rest = [(sign, assemble(part, functions)) for sign, part in zip(tree[2::2], tree[3::2], strict=True)]

    def run(frame: Frame) -> object:
        value = first(frame)
        for sign, part in rest:
            value = calculate(sign, value, part(frame), frame.meter, frame.given.get("add_workdays"))
        return value

    return run


def _compare(tree: Tree, functions: Library) -> Node:
    first = assemble(tree[1], functions)
    rest = [(sign, assemble(part, functions)) for sign, part in zip(tree[2::2], tree[3::2], strict=True)]

    def run(frame: Frame) -> object:
        left = first(frame)
        for sign, part in rest:
            right = part(frame)
            if not _holds(sign, left, right, frame):
                return False
            left = right
        return True

    return run


def _holds(sign: str, left: object, right: object, frame: Frame) -> bool:
    if sign == "==":
        return same(left, right, frame.meter)
    if sign == "!=":
        return not same(left, right, frame.meter)
    if sign == "in":
        return contains(frame.meter, right, left)
    if sign == "not in":
        return not contains(frame.meter, right, left)
    if left is None or right is None:
        return False
    return _ORDERED[sign](order(left, right))


_ORDERED: dict[str, Callable[[int], bool]] = {
    "<": lambda side: side < 0,
    "<=": lambda side: side <= 0,
    ">": lambda side: side > 0,
    ">=": lambda side: side >= 0,
}
_MAKERS: dict[str, Callable[[Tree, Library], Node]] = {
    "number": _literal(lambda text: numbers.of_decimal(Decimal(text))),
    "text": _literal(str),
    "date": _literal(date.fromisoformat),
    "true": _constant(True),
    "false": _constant(False),
    "none": _constant(None),
    "list": _list,
    "name": _name,
    "path": _path,
    "item": _item,
    "not": _not,
    "minus": _minus,
    "and": _junction(False),
    "or": _junction(True),
    "if": _choose,
    "chain": _chain,
    "compare": _compare,
}
