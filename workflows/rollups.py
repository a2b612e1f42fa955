"""How the fields of an upper report come from the reports that it collects, and which items of a ledger are carried on. Pure.

rollup: {隐患数: {sum: 隐患数}, 整改率: {ratio: [已整改, 隐患数]}, 未报: {list: missing}}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forms.expression import Expression

How = Literal["sum", "count", "latest", "list", "ratio"]
HOWS: tuple[How, ...] = ("sum", "count", "latest", "list", "ratio")
# What may be counted or listed besides fields: those who owe it, who handed it in, whose report was accepted, and who did not.
STANDINGS = ("owed", "filed", "accepted", "missing")
# Decimal places of a ratio where nothing else is said.
DIGITS = 2


@dataclass(frozen=True)
class Source:
    """A field of the reports that are collected: `隐患数`, or a column of a table: `清单.整改资金`."""

    field: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.field}.{self.column}" if self.column else self.field


@dataclass(frozen=True)
class Rollup:
    """How one field is filled in.

    sources: of a `ratio` two, what is divided and by what; else one. standing: of a `count` or `list` instead of a field, one of
    STANDINGS. when: which reports, or which rows of a table; None = all. of: only reports of these duties; empty = all that are
    collected. digits: of a ratio. grounds: the field in which whoever changes the value has to say why; empty = nowhere.
    """

    field: str
    how: How
    sources: tuple[Source, ...] = ()
    standing: str = ""
    when: Expression | None = None
    of: tuple[str, ...] = ()
    digits: int = DIGITS
    grounds: str = ""
    line: int = 0


@dataclass(frozen=True)
class Carried:
    """Which items of a ledger are carried on, as they change. to: the actor, another authority. when: which items; None = all."""

    to: str
    when: Expression | None = None
    line: int = 0


def source_of(text: str) -> Source:
    """Return the field that a text names."""
    field, _, column = text.strip().partition(".")
    return Source(field, column)
