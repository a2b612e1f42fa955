"""Forms that ask about a table, against the tables of the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms.fields import ROW, BrokenSchema
from forms.validation import Form, form_of
from tenants.errors import Problem
from tenants.text import say
from workflows.checks.known import Known, stranger
from workflows.choices import asked


def check_tables(known: Known) -> Iterator[Problem]:
    """Report fields with `x-table` that no table of the package stands behind, and tables that nothing asks about."""
    package, used = known.package, set[str]()
    for form in package.forms.values():
        file = f"forms/{form.id}/schema.json"
        for one in ready.listed if (ready := _sound(form.schema)) else ():
            where = f"/properties/{one.field}/x-table"
            table = package.tables.get(one.table)
            used.add(one.table)
            if table is None:
                what = say("x-table 写的“{name}”不是本方案的检查表", name=one.table)
                yield stranger(what, one.table, package.tables, 1, where, file)
            elif table.key not in one.own:
                what = say("“{field}”的每一行里没有“{key}”", field=one.field, key=table.key)
                do = say("请在 items 的 properties 里加上它：type: string、readOnly: true。")
                yield Problem(what, do, file, 1, where)
            else:
                for column in sorted({table.area, table.text, *_columns(known, one.table)} & one.own):
                    said = known.forms[form.id][(one.field, ROW, column)]
                    if said.get("type") != "string" or said.get("readOnly") is not True:
                        what = say(
                            "“{field}”里的“{column}”由检查表给出，不由人填", field=one.field, column=column
                        )
                        yield Problem(what, say("请写 type: string、readOnly: true。"), file, 1, where)
    for table in package.tables.values():
        if table.id not in used:
            what = say("没有表单用到检查表“{title}”", title=table.title)
            do = say("请在表单的表格栏写 x-table: {name}。", name=table.id)
            yield Problem(what, do, "campaign.yaml", table.line, f"tables.{table.id}", "warning")


def check_lists(known: Known) -> Iterator[Problem]:
    """Report fields with `x-choices` or `x-actor` of which campaign.yaml knows nothing."""
    package = known.package
    for form in package.forms.values():
        file = f"forms/{form.id}/schema.json"
        for name in asked(form.schema):
            if name not in package.choices:
                what = say("x-choices 写的“{name}”不在 choices 里", name=name)
                yield stranger(what, name, package.choices, 1, "", file)
        for name in sorted(ready.actors) if (ready := _sound(form.schema)) else ():
            if name not in package.actors:
                what = say("x-actor 写的“{name}”不是本方案的责任主体", name=name)
                yield stranger(what, name, package.actors, 1, "", file)


def _sound(schema: Mapping[str, Any]) -> Form | None:
    """Return a form that can be filled in; of one that cannot something else is told."""
    try:
        return form_of(schema) if schema else None
    except BrokenSchema:
        return None


def _columns(known: Known, table: str) -> frozenset[str]:
    return frozenset(name for data in known.package.datasets.get(table, {}).values() for name in data.columns)
