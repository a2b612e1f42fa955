"""A campaign package: a folder, a zip or a mapping of files in, frozen dataclasses and every problem out."""

from __future__ import annotations

from workflows.elements import (
    Actor,
    Clause,
    Disputed,
    Duty,
    Every,
    Form,
    Indicator,
    Ledger,
    Notice,
    On,
    Package,
    Period,
    Phase,
    RowSource,
    Rule,
    Target,
    When,
)

__all__ = [
    "Actor",
    "Clause",
    "Disputed",
    "Duty",
    "Every",
    "Form",
    "Indicator",
    "Ledger",
    "Notice",
    "On",
    "Package",
    "Period",
    "Phase",
    "RowSource",
    "Rule",
    "Target",
    "When",
]
