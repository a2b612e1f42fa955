"""Drawing lots (`x-draw`): from a list in a fixed order, so many of each group, by a seed that anybody can try again. Pure.

The lot of an item is the SHA-256 of the seed, a line break and the item's key, as 64 hexadecimal digits. In each group the items
that must be included are taken, and then of the others those with the lowest lots, as many as the group's number says. So the
list, the numbers and the seed say who was drawn: `printf '%s\\n%s' SEED KEY | sha256sum` for each key, sorted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256
from typing import Any

from forms.answers import pointer
from forms.dialect import Schema
from forms.expression import Expression, ExpressionError, compile_expression
from tenants.errors import Problem
from tenants.text import Message, say

KEYWORD = "x-draw"
SOURCES = ("actors", "rows", "ledger")
# What is computed once for each group, and what for each item.
NUMBERS = ("share", "count")
EACH = ("when", "keep", "group")
# What the number of a group may read besides: its name, and how many there are to draw from.
OF_GROUP = frozenset({"group", "size"})
MOST = 5_000


@dataclass(frozen=True)
class Rule:
    """What a field draws. field: at the top of its form. source: actors, rows or ledger; named: actors, `form.field`, a ledger.

    number: share (percent) or count, of those in a group that need not be included. row: column -> what it holds.
    """

    field: str
    title: str
    source: str
    named: tuple[str, ...]
    number: str
    amount: Expression | None
    each: Mapping[str, Expression]
    row: Mapping[str, Expression]


@dataclass(frozen=True)
class Lot:
    """One item of the list that is drawn from. key: what its lot is made of. row: its answers when it is drawn."""

    key: str
    label: str
    group: str
    kept: bool
    row: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "key": self.key, "label": self.label, "group": self.group, "kept": self.kept, "row": dict(self.row),
        }  # fmt: skip


def lot_of(seed: str, key: str) -> str:
    """Return the lot of an item: 64 hexadecimal digits."""
    return sha256(f"{seed}\n{key}".encode()).hexdigest()


def drawn(seed: str, lots: Sequence[Lot], numbers: Mapping[str, int]) -> list[Lot]:
    """Return those that are drawn, in the order of the list. numbers: group -> how many besides those that are kept."""
    taken = {lot.key for lot in lots if lot.kept}
    for group, number in numbers.items():
        others = sorted(
            lot_of(seed, lot.key) + lot.key for lot in lots if lot.group == group and not lot.kept
        )
        taken |= {text[64:] for text in others[: max(0, number)]}
    return [lot for lot in lots if lot.key in taken]


def number_of(kind: str, amount: object, size: int) -> int | None:
    """Return how many of `size` are drawn, at least what the share says; None when nothing says how many."""
    if not isinstance(amount, int | Decimal) or isinstance(amount, bool):
        return None
    if kind == "share":
        whole = Decimal(size) * Decimal(amount) / 100
        amount = whole.to_integral_value(ROUND_CEILING)
    return max(0, min(size, int(Decimal(amount).to_integral_value(ROUND_CEILING))))


def groups_of(lots: Sequence[Lot]) -> dict[str, tuple[int, int]]:
    """Return group -> (how many there are, how many of them are kept), in the order of the list."""
    found: dict[str, tuple[int, int]] = {}
    for lot in lots:
        number, kept = found.get(lot.group, (0, 0))
        found[lot.group] = (number + 1, kept + lot.kept)
    return found


def rules(schema: Schema) -> tuple[Rule, ...]:
    """Return what a form draws, as far as it is said soundly."""
    properties = schema.get("properties") or {}
    return tuple(
        _rule(name, part)
        for name, part in properties.items()
        if isinstance(part, Mapping)
        and isinstance(part.get(KEYWORD), Mapping)
        and not any(check_draw(("properties", name), part))
    )


def _rule(name: str, part: Mapping[str, Any]) -> Rule:
    said = part[KEYWORD]
    source = next(key for key in SOURCES if key in said["from"])
    named = said["from"][source]
    number = next((key for key in NUMBERS if key in said), "")
    return Rule(
        name, str(part.get("title") or name), source, tuple(named) if isinstance(named, list) else (named,),
        number, compile_expression(str(said[number])) if number else None,
        {key: compile_expression(said[key]) for key in EACH if key in said},
        {key: compile_expression(text) for key, text in (said.get("row") or {}).items()},
    )  # fmt: skip


def check_draw(place: Sequence[str | int], part: Mapping[str, Any]) -> Iterator[tuple[Message, Message, str]]:
    """Yield (what, remedy, pointer below the keyword) of what is wrong with an `x-draw` by itself."""
    said = part[KEYWORD]
    if len(place) != 2 or place[0] != "properties" or part.get("type") != "array":
        yield say("x-draw 只能写在表单最外层的表格栏。"), say("请把这一栏移到最外层，并写 type: array。"), ""
        return
    strange = sorted(set(said) - {"from", "row", *NUMBERS, *EACH})
    if strange:
        known = "from、share、count、group、keep、when、row"
        yield say("x-draw 里没有“{name}”这一项。", name=strange[0]), say("可用：{known}。", known=known), ""
    yield from _source(said.get("from"))
    if len(set(NUMBERS) & set(said)) == 2:
        yield say("share 和 count 只能写一个。"), say("按比例抽写 share（百分数），按个数抽写 count。"), ""
    elif not set(NUMBERS) & set(said):
        yield say("x-draw 没有写抽多少。"), say("请写 share（百分数）或 count（个数）。"), ""
    items = part.get("items") or {}
    columns = items.get("properties") if isinstance(items, Mapping) else None
    if not isinstance(columns, Mapping) or not columns:
        yield say("抽取的表格要写明每一行有哪些栏。"), say("请在 items 里写 type: object 和 properties。"), ""
        return
    if {"x-only", "x-sensitive"} & set(_keywords(part)):
        yield (
            say("抽取的名单和过程人人可查，不能有受保护的栏。"),
            say("请删去 x-only、x-sensitive。"),
            "",
        )
    yield from _texts(said, columns)


def _keywords(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield key
            yield from _keywords(value)
    elif isinstance(part, list):
        for one in part:
            yield from _keywords(one)


def _source(given: object) -> Iterator[tuple[Message, Message, str]]:
    known = [key for key in SOURCES if isinstance(given, Mapping) and key in given]
    named = given[known[0]] if isinstance(given, Mapping) and known else None
    right = (isinstance(named, str) and named) or (known == ["actors"] and _names(named))
    if len(known) != 1 or not isinstance(given, Mapping) or len(given) != 1 or not right:
        what = say("x-draw 的 from 没有写明从哪里抽。")
        yield (
            what,
            say("请写 actors: [责任主体]、rows: 表单.表格栏 或 ledger: 台账 中的一个。"),
            "/from",
        )


def _names(named: object) -> bool:
    return isinstance(named, list) and bool(named) and all(isinstance(one, str) and one for one in named)


def _texts(said: Mapping[str, Any], columns: Collection[str]) -> Iterator[tuple[Message, Message, str]]:
    row = said.get("row", {})
    if not isinstance(row, Mapping):
        yield say("row 要写成“栏名: 表达式”。"), say("例如 row: {单位: id, 名称: name}。"), "/row"
        row = {}
    for name in row:
        if name not in columns:
            yield (
                say("row 里的“{name}”不是这张表格的栏。", name=str(name)),
                say("请改成表格里的栏名。"),
                "/row",
            )
    texts = {f"/{key}": said[key] for key in (*NUMBERS, *EACH) if key in said}
    texts |= {pointer(("row", name)): text for name, text in row.items()}
    for where, text in texts.items():
        if isinstance(text, int | float) and not isinstance(text, bool) and where.strip("/") in NUMBERS:
            continue
        if not isinstance(text, str):
            yield say("这里要写表达式。"), say("请把它写成带引号的文字。"), where
            continue
        try:
            compile_expression(text)
        except ExpressionError as error:
            yield say("表达式有错：{why}。", why=error.what), say("{do}。", do=error.do), where


def problems(place: Sequence[str | int], part: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with an `x-draw` by itself, by its place in the schema."""
    for what, do, below in check_draw(place, part):
        yield Problem(what, do, where=pointer((*place, KEYWORD)) + below)
