"""How pages show the dates inside of a task: where one instance stands with each, how many stand where."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from engine import milestones
from engine.milestones import State
from engine.models import Instance
from engine.running import Running
from tenants.db import Work
from web.views.shapes import due_shape
from workflows.elements import Duty
from workflows.milestones import Mark

_TONES: dict[State, str] = {
    "met": "ok", "late": "warn", "missed": "bad", "coming": "", "past": "", "released": "",
}  # fmt: skip


def milestones_of(work: Work, live: Running, instance: Instance) -> list[dict[str, Any]]:
    """Return where an instance stands with each of its milestones."""
    return [
        {
            **_mark(work, live, one.mark, is_open=one.state in ("coming", "missed")), "state": _words(one.state),
            "tone": _TONES[one.state], "done_at": one.done_at,
        }
        for one in milestones.standing(work, live, instance)
    ]  # fmt: skip


def milestone_counts(work: Work, live: Running, duty: Duty) -> list[dict[str, Any]]:
    """Return each milestone of a duty with how many stand where, as far as the reader may see them."""
    return [
        {
            **_mark(work, live, mark, is_open=False), "past": mark.past,
            "counts": [(_words(state), counts[state], _TONES[state]) for state in milestones.STATES if counts[state]],
        }
        for mark, counts in milestones.tally(work, live, duty)
    ]  # fmt: skip


def _mark(work: Work, live: Running, mark: Mark, *, is_open: bool) -> dict[str, Any]:
    one = mark.milestone
    rule = live.package.rules.get(one.rule) or live.package.sanctions.get(one.rule)
    return {
        "title": one.title, "clause": mark.clause, "then": _("；").join(rule.then) if rule else "",
        "due": due_shape(work, mark.due, one.words, is_open=is_open and not mark.past),
    }  # fmt: skip


def _words(state: State) -> str:
    return {
        "met": _("按期完成"), "late": _("逾期完成"), "missed": _("到期没有完成"), "coming": _("没有到期"),
        "past": _("下达前已过"), "released": _("不再承担"),
    }[state]  # fmt: skip
