"""A package in one tenant's hands, and what may be wrong with its dates. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tenants.calendar import Calendar
from tenants.text import Message
from workflows.elements import Package


class ImpossibleDate(Exception):
    """No date can be made of what was written. where: path such as `duties.plan.due`; line: in campaign.yaml."""

    def __init__(self, what: Message, do: Message, where: str = "", line: int = 0) -> None:
        super().__init__(str(what))
        self.what, self.do, self.where, self.line = what, do, where, line


class NoSeason(ImpossibleDate):
    """The tenant's calendar has no such season: a matter of the tenant, not of the package. season: its name."""

    def __init__(
        self, what: Message, do: Message, where: str = "", line: int = 0, *, season: str = ""
    ) -> None:
        super().__init__(what, do, where, line)
        self.season = season


@dataclass(frozen=True)
class Setting:
    """A package in the hands of one tenant: everything its dates depend on.

    choices: the tenant's answers, all optional; dates as date or ISO text:
      start, end: of the campaign, instead of the package's. phases: id -> {start, end}.
      duties: id -> {start, due, roll}. disputed: id of a duty -> keep | drop.
    timezone: of the tenant. horizon: how far standing recurrences without an end of their own are looked at.
    """

    package: Package
    calendar: Calendar = field(default_factory=Calendar)
    choices: Mapping[str, Any] = field(default_factory=dict)
    timezone: str = "Asia/Shanghai"
    horizon: date | None = None
