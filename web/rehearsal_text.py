"""A rehearsal told at the terminal: phases, what recurs, what comes when, who does the steps, the load, what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from engine.rehearsal import Line, Rehearsal, Remark, Slot, kinds, waiting_words, week_name
from tenants.roster.units import KINDS
from tenants.text import COMMA, Message, say
from web.columns import WIDTH, bar, padded, row, width, wrapped

# What comes more often than this is told once, with its first and last day.
OFTEN = 14
# The chart: one column for each role, so many side by side.
_ROLES, _COLUMN, _BAR = 4, 20, 10
_WEEKDAYS = (say("周一"), say("周二"), say("周三"), say("周四"), say("周五"), say("周六"), say("周日"))

Say = Callable[[Message], str]


def told(rehearsal: Rehearsal, translate: Callable[[str], str], *, names: bool = False) -> Iterator[str]:
    """Yield the lines of the report, as the rehearsal goes on. names: every unit is named, and its steps are told."""
    yield from _Told(rehearsal, translate, names).all()


class _Told:
    def __init__(self, rehearsal: Rehearsal, translate: Callable[[str], str], names: bool) -> None:
        self.rehearsal, self.names = rehearsal, names
        self.say: Say = lambda message: message.render(translate)
        self.often: dict[str, list[Slot]] = {}
        self.counts: Counter[str] = Counter()
        self.waiting: list[Slot] = []
        self.undated: list[Slot] = []
        self.paths: dict[str, list[str]] = {}

    def all(self) -> Iterator[str]:
        self.counts = self.rehearsal.counts()
        yield from self._head()
        yield from self._phases()
        yield from self._calendar()
        yield from self._often()
        yield from self._undated()
        yield from self._waiting()
        yield from self._paths()
        yield from self._load()
        yield from self._remarks(self.rehearsal.remarks())

    def _head(self) -> Iterator[str]:
        stage = self.rehearsal.stage
        start, end = stage.period
        yield from wrapped(f"{stage.package.title}  {start} — {end or '…'}", WIDTH)
        counted = kinds(stage.cast.units())
        units = tuple(
            f"{self.say(KINDS[kind]) if kind in KINDS else stage.package.kinds.get(kind, kind)} {n}"
            for kind, n in counted.items()
        )
        yield from wrapped(self.say(say("预演单位：{units}。", units=units or "0")), WIDTH)

    def _phases(self) -> Iterator[str]:
        lines = self.rehearsal.phases()
        if lines:
            yield from self._section(say("阶段"))
        for line in lines:
            span = f"{line.opens or '…'} — {line.due or '…'}"
            yield from row([span, self._titled(line.title, line.clause), line.words or ""], [25, 36, 35])

    def _calendar(self) -> Iterator[str]:
        first = True
        for slot in self.rehearsal.slots():
            one = slot.occurrence
            if one is None:
                self.waiting.append(slot)
                continue
            self._walk(slot)
            if one.due is None:
                self.undated.append(slot)
                continue
            if self.counts[slot.duty.id] > OFTEN:
                seen = self.often.setdefault(slot.duty.id, [slot, slot])
                seen[1] = slot
                continue
            if first:
                yield from self._section(say("按日期"))
                first = False
            yield from row(self._cells(slot), [15, 31, 29, 19])
            yield from self._people(slot)

    def _cells(self, slot: Slot) -> list[str]:
        one = slot.occurrence
        assert one is not None
        line = next(iter(self.rehearsal.lines_of(slot)))
        when = f"{one.due} {self.say(_WEEKDAYS[one.due.weekday()])}" if one.due else f"{one.opens} …"
        name = slot.title if isinstance(slot.title, str) else self.say(slot.title)
        title = self._titled(name, line.clause) + (f" {one.period}" if one.period else "")
        marks = [line.words or ""]
        if one.disputed:
            marks.append(self._aside(say("日期有争议")))
        if line.past:
            marks.append(self._aside(say("通知前已过")))
        if one.estimated:
            marks.append(self._aside(say("放假安排为估计")))
        if one.basis == "phase":
            marks.append(self._aside(say("按阶段")))
        if one.basis == "tenant":
            marks.append(self._aside(say("通知外")))
        return [when, title, self._who(slot, line), "".join(marks)]

    def _who(self, slot: Slot, line: Line) -> str:
        people = self._listed(line.source)
        if line.to:
            people = f"{people} → {self._listed(line.to)}"
        pairs = self.rehearsal.pairs(slot)
        if not pairs:
            return people + self._aside(say("无符合单位"))
        found = [one for _, unit, about in pairs if (one := about or unit) is not None]
        if not found:
            return people
        if len(found) > 1:
            return people + self._aside(say("{n} 个单位", n=len(found)))
        return people + self._aside(found[0].name)

    def _people(self, slot: Slot) -> Iterator[str]:
        for pair in self.rehearsal.pairs(slot) if self.names else ():
            unit = pair[2] or pair[1]
            steps = [
                task.name + self._aside(f"{task.unit or task.role}{f' {task.day}' if task.day else ''}")
                for task in self.rehearsal.tasks(slot, pair)
            ]
            for text in wrapped(self._way(unit.name if unit else "—", steps), WIDTH - 16):
                yield " " * 16 + text

    def _way(self, unit: str, steps: list[str]) -> str:
        return self.say(say("{unit}：{steps}", unit=unit, steps=" → ".join(steps)))

    def _walk(self, slot: Slot) -> None:
        """Keep the way through a duty's process, once; whoever owes the duty is called as the notice calls them."""
        if slot.duty.id in self.paths or not (pairs := self.rehearsal.pairs(slot)):
            return
        line = next(iter(self.rehearsal.lines_of(slot)))
        tasks = self.rehearsal.tasks(slot, pairs[0])
        roles = (self._listed(line.source) if task.role == line.actor else task.role for task in tasks)
        self.paths[slot.duty.id] = [
            task.name + self._aside(role) for task, role in zip(tasks, roles, strict=True)
        ]

    def _often(self) -> Iterator[str]:
        if self.often:
            yield from self._section(say("经常性任务"))
        for key, (first, last) in self.often.items():
            one, other = first.occurrence, last.occurrence
            assert one is not None and other is not None
            line = next(iter(self.rehearsal.lines_of(first)))
            span = f"{one.due or one.opens} — {other.due or other.opens}"
            times = self.say(say("{n} 次", n=self.counts[key]))
            words = f"{line.words or ''} {times}".strip()
            yield from row(
                [span, self._titled(line.title, line.clause), self._who(first, line), words], [25, 27, 26, 16]
            )

    def _undated(self) -> Iterator[str]:
        if self.undated:
            yield from self._section(say("无期限（自该日起）"))
        for slot in self.undated:
            yield from row(self._cells(slot), [15, 31, 29, 19])
            yield from self._people(slot)

    def _waiting(self) -> Iterator[str]:
        if self.waiting:
            yield from self._section(say("等待发起或事件（用 --event 设定日期）"))
        for slot in self.waiting:
            line = next(iter(self.rehearsal.lines_of(slot)))
            what = self.say(waiting_words(self.rehearsal.stage, slot))
            yield from row([slot.duty.id, self._titled(line.title, line.clause), what], [22, 36, 38])

    def _paths(self) -> Iterator[str]:
        """Tell who takes part in what is more than one step; duties that go the same way together."""
        ways: dict[str, list[str]] = {}
        for key, steps in self.paths.items():
            if len(steps) > 1:
                title = self.rehearsal.stage.package.duties[key].title
                ways.setdefault(" → ".join(steps), []).append(title)
        if ways:
            yield from self._section(say("办理过程（按表单示例走到办结）"))
        for way, titles in ways.items():
            yield from row([self._listed("、".join(titles)), way], [40, 58])

    def _load(self) -> Iterator[str]:
        load, roles = self.rehearsal.load, self.rehearsal.load.roles
        if not roles:
            return
        yield from self._section(say("每周任务量（含接收、审核等各步；无期限的不计入某周）"))
        dated, most = (
            [role for role in roles if role in load.weeks],
            max((max(c.values()) for c in load.weeks.values()), default=1),
        )
        for at in range(0, len(dated), _ROLES):
            some = dated[at : at + _ROLES]
            yield ""
            yield from row(["", *some], [16, *[_COLUMN - 2] * len(some)])
            for week in load.mondays():
                counted = [load.weeks[role].get(week, 0) for role in some]
                if any(counted):
                    yield _week(week) + "  " + "  ".join(_number(n, most) for n in counted).rstrip()
            totals = (padded(str(load.total(role)), 5, right=True) for role in some)
            yield (
                padded(self.say(say("合计")), 16)
                + "  "
                + "  ".join(padded(one, _COLUMN - 2) for one in totals).rstrip()
            )
        undated = [(role, load.undated[role]) for role in roles if load.undated[role]]
        if undated:
            yield ""
            words = self.say(COMMA).join(f"{role} {n}" for role, n in undated)
            yield from wrapped(self.say(say("无期限的任务：{words}。", words=words)), WIDTH)

    def _remarks(self, remarks: Iterable[Remark]) -> Iterator[str]:
        found = list(remarks)
        if found:
            yield from self._section(say("需要留意"))
        for remark in found:
            first, *rest = wrapped(self.say(remark.what), WIDTH - 2)
            yield f"· {first}"
            yield from (f"  {line}" for line in rest)

    def _section(self, title: Message) -> Iterator[str]:
        text = self.say(title)
        yield ""
        yield text
        yield "─" * min(max(width(text), 20), WIDTH)

    def _aside(self, text: Message | str) -> str:
        return self.say(say("（{text}）", text=text))

    def _listed(self, text: str | None) -> str:
        """Return a list of titles with the language's own comma."""
        return (text or "").replace("、", self.say(COMMA))

    def _titled(self, title: str, clause: str | None) -> str:
        return f"{title} [{clause}]" if clause else title


def _week(week: date) -> str:
    return padded(f"{week_name(week)} {week:%m-%d}", 16)


def _number(n: int, most: int) -> str:
    text = padded(str(n) if n else "·", 5, right=True)
    return padded(f"{text} {bar(n / most, _BAR)}", _COLUMN - 2)
