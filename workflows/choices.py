"""Lists of choices that each tenant has of its own: grades, categories, levels. Pure.

A field with `x-choices: name` offers the tenant's list, until there is one the package's `default`, and without either takes
any text. What was filed stays as it was when a list changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from workflows.elements import Form

KEYWORD = "x-choices"


def asked(part: Any) -> Iterator[str]:
    """Yield the names of the lists that a schema asks for."""
    if isinstance(part, Mapping):
        if isinstance(part.get(KEYWORD), str):
            yield part[KEYWORD]
        for value in part.values():
            yield from asked(value)
    elif isinstance(part, list):
        for value in part:
            yield from asked(value)


def offered(form: Form, lists: Mapping[str, Sequence[str]]) -> Form:
    """Return a form with the tenant's lists in it; the same object each time, so that it is made ready only once."""
    wanted = {name: tuple(lists[name]) for name in asked(form.schema) if lists.get(name)}
    return _offered(_Kept(form), tuple(sorted(wanted.items()))) if wanted else form


def with_lists(part: Any, lists: Mapping[str, Sequence[str]]) -> Any:
    """Return a part of a schema in which each list that is known is what may be chosen."""
    if isinstance(part, list):
        return [with_lists(one, lists) for one in part]
    if not isinstance(part, Mapping):
        return part
    found = {key: with_lists(value, lists) for key, value in part.items()}
    values = lists.get(part.get(KEYWORD, ""))
    return {**found, "enum": list(values)} if values else found


class _Kept:
    """A form as a key: by what it is, not by what is in it."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and other.form is self.form

    def __hash__(self) -> int:
        return id(self.form)


@lru_cache(maxsize=256)
def _offered(kept: _Kept, lists: tuple[tuple[str, tuple[str, ...]], ...]) -> Form:
    form = kept.form
    return Form(form.id, with_lists(form.schema, dict(lists)), form.ui, form.example)
