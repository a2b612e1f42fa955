"""Who sees which templates, and how they are found: by words, level and publisher, a page at a time, in two statements."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.sql.selectable import CTE

from tenants import access
from tenants.db import Work
from tenants.directory import LEVELS
from tenants.models import Template, Tenant
from workflows.package import Package
from workflows.words import words_of

PAGE = 20
NEWEST, MOST_CLONED = "newest", "clones"
# What is typed is cut here: so many letters, so many words.
_LONGEST, _MOST = 100, 8


@dataclass(frozen=True)
class Wanted:
    """What is looked for. own: only what this authority has published."""

    text: str = ""
    level: str = ""
    sort: str = NEWEST
    own: bool = False
    page: int = 1


@dataclass(frozen=True)
class Found:
    """One page of what was found; total: of all pages."""

    rows: Sequence[Template]
    total: int


def search(work: Work, wanted: Wanted) -> Found:
    """Return the templates that this authority may see and that say all the words, one page of them."""
    access.require(work.viewer, "package.read")
    which = [shown_to(work), *(Template.words.contains(word, autoescape=True) for word in terms(wanted.text))]
    if wanted.level in LEVELS:
        which.append(Template.level == wanted.level)
    if wanted.own:
        which.append(Template.publisher_id == work.tenant.id)
    total = work.session.scalar(select(func.count()).select_from(Template).where(*which)) or 0
    query = select(Template).where(*which)
    if wanted.sort == MOST_CLONED:
        query = query.order_by(Template.clones.desc())
    query = (
        query.order_by(Template.published_at.desc(), Template.id.desc())
        .limit(PAGE)
        .offset((wanted.page - 1) * PAGE)
    )
    return Found(list(work.session.scalars(query)), total)


def terms(text: str) -> list[str]:
    """Return the words that are looked for, as they stand in `Template.words`."""
    return _folded(text[:_LONGEST]).split()[:_MOST]


def says(text: str, wanted: str) -> bool:
    """Tell whether a text says all the words that are looked for."""
    folded = _folded(text)
    return all(word in folded for word in terms(wanted))


def words_of_template(package: Package, row: Template) -> tuple[str, str, str]:
    """Return of a package its English title, its notice, and all that is searched, with what the publisher says of it."""
    english = english_title(package)
    issuer = f"{package.notice.issuer} {package.notice.number}".strip()
    said = (
        row.title, english, issuer, row.publisher, row.description, row.field, row.keywords, package.id,
        *(duty.title for duty in package.duties.values()),
    )  # fmt: skip
    return english, issuer, _folded("\n".join(said))


def english_title(package: Package) -> str:
    """Return what a package is called in English by its own words; empty where it has none."""
    return words_of(package, "en").titles.get("title", "")


def shown_to(work: Work) -> ColumnElement[bool]:
    """Return the condition under which this authority sees a template."""
    above = select(_line(work, up=True).c.id)
    below = select(_line(work, up=False).c.id)
    theirs = or_(
        Template.audience == "all",
        Template.publisher_id == work.tenant.id,
        and_(Template.audience.in_(("below", "chain")), Template.publisher_id.in_(above)),
        and_(Template.audience == "chain", Template.publisher_id.in_(below)),
    )
    return and_(Template.withdrawn_at.is_(None), theirs)


def _line(work: Work, *, up: bool) -> CTE:
    """Return the authorities above or below this one, itself among them. A circle, which nobody should have drawn, ends."""
    line = select(Tenant.id, Tenant.parent_id).where(Tenant.id == work.tenant.id)
    found = line.cte("above" if up else "below", recursive=True)
    joined = Tenant.id == found.c.parent_id if up else Tenant.parent_id == found.c.id
    return found.union(select(Tenant.id, Tenant.parent_id).join(found, joined))


def _folded(text: str) -> str:
    """Return a text as it is compared; what shows nothing parts words, and a database may refuse it."""
    shown = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    return unicodedata.normalize("NFKC", shown).casefold()
