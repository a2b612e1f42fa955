"""What a package makes of a fact sheet, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Carried:
    """What a package makes of a fact sheet.

    actors: entry -> actors of the package that stand for it.
    tasks, reports, ledgers, targets, rules: entry -> paths of elements (`duties.work_plan`), the first one owes it.
    forms: entry -> forms that together ask for its fields. renamed: (form, field) -> what we call it, or `ledger.<id>` where a
    ledger shows it by itself, or `row` where it stands in the same row.
    done_by: rule -> where its consequences happen: `form/field=choice`, `process/node`, `duties.<id>`.
    report_forms: report -> its form, where the sheet names another's.
    undated: tasks that the notice gives no day: their phase says when they begin and not until when.
    strengths: target -> how strong it is, where the sheet says nothing; None = the notice does not say. Else 必须.
    left_open: actors that stand for “等有关部门”, whom a duty's `others` leaves to the tenant.
    events: what happens when, for what the sheet samples: as `luoshi rehearse --event`.
    """

    actors: Mapping[str, tuple[str, ...]]
    reports: Mapping[str, str]
    tasks: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, tuple[str, ...]]
    ledgers: Mapping[str, str]
    targets: Mapping[str, str]
    rules: Mapping[str, str]
    done_by: Mapping[str, tuple[str, ...]]
    renamed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    report_forms: Mapping[str, str] = field(default_factory=dict)
    undated: frozenset[str] = frozenset()
    strengths: Mapping[str, str | None] = field(default_factory=dict)
    left_open: frozenset[str] = frozenset()
    events: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
