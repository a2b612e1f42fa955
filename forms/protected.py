"""Fields that only the holders of an actor may read (`x-only`): who is meant, what is left without them, mistakes. Pure.

They are kept apart from the submission, so that whatever reads submissions cannot meet them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from forms.answers import pointer
from forms.dialect import Schema
from forms.fields import ROW, Field, Path, Place, covering, protected, where_of
from forms.keywords import subschemas
from forms.sensitive import without
from forms.validation import form_of
from tenants.errors import Problem
from tenants.text import say

# Where a schema says what must hold for something else to be asked.
_CONDITIONS = frozenset({"if", "not", "contains"})


def readers(schema: Schema) -> frozenset[str]:
    """Return all actors that a form's protected fields name."""
    return frozenset(name for names in form_of(schema).protected.values() for name in names)


def names(schema: Schema) -> frozenset[str]:
    """Return the names of a form's protected fields, and of all fields inside of these."""
    form = form_of(schema)
    return frozenset(
        part for path in form.fields if covering(path, form.protected) for part in path[-1:] if part != ROW
    )


def unprotected(schema: Schema, answers: Mapping[str, Any], held: Collection[str] = ()) -> dict[str, Any]:
    """Return the answers as everybody may read them; held: actors whose fields stay."""
    apart = form_of(schema).protected
    if not apart:
        return dict(answers)
    paths = [path for path, actors in apart.items() if not set(held) & set(actors)]
    return without(answers, paths) if paths else dict(answers)


def check_protected(schema: Schema, found: Mapping[Path, Field]) -> Iterator[Problem]:
    """Yield by which other ways the answers to a protected field would come out."""
    kept = protected(found)
    if not kept:
        return
    inside = {path: covering(path, kept) for path in found}
    for path, field in found.items():
        if inside[path] and field.get("format") == "attachment":
            what = say("“{field}”是附件，不能只给一部分人看。", field=field.title)
            yield Problem(what, say("请删去 x-only，或改为文字。"), where=where_of(path))
    secret = {path[-1]: actors for path, actors in inside.items() if actors and path[-1] != ROW}
    for path, field in found.items():
        text = field.get("x-computed")
        for name in sorted(secret) if isinstance(text, str) else ():
            if _mentions(text, name) and not (inside[path] and inside[path] <= secret[name]):
                what = say("“{field}”由“{name}”算出，会把它透露出去。", field=field.title, name=name)
                yield Problem(what, say("请给它写同样的 x-only，或换一种算法。"), where=where_of(path))
    for place, part in subschemas(schema):
        read = _read_by(place, part) & secret.keys()
        if read:
            what = say("条件里用到“{name}”，由此问的栏目会把它透露出去。", name=sorted(read)[0])
            yield Problem(what, say("请换一栏作条件，或删去 x-only。"), where=pointer(place))


def _read_by(place: Place, part: Mapping[str, Any]) -> set[str]:
    """Return the fields on whose answers it rests what else is asked."""
    found = {*(part.get("dependentRequired") or ()), *(part.get("dependentSchemas") or ())}
    if _CONDITIONS & set(place):
        found |= {*(part.get("properties") or ()), *(part.get("required") or ())}
    return found


def _mentions(text: str, name: str) -> bool:
    return name in re.findall(r"\w+", text) or ("-" in name and name in text)
