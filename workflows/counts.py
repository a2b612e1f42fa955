"""What indicators may read of duties: how much was owed, and what became of it (`duties.<id>.owed`). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from forms.expression import Expression
from workflows.checks.known import paths_in

# The name under which they stand, and what there is of each duty; workflows/README.md says what each number counts.
DUTIES = "duties"
COUNTS = ("owed", "filed", "accepted", "late")


def duties_read(rule: Expression | None) -> frozenset[str]:
    """Return the duties of which an expression reads a number."""
    return frozenset(path[1] for path in duty_paths(rule) if len(path) > 1)


def duty_paths(rule: Expression | None) -> Iterator[tuple[str, ...]]:
    """Yield what an expression reads of duties as dotted paths, such as ("duties", "plan", "owed")."""
    if rule is not None and DUTIES in rule.names:
        yield from (path for path in paths_in(rule.tree) if path[0] == DUTIES)
