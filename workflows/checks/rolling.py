"""Roll-ups: whether what fills a field is there, and fits it; which items of ledgers are carried on, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forms.fields import ROW, Field, Path
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.checks.collecting import collects, varies
from workflows.checks.known import CAMPAIGN, ITEM_NAMES, Known, stranger
from workflows.elements import Duty, Ledger
from workflows.rollups import Rollup, Source

_NUMBERS = ("integer", "number")
# What reports have besides the fields of their form, as conditions read them.
_REPORT = frozenset({"单位"})


def check_rollups(known: Known) -> Iterator[Problem]:
    """Report what cannot be rolled up, and items that cannot be carried on."""
    for duty in known.package.duties.values():
        for name, rule in duty.rollup.items():
            where = f"duties.{duty.id}.rollup.{name}"
            if not collects(duty):
                what = say("“{title}”没有可汇总的材料", title=duty.title)
                yield Problem(
                    what,
                    say("请写 collects 或 on: {collected: …}，或删去 rollup。"),
                    CAMPAIGN,
                    rule.line,
                    where,
                )
            elif duty.form not in known.unsound:
                yield from _rule(known, duty, rule, where)
    for ledger in known.package.ledgers.values():
        if ledger.carries is not None:
            yield from _carries(known, ledger)


def _rule(known: Known, duty: Duty, rule: Rollup, where: str) -> Iterator[Problem]:
    package, own = known.package, known.forms.get(duty.form or "", {})
    for key in rule.of:
        if key not in duty.sources:
            yield stranger(
                say("“{title}”不汇总任务“{name}”", title=duty.title, name=key),
                key,
                duty.sources,
                rule.line,
                where,
            )
    target = own.get((rule.field,))
    if target is None:
        what = say("表单“{form}”里没有“{name}”，不能汇总到这一栏", form=duty.form or "", name=rule.field)
        yield stranger(what, rule.field, known.form_fields(duty.form), rule.line, where)
        return
    if target.get("x-computed") is not None:
        what = say("“{field}”由表单自己算出，不能再汇总", field=target.title)
        yield Problem(what, say("请删去 x-computed，或删去这一条 rollup。"), CAMPAIGN, rule.line, where)
    if rule.field in known.sensitive(duty.form) | known.protected(duty.form):
        # Whoever may see the report sees what its numbers come to, and what stands there instead.
        what = say("“{field}”只给一部分人看，不能汇总到这一栏", field=target.title)
        yield Problem(what, say("请换一栏，或删去 x-sensitive、x-only。"), CAMPAIGN, rule.line, where)
    if rule.grounds and own.get((rule.grounds,)) is None:
        what = say("表单“{form}”里没有“{name}”，没有地方说明理由", form=duty.form or "", name=rule.grounds)
        yield stranger(what, rule.grounds, known.form_fields(duty.form), rule.line, where)
    lower = [package.duties[key] for key in rule.of or duty.sources if key in package.duties]
    for one in lower:
        if not (one.open_to or varies(package, one) or set(duty.by) & set(one.to)):
            what = say(
                "“{lower}”不报给“{upper}”的责任主体，它的内容不能汇总", lower=one.title, upper=duty.title
            )
            yield Problem(what, say("请让 by 与它的 to 写同一个责任主体。"), CAMPAIGN, rule.line, where)
    forms = [one.form for one in lower if one.form in known.forms and one.form not in known.unsound]
    for faulty, what, do in _fits(rule, target, own):
        if faulty:
            yield Problem(what, do, CAMPAIGN, rule.line, where)
    for source in rule.sources:
        yield from _source(known, rule, target, own, source, [form for form in forms if form], where)


def _fits(rule: Rollup, target: Field, own: Mapping[Path, Field]) -> Iterator[tuple[bool, Message, Message]]:
    kind, rows = target.get("type"), (rule.field, ROW, ROW) in own
    inner = own.get((rule.field, ROW))
    field = target.title
    yield (
        rule.how in ("sum", "count", "ratio") and kind not in _NUMBERS,
        say("“{field}”不是数字，放不下算出的数", field=field),
        say("请把它的 type 改为 number 或 integer。"),
    )
    yield (
        rule.how == "list" and kind != "array",
        say("“{field}”不是列表，放不下多项", field=field),
        say("请把它的 type 改为 array。"),
    )
    yield (
        bool(rule.standing)
        and rule.how == "list"
        and (rows or inner is None or inner.get("type") != "string"),
        say("“{field}”的各项不是文字，放不下单位名称", field=field),
        say("请把 items 写成 {type: string}。"),
    )
    yield (
        rule.how == "ratio" and kind == "integer" and rule.digits > 0,
        say("“{field}”是整数，放不下比率的小数", field=field),
        say("请把它的 type 改为 number，或写 digits: 0。"),
    )


def _source(
    known: Known,
    rule: Rollup,
    target: Field,
    own: Mapping[Path, Field],
    source: Source,
    forms: list[str],
    where: str,
) -> Iterator[Problem]:
    path: Path = (source.field, ROW, source.column) if source.column else (source.field,)
    having = [form for form in forms if path in known.forms[form]]
    if not having:
        if forms:
            what = say("所汇总的表单里没有“{name}”", name=str(source))
            names = {name for form in forms for name in known.form_fields(form)}
            yield stranger(what, source.field, names, rule.line, where)
        return
    for form in having:
        asked = known.forms[form][path]
        secret = known.sensitive(form) | known.protected(form)
        if path[-1] in secret or source.field in secret:
            what = say("“{field}”只给一部分人看，不能汇总", field=asked.title)
            yield Problem(what, say("请换一栏，或删去 x-sensitive、x-only。"), CAMPAIGN, rule.line, where)
        table = (source.field, ROW) in known.forms[form] and not source.column
        for faulty, what, do in _agrees(rule, target, own, asked, known.forms[form], path, table):
            if faulty:
                yield Problem(what, do, CAMPAIGN, rule.line, where)
        if rule.when is not None:
            in_rows = bool(source.column) or table
            given = {one[2] for one in known.forms[form] if len(one) == 3 and one[:2] == (source.field, ROW)}
            fields = (given if in_rows else known.form_fields(form)) | _REPORT
            for name in sorted(rule.when.names - rule.when.item_names - fields):
                yield stranger(
                    say("表达式里的“{name}”不知道是什么", name=name), name, fields, rule.line, f"{where}.when"
                )


def _agrees(
    rule: Rollup,
    target: Field,
    own: Mapping[Path, Field],
    asked: Field,
    lower: Mapping[Path, Field],
    path: Path,
    table: bool,
) -> Iterator[tuple[bool, Message, Message]]:
    names = {"field": asked.title, "target": target.title}
    yield (
        rule.how in ("sum", "ratio") and asked.get("type") not in _NUMBERS,
        say("“{field}”不是数字，不能合计", **names),
        say("请换一栏，或把它的 type 改为 number。"),
    )
    yield (
        rule.how == "count" and not table,
        say("“{field}”不是表格，数不出有几行", **names),
        say("请换成表格；数单位请写 owed、filed、accepted 或 missing。"),
    )
    yield (
        rule.how == "latest" and asked.get("type") != target.get("type"),
        say("“{target}”与所取的“{field}”类型不同", **names),
        say("请让两栏的 type 一致。"),
    )
    units = [one.get("x-unit") or "" for one in (asked, target)]
    yield (
        rule.how in ("sum", "latest") and units[0] != units[1],
        say("“{field}”与“{target}”的单位不一致", **names),
        say("请让两栏的 x-unit 一致，系统不会换算。"),
    )
    columns = {one[2] for one in own if len(one) == 3 and one[:2] == (rule.field, ROW)}
    theirs = {one[2] for one in lower if len(one) == 3 and one[:2] == (path[0], ROW)}
    yield (
        rule.how == "list" and table and bool(columns | theirs) and not columns & theirs,
        say("“{target}”与“{field}”没有相同的列", **names),
        say("请让两张表格的列用同样的字段名。"),
    )
    yield (
        rule.how == "list" and not table and bool(columns),
        say("“{target}”是表格，“{field}”不是", **names),
        say("请换成表格，或把 items 写成 {type: string}。"),
    )


def _carries(known: Known, ledger: Ledger) -> Iterator[Problem]:
    package, carried, where = known.package, ledger.carries, f"ledgers.{ledger.id}.carries"
    assert carried is not None
    actor = package.actors.get(carried.to)
    if actor is None:
        yield stranger(
            say("没有责任主体“{name}”", name=carried.to), carried.to, package.actors, carried.line, where
        )
    elif actor.kind != "line" and not actor.at:
        what = say("“{title}”不是另一级机关", title=actor.title)
        yield Problem(what, say("请写带 line 或 at 的责任主体。"), CAMPAIGN, carried.line, where)
    if carried.when is not None:
        fields = known.item_fields(ledger) - known.kept_back(ledger) | ITEM_NAMES
        for name in sorted(carried.when.names - carried.when.item_names - fields):
            yield stranger(
                say("表达式里的“{name}”不知道是什么", name=name), name, fields, carried.line, f"{where}.when"
            )
