"""From campaign.yaml as read to its dates: days, expressions, phases, recurrences."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from forms.expression import Expression, ExpressionError, compile_expression
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.elements import Milestone, Phase
from workflows.marked_yaml import Listed, Mapped
from workflows.parts import Disputed, Every, When
from workflows.periods import EACH, RULES, Each
from workflows.written import common, mapping, names, text

_DATE = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}\s*")
_MOMENT = re.compile(r"\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")


class DateBuilder:
    """Builds whatever of one campaign.yaml says when. problems: what was found on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def phase(self, key: str, at: Mapped) -> Phase:
        where = f"phases.{key}"
        return Phase(
            **common(key, at), start=self.when(at, "start", where), end=self.when(at, "end", where),
            after=text(at, "after"), within=text(at, "in"), milestone=at.get("milestone") is True,
            horizon=at.get("horizon") is True, every=_each(text(at, "every")),
        )  # fmt: skip

    def when(self, at: Mapped, key: str, where: str) -> When | None:
        """Build a date as written: a day, or an expression."""
        written = at.get(key)
        line = at.lines.get(key, at.line)
        if isinstance(written, date):
            return When(written.isoformat(), day=written, line=line)
        if not isinstance(written, str) or not written.strip():
            return None
        if _DATE.fullmatch(written):
            day = self._day(written, line, f"{where}.{key}")
            return When(written, day=day, line=line) if day else None
        if _MOMENT.fullmatch(written):
            do = say("请只写日期；到期按当日 24 时计算。")
            self._problem(say("“{text}”写了时刻", text=written), do, line, f"{where}.{key}")
            return None
        rule = self.expression(at, key, where)
        return When(written, rule=rule, line=line) if rule else None

    def expression(self, at: Mapped, key: str, where: str) -> Expression | None:
        """Compile the expression under `key`; report what does not compile."""
        written = at.get(key)
        if not isinstance(written, str) or not written.strip():
            return None
        try:
            return compile_expression(written)
        except ExpressionError as error:
            # A folded text starts on the line of its key; lines inside it count on from there.
            line = at.lines.get(key, at.line) + max(error.line - 1, 0)
            what = say("表达式“{text}”有误：{what}", text=_short(written), what=error.what)
            self._problem(what, error.do, line, f"{where}.{key}")
            return None

    def _every(self, at: Mapped, where: str) -> Every | None:
        one = at.get("every")
        if not isinstance(one, Mapped):
            return None
        where, each = f"{where}.every", _each(text(one, "each"))
        roll: Any = text(one, "roll") or "none"
        missed: Any = text(one, "missed") or "once"
        first: Any = text(one, "first") or "count"
        last: Any = text(one, "last") or "drop"
        times = one.get("times")
        return Every(
            text(one, "rule") or RULES.get(each or "", ""), self.when(one, "start", where), self.when(one, "end", where),
            roll, missed, self.expression(one, "opens", where), at.lines["every"], each=each, first=first, last=last,
            times=int(times) if isinstance(times, int | Decimal) and 1 <= times <= 31 else 1,
            undated=one.get("undated") is True, seasons=names(one, "season"), due=self.expression(one, "due", where),
            until=text(one, "until"), shifts=_shifts(one),
        )  # fmt: skip

    def _milestones(self, at: Mapped, where: str) -> dict[str, Milestone]:
        found = {}
        for key, one in mapping(at, "milestones").items():
            if not isinstance(one, Mapped):
                continue
            said = common(key, one)
            if not said["clauses"] and not said["added"]:
                # A part of a duty stands where the duty does.
                said |= {name: common(key, at)[name] for name in ("clauses", "added", "reason")}
            found[key] = Milestone(
                **said, due=self.when(one, "due", f"{where}.milestones.{key}"), step=text(one, "step"),
                missed=text(one, "missed"), rule=text(one, "rule"),
            )  # fmt: skip
        return found

    def _disputed(self, at: Mapped, where: str) -> Disputed | None:
        one = at.get("disputed")
        if not isinstance(one, Mapped):
            return None
        written = one.get("dates")
        lines = written.lines if isinstance(written, Listed) else []
        days = [
            self._day(day, line, f"{where}.disputed.dates")
            for day, line in zip(written if isinstance(written, Listed) else [], lines, strict=True)
        ]
        default: Any = "drop" if one.get("default") == "drop" else "keep"
        return Disputed(tuple(day for day in days if day), text(one, "why"), default, at.lines["disputed"])

    def _day(self, written: object, line: int, where: str) -> date | None:
        if isinstance(written, date):
            return written
        if not isinstance(written, str) or not _DATE.fullmatch(written):
            return None
        try:
            return date.fromisoformat(written.strip())
        except ValueError:
            do = say("请改成存在的日期，写作 2024-10-31。")
            self._problem(say("“{text}”这一天不存在", text=written.strip()), do, line, where)
            return None

    def _problem(self, what: Message, do: Message, line: int, where: str) -> None:
        self.problems.append(Problem(what, do, self.file, line, where))


def _shifts(one: Mapped) -> dict[str, str]:
    found = one.get("shifts")
    if isinstance(found, Mapped):
        return {name: text(found, name) for name in found}
    return dict.fromkeys(names(one, "shifts"), "")


def _each(written: str) -> Each | None:
    return next((one for one in EACH if one == written), None)


def _short(written: str) -> str:
    return written if len(written) <= 60 else written[:60] + "…"
