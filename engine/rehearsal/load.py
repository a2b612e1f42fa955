"""How much falls to whom in which week. A number for each role and week, whatever the number of units: nothing else is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

# A week with more than this many times a role's median load is heavy; smaller numbers never are.
_TIMES, _LEAST = 2, 3


class Load:
    """Tasks by role and ISO week, named by its Monday. undated: role -> tasks that no week can be told of."""

    def __init__(self) -> None:
        self.weeks: dict[str, Counter[date]] = {}
        self.undated: Counter[str] = Counter()

    def add(self, role: str, day: date | None, tasks: int) -> None:
        """Count so many tasks of a role on a day."""
        if day is None:
            self.undated[role] += tasks
        else:
            self.weeks.setdefault(role, Counter())[monday(day)] += tasks

    @property
    def roles(self) -> list[str]:
        """Return the roles, those with most to do first."""
        names = {*self.weeks, *self.undated}
        return sorted(names, key=lambda name: (-self.total(name), name))

    def total(self, role: str) -> int:
        return sum(self.weeks.get(role, Counter()).values()) + self.undated[role]

    def mondays(self) -> list[date]:
        """Return the weeks in which anybody has anything to do, in order."""
        return sorted({week for counted in self.weeks.values() for week in counted})

    def heavy(self) -> Iterator[tuple[str, date, int]]:
        """Yield (role, Monday, tasks) of weeks that are far above the role's usual."""
        for role in self.roles:
            counted = self.weeks.get(role, Counter())
            numbers = sorted(counted.values())
            # The lower of the two middle ones: of two weeks the smaller is the usual one.
            usual = numbers[(len(numbers) - 1) // 2] if numbers else 0
            for week in sorted(counted):
                if counted[week] > max(_TIMES * usual, _LEAST):
                    yield role, week, counted[week]


def monday(day: date) -> date:
    """Return the first day of the ISO week."""
    return day - timedelta(days=day.weekday())


def week_name(day: date) -> str:
    """Return the ISO week of a day: 2024-W45."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
