"""From campaign.yaml as read to the dataclasses of `workflows.elements`, expressions compiled.

Builds what can be built and goes on: a misspelt key in one duty must not hide what is wrong with the next. What is not of the
published shape is reported by `workflows.shape`; only dates and expressions are reported here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from forms.expression import Expression
from workflows.build_dates import DateBuilder
from workflows.elements import Actor, Choice, Clause, Duty, Indicator, Ledger, Rule, Table, Variant
from workflows.hours import read_hour
from workflows.marked_yaml import Listed, Mapped
from workflows.parts import Amends, Notice, On, Period, RowSource, Target, When
from workflows.rollups import DIGITS, HOWS, STANDINGS, Carried, Rollup, source_of
from workflows.written import common as _common
from workflows.written import mapping as _mapping
from workflows.written import names as _names
from workflows.written import text as _text

T = TypeVar("T")

# What `to` says where the notice does not name a recipient.
OPEN = "open"

_TARGET = re.compile(r"(==|!=|<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
_SPAN = re.compile(r"(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)")


class Builder(DateBuilder):
    """Builds the elements of one campaign.yaml. problems: what was found on the way."""

    def notice(self, root: Mapped) -> Notice:
        at = _mapping(root, "notice")
        issued = self._day(at.get("issued"), at.lines.get("issued", at.line), "notice.issued")
        return Notice(_text(at, "issuer"), _text(at, "number"), issued, _text(at, "title"), at.line)

    def amends(self, root: Mapped) -> Amends | None:
        at = root.get("amends")
        if not isinstance(at, Mapped):
            return None
        return Amends(_text(at, "package"), _text(at, "version"), _text(at, "number"), at.line)

    def period(self, root: Mapped) -> Period:
        at = _mapping(root, "period")
        start = self.when(at, "start", "period") or When("", line=at.line)
        return Period(start, self.when(at, "end", "period"), at.line)

    def each(self, root: Mapped, section: str, make: Callable[[str, Mapped], T]) -> dict[str, T]:
        """Build every element of a section; what is no mapping is left out (its shape has been reported)."""
        elements = _mapping(root, section)
        return {key: make(key, one) for key, one in elements.items() if isinstance(one, Mapped)}

    def actor(self, key: str, at: Mapped) -> Actor:
        unit = self.expression(at, "unit", f"actors.{key}")
        written = {
            "line": "line",
            "post": "post",
            "above": "above",
            "below": "below",
            "chosen": "chosen",
            "named_by": "named",
        }
        kind: Any = next((kind for key, kind in written.items() if key in at), "unit")
        named = _text(at, "named_by")
        answered = "." in named
        level: Any = _text(at, "at")
        if named and kind == "named" and not answered:
            kind = "marked"
        return Actor(
            **_common(key, at), kind=kind, unit=unit, attribute="" if answered else named,
            of=_names(at, "of"), post=_text(at, "post") or None,
            above=_names(at, "above"), below=_names(at, "below"), along=_text(at, "line") or None,
            named_by=RowSource(*_row(named), line=at.lines["named_by"]) if answered else None, aliases=_names(at, "aliases"),
            at=level,
        )  # fmt: skip

    def duty(self, key: str, at: Mapped) -> Duty:
        where = f"duties.{key}"
        to = _names(at, "to")
        is_open = to == (OPEN,)
        to = () if is_open else to
        return Duty(
            **_common(key, at), by=_names(at, "by"), to=to, open_to=is_open, partners=_names(at, "with"),
            others=at.get("others") is True, about=_text(at, "about") or None,
            process=_text(at, "process") or ("report" if to or is_open else "duty"), form=_text(at, "form") or None,
            start=self.when(at, "start", where), due=self.when(at, "due", where),
            every=self._every(at, where), on=self._on(at, where), hidden="about" if at.get("hidden") == "about" else "",
            standing=at.get("standing") is True, disputed=self._disputed(at, where), prefill=self._prefill(at, where),
            rollup=self._rollup(at, where),
            milestones=self._milestones(at, where), hour=read_hour(_text(at, "time")), serves=_text(at, "serves"),
            collects=_names(at, "collects"),
        )  # fmt: skip

    def ledger(self, key: str, at: Mapped) -> Ledger:
        return Ledger(
            **_common(key, at), process=_text(at, "process"), form=_text(at, "form") or None,
            item_title=self.expression(at, "title_field", f"ledgers.{key}"), columns=_names(at, "columns"),
            from_rows=self._sources(at, f"ledgers.{key}.from_rows"), from_forms=_names(at, "from_forms"),
            pair=_text(at, "pair"), shared=_text(at, "shared"), states=_names(at, "states"),
            outlives=at.get("outlives") is True, unit_field=_text(at, "unit_field"), carries=self._carries(at, key),
        )  # fmt: skip

    def indicator(self, key: str, at: Mapped) -> Indicator:
        strength: Any = _text(at, "strength") or None
        per: Any = _text(at, "per")
        goal = _text(at, "target").strip()
        trend: Any = goal if goal in ("falling", "rising") else ""
        years = at.get("years")
        return Indicator(
            **_common(key, at), value=self.expression(at, "value", f"indicators.{key}"),
            target=_target(goal, at.get("above") == "fine"), strength=strength, unit=_text(at, "unit"),
            level=_text(at, "level"), per=per or ("year" if trend or years else ""), trend=trend,
            years=tuple(int(one) for one in years if isinstance(one, int | Decimal)) if isinstance(years, list) else (),
            by=self.when(at, "by", f"indicators.{key}"), each=_text(at, "each"), beside=_text(at, "beside"),
            dated=_text(at, "dated"),
        )  # fmt: skip

    def table(self, key: str, at: Mapped) -> Table:
        names = _mapping(at, "columns")
        variants = {
            name: self._variant(name, one, f"tables.{key}.variants.{name}")
            for name, one in _mapping(at, "variants").items()
            if isinstance(one, Mapped)
        }
        return Table(
            **_common(key, at), version=_text(at, "version"), key=_text(names, "id") or "编号",
            area=_text(names, "area") or "分区", text=_text(names, "item") or "检查内容",
            variants=variants or {"": self._variant("", at, f"tables.{key}")}, awaited=at.get("awaited") is True,
        )  # fmt: skip

    def choice(self, key: str, at: Mapped) -> Choice:
        return Choice(**_common(key, at), default=_names(at, "default"))

    def _variant(self, name: str, at: Mapped, where: str) -> Variant:
        unit = self.expression(at, "unit", where) if name else None
        return Variant(
            name, _text(at, "title") if name else "", unit, _count(at, "areas"), _count(at, "items"), at.line
        )

    def rule(self, key: str, at: Mapped) -> Rule:
        common = _common(key, at)
        common["title"] = common["title"] or _text(at, "if")
        return Rule(
            **common, condition=_text(at, "if"), then=_names(at, "then"), by=_names(at, "by"),
            process=_text(at, "process") or None, on=self._on(at, f"rules.{key}"),
        )  # fmt: skip

    def _on(self, at: Mapped, where: str) -> On | None:
        one = at.get("on")
        if not isinstance(one, Mapped):
            return None
        kinds = ("phase", "demand", "rows", "event", "collected")
        kind: Any = next((name for name in kinds if name in one), None)
        if kind is None:
            return None
        about = _text(one, "about")
        return On(
            kind, phase=_text(one, "phase"), at="end" if one.get("at") == "end" else "start",
            actors=_names(one, "demand"), about="" if kind == "rows" else about, event=_text(one, "event"), line=at.lines["on"],
            unit_field=about if kind == "rows" else "", duties=_names(one, "collected"),
            sources=tuple(
                RowSource(form, name, self.expression(one, "when", f"{where}.on"), one.lines["rows"])
                for form, name in map(_row, _names(one, "rows"))
            ),
        )  # fmt: skip

    def _sources(self, at: Mapped, where: str) -> tuple[RowSource, ...]:
        """Each is `form.field`, or that and a condition: {rows: form.field, when: …}."""
        written = at.get("from_rows")
        found: list[RowSource] = []
        if not isinstance(written, Listed):
            return ()
        for index, one in enumerate(written):
            text = _text(one, "rows") if isinstance(one, Mapped) else one if isinstance(one, str) else ""
            when = self.expression(one, "when", f"{where}[{index + 1}]") if isinstance(one, Mapped) else None
            if text:
                found.append(RowSource(*_row(text), when, written.lines[index]))
        return tuple(found)

    def _prefill(self, at: Mapped, where: str) -> dict[str, Expression]:
        one = at.get("prefill")
        if not isinstance(one, Mapped):
            return {}
        compiled = {name: self.expression(one, name, f"{where}.prefill") for name in one}
        return {name: rule for name, rule in compiled.items() if rule is not None}

    def _rollup(self, at: Mapped, where: str) -> dict[str, Rollup]:
        found: dict[str, Rollup] = {}
        for name, one in _mapping(at, "rollup").items():
            how = next((key for key in HOWS if key in one), None) if isinstance(one, Mapped) else None
            if how is None:
                continue
            written = _names(one, how)
            counted = how in ("count", "list") and written[:1] and written[0] in STANDINGS
            digits = one.get("digits")
            found[name] = Rollup(
                name, how, sources=() if counted else tuple(map(source_of, written)), standing=written[0] if counted else "",
                when=self.expression(one, "when", f"{where}.rollup.{name}"), of=_names(one, "of"),
                digits=int(digits) if isinstance(digits, int | Decimal) else DIGITS, grounds=_text(one, "grounds"), line=one.line,
            )  # fmt: skip
        return found

    def _carries(self, at: Mapped, key: str) -> Carried | None:
        one = at.get("carries")
        if not isinstance(one, Mapped):
            return None
        when = self.expression(one, "when", f"ledgers.{key}.carries")
        return Carried(_text(one, "to"), when, at.lines["carries"])


def clauses_of(value: object) -> tuple[Clause, ...]:
    """Build the clauses of clauses.yaml, leaving out what is not of the published shape."""
    found = []
    for at in value if isinstance(value, Listed) else []:
        if isinstance(at, Mapped) and isinstance(at.get("path"), str):
            kind: Any = _text(at, "kind")
            found.append(Clause(at["path"], _text(at, "gist"), kind, _text(at, "exempt"), at.line))
    return tuple(found)


def _row(text: str) -> tuple[str, str]:
    form, _, name = text.partition(".")
    return form, name


def _target(text: str, uncapped: bool = False) -> Target | None:
    text = text.strip()
    if found := _TARGET.fullmatch(text):
        op: Any = found.group(1)
        return Target(text, op, Decimal(found.group(2)))
    if found := _SPAN.fullmatch(text):
        return Target(text, "..", Decimal(found.group(1)), Decimal(found.group(2)), uncapped)
    return None


def _count(at: Mapping[str, Any], key: str) -> int | None:
    found = at.get(key)
    return int(found) if isinstance(found, int | Decimal) and not isinstance(found, bool) else None
