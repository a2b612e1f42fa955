"""The functions of the language: a name space of their own, which no field of a form can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from forms.expression import dating, listing, wording

Call = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Function:
    """One function.

    least, most: how many arguments it takes (most None = any number).
    kind: "values" = computed from its arguments; "items" = the first is a list, the second is evaluated for each item;
    "given" = the caller of `evaluate` supplies it.
    call: for "values" the computation; for "items" it takes an iterator of the values per item.
    whole: for "items" without a second argument, the computation on the list itself (default: `call` on the items).
    spread: for "items", arguments that are no list are taken as the values themselves: min(a, b).
    metered: for "values", the call takes the Meter first.
    """

    name: str
    least: int
    most: int | None
    kind: Literal["values", "items", "given"]
    call: Call | None = None
    whole: Call | None = None
    spread: bool = False
    metered: bool = False


class Library(Mapping[str, Function]):
    """A fixed set of functions by name; it is compared by identity, so compiled expressions can be kept by it."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._functions = {function.name: function for function in functions}

    def __getitem__(self, name: str) -> Function:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def with_given(self, name: str, least: int, most: int | None) -> Library:
        """Return this library plus a function that the caller of `evaluate` supplies under `name` in `given`."""
        return Library([*self._functions.values(), Function(name, least, most, "given")])


def _values(name: str, least: int, most: int | None, call: Call) -> Function:
    return Function(name, least, most, "values", call)


def _items(name: str, call: Call, whole: Call | None = None) -> Function:
    return Function(name, 1, 2, "items", call, whole)


STANDARD = Library(
    [
        _items("count", listing.count, listing.length),
        _items("sum", listing.total),
        _items("avg", listing.average),
        _items("any", listing.any_true),
        _items("all", listing.all_true),
        Function("min", 1, None, "items", listing.least, spread=True),
        Function("max", 1, None, "items", listing.greatest, spread=True),
        _values("len", 1, 1, listing.length),
        _values("coalesce", 1, None, listing.coalesce),
        _values("round", 1, 2, wording.round_number),
        _values("abs", 1, 1, wording.absolute),
        _values("number", 1, 1, wording.number),
        _values("text", 1, 1, wording.text),
        _values("lower", 1, 1, wording.lower),
        _values("upper", 1, 1, wording.upper),
        _values("strip", 1, 1, wording.strip),
        Function("contains", 2, 2, "values", wording.contains, metered=True),
        _values("starts_with", 2, 2, wording.starts_with),
        _values("ends_with", 2, 2, wording.ends_with),
        _values("matches", 2, 2, wording.matches),
        _values("date", 1, 3, dating.make_date),
        _values("days", 1, 1, dating.days),
        _values("weeks", 1, 1, dating.weeks),
        _values("months", 1, 1, dating.months),
        _values("years", 1, 1, dating.years),
        _values("hours", 1, 1, dating.hours),
        _values("workdays", 1, 1, dating.workdays),
        _values("days_between", 2, 2, dating.days_between),
        *(_values(name, 1, 1, call) for name, call in dating.SPANS.items()),
        Function("season", 1, 1, "given"),
    ]
)
