"""What pages show of a package, wherever it was found: published here, or a template of the gallery."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response
from flask_babel import gettext as _

from forms.validation import form_of
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from web.views import tongue
from web.views.checklist_shapes import checklists
from web.views.package_shapes import decision_tables, doers, duty_groups, form_title, setting_of
from web.views.phase_shapes import phases_shape
from web.views.shapes import unit_names
from workflows.package import Package
from workflows.schedule import ImpossibleDate, Span, known_phases
from workflows.trace import carried_by, elements

TABS = ("read", "processes", "forms", "clauses", "files")
_KINDS = {
    "phase": say("阶段"), "duty": say("任务"), "report": say("报送"), "target": say("目标"), "rule": say("规定"),
    "exhortation": say("号召"),
}  # fmt: skip


def tabbed(
    work: Work, package: Package, tab: str, tab_url: Callable[..., str], drawing_url: Callable[..., str],
    form_url: Callable[..., str],
) -> dict[str, Any]:  # fmt: skip
    """Return what `_package_tabs.html` shows. tab_url(tab=), drawing_url(process=), form_url(form=): where the parts are."""
    phases = spans_of(work, package)
    return {
        "tab": tab if tab in TABS else "read", "tab_url": tab_url, "form_url": form_url,
        "period": period_of(package, phases),
        "phases": phases_shape(work, package, phases),
        "groups": duty_groups(package, setting_of(work, package)),
        "processes": _processes(package, drawing_url) if tab == "processes" else [],
        "decisions": decision_tables(package) if tab == "processes" else [],
        "forms": [
            {"id": form.id, "title": form_title(package, form.id), "fields": _fields(form.schema)}
            for form in package.forms.values()
        ],
        "clauses": clauses_shape(package) if tab == "clauses" else [],
        "files": [
            {"path": path, "size": len(data), "hash": hashlib.sha256(data).hexdigest()}
            for path, data in sorted(package.files.items())
        ],
    }  # fmt: skip


def drawn(package: Package, process: str) -> Response:
    """Return the drawing of one process. Raises NotFound."""
    if process not in package.processes:
        raise NotFound(say("没有找到这个流程。"))
    return Response(tongue.drawn(package, package.processes[process]), mimetype="application/xml")


def filled(work: Work, package: Package, form: str) -> dict[str, Any]:
    """Return a form as whoever fills it in will see it, with its example. Raises NotFound."""
    found = package.forms.get(form)
    if found is None:
        raise NotFound(say("没有找到这张表单。"))
    units = [{"id": key, "name": name, "note": ""} for key, name in unit_names(work).items()]
    listed = form_of(found.schema).listed
    return {
        "form": {"id": form, "title": form_title(package, form)},
        "props": {
            "schema": dict(found.schema), "ui": dict(found.ui), "answers": dict(found.example or {}), "readonly": True,
            "units": units,
            "checklists": checklists(listed, {one.table: next(iter(package.datasets[one.table].values()))
                                              for one in listed if package.datasets.get(one.table)}),
        },
    }  # fmt: skip


def spans_of(work: Work, package: Package) -> dict[str, Span]:
    """Return the phases as they would be here; none where a date needs a season that this tenant has not set."""
    try:
        return dict(known_phases(setting_of(work, package)))
    except ImpossibleDate:
        return {}


def period_of(package: Package, phases: dict[str, Span]) -> dict[str, Any]:
    starts = [span.start for span in phases.values() if span.start]
    ends = [span.end for key, span in phases.items() if span.end and not package.phases[key].horizon]
    start, end = package.period.start, package.period.end
    return {
        "start": start.day or min(starts, default=None),
        "end": (end.day if end else None) or max(ends, default=None),
    }


def _processes(package: Package, drawing_url: Callable[..., str]) -> list[dict[str, Any]]:
    return [
        {
            "key": key, "name": drawing.name or key,
            "url": drawing_url(process=key),
            "steps": [
                {"name": node.name or node.id, "lane": node.lane or doers(package, node), "state": "next"}
                for node in drawing.nodes.values()
                if node.kind in ("userTask", "manualTask", "callActivity")
            ],
        }
        for key, drawing in sorted(package.processes.items())
    ]  # fmt: skip


def clauses_shape(package: Package) -> list[dict[str, Any]]:
    titles = {path: element.title or path for path, element in elements(package)}
    carried = carried_by(package)
    return [
        {
            "path": clause.path, "gist": clause.gist, "kind": _KINDS[clause.kind].render(_), "exempt": clause.exempt,
            "elements": [titles.get(path, path) for path in carried.get(clause.path, ())],
        }
        for clause in package.clauses
    ]  # fmt: skip


def _fields(schema: Any) -> int:
    properties = schema.get("properties")
    return len(properties) if isinstance(properties, dict) else 0
