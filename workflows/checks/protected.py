"""Protected fields (`x-only`): whom they name, and what else of the package reaches for them in vain."""

from __future__ import annotations

from collections.abc import Iterator

from forms.protected import readers
from tenants.errors import Problem
from tenants.text import say
from workflows.checks.known import CAMPAIGN, Known, stranger


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
    if kept:
        yield from _reached_for(known, kept)


def _reached_for(known: Known, kept: dict[str, frozenset[str]]) -> Iterator[Problem]:
    package, nothing = known.package, frozenset[str]()
    for actor in package.actors.values():
        if actor.named_by and actor.named_by.field in kept.get(actor.named_by.form, nothing):
            yield _problem(actor.named_by.field, actor.line, f"actors.{actor.id}.named_by")
    for duty in package.duties.values():
        for source in duty.on.sources if duty.on else ():
            yield from _rows(kept, source.form, source.field, source.when, duty.line, f"duties.{duty.id}.on")
    for ledger in package.ledgers.values():
        where = f"ledgers.{ledger.id}"
        hidden = kept.get(ledger.form or "", nothing)
        for source in ledger.from_rows:
            hidden |= kept.get(source.form, nothing)
            yield from _rows(kept, source.form, source.field, source.when, source.line, f"{where}.from_rows")
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


def _rows(
    kept: dict[str, frozenset[str]], form: str, field: str, when: object, line: int, where: str
) -> Iterator[Problem]:
    hidden = kept.get(form, frozenset())
    read = getattr(when, "names", frozenset()) | getattr(when, "item_names", frozenset())
    for name in sorted(hidden & (read | {field})):
        yield _problem(name, line, where)


def _problem(field: str, line: int, where: str) -> Problem:
    what = say("“{field}”受保护（x-only），这里读不到", field=field)
    return Problem(what, say("请换一栏，或删去这一栏的 x-only。"), CAMPAIGN, line, where)
