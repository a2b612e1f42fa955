"""What somebody should look at before the launch: collisions, heavy weeks, nobody meant, no date, a date in doubt.

Listens to the slots as they pass and keeps counts and the first few days of each matter, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from engine.doubts import told
from engine.rehearsal.cast import Extra
from engine.rehearsal.load import Load, week_name
from engine.rehearsal.slots import Slot
from engine.rehearsal.stage import Stage
from engine.selection import Doubts
from tenants.text import Message, say
from workflows.elements import Duty
from workflows.recurrence import frequency

Matter = Literal[
    "nobody",
    "unreceived",
    "doubt",
    "stuck",
    "empty",
    "date",
    "disputed",
    "estimated",
    "season",
    "past",
    "together",
    "rest",
    "heavy",
    "undated",
    "after",
]
# The gravest first.
MATTERS: tuple[Matter, ...] = (
    "nobody", "unreceived", "doubt", "date", "stuck", "empty", "disputed", "together", "heavy", "rest", "season", "estimated",
    "undated", "after", "past",
)  # fmt: skip
# So many days of one matter are named; the others are counted.
_NAMED = 3
# So many heavy weeks are told; the chart shows them all.
_HEAVY = 12


@dataclass(frozen=True)
class Remark:
    """duty: id of what it is about, empty for several. days: the first few of `count`."""

    matter: Matter
    what: Message
    duty: str = ""
    days: tuple[date, ...] = ()
    count: int = 0


@dataclass
class _Days:
    count: int = 0
    first: list[date] = field(default_factory=list)

    def add(self, day: date) -> None:
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(day)


class Remarks:
    """Collects remarks while a rehearsal goes on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._days: dict[tuple[Matter, str], _Days] = {}
        self._total: dict[str, int] = {}
        self._said: dict[tuple[Matter, str], Message] = {}
        self._doubts: dict[str, list[Message]] = {}
        self._undated: dict[str, str] = {}
        self._together: dict[tuple[str, tuple[str, ...]], _Days] = {}
        self._today: date | None = None
        self._reports: dict[str, list[str]] = {}

    def see(self, slot: Slot, people: int) -> None:
        """Take note of a slot. people: for how many units it is."""
        duty, one = slot.duty, slot.occurrence
        if one is None:
            return
        self._total[duty.id] = self._total.get(duty.id, 0) + 1
        if not people:
            self._said.setdefault(
                ("nobody", duty.id), say("没有单位符合“{title}”的责任主体", title=duty.title)
            )
        if one.due is None:
            self._undated.setdefault(duty.id, duty.title)
            return
        if one.past:
            self._note("past", duty, one.due)
            return
        if one.disputed:
            self._note("disputed", duty, one.due)
        if one.estimated:
            self._note("estimated", duty, one.due)
        if not self._stage.setting.calendar.is_working(one.due) and not _is_daily(duty):
            self._note("rest", duty, one.due)
        end = self._stage.period[1]
        if end is not None and one.due > end:
            self._note("after", duty, one.due)
        if slot.kind == "report":
            self._report(duty, one.due)

    def unreceived(self, duty: Duty) -> None:
        """Take note that whoever hands a report in would receive it."""
        what = say("“{title}”没有单位受理，会回到报送单位自己手里", title=duty.title)
        self._said.setdefault(("unreceived", duty.id), what)

    def waits(self, duty: Duty, season: str) -> None:
        """Take note that a duty waits for a season that the calendar does not have yet."""
        what = say("“{title}”等日历登记“{season}”", title=duty.title, season=season)
        self._said.setdefault(("season", duty.id), what)

    def trouble(self, duty: Duty, what: Message) -> None:
        """Take note that a duty's dates cannot be worked out."""
        message = say("“{title}”的日期算不出来：{what}", title=duty.title, what=what)
        self._said.setdefault(("date", duty.id), message)

    def doubtful(self, duty: str, left_out: Doubts[Extra]) -> None:
        """Take note of units for which nobody can tell whether a duty concerns them."""
        self._doubts[duty] = told(self._stage.package.duties[duty].title, left_out)

    def stopped(self, duty: Duty, what: Message) -> None:
        """Take note that a process did not come to its end."""
        message = say("“{title}”的流程没有走到终点：{what}", title=duty.title, what=what)
        self._said.setdefault(("stuck", duty.id), message)

    def skipped(self, duty: Duty, step: str) -> None:
        """Take note that a step is done once for each of a list, and the form's example has nothing in it."""
        message = say(
            "“{title}”的步骤“{step}”逐项办理，表单的示例里一项也没有，没有预演；请在示例里填上",
            title=duty.title,
            step=step,
        )
        self._said.setdefault(("empty", f"{duty.id}\n{step}"), message)

    def all(self, load: Load) -> list[Remark]:
        """Return all remarks, the gravest first."""
        self._close_day()
        found = [Remark(matter, what, duty.partition("\n")[0]) for (matter, duty), what in self._said.items()]
        for duty, messages in self._doubts.items():
            found += [Remark("doubt", what, duty) for what in messages]
        for (matter, duty), days in self._days.items():
            found.append(Remark(matter, self._words(matter, duty, days), duty, tuple(days.first), days.count))
        for (actor, duties), days in self._together.items():
            titles = _listed(
                [say("“{title}”", title=self._stage.package.duties[key].title) for key in duties]
            )
            title = self._stage.package.actors[actor].title
            what = say("{who}同一天要报送{titles}", who=title, titles=titles)
            found.append(Remark("together", what, "", tuple(days.first), days.count))
        if self._undated:
            titles = _listed(list(self._undated.values()))
            what = say("{n} 项任务没有期限：{titles}", n=len(self._undated), titles=titles)
            found.append(Remark("undated", what, "", (), len(self._undated)))
        heavy = list(load.heavy())
        for role, week, tasks in heavy[:_HEAVY]:
            what = say(
                "{who}在 {week} 这一周有 {n} 件，明显多于平时", who=role, week=week_name(week), n=tasks
            )
            found.append(Remark("heavy", what, "", (week,), tasks))
        if len(heavy) > _HEAVY:
            more = say("还有 {n} 周的任务量明显多于平时", n=len(heavy) - _HEAVY)
            found.append(Remark("heavy", more, "", (), len(heavy) - _HEAVY))
        return sorted(found, key=lambda one: MATTERS.index(one.matter))

    def _note(self, matter: Matter, duty: Duty, day: date) -> None:
        self._days.setdefault((matter, duty.id), _Days()).add(day)

    def _report(self, duty: Duty, due: date) -> None:
        if due != self._today:
            self._close_day()
            self._today = due
        for actor in duty.by:
            self._reports.setdefault(actor, []).append(duty.id)

    def _close_day(self) -> None:
        for actor, duties in self._reports.items():
            several = tuple(sorted(set(duties)))
            if len(several) > 1 and self._today is not None:
                self._together.setdefault((actor, several), _Days()).add(self._today)
        self._reports = {}

    def _words(self, matter: Matter, duty: str, days: _Days) -> Message:
        title, total = self._stage.package.duties[duty].title, self._total[duty]
        dates = [day.isoformat() for day in days.first]
        named = _listed([*dates[:-1], dates[-1] + ("…" if days.count > len(dates) else "")])
        if matter == "disputed":
            return say("“{title}”的日期有争议：{days}", title=title, days=named)
        if matter == "past":
            return say("“{title}”在通知印发前已经到期：{days}", title=title, days=named)
        if matter == "estimated":
            return say("“{title}”的日期按估计的放假安排推算：{days}", title=title, days=named)
        if matter == "after":
            return say("“{title}”在行动结束之后到期：{days}", title=title, days=named)
        if total == 1:
            return say("“{title}”在休息日到期：{days}", title=title, days=named)
        return say(
            "“{title}”{total} 次中有 {n} 次在休息日到期：{days}",
            title=title,
            total=total,
            n=days.count,
            days=named,
        )


def _is_daily(duty: Duty) -> bool:
    """Tell whether rest days are meant as well."""
    every = duty.every
    return every is not None and bool(every.rule) and frequency(every.rule)[0] == "DAILY"


def _listed(parts: Sequence[Message | str]) -> Message | str:
    """Return a list in words, with the comma of the reader's language."""
    found = parts[-1]
    for part in reversed(parts[:-1]):
        found = say("{one}、{others}", one=part, others=found)
    return found
