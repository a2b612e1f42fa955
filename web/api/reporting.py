"""How complete and how timely reports are, by unit, period and level."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import reporting
from tenants.db import Work
from tenants.text import say
from web.api.campaigns import campaigns
from web.api.fields import Answer, Asked, Asks, Day, Id, Many, Number, Part, Said, Text
from web.api.operation import operation
from web.views import tongue
from web.views.reporting import reporting_shape


class CompleteShape(Answer):
    """How many reports; complete and timely in per cent of what is expected."""

    expected = fields.Integer()
    filed = fields.Integer()
    on_time = fields.Integer()
    accepted = fields.Integer()
    missing = fields.Integer()
    complete = Number(allow_none=True)
    timely = Number(allow_none=True)


class ReportPeriodShape(Answer):
    """A month, or one time that a duty falls due."""

    key = Said()
    label = Said()
    due = Day(allow_none=True)


class ReportRowShape(Answer):
    """A unit; cells: one for each period."""

    unit = Said()
    unit_id = Id(allow_none=True)
    total = Part(CompleteShape)
    cells = Many(Part(CompleteShape))


class ReportLevelShape(CompleteShape):
    """All units of one kind; below: units of authorities below, as these have told."""

    kind = Said()
    title = Said()
    names = Many(Said(), metadata={"description": str(say("缺报的单位"))})
    more = fields.Integer()
    below = fields.Boolean()


class ReportingShape(Answer):
    """How reports stand."""

    periods = Many(Part(ReportPeriodShape))
    rows = Many(Part(ReportRowShape))
    totals = Many(Part(CompleteShape))
    total = Part(CompleteShape)
    levels = Many(Part(ReportLevelShape))
    units = fields.Integer()


class ReportingAsks(Asks):
    """Of which duty, which units, which page."""

    duty = Text(64, load_default="")
    q = Text(100, load_default="")
    page = Asked(load_default=1, metadata={"default": 1})


@operation(
    campaigns, "GET", "/campaigns/<uuid:campaign_id>/reporting", may="work.see",
    summary=say("报送情况：各单位各期报齐没有、按时没有"),
    answer=ReportingShape, asks=ReportingAsks,
)  # fmt: skip
def reporting_of(work: Work, asked: dict[str, Any], campaign_id: UUID) -> Any:
    """Tell how complete reports are, and how timely."""
    live = tongue.running(work, campaign_id)
    found = reporting.overview(work, live, reporting.Asked(asked["duty"], asked["q"], asked["page"]))
    return {**reporting_shape(work, found), "units": found.units}
