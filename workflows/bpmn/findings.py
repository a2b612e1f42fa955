"""The list of what is wrong with one file, filled while reading and while linting: all of it, not the first of it."""

from __future__ import annotations

from tenants.errors import Problem
from tenants.text import Message

# A hostile file must not make a report of a million lines.
MOST = 500


class Findings:
    """Problems of one file, in the order in which they were found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def error(self, what: Message, do: Message, line: int = 0, where: str = "") -> None:
        self._add(Problem(what, do, self.file, line, where))

    def warning(self, what: Message, do: Message, line: int = 0, where: str = "") -> None:
        self._add(Problem(what, do, self.file, line, where, level="warning"))

    @property
    def fatal(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)

    def in_order(self) -> list[Problem]:
        """Return the problems by line, each once."""
        return sorted(dict.fromkeys(self.problems), key=lambda problem: problem.line)

    def _add(self, problem: Problem) -> None:
        if len(self.problems) < MOST or (problem.level == "error" and not self.fatal):
            self.problems.append(problem)
