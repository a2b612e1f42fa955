"""Which row of a form a duty was born of: whoever works it off has to know what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from engine.bearing import last_answers, rows_of
from engine.models import Instance
from engine.running import Running
from forms.sensitive import without_sensitive
from tenants.db import Work
from workflows.elements import Form
from workflows.parts import RowSource


class Origin(NamedTuple):
    """A row, and the table of a form in which it stood."""

    source: RowSource
    row: Mapping[str, Any]


def asked_in(form: Form, table: str) -> dict[str, Any]:
    """Return what one row of a form's table shows, as a form of its own: nothing that is kept out of sight, and nothing worked
    out from what stands around the row."""
    properties: Any = form.schema["properties"]
    rows = properties[table]["items"]
    looks: Any = form.ui.get(table) or {}
    hidden = {
        key
        for key, look in (looks.get("items") or {}).items()
        if isinstance(look, dict) and look.get("ui:widget") == "hidden"
    }
    fields = {
        key: {name: value for name, value in field.items() if name != "x-computed"}
        for key, field in rows["properties"].items()
        if key not in hidden
    }
    return {**rows, "title": properties[table].get("title", ""), "properties": fields}


def origin(work: Work, live: Running, instance: Instance) -> Origin | None:
    """Return the row that brought an instance about, without what is sensitive; None when something else did.

    Rows bear in their order, so that the third of those born of one document is the third row's. None when they no longer
    match one to one: a document that was corrected, a duty that opens on a later day.
    """
    duty = live.duties.get(instance.duty)
    if duty is None or duty.on is None or duty.on.kind != "rows" or instance.source_id is None:
        return None
    source = work.session.get(Instance, (work.tenant.id, instance.source_id))
    if source is None:
        return None
    answers = {
        form: [without_sensitive(live.package.forms[form].schema, one) for one in given]
        for form, given in last_answers(work, source, live.campaign.former).items()
        if form in live.package.forms
    }
    rows = [Origin(one, row) for one in duty.on.sources for row in rows_of(answers, one)]
    siblings = select(Instance.id).where(
        Instance.source_id == instance.source_id, Instance.duty == instance.duty
    )
    born = list(work.session.scalars(siblings.order_by(Instance.id)))
    return rows[born.index(instance.id)] if len(born) == len(rows) else None
