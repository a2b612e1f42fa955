"""The built-in packages held against the fact sheets of their notices, entry by entry: tasks, reports, forms field by field,
ledgers with their states, targets, rules and sanctions with their consequences.

The sheets lie beside the project (`../shared`); `tests/carried/` says which element carries which entry.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, get_args

import pytest

from engine.walks import walk, walks_of
from forms.fields import Field, fields
from forms.validation import validate
from tenants.calendar import Calendar
from tests.carried import CARRIED
from tests.test_shared import _SHARED, _as_day, _facts, _package, _packages
from workflows.dates import Dates
from workflows.elements import Duty, Ledger, Strength
from workflows.milestones import marks
from workflows.package import Package
from workflows.schedule import Setting, expected, occurrences, plan_phases
from workflows.trace import elements

YANGCHENG = "yangcheng-2024-hundred-days"

pytestmark = pytest.mark.skipif(
    not (_SHARED / "facts").is_dir(), reason="the facts of the notices are not beside the project (../shared)"
)


@pytest.fixture(params=_packages())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_entry_of_the_facts_is_carried_by_an_element_that_is_there(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    ours = {path for path, _element in elements(package)}
    for kind, paths in (
        ("reports", {key: (f"duties.{duty}",) for key, duty in carried.reports.items()}),
        ("tasks", carried.tasks),
        ("ledgers", {key: (f"ledgers.{ledger}",) for key, ledger in carried.ledgers.items()}),
        ("targets", {key: (f"indicators.{one}",) for key, one in carried.targets.items()}),
        ("rules", {key: (path,) for key, path in carried.rules.items()}),
        ("forms", {}),
    ):
        entries = [*facts[kind], *(facts["sanctions"] if kind == "rules" else [])]
        known = carried.forms if kind == "forms" else paths
        assert {one["id"] for one in entries} == set(known), kind
        assert {path for found in paths.values() for path in found} <= ours, kind
    assert {form for found in carried.forms.values() for form in found} <= set(package.forms)


def test_every_element_names_a_clause_of_the_entry_that_it_carries(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    clauses = {path: set(element.clauses) for path, element in elements(package)}
    for entry in facts["tasks"]:
        assert _covered(entry, set().union(*(clauses[path] for path in carried.tasks[entry["id"]]))), entry[
            "id"
        ]
        assert all(_reached(entry, clauses[path]) for path in carried.tasks[entry["id"]]), entry["id"]
    for entry in facts["reports"]:
        assert _covered(entry, clauses[f"duties.{carried.reports[entry['id']]}"]), entry["id"]
    for entry in facts["ledgers"]:
        assert _covered(entry, clauses[f"ledgers.{carried.ledgers[entry['id']]}"]), entry["id"]
    for entry in facts["targets"]:
        assert _covered(entry, clauses[f"indicators.{carried.targets[entry['id']]}"]), entry["id"]
    for entry in (*facts["rules"], *facts["sanctions"]):
        assert _covered(entry, clauses[carried.rules[entry["id"]]]), entry["id"]
    for entry in facts["forms"]:
        asking = set().union(*(_clauses_of_form(package, form) for form in carried.forms[entry["id"]]))
        assert _covered(entry, asking), entry["id"]


def test_every_report_goes_from_whom_to_whom_and_when_the_notice_says(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    setting = Setting(package, Calendar())
    for entry in facts["reports"]:
        duty = package.duties[carried.reports[entry["id"]]]
        # Where the notice does not say to whom, nobody is made up.
        assert bool(duty.to) == (entry["to"] is not None), entry["id"]
        for actor in _many(entry["from"]):
            assert set(carried.actors[actor]) & set(duty.by), (entry["id"], actor)
        for actor in _many(entry["to"] or []):
            assert set(carried.actors[actor]) & set(duty.to), (entry["id"], actor)
        due, found = entry["due"], list(occurrences(setting, duty)) if duty.on is None else []
        if due["kind"] == "event":
            assert duty.on is not None and duty.due is None, entry["id"]
        elif due["kind"] == "undated":
            assert duty.due is None and [one.due for one in found] in ([], [None]), entry["id"]
        elif due["kind"] == "fixed":
            assert [one.due for one in found] == [_as_day(due["date"])], entry["id"]
        elif due["kind"] == "relative" and due.get("latest_date"):  # to a phase, whose end is known
            assert [one.due for one in found] == [_as_day(due["latest_date"])], entry["id"]
        elif due["kind"] == "relative":  # to something that happens: worked out from what the event carries
            assert duty.on is not None and duty.on.kind == "event", entry["id"]
            assert duty.due is not None and duty.due.rule and "event" in duty.due.rule.names, entry["id"]
        else:
            assert [one.due for one in found] == [_as_day(day) for day in due["occurrences"]], entry["id"]
            told = ("first_disputed", "last_disputed", "last_occurrence_disputed")
            disputed = [_as_day(due[key]) for key in told if due.get(key)]
            assert [one.due for one in found if one.disputed] == disputed, entry["id"]
        if due.get("words") not in (None, "not stated"):
            assert _letters(duty.words) and _letters(duty.words) <= _letters(due["words"]), entry["id"]
        theirs = carried.forms[entry["form"]] if entry.get("form") else ()
        own = carried.report_forms.get(entry["id"])
        assert not theirs or duty.form in ((own,) if own else theirs), entry["id"]
        if entry.get("attachments"):
            schema = package.forms[duty.form or ""].schema
            files = {path[0] for path, one in fields(schema).items() if one.get("format") == "attachment"}
            assert files & set(schema["required"]), entry["id"]


def test_every_task_is_done_by_whom_and_when_the_notice_says(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    spans = plan_phases(Setting(package))
    reported = {carried.reports[one["id"]]: one["due"] for one in facts["reports"]}
    phase_of = {one["id"]: (_as_day(one["start"]), _as_day(one["end"])) for one in facts["phases"]}
    assert set(phase_of.values()) == {(span.start, span.end) for span in spans.values()}
    for entry in facts["tasks"]:
        duties = [_duty(package, path) for path in carried.tasks[entry["id"]] if path.startswith("duties.")]
        ledgers = [
            package.ledgers[path.split(".")[1]]
            for path in carried.tasks[entry["id"]]
            if path.startswith("ledgers.")
        ]
        doers = {actor for duty in duties for actor in (*duty.by, *duty.partners)} | {
            actor
            for one in (*duties, *ledgers)
            for node in package.processes[one.process].nodes.values()
            for actor in node.candidates
        }
        for actor in _many(entry["actor"]):
            # “等有关部门” has no end: the tenant adds whoever else it is.
            left_open = actor in carried.left_open and any(duty.others for duty in duties)
            assert left_open or set(carried.actors[actor]) & doers, (entry["id"], actor)
        assert all(duty.form in package.forms for duty in duties), entry["id"]
        for duty in duties:
            if entry["id"] in carried.undated:
                undated = duty.every is None or duty.every.undated
                assert duty.due is None and undated, (entry["id"], duty.id)
            else:
                _in_its_phase(package, duty, entry, phase_of, reported)
            _as_often(package, duty, entry)


def _in_its_phase(
    package: Package, duty: Duty, entry: dict[str, Any], phase_of: dict[str, Any], reported: dict[str, Any]
) -> None:
    """A task of a phase opens no sooner and, where it has a day, falls due no later; one of no phase has no day of its own,
    unless what comes of it is to be reported by one."""
    if duty.on is not None or duty.every:
        return
    due = entry.get("due", {})
    if duty.milestones:
        found = [(one.due, one.past) for one in marks(Setting(package, Calendar()), duty, None)]
        wanted = [(_as_day(one["date"]), one.get("past_at_issue", False)) for one in due["dates"]]
        assert found == wanted, entry["id"]
        return
    (found,) = expected(Setting(package, Calendar()), duty)
    if entry.get("due", {}).get("needs"):  # a season of the tenant's, which no plain calendar knows
        assert found.due is None and found.season and found.season in entry["due"]["needs"], entry["id"]
    elif entry["phase"] in phase_of:
        start, end = phase_of[entry["phase"]]
        assert (start is None or found.opens >= start) and (found.due is None or found.due <= end), (
            entry["id"],
            duty.id,
        )
        assert found.due is not None or entry["frequency"] == "continuous", (entry["id"], duty.id)
    else:
        days = [_as_day(reported.get(duty.id, {}).get("date"))]
        days += [_as_day(due["date"])] if due.get("kind") == "fixed" else []
        assert found.due in days, (entry["id"], duty.id)


def _as_often(package: Package, duty: Duty, entry: dict[str, Any]) -> None:
    often, due = entry["frequency"], entry.get("due", {})
    if "shift" in often:
        assert duty.every is not None and duty.every.rule == "FREQ=DAILY", entry["id"]
    elif often.startswith("季/月/周/日"):
        assert duty.every is not None, entry["id"]
    elif often.startswith("every ten days"):
        assert duty.every is not None and duty.every.each == "ten_days", entry["id"]
    elif often == "monthly" and "due" not in entry:
        assert duty.every is not None and duty.every.each == "month", entry["id"]
    elif due.get("kind") == "recurring":
        days = [one.due for one in expected(Setting(package, Calendar()), duty)]
        assert days == [_as_day(day) for day in due["occurrences"]], (entry["id"], duty.id)
        assert duty.words and _letters(duty.words) <= _letters(due["words"]), (entry["id"], duty.id)
    elif often.startswith("half-yearly"):
        days = [one.due for one in expected(Setting(package, Calendar()), duty)]
        assert {(day.month, day.day) for day in days if day} == {(6, 30), (12, 31)}, (entry["id"], duty.id)
    elif "yearly" in often and duty.every is not None:
        every = duty.every
        assert every.each == "year" or every.seasons or "FREQ=YEARLY" in every.rule, entry["id"]
    elif often.startswith(("once", "yearly", "per mine", "continuous")):
        assert duty.every is None, (entry["id"], duty.id)
    else:  # 定期, 不定期, unannounced, by events: started when it happens, never overdue
        # 每逢重要节日: the place's calendar says when, and nobody is late.
        festive = duty.every is not None and duty.every.undated and bool(duty.every.seasons)
        assert duty.due is None and (duty.every is None or festive), (entry["id"], duty.id)
    if often in ("unannounced", "随机随时"):
        assert duty.hidden and duty.on is not None, entry["id"]


def test_checks_at_four_levels_come_by_quarter_month_week_and_day() -> None:
    package, carried = _package(YANGCHENG), CARRIED[YANGCHENG]
    rules = [_duty(package, path).every for path in carried.tasks["T16"]]
    frequencies = [dict(part.split("=") for part in one.rule.split(";")) for one in rules if one]
    assert [one["FREQ"] for one in frequencies] == ["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]
    assert frequencies[0]["BYMONTH"] == "3,6,9,12"


_TYPES = {
    "text": {"string"}, "longtext": {"string"}, "enum": {"string"}, "multi-enum": {"array"}, "integer": {"integer"},
    "number": {"number", "integer"}, "boolean": {"boolean"}, "date": {"string"}, "month": {"string"}, "file": {"string", "array"},
    "files": {"array"}, "year": {"integer"}, "enum-per-tenant": {"string"}, "table": {"array"}, "list": {"array"}, "signature": {"string", "boolean"}, "org-ref": {"string"}, "ref": {"string"},
}  # fmt: skip
_FORMATS = {"date": "date", "month": "month", "file": "attachment", "files": "attachment"}


def test_every_field_of_every_form_is_asked_for_as_the_facts_say(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    for entry in facts["forms"]:
        for wanted in entry["fields"]:
            where = (entry["id"], wanted["name"])
            place = carried.renamed.get(where, wanted["name"])
            if place == "row":
                continue
            if place.startswith("ledger."):
                _shown_by(package, package.ledgers[place.split(".")[1]], carried.forms[entry["id"]], wanted)
                continue
            found = [field for form in carried.forms[entry["id"]] for field in _named(package, form, place)]
            assert found, where
            _is_asked(found, wanted, where)


def _named(package: Package, form: str, name: str) -> list[Field]:
    """Return the fields of a form with that key or title."""
    return [
        field
        for path, field in fields(package.forms[form].schema).items()
        if path and _plain(name) in (_plain(path[-1]), _plain(field.title))
    ]


def _is_asked(found: list[Field], wanted: dict[str, Any], where: tuple[str, str]) -> None:
    kinds = _TYPES[wanted["type"]]
    fitting = [one for one in found if one.get("type") in kinds]
    assert fitting, where
    one = fitting[0]
    if wanted["type"] in _FORMATS:
        inner = one.get("items") or {}
        assert _FORMATS[wanted["type"]] in (one.get("format"), inner.get("format")), where
    if wanted.get("unit"):
        assert one.get("x-unit") == wanted["unit"], where
    inner = one.get("items") or {}
    if wanted["type"] == "enum-per-tenant":
        assert one.get("x-open"), where
    if "enum" in wanted and wanted["type"] == "year":
        low, high = one.get("minimum"), one.get("maximum")
        assert [str(year) for year in range(low, high + 1)] == wanted["enum"], where
    elif "enum" in wanted:
        offered = one.get("enum") or one.get("examples") or inner.get("enum") or []
        if not wanted.get("open_enum"):
            assert set(wanted["enum"]) <= set(offered), where
        else:
            assert one.get("x-open") or "其他" in offered or "enum" in one.schemas[0], where
            assert set(wanted["enum"]) - {"其他"} <= set(offered), where
    if wanted["type"] == "list" and wanted.get("items"):
        assert one.get("minItems") == wanted["items"], where


def test_what_the_facts_require_the_forms_require(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    for entry in facts["forms"]:
        required = {
            _plain(text)
            for form in carried.forms[entry["id"]]
            for text in _required(package.forms[form].schema)
        }
        for wanted in entry["fields"]:
            where = (entry["id"], wanted["name"])
            place = carried.renamed.get(where, wanted["name"])
            if wanted["required"] and place != "row" and not place.startswith("ledger."):
                assert _plain(place) in required, where


def _required(schema: Any) -> set[str]:
    """Return the keys and titles of what the form requires, always or in a case, works out, or asks row by row."""
    found: set[str] = set()
    todo = [schema]
    while todo:
        part = todo.pop()
        if isinstance(part, list):
            todo += part
        elif isinstance(part, dict):
            for key, field in (part.get("properties") or {}).items():
                if not isinstance(field, dict):
                    continue
                items = field.get("items") or {}
                rows = not {"properties", "x-open"}.isdisjoint(items)  # a list of findings may be empty
                if key in part.get("required", []) or "x-computed" in field or rows:
                    found |= {key, str(field.get("title") or key)}
                if "x-table" in field:  # its read-only columns are the table's and always there
                    found |= {
                        one for one, column in field["items"]["properties"].items() if column.get("readOnly")
                    }
            todo += part.values()
    return found


def _shown_by(package: Package, ledger: Ledger, forms: tuple[str, ...], wanted: dict[str, Any]) -> None:
    """The form is a step in the life of the ledger's item, and what is asked is what the ledger shows."""
    steps = package.processes[ledger.process].nodes.values()
    assert {node.form for node in steps} & set(forms)
    words = set(wanted.get("enum", [])) - {ledger.states[0], "未整改"}  # not yet rectified = found
    assert words <= set(ledger.states)


