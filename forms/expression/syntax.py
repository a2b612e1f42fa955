"""From words to the syntax tree: JSON (lists and texts only), the one form that server and browser evaluate.

- ["number", "1.5"] ["text", "重大"] ["date", "2024-11-01"] ["true"] ["false"] ["none"] ["list", item, …]
- ["name", "隐患"]  ["path", base, "start", …]  ["item", base, index]  ["call", "count", argument, …]
- ["not", x] ["minus", x] ["and", x, y, …] ["or", x, y, …] ["if", condition, then, otherwise]
- ["chain", x, "+", y, "-", z, …]  ["compare", x, "<", y, "<=", z, …]   signs also "in" and "not in"
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedToken

from forms.expression.dates import when_in
from forms.expression.errors import ExpressionError
from forms.expression.functions import Function, Library
from forms.expression.grammar import GRAMMAR
from forms.expression.limits import DEPTH
from forms.expression.pattern import check_pattern
from forms.expression.words import Words, check_size
from tenants.text import Message, say

Tree = list[Any]


class Built(NamedTuple):
    """A finished part of the tree, how deep it is, and the word it began with (for messages)."""

    tree: Tree
    depth: int
    place: Token


Part = Token | Built | None


def comparisons(tree: Tree) -> Iterator[tuple[str, str, list[Tree]]]:
    """Yield (name, sign, literals) wherever a tree compares a name with numbers or texts, whichever stands first:
    what a selector may be made true or false by."""
    todo: list[Any] = [tree]
    while todo:
        part = todo.pop()
        if not isinstance(part, list | tuple) or not part:
            continue
        if part[0] == "compare":
            for left, sign, right in zip(part[1::2], part[2::2], part[3::2], strict=False):
                for name, other in ((left, right), (right, left)):
                    if _is(name, "name"):
                        some = other[1:] if other and other[0] == "list" else [other]
                        yield str(name[1]), sign, [one for one in some if _is(one, "number", "text")]
        todo += list(reversed(part[1:]))


def _is(part: Any, *kinds: str) -> bool:
    return isinstance(part, list | tuple) and len(part) == 2 and part[0] in kinds


class _Builder(Transformer[Token, Built]):
    """Builds the tree from the bottom up while the parser runs, so that no text can make it recurse."""

    def __init__(self, functions: Library) -> None:
        super().__init__()
        self._functions = functions

    def number(self, parts: list[Token]) -> Built:
        return Built(["number", str(parts[0])], 1, parts[0])

    def date(self, parts: list[Token]) -> Built:
        return Built(["date", str(parts[0])], 1, parts[0])

    def text(self, parts: list[Token]) -> Built:
        return Built(["text", str(parts[0])], 1, parts[0])

    def true(self, parts: list[Token]) -> Built:
        return Built(["true"], 1, parts[0])

    def false(self, parts: list[Token]) -> Built:
        return Built(["false"], 1, parts[0])

    def none(self, parts: list[Token]) -> Built:
        return Built(["none"], 1, parts[0])

    def name(self, parts: list[Token]) -> Built:
        return Built(["name", str(parts[0])], 1, parts[0])

    def series(self, parts: list[Part]) -> Built:
        return _built(["list"], parts)

    def group(self, parts: list[Part]) -> Built:
        inner = parts[1]
        assert isinstance(inner, Built)
        return Built(inner.tree, inner.depth, inner.place)

    def choose(self, parts: list[Part]) -> Built:
        return _built(["if"], [parts[2], parts[0], parts[4]])

    def either(self, parts: list[Part]) -> Built:
        return _built(["or"], parts)

    def both(self, parts: list[Part]) -> Built:
        return _built(["and"], parts)

    def inverse(self, parts: list[Part]) -> Built:
        return _built(["not"], parts)

    def minus(self, parts: list[Part]) -> Built:
        return _built(["minus"], parts)

    def comparator(self, parts: list[Token]) -> Token:
        return parts[0].update(value=" ".join(parts))

    def compare(self, parts: list[Part]) -> Built:
        return _built(["compare"], parts, signs=True)

    def chain(self, parts: list[Part]) -> Built:
        return _built(["chain"], parts, signs=True)

    def call(self, parts: list[Part]) -> Built:
        name = parts[0]
        assert isinstance(name, Token)
        built = _built(["call", str(name)], parts[1:], place=name)
        self._check_call(name, built.tree[2:])
        return built

    def path(self, parts: list[Part]) -> Built:
        base, key = parts[0], parts[2]
        assert isinstance(base, Built)
        if base.tree[0] == "path":
            return Built([*base.tree, str(key)], base.depth, base.place)
        return Built(["path", base.tree, str(key)], base.depth + 1, base.place)

    def item(self, parts: list[Part]) -> Built:
        return _built(["item"], parts)

    def _check_call(self, name: Token, arguments: list[Tree]) -> None:
        """The function must exist and take as many arguments; fixed dates and patterns must be sound."""
        function = self._functions.get(str(name))
        if function is None:
            raise _error(name, say("没有函数“{name}”", name=str(name)), self._advice(str(name)))
        if not function.least <= len(arguments) <= (function.most or len(arguments)):
            raise _error(
                name,
                say("{name}(…) 的参数个数不对：写了 {given} 个", name=str(name), given=len(arguments)),
                _how_many(function),
            )
        if function.name == "date" and len(arguments) == 1 and arguments[0][0] == "text":
            if when_in(arguments[0][1]) is None:
                raise _error(name, say("没有这个日期"), say("日期请写成 date('2024-11-01')"))
        elif function.name == "matches":
            if arguments[1][0] != "text":
                raise _error(
                    name, say("matches(…) 的格式必须直接写在引号里"), say("例如 matches(编号, '[0-9]{6}')")
                )
            problem = check_pattern(arguments[1][1])
            if problem is not None:
                raise _error(name, problem, say("请把格式写得简单一些，例如 [0-9]{6}"))

    def _advice(self, name: str) -> Message:
        near = get_close_matches(name, list(self._functions), 1)
        if near:
            return say("是不是要写 {near}(…)？", near=near[0])
        return say("可用的函数：{names}", names=tuple(sorted(self._functions)))


def _how_many(function: Function) -> Message:
    if function.most is None:
        return say("至少要 {least} 个，用英文逗号隔开", least=function.least)
    if function.most == function.least:
        return say("要 {least} 个，用英文逗号隔开", least=function.least)
    return say("要 {least} 到 {most} 个，用英文逗号隔开", least=function.least, most=function.most)


def _built(head: Tree, parts: list[Part], *, signs: bool = False, place: Token | None = None) -> Built:
    """Join finished parts under `head`; of the words between them only the signs of a chain are kept."""
    depth = 0
    for part in parts:
        if isinstance(part, Built):
            head.append(part.tree)
            depth = max(depth, part.depth)
            place = place or part.place
        elif isinstance(part, Token):
            if signs:
                head.append(str(part))
            place = place or part
    assert place is not None
    if depth >= DEPTH:
        raise _error(place, say("括号或条件套得太深，最多 {most} 层", most=DEPTH), say("请拆成几个计算字段"))
    return Built(head, depth + 1, place)


@lru_cache(maxsize=16)
def _parser(functions: Library) -> Lark:
    builder = _Builder(functions)
    return Lark(GRAMMAR, parser="lalr", lexer=Words, transformer=builder, maybe_placeholders=False)


def parse(text: str, functions: Library) -> Tree:
    """Return the syntax tree of `text`; raises ExpressionError with the place and a remedy."""
    check_size(text)
    try:
        built: object = _parser(functions).parse(text)
    except UnexpectedToken as problem:
        raise _unexpected(problem.token, text) from None
    assert isinstance(built, Built)
    return built.tree


def _error(place: Token, what: Message, do: Message) -> ExpressionError:
    return ExpressionError(what, do, place.line or 1, place.column or 1)


def _unexpected(token: Token, text: str) -> ExpressionError:
    if token.type == "$END":
        lines = text.rstrip().split("\n")
        do = say("请补全后面的内容，并检查括号是否成对")
        return ExpressionError(say("表达式没有写完"), do, len(lines), len(lines[-1]) + 1)
    if token.type in ("RPAR", "RSQB"):
        return _error(
            token, say("“{word}”出现得太早", word=token), say("请检查括号里的内容是否写完、括号是否成对")
        )
    if token.type == "DOT":
        return _error(token, say("这里不能用点"), say("点只能接在名称后面，例如 phases.self_check.end"))
    if token.type == "LPAR":
        return _error(token, say("这里不能调用"), say("只能调用表达式自己的函数，例如 count(…)"))
    if token.type in ("NAME", "TEXT", "NUMBER", "DATE"):
        do = say("两项内容之间要有符号，例如 +、==、and 或逗号；文字要写在英文引号里")
        return _error(token, say("“{word}”前面缺少符号", word=str(token)[:40]), do)
    return _error(token, say("“{word}”写在这里不对", word=token), say("请检查它前后是否缺少内容"))
