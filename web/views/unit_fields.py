"""What is asked of a unit: what every tenant may say of one, what published packages read of it, what units carry besides.

A field is asked where units of the kind need it, with the words that packages compare with to choose from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy import select

from engine import rosters
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Unit
from tenants.roster.units import ATTRIBUTES, STATUSES
from tenants.text import Message, say
from web.words import said
from workflows.traits import STATUS, Trait

# A package that reads more of a kind is asked besides.
_USUAL = {"method": ("mine",), "output": ("mine",), "shifts": ("mine",), "mandate": ("bureau", "office")}
_YES, _NO = "是", "否"


def statuses_here(work: Work) -> Mapping[str, str | Message]:
    """Return the states that a unit may be in -> words: the usual ones, and those that published packages read."""
    read = rosters.published_traits(work).get(STATUS, Trait()).values
    return {**STATUSES, **{value: value for value in read if value not in STATUSES}}


def fields_of(work: Work, unit: Unit | None) -> list[dict[str, Any]]:
    """Return the fields in the order of the page; kinds: those that need it, none = every kind."""
    read = rosters.published_traits(work)
    carried = _carried(work)
    return [
        _field(name, unit, read.get(name, Trait()), carried.get(name, {})) for name in _names(read, carried)
    ]


def attributes_posted(work: Work, unit: Unit | None) -> dict[str, Any]:
    """Return the attributes as posted; what the form did not ask stays as it was. Raises Invalid."""
    found = dict(unit.attributes) if unit else {}
    read = rosters.published_traits(work)
    for name in _names(read, _carried(work)):
        given = request.form.get(f"attribute_{name}")
        if given is None or given == str(found.get(name, "")):
            continue
        text = given.strip()[:200]
        if not text:
            found.pop(name, None)
        else:
            found[name] = _value(name, text, found.get(name), read.get(name, Trait()))
    return found


def attribute_words(field: Mapping[str, Any]) -> str:
    """Return what a field says, in words."""
    return dict(field["options"] or ()).get(str(field["value"]), str(field["value"]))


def options(choices: Mapping[str, Any], present: str) -> list[tuple[str, str]]:
    """Return choices in words; a present value that is none of them stays choosable."""
    found = [(value, said(words)) for value, words in choices.items()]
    return found if not present or present in choices else [*found, (present, present)]


def _names(read: Mapping[str, Trait], carried: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys([*ATTRIBUTES, *read, *sorted(carried)]) if name != STATUS]


def _carried(work: Work) -> dict[str, dict[str, None]]:
    """Return what the tenant's units carry: attribute -> its texts."""
    found: dict[str, dict[str, None]] = {}
    for attributes in work.session.scalars(select(Unit.attributes)):
        for name, value in attributes.items():
            found.setdefault(name, {}).update({value: None} if isinstance(value, str) else {})
    return found


def _field(name: str, unit: Unit | None, trait: Trait, carried: Mapping[str, None]) -> dict[str, Any]:
    known = ATTRIBUTES.get(name)
    label, of, choices = (known.label, known.of, known.choices) if known else (name, None, None)
    given = request.form.get(f"attribute_{name}") if request.method == "POST" else None
    held = unit.attributes.get(name, "") if unit else ""
    if not choices and trait.values and not trait.number:
        also = {_YES: None, _NO: None} if set(trait.values) <= {_YES, _NO} else trait.values
        choices = {value: value for value in {**also, **carried}}  # type: ignore[misc]
    kinds = dict.fromkeys([*_USUAL.get(name, ()), *trait.kinds])
    if unit and held not in ("", None):
        kinds[unit.kind] = None
    return {
        "name": name, "label": said(label), "unit": said(of), "value": held if given is None else given,
        "options": options(choices, str(held)) if choices else None,
        "kinds": list(kinds) if trait.kinds or name in _USUAL else [],
    }  # fmt: skip


def _value(name: str, text: str, before: object, trait: Trait) -> Any:
    """Return a number where a number is meant, so that selectors can compare it."""
    known = ATTRIBUTES.get(name)
    meant = trait.number or (known and known.number)
    if not meant and not isinstance(before, int | float):
        return text
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < 1e9:
        raise Invalid(
            say("“{field}”应是数字。", field=known.label if known else name), say("请只填数字，如 90。")
        )
    return int(number) if number.is_integer() else number