def test_every_ledger_goes_through_the_states_of_the_facts(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    for entry in facts["ledgers"]:
        ledger = package.ledgers[carried.ledgers[entry["id"]]]
        assert set(entry["states"]) <= set(ledger.states), entry["id"]
        nodes = package.processes[ledger.process].nodes.values()
        assert set(entry["states"]) <= {node.properties.get("status") for node in nodes}, entry["id"]
        assert ledger.form and ledger.from_rows and ledger.outlives, entry["id"]
        walked = [walk(package, told).states for told in walks_of(package) if told.get("ledger") == ledger.id]
        steps = {pair for states in walked for pair in zip(states, states[1:], strict=False)}
        for told in entry.get("transitions", []):
            before, after = re.sub(r"\s*\(.*\)$", "", told).split("→")
            assert (before, after) in steps, (entry["id"], told)


def test_every_target_has_the_operator_and_the_number_of_the_facts(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    signs = {
        "=": "==",
        ">=": ">=",
        "<=": "<=",
        "<": "<",
        "between": "..",
        "decreasing": "<",
        "increasing": ">",
    }
    ends = {span.end for span in plan_phases(Setting(package)).values()} | {
        package.period.end.day if package.period.end else None
    }
    for entry in facts["targets"]:
        one = package.indicators[carried.targets[entry["id"]]]
        low, high = entry["value"] if isinstance(entry["value"], list) else (entry["value"], None)
        if low is None:
            low = 0  # a trend: what is shown is the difference to the year before
        low = Decimal(str(low))
        assert one.target is not None, entry["id"]
        assert (one.target.op, one.target.value, one.target.upper) == (signs[entry["op"]], low, high), entry[
            "id"
        ]
        assert one.unit and entry["unit"].startswith(one.unit), entry["id"]
        said = re.split(r"\W", entry.get("strength", ""))[0]
        wanted = said if said in get_args(Strength) else carried.strengths.get(entry["id"], "必须")
        assert one.strength == wanted, entry["id"]
        assert any(level in one.level for level in re.split("[/·]", entry["level"])), entry["id"]
        if entry.get("by"):
            assert _as_day(entry["by"]) in ends, entry["id"]
            # What must never happen, or go on falling, is owed from the first day; anything else by its day.
            if (one.target.op, low) not in (("==", 0), ("<", 0)):
                assert one.by is not None, entry["id"]
                assert Dates(Setting(package)).resolve(one.by, one.id) == _as_day(entry["by"]), entry["id"]


def test_every_rule_has_its_consequences_in_words_and_where_they_happen(name: str) -> None:
    package, facts, carried = _package(name), _facts(name), CARRIED[name]
    for entry in (*facts["rules"], *facts["sanctions"]):
        section, key = carried.rules[entry["id"]].split(".")
        rule = getattr(package, section)[key]
        assert _alike(entry.get("if") or entry["trigger"], rule.condition), entry["id"]
        wanted = entry.get("steps") or [one for one in (entry["then"], entry.get("else_")) if one]
        for step in (
            re.sub(r"（[^（）\u4e00-\u9fff]*）", "", one) for one in wanted
        ):  # a note of the sheet's own
            assert any(_alike(step, ours) for ours in (*rule.then, "".join(rule.then))), (entry["id"], step)
        for place in carried.done_by[entry["id"]]:
            _is_there(package, place, entry["id"])


def _is_there(package: Package, place: str, entry: str) -> None:
    """A consequence happens at a duty, a step of a process, or a field of a form, perhaps as one of its choices."""
    if place.startswith("duties."):
        assert place in {f"duties.{key}" for key in package.duties}, (entry, place)
        return
    whole, _, choice = place.partition("=")
    owner, part = whole.split("/")
    if owner in package.processes and part in package.processes[owner].nodes:
        return
    found = [
        field for path, field in fields(package.forms[owner].schema).items() if path and path[-1] == part
    ]
    assert found, (entry, place)
    asked = [schema for field in found for schema in field.schemas]
    offered = {
        one
        for schema in (*asked, *(schema.get("items") or {} for schema in asked))
        for key in ("enum", "examples")
        for one in schema.get(key, [])
    }
    assert not choice or choice in offered, (entry, place)


def test_a_major_hazard_always_stops_production() -> None:
    schema = _package(YANGCHENG).forms["handling"].schema
    assert validate(schema, {"处理措施": ["行政处罚"], "一案双查": "已查"}).problems
    assert not validate(schema, {"处理措施": ["停产停业整顿"], "一案双查": "已查"}).problems


def test_a_consequence_that_rows_bear_is_started_by_rows() -> None:
    duties = _package(YANGCHENG).duties
    borne = [duties[key].on for key in ("penance_deputy", "penance_principal")]
    assert [one.kind for one in borne if one] == ["rows", "rows"]


def test_a_plan_without_a_date_gives_nobody_one() -> None:
    package = _package("shanyin-2024-five-year-plan")
    setting = Setting(package, Calendar())
    assert {one.due for duty in package.duties.values() for one in expected(setting, duty)} == {None}


# --- how ---------------------------------------------------------------------------------------------------------------


def _covered(entry: dict[str, Any], carried: set[str]) -> bool:
    """Tell whether every clause of the entry is named, or sentences of it are."""
    return all(
        any(
            ours == theirs or ours.startswith(f"{theirs}·") or theirs.startswith(f"{ours}·")
            for ours in carried
        )
        for theirs in _clauses(entry)
    )


def _clauses_of_form(package: Package, form: str) -> set[str]:
    """Return the clauses of the duties and ledgers that ask for a form, in whatever step."""
    found: set[str] = set()
    for one in (*package.duties.values(), *package.ledgers.values()):
        nodes = package.processes[one.process].nodes.values()
        rows = {rows.form for rows in one.from_rows} if isinstance(one, Ledger) else set()
        if form in {one.form, *rows, *(node.form for node in nodes)}:
            found |= set(one.clauses)
    return found


def _duty(package: Package, path: str) -> Duty:
    return package.duties[path.removeprefix("duties.")]


def _many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _plain(text: str) -> str:
    return re.sub(r"[“”\"'（）()·、，。；/\s]", "", text)


def _letters(text: str) -> set[str]:
    return set(_plain(text)) - set("年月日0123456789")


def _alike(theirs: str, ours: str) -> bool:
    """Tell whether ours says what theirs says, in our own words: most of its letters, or all of ours stands in it."""
    one, other = _plain(theirs), _plain(ours)
    return other in one or len(set(one) & set(other)) >= len(set(one)) * 0.6


def _clauses(entry: dict[str, Any]) -> set[str]:
    return set(_many(entry["clause"]))


def _reached(entry: dict[str, Any], carried: set[str]) -> bool:
    """Tell whether one of the entry's clauses is named, or a sentence of it, or the whole of which it is a sentence."""
    return any(
        ours == theirs or ours.startswith(f"{theirs}·") or theirs.startswith(f"{ours}·")
        for theirs in _clauses(entry)
        for ours in carried
    )
