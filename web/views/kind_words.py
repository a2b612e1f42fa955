"""What kinds of units are called: those of the house, and those that published packages bring."""

from __future__ import annotations

from collections.abc import Mapping

from tenants.db import Work
from tenants.roster.authorities import LEVELS
from tenants.roster.units import KINDS
from tenants.text import Message
from web.views import tongue
from web.words import said
from workflows import publish
from workflows.traits import kinds_of

Kinds = Mapping[str, "str | Message"]


def kinds_here(work: Work) -> Kinds:
    """Return kind -> words, those of the house first; of packages that name one differently the newest counts."""
    found: dict[str, str] = {}
    for row in publish.versions(work):
        found = {**kinds_of(tongue.load(work, row.hash)), **found}
    return {**KINDS, **{kind: title for kind, title in found.items() if kind not in KINDS}}


def kind_word(known: Kinds, kind: str) -> str:
    """Return what a kind is called in the reader's language; a unit that stands for an authority is of the kind of its level."""
    return said(known.get(kind, LEVELS.get(kind, kind)))


def level_word(kinds: Kinds, kind: str, title: str) -> str:
    """Return what units of a kind are called; title: where nobody here knows the kind."""
    found = kind_word(kinds, kind)
    return title if found == kind else found
