"""How pages tell what an amendment does to one task, to all that share a fate, and how far a run is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.amend_listing import Kin, Line, Progress
from engine.amend_models import Amendment
from engine.amend_plan import Group
from engine.amend_seen import TaskChange
from tenants.text import Message, say
from web.views import tongue
from web.words import said
from workflows.package import Package

FATES: dict[str, tuple[Message, str]] = {
    "blocked": (say("接不上，按原方案办完"), "bad"), "stays": (say("按原方案办完"), "warn"), "moves": (say("改按新方案"), "ok"),
}  # fmt: skip
# How many names are shown at once; all of them stand on pages of their own.
SHOWN = 8
# Where an instance of a run stands, and its colour.
STATES: Mapping[str, tuple[Message, str]] = {
    "failed": (say("迁移失败"), "bad"), "blocked": (say("接不上"), "bad"), "kept": (say("没有退回"), "warn"),
    "waiting": (say("等待迁移"), ""), "moved": (say("已迁移"), "ok"), "back": (say("已退回"), "info"),
    "stays": (say("按原方案办完"), "warn"), "over": (say("轮到之前已办结"), ""), "left": (say("没有迁移"), ""),
}  # fmt: skip


def spoken(former: Package, package: Package) -> dict[str, str]:
    """Return what duties and ledgers are called in the reader's language, by their titles."""
    found: dict[str, str] = {}
    for one in (former, package):
        words = tongue.package_words(one)
        for own, theirs in ((one.duties, words.duties), (one.ledgers, words.ledgers)):
            found |= {element.title: theirs[key].title for key, element in own.items()}
    return found


def group_shape(one: Group, names: Mapping[str, str], *packages: Package) -> dict[str, Any]:
    """Return all that share a fate, as a preview shows it."""
    words, tone = FATES[one.what]
    known = [unit for unit in one.units if unit]
    return {
        "key": one.key, "what": one.what, "words": said(words), "tone": tone, "title": names.get(one.title, one.title),
        "n": len(one.units), "hidden": len(one.units) - len(known),
        "why": [said(tongue.message(why, *packages)) for why in one.why],
        "notes": [said(tongue.message(note, *packages)) for note in one.notes], "names": known[:SHOWN],
        "drafts": one.drafts, "losing": one.losing,
    }  # fmt: skip


def kin_shape(one: Kin, names: Mapping[str, str], *packages: Package) -> dict[str, Any]:
    """Return all that share a fate, as a run shows it."""
    words, tone = FATES[one.what]
    return {
        "key": one.key, "what": one.what, "words": said(words), "tone": tone, "title": names.get(one.title, one.title),
        "n": one.number, "why": [said(tongue.message(why, *packages)) for why in one.why],
        "notes": [said(tongue.message(note, *packages)) for note in one.notes],
        "states": [(said(STATES[key][0]), one.states[key], STATES[key][1]) for key in STATES if one.states.get(key)],
    }  # fmt: skip


def task_change_shape(one: TaskChange) -> dict[str, Any]:
    """Return what the one who holds a task notices; its packages are in the reader's language already."""
    form = one.form
    return {
        "before": one.before, "after": one.after, "due_before": one.due_before, "due_after": one.due_after, "any": one.any,
        "kept": list(one.kept), "lost": list(one.lost), "drafts": one.drafts,
        "form": None if form is None else {
            "before": form.before, "after": form.after, "added": list(form.added), "removed": list(form.removed),
            "changed": [(label, said(how)) for label, how in form.changed],
            "other": not (form.added or form.removed or form.changed),
        },
    }  # fmt: skip


def line_shape(one: Line, *packages: Package) -> dict[str, Any]:
    """Return one instance of a run."""
    words, tone = STATES[one.state]
    title = next(
        (own for known in packages if (own := tongue.named(known, one.title)) != one.title), one.title
    )
    return {
        "id": one.instance_id, "unit": one.unit, "title": title, "state": one.state, "words": said(words), "tone": tone,
        "why": [said(tongue.message(why, *packages)) for why in one.why],
    }  # fmt: skip


def run_shape(run: Amendment) -> dict[str, Any]:
    """Return a run by itself. state: running, paused, done, returning, returned."""
    state = run.state
    if run.direction == "back":
        state = {"running": "returning", "done": "returned"}.get(state, state)
    return {
        "id": run.id, "version": run.version, "former": run.former_version, "whole": run.whole, "state": state,
        "back": run.direction == "back", "started_at": run.started_at, "by": run.started_name, "ended_at": run.ended_at,
        "returned_at": run.returned_at, "returned_by": run.returned_name,
    }  # fmt: skip


def progress_shape(found: Progress) -> dict[str, Any]:
    """Return how far a run is. parts: of its bar."""
    counts = found.counts
    good = counts.get("back" if found.run.direction == "back" else "moved", 0)
    bad = counts.get("failed", 0)
    return {
        "done": found.done, "total": found.total, "counts": dict(counts), "good": good, "failed": bad,
        "other": max(found.done - good - bad, 0), "waiting": found.waiting,
    }  # fmt: skip
