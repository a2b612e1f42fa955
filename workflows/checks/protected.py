"""Protected and sensitive fields (`x-only`, `x-sensitive`): whom they name, and what else of the package reaches for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forms.protected import readers
from tenants.errors import Problem
from tenants.text import say
from workflows.checks.known import CAMPAIGN, Known, stranger
from workflows.parts import RowSource


def check_protected(known: Known) -> Iterator[Problem]:
    """Report strangers in `x-only`, and indicators, ledgers, rows and actors that rest on what is kept from them."""
    package = known.package
    kept = {
        key: found for key in package.forms if key not in known.unsound and (found := known.protected(key))
    }
    for key in kept:
        for name in sorted(readers(package.forms[key].schema) - package.actors.keys()):
            what = say("x-only 写的“{name}”不是本方案的责任主体", name=name)
            yield stranger(what, name, package.actors, 1, "", f"forms/{key}/schema.json")
        for name in sorted(readers(package.forms[key].schema) & package.actors.keys()):
            if package.actors[name].kind == "named":
                what = say("x-only 写的“{name}”由填报的人指定，谁填报谁就能决定给谁看", name=name)
                yield Problem(
                    what, say("请改为按岗位或按条件确定的责任主体。"), f"forms/{key}/schema.json", 1
                )
    if kept:
        yield from _reached_for(known, kept)
    yield from _borne(known)


def _reached_for(known: Known, kept: dict[str, frozenset[str]]) -> Iterator[Problem]:
    package, nothing = known.package, frozenset[str]()
    for actor in package.actors.values():
        if actor.named_by and actor.named_by.field in kept.get(actor.named_by.form, nothing):
            yield _problem(actor.named_by.field, actor.line, f"actors.{actor.id}.named_by")
    for duty in package.duties.values():
        for source in duty.on.sources if duty.on else ():
            for name in _read(kept, source):
                yield _problem(name, duty.line, f"duties.{duty.id}.on")
    for ledger in package.ledgers.values():
        where = f"ledgers.{ledger.id}"
        hidden = kept.get(ledger.form or "", nothing)
        for source in ledger.from_rows:
            hidden |= kept.get(source.form, nothing)
            for name in _read(kept, source):
                yield _problem(name, source.line, f"{where}.from_rows")
        hidden = hidden.union(*(kept.get(form, nothing) for form in ledger.from_forms))
        for column in ledger.columns:
            if column in hidden:
                yield _problem(column, ledger.line, f"{where}.columns")
        title = ledger.item_title
        for name in sorted(hidden & (title.names | title.item_names)) if title else ():
            yield _problem(name, ledger.line, f"{where}.title_field")
    for indicator in package.indicators.values():
        rule = indicator.value
        forms = [kept[form] for form in sorted(rule.names & kept.keys())] if rule else []
        for name in sorted(nothing.union(*forms)):
            if rule and name in rule.source:
                yield _problem(name, indicator.line, f"indicators.{indicator.id}.value")


def _borne(known: Known) -> Iterator[Problem]:
    """Report what reads sensitive fields of rows and forms that become items of a ledger, or bring about a duty."""
    nothing = frozenset[str]()
    sensitive = {key: known.sensitive(key) for key in known.package.forms if key not in known.unsound}
    for duty in known.package.duties.values():
        for source in duty.on.sources if duty.on else ():
            named = {duty.on.unit_field} & sensitive.get(source.form, nothing) if duty.on else ()
            for name in (*_read(sensitive, source), *named):
                yield _stays(name, duty.line, f"duties.{duty.id}.on")
    for ledger in known.package.ledgers.values():
        where, title, hidden = f"ledgers.{ledger.id}", ledger.item_title, known.kept_back(ledger)
        for source in ledger.from_rows:
            for name in _read(sensitive, source):
                yield _stays(name, source.line, f"{where}.from_rows")
        for name in sorted(hidden.intersection(ledger.columns)):
            yield _stays(name, ledger.line, f"{where}.columns")
        for name in sorted(hidden & (title.names | title.item_names)) if title else ():
            yield _stays(name, ledger.line, f"{where}.title_field")
        if ledger.unit_field in hidden:
            yield _stays(ledger.unit_field, ledger.line, f"{where}.unit_field")


def _read(kept: Mapping[str, frozenset[str]], source: RowSource) -> list[str]:
    """Return the fields kept back that a source of rows asks for: the table itself, and what its condition reads."""
    hidden, when = kept.get(source.form, frozenset()), source.when
    read = when.names | when.item_names if when is not None else frozenset()
    return sorted(hidden & (read | {source.field}))


def _stays(field: str, line: int, where: str) -> Problem:
    what = say("“{field}”只给填写的岗位看（x-sensitive），不会带到这里", field=field)
    return Problem(what, say("请换一栏，或删去这一栏的 x-sensitive。"), CAMPAIGN, line, where)


def _problem(field: str, line: int, where: str) -> Problem:
    what = say("“{field}”受保护（x-only），这里读不到", field=field)
    return Problem(what, say("请换一栏，或删去这一栏的 x-only。"), CAMPAIGN, line, where)
