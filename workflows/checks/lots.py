"""What forms draw (`x-draw`), against the package: whom or what from, and which names its expressions may read."""

from __future__ import annotations

from collections.abc import Iterator

from forms.expression import Expression
from forms.fields import ROW
from forms.lots import OF_GROUP, Rule, rules
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.checks.known import ITEM_NAMES, Known, stranger
from workflows.elements import Form
from workflows.parts import RowSource

# What the expressions of a draw may read besides what is drawn from and the answers to earlier forms of the matter.
AROUND = frozenset({"unit", "about", "phases", "period", "notice", "today", "due"})
# What each item has besides its own fields.
OF_ITEM = frozenset({"number", "item"})


def check_draws(known: Known) -> Iterator[Problem]:
    """Report what a draw rests on and nobody has."""
    for form in known.package.forms.values():
        if form.id not in known.unsound and known.forms[form.id]:
            for rule in rules(form.schema):
                yield from _draw(known, form, rule)


def _draw(known: Known, form: Form, rule: Rule) -> Iterator[Problem]:
    file, where = f"forms/{form.id}/schema.json", f"/properties/{rule.field}/x-draw"
    items, problem = _items(known, rule)
    if problem is not None:
        what, name, there = problem
        yield stranger(what, name, there, 1, f"{where}/from", file)
        return
    outside = _outside(known, form.id)
    columns = {path[2] for path in known.forms[form.id] if path[:2] == (rule.field, ROW) and len(path) == 3}
    if not rule.row and items is not None and not (columns & items):
        what = say("“{field}”的每一行抽不到内容：没有一栏与被抽的对象同名", field=rule.title)
        yield Problem(
            what, say("请用 row 写明各栏取什么，例如 row: {单位: id, 名称: name}。"), file, 1, where
        )
    if rule.source == "actors" and not rule.row:
        what = say("“{field}”抽的是单位，没有写明各栏取什么", field=rule.title)
        yield Problem(
            what, say("请用 row 写明各栏取什么，例如 row: {单位: id, 名称: name}。"), file, 1, where
        )
    if rule.amount is not None:
        yield from _strange(rule.amount, rule.number, outside | OF_GROUP, file, where)
    if items is not None:  # of units any attribute may be read: each tenant has its own
        for key, expression in {**rule.each, **{f"row/{key}": one for key, one in rule.row.items()}}.items():
            yield from _strange(expression, key, outside | items | OF_ITEM, file, where)


def _items(
    known: Known, rule: Rule
) -> tuple[frozenset[str] | None, tuple[Message, str, frozenset[str]] | None]:
    """Return the names that each item has; None = any. Or the problem that there are no items."""
    package, (first, *_) = known.package, rule.named
    if rule.source == "actors":
        missing = next((name for name in rule.named if name not in package.actors), None)
        what = say("x-draw 写的“{name}”不是本方案的责任主体", name=missing or "")
        return None, (what, missing, frozenset(package.actors)) if missing else None
    if rule.source == "ledger":
        if first not in package.ledgers:
            what = say("x-draw 写的“{name}”不是本方案的台账", name=first)
            return None, (what, first, frozenset(package.ledgers))
        return known.item_fields(package.ledgers[first]) | ITEM_NAMES, None
    form, _, field = first.partition(".")
    if field not in known.tables(form):
        there = frozenset(f"{key}.{table}" for key in known.forms for table in known.tables(key))
        return None, (say("x-draw 写的“{name}”不是表单里的表格栏", name=first), first, there)
    return known.row_fields(RowSource(form, field)), None


def _outside(known: Known, form: str) -> frozenset[str]:
    """Return the fields of the other forms that are filled in before: of the processes that ask for this one."""
    asked = [key for key in known.package.processes if form in known.forms_of(key)]
    others = {other for key in asked for other in known.forms_of(key)} - {form}
    return AROUND.union(*(known.form_fields(other) - known.protected(other) for other in others))


def _strange(
    expression: Expression, key: str, there: frozenset[str], file: str, where: str
) -> Iterator[Problem]:
    for name in sorted(expression.names - there):
        what = say("“{key}”用到了这里没有的“{name}”", key=key, name=name)
        do = say("抽取之前只知道前面各步填的、被抽的对象和 unit 等；本表单要填的还不知道。")
        yield stranger(what, name, there, 1, f"{where}/{key}", file, do)
