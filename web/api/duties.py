"""Duties of a campaign: who has reported, what falls due when, starting one on demand, adding one of the tenant's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import actors, own_dates, progress
from engine import campaigns as running_campaigns
from engine import duties as demanded
from engine.running import Running
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from web.api.fields import Answer, Asks, Body, Day, Id, Instant, Many, Part, Said, Text
from web.api.operation import Noun, operation
from web.api.shapes import CountsShape, NamedShape
from web.views import tongue
from web.views.campaigns import counts_shape, duty_shape, own_unit

duties = Noun("duties", say("任务和报送"))
_CAMPAIGN = "/campaigns/<uuid:campaign_id>"


class DutyShape(Answer):
    """A duty; a report when it has a recipient."""

    key = Said()
    title = Said()
    who = Said()
    recipient = Said()
    words = Said()
    clause = Said()
    added = fields.Boolean(metadata={"description": str(say("本级增设，通知里没有"))})
    reason = Said()
    disputed = fields.Boolean()
    report = fields.Boolean()
    may_start = fields.Boolean()
    counts = Part(CountsShape)


class DateBody(Body):
    """A date of the tenant's own."""

    due = Day(required=True, allow_none=True, metadata={"description": str(say("null 为取消期限"))})
    reason = Text(500, required=True)


class DatedShape(Answer):
    """What a date of the tenant's own did."""

    moved = fields.Integer(metadata={"description": str(say("涉及几件没有办的"))})


class DutiesShape(Answer):
    """The duties of a campaign."""

    duties = Many(Part(DutyShape))


class CellShape(Answer):
    """Where one unit stands with one occurrence."""

    instance_id = Id()
    unit = Said()
    unit_id = Id(allow_none=True)
    about = Said()
    state = Said(metadata={"enum": list(progress.CELLS)})
    late = fields.Boolean()
    filed_at = Instant(allow_none=True)


class OccurrenceShape(Answer):
    """One time that a duty falls due."""

    duty = Said()
    number = fields.Integer()
    period = Said()
    opens = Day()
    due = Day(allow_none=True)
    words = Said()
    basis = Said(metadata={"enum": ["notice", "phase", "tenant"]})
    disputed = fields.Boolean()
    state = Said(metadata={"enum": ["planned", "open", "skipped"]})
    counts = Part(CountsShape)


class ColumnShape(OccurrenceShape):
    """One occurrence with everybody who owes it."""

    cells = Many(Part(CellShape))


class OccurrencesShape(Answer):
    """What falls due when."""

    occurrences = Many(Part(OccurrenceShape))


class ProgressShape(Answer):
    """Who has done a duty and who has not. loose: what no calendar started."""

    duty = Part(DutyShape)
    occurrences = Many(Part(ColumnShape))
    loose = Many(Part(CellShape))
    subjects = Many(
        Part(NamedShape), metadata={"description": str(say("可发起的任务可以针对的单位；不能发起时为空"))}
    )


class OccurrenceAsks(Asks):
    """Which occurrences."""

    duty = Text(64, load_default="")


class AddBody(Body):
    """A duty of the tenant's own."""

    title = Text(200, required=True)
    reason = Text(1000, required=True)
    by = Text(64, required=True, metadata={"description": str(say("责任主体"))})
    form = Text(64, required=True)
    due = Day(load_default=None, allow_none=True)


class StartBody(Body):
    """Whom it is about."""

    about = Id(load_default=None, allow_none=True)


class AddedShape(Answer):
    """The duty that was added."""

    key = Said()
    title = Said()


class ReachedShape(Answer):
    """Whom a duty would reach."""

    units = Many(Said())


class StartedShape(Answer):
    """What was started. instance_id: null when it opens on a later day."""

    instance_id = Id(allow_none=True)


@operation(
    duties, "GET", f"{_CAMPAIGN}/duties", may="work.see", summary=say("行动的任务"), answer=DutiesShape
)
def listed(work: Work, campaign_id: UUID) -> Any:
    """List the duties of a campaign with their counts."""
    live = tongue.running(work, campaign_id)
    totals = progress.totals(work, live)
    return {"duties": [_duty(work, live, key, totals) for key in live.duties]}


