"""Answers that several nouns have in common: dates, counts, files, papers, trails, pages of a list."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from tenants.text import say
from web.api.fields import Answer, Asked, Asks, Day, Id, Instant, Many, Open, Part, Said, Text
from workflows.phases import STATES


class Paged(Asks):
    """Which page of a list."""

    page = Asked(load_default=1, metadata={"default": 1})


class PagesShape(Answer):
    """Where one is in a list."""

    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


class DueShape(Answer):
    """When something is due: the day, and the notice's own words."""

    date = Day(allow_none=True)
    words = Said()
    days_left = fields.Integer(
        allow_none=True, metadata={"description": str(say("负数是逾期天数；没有期限或已办结为 null"))}
    )
    clause = Said()
    disputed = fields.Boolean()


class FileShape(Answer):
    """A file that was uploaded; its content is at /files/{id}."""

    id = Id()
    name = Said()
    size = fields.Integer(metadata={"description": str(say("字节"))})
    type = Said()


class WarnedShape(Answer):
    """A soft limit that answers passed."""

    where = Text(metadata={"description": str(say("哪一栏哪一行，空的是整张表单"))})
    text = Said()


class PaperShape(Answer):
    """What somebody handed in."""

    title = Said()
    who = Said(allow_none=True)
    unit = Said()
    at = Instant(allow_none=True)
    answers = Open()
    files = Many(Part(FileShape))
    warned = Many(Part(WarnedShape))


class RoundShape(Answer):
    """One round of a step: handed in, sent back or accepted."""

    number = fields.Integer()
    at = Instant(allow_none=True)
    who = Said(allow_none=True)
    unit = Said()
    outcome = Said(metadata={"enum": ["filed", "returned", "accepted"]})
    reason = Said()


class EventShape(Answer):
    """One thing that happened."""

    at = Instant()
    who = Said()
    unit = Said()
    what = Said()


class StepShape(Answer):
    """A step that waits for somebody."""

    id = Id()
    title = Said()
    who = Said()
    due = Part(DueShape)
    may_open = fields.Boolean()


class TurnShape(Answer):
    """One turn of a phase that comes again."""

    name = Said()
    start = Day()
    end = Day()


class PhaseShape(Answer):
    """A phase of a campaign."""

    key = Said()
    title = Said()
    start = Day(allow_none=True, metadata={"description": str(say("null：通知没有写"))})
    end = Day(allow_none=True)
    words = Said()
    clause = Said()
    state = Said(metadata={"enum": list(STATES)})
    after = Said()
    part_of = Said()
    milestone = fields.Boolean()
    horizon = fields.Boolean()
    rounds = Many(Part(TurnShape))


class CountsShape(Answer):
    """Reports are expected, filed, returned, accepted or missing; plain tasks done or overdue."""

    expected = fields.Integer()
    filed = fields.Integer()
    returned = fields.Integer()
    accepted = fields.Integer()
    missing = fields.Integer()
    overdue = fields.Integer()
    tasks = fields.Integer()
    done = fields.Integer()


class NamedShape(Answer):
    """A thing by id and name."""

    id = Id()
    name = Said()


class FormShape(Answer):
    """A form: JSON Schema 2020-12 with the words of the README of forms."""

    schema = Open()
    ui = Open()


class Searched(Paged):
    """A list that is searched by a text."""

    q = Text(100, load_default="")


def paper(found: dict[str, Any]) -> dict[str, Any]:
    """Return what was handed in, without what only a page needs."""
    return {**found, "files": list(found["files"].values())}


def pages(page: int, total: int, size: int) -> dict[str, int]:
    """Return where one is in a list of so many."""
    return {"page": page, "pages": max(1, -(-total // size)), "total": total}
