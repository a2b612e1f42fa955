"""The one expression language: conditions, selectors, due rules, computed fields, indicators and decision cells.

    expression = compile_expression("count(隐患, 级别 == '重大' and 状态 != '销号') == 0")
    expression.holds({"隐患": [...]})

See the section on expressions in forms/README.md for the language itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import DecimalException
from functools import lru_cache
from types import MappingProxyType

from forms.expression.calls import Frame, Node
from forms.expression.dates import Period
from forms.expression.errors import EvaluationError, ExpressionError, out_of_range
from forms.expression.evaluate import Tree, assemble, outer_roots, roots
from forms.expression.functions import STANDARD, Function, Library
from forms.expression.juel import from_juel
from forms.expression.limits import STEPS
from forms.expression.pattern import check_pattern
from forms.expression.syntax import comparisons, parse
from forms.expression.values import Meter, plain, purse, shared, together, truth
from forms.expression.words import FOREIGN, KEYWORDS, name_problem

__all__ = [
    "compile_expression",
    "comparisons",
    "Expression",
    "ExpressionError",
    "EvaluationError",
    "Period",
    "STANDARD",
    "Library",
    "Function",
    "plain",
    "together",
    "shared",
    "is_reserved",
    "name_problem",
    "check_pattern",
    "from_juel",
]

# What an evaluation costs at least where several share their steps.
_BEGUN = 5
_NOTHING: Mapping[str, Callable[..., object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; immutable, so it may be kept and shared by threads.

    source: the text; tree: its syntax tree as JSON (do not change it).
    names: all root names it may read from outside; item_names: those of them that stand only in per-item conditions, where
    the item's own fields come first. A name in `names - item_names` is surely read from outside.
    """

    source: str
    tree: Tree
    names: frozenset[str]
    item_names: frozenset[str]
    _run: Node = field(repr=False, compare=False)

    def evaluate(
        self,
        names: Mapping[str, object],
        given: Mapping[str, Callable[..., object]] = _NOTHING,
        *,
        steps: int = STEPS,
    ) -> object:
        """Return None, bool, Decimal, str, date, aware datetime, Period, list or mapping (these as they were given).

        names: JSON data, also Decimals, dates, aware datetimes; a missing name is None.
        given: what the caller supplies: `add_workdays(date, count) -> date`, `season(name) -> {"start", "end"}`, and the
        functions added with `Library.with_given`.
        steps: how much it may do; only a background job over a large ledger should allow more.
        Raises EvaluationError, and nothing else.
        """
        common = purse()
        if common is not None:
            # The walk through the tree itself, which a single evaluation is not charged for.
            common.spend(_BEGUN + len(self.source) // 8)
            steps = min(steps, common.left)
        meter = Meter(steps)
        try:
            return self._run(Frame((names,), given, meter))
        except DecimalException:
            raise out_of_range() from None
        finally:
            if common is not None:
                common.left -= steps - meter.left

    def holds(
        self, names: Mapping[str, object], given: Mapping[str, Callable[..., object]] = _NOTHING
    ) -> bool:
        """Whether the result counts as true: not None, False, 0 or empty. Raises EvaluationError."""
        return truth(self.evaluate(names, given))


@lru_cache(maxsize=2_048)
def compile_expression(text: str, functions: Library = STANDARD) -> Expression:
    """Return the expression that `text` writes; the same text gives the same object.

    Raises ExpressionError (what, do, line, column) for everything that is not in the language or beyond its limits.
    """
    tree = parse(text, functions)
    names = roots([tree])
    return Expression(text, tree, names, names - outer_roots(tree, functions), assemble(tree, functions))


def is_reserved(name: str) -> bool:
    """Whether a field or variable of this name would be mistaken for a word or function of the language.

    Names of functions live in a name space of their own (`count(count)` works); they are reserved all the same, because a
    person who reads `count` should not have to wonder which one is meant.
    """
    return name in STANDARD or name in KEYWORDS or name in FOREIGN or name == "item"