@operation(
    duties,
    "GET",
    f"{_CAMPAIGN}/duties/<duty>",
    may="work.see",
    summary=say("一项任务：谁报了，谁没有"),
    answer=ProgressShape,
)
def show(work: Work, campaign_id: UUID, duty: str) -> Any:
    """Show who has reported and who has not."""
    live = tongue.running(work, campaign_id)
    known = _known(live, duty)
    columns = progress.columns(work, live, duty=duty).get(duty, [])
    may_start = demanded.may_demand(work, live, known, own_unit(work))
    return {
        "duty": _duty(work, live, duty, progress.totals(work, live, duty=duty)),
        "occurrences": [_column(live, one) | {"cells": one.cells} for one in columns],
        "loose": progress.loose(work, live, duty),
        "subjects": demanded.subjects(work, live, known) if may_start else [],
    }


@operation(
    duties, "GET", f"{_CAMPAIGN}/occurrences", may="work.see", summary=say("各期任务的日期和数字"), answer=OccurrencesShape,
    asks=OccurrenceAsks,
)  # fmt: skip
def occurrences(work: Work, asked: dict[str, Any], campaign_id: UUID) -> Any:
    """List what falls due when."""
    live = tongue.running(work, campaign_id)
    found = progress.columns(work, live, duty=asked["duty"])
    return {"occurrences": [_column(live, one) for columns in found.values() for one in columns]}


@operation(
    duties, "POST", f"{_CAMPAIGN}/duties/preview", may="campaign.steer", summary=say("增设任务前看涉及谁"), answer=ReachedShape,
    body=AddBody, reads=True, does=("campaigns.add_duty",), note=say("什么都不记录。"),
)  # fmt: skip
def preview(work: Work, sent: dict[str, Any], campaign_id: UUID) -> Any:
    """Show whom a duty of the tenant's own would reach."""
    live = tongue.running(work, campaign_id)
    running_campaigns.check_added(live, to="", today=work.today, **sent)
    picks = actors.picked(work, live.package, [sent["by"]], actors.all_units(work))
    return {"units": [pick.unit.name if pick.unit else work.tenant.name for pick in picks]}


@operation(
    duties, "POST", f"{_CAMPAIGN}/duties", may="campaign.steer", summary=say("增设一项本级的任务"), answer=AddedShape,
    body=AddBody, status=201, does=("campaigns.add_duty",),
)  # fmt: skip
def add(work: Work, sent: dict[str, Any], campaign_id: UUID) -> Any:
    """Add a duty of the tenant's own."""
    added = running_campaigns.add_duty(work, campaign_id, **sent)
    return {"key": added.id, "title": added.title}


@operation(
    duties, "POST", f"{_CAMPAIGN}/duties/<duty>/start", may="task.work", summary=say("发起一项随时可办的任务"),
    answer=StartedShape, body=StartBody, status=201, does=("campaigns.start",),
)  # fmt: skip
def start(work: Work, sent: dict[str, Any], campaign_id: UUID, duty: str) -> Any:
    """Start a duty that waits for somebody to ask for it."""
    instance = demanded.start_on_demand(work, campaign_id, duty, about_id=sent["about"])
    return {"instance_id": instance.id if instance else None}


@operation(
    duties, "POST", f"{_CAMPAIGN}/duties/<duty>/date", may="campaign.steer", summary=say("给没有期限的任务定期限"),
    answer=DatedShape, body=DateBody, does=("campaigns.set_date",),
)  # fmt: skip
def set_date(work: Work, sent: dict[str, Any], campaign_id: UUID, duty: str) -> Any:
    """Set the date of a duty that the notice gives none."""
    return {"moved": own_dates.set_due(work, campaign_id, duty, sent["due"], sent["reason"])}


def _known(live: Running, key: str) -> Any:
    if key not in live.duties:
        raise NotFound(say("没有找到这项任务。"))
    return live.duties[key]


def _duty(work: Work, live: Running, key: str, totals: Any) -> dict[str, Any]:
    duty = live.duties[key]
    shape = duty_shape(work, live, duty, own_unit(work))
    counted = totals[key].counts if key in totals else {}
    return {**shape, "reason": shape["reason"] or "", "counts": counts_shape(duty, counted)}


def _column(live: Running, column: progress.Column) -> dict[str, Any]:
    one = column.occurrence
    return {
        "duty": one.duty, "number": one.number, "period": one.period, "opens": one.opens, "due": one.due, "words": one.words,
        "basis": one.basis, "disputed": one.disputed, "state": one.state,
        "counts": counts_shape(live.duties.get(one.duty), column.counts),
    }  # fmt: skip
