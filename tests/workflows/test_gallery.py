"""The built-in packages: sound, complete, drawn, and due on the days that their own tests name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from forms.validation import validate
from tests import gallery
from tests.gallery import GALLERY, PACKAGES
from workflows.elements import Duty, Package, Rule
from workflows.schedule import Setting
from workflows.schedule import expected as coming
from workflows.trace import carried_by
from workflows.words import SECTIONS, translated, words_of


def read(name: str) -> Package:
    package, problems = gallery.examined(name)
    assert [f"{one.file}:{one.line} {one.what}" for one in problems] == []
    return package


def told(name: str, file: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = gallery.told(GALLERY / name / "tests" / file)
    return found


def due_days(package: Package, duty: str) -> list[date]:
    return [one.due for one in coming(Setting(package), package.duties[duty]) if one.due]


@pytest.fixture(params=PACKAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_package_has_no_problem(name: str) -> None:
    assert read(name).id == name


def test_duties_fall_due_on_the_days_that_the_package_names(name: str) -> None:
    package, expected = read(name), told(name, "calendar.yaml")
    for duty, days in expected["calendar"].items():
        wanted = [
            (one["date"], one["disputed"]) if isinstance(one, Mapping) else (one, False) for one in days
        ]
        found = [(one.due, one.disputed) for one in coming(Setting(package), package.duties[duty])]
        # Undated once, undated in each period, or not at all before a season of the tenant's is known.
        assert found == wanted or (not wanted and {due for due, _ in found} <= {None}), duty
    for duty, seen in expected["counted"].items():
        days = due_days(package, duty)
        assert {"first": days[0], "last": days[-1], "count": len(days)} == seen, duty
    end = package.period.end.day if package.period.end else None
    for duty, days in expected["during"].items():
        assert package.duties[duty].standing
        assert [day for day in due_days(package, duty) if end is None or day <= end] == days, duty


def test_the_expected_calendar_forgets_no_duty(name: str) -> None:
    package, expected = read(name), told(name, "calendar.yaml")
    named = {duty for part in expected.values() for duty in part}
    assert named == {key for key, duty in package.duties.items() if duty.on is None}


def test_every_clause_is_carried_out_or_says_why_not(name: str) -> None:
    package = read(name)
    carried = carried_by(package)
    assert [one.path for one in package.clauses if not carried[one.path] and not one.exempt] == []


def test_every_example_is_an_acceptable_answer(name: str) -> None:
    for form in read(name).forms.values():
        assert form.example is not None, form.id
        found = validate(form.schema, form.example).problems
        assert [str(one.what) for one in found] == [], form.id


def test_every_node_and_flow_has_its_place_in_the_picture(name: str) -> None:
    for drawing in read(name).processes.values():
        drawn = drawing.xml.decode()
        missing = [key for key in [*drawing.nodes, *drawing.flows] if f'bpmnElement="{key}"' not in drawn]
        assert missing == [], drawing.file


def test_every_text_of_forms_and_flows_has_its_english(name: str) -> None:
    package = read(name)
    english = gallery.told(GALLERY / name / "i18n" / "en.yaml")
    texts = {text for form in package.forms.values() for text in shown(form.schema)}
    for drawing in package.processes.values():
        texts |= {node.name for node in drawing.nodes.values()} | set(drawing.lanes.values())
        texts |= {flow.name for flow in drawing.flows.values()}
        texts |= {node.documentation for node in drawing.nodes.values() if node.documentation}
    for ledger in package.ledgers.values():
        texts |= set(ledger.states)
    chinese = {text for text in texts if any("\u4e00" <= letter <= "\u9fff" for letter in text)}
    # Units of measurement that English does without (个, 条, 起) stand alone.
    assert sorted(text for text in chinese - set(english["terms"]) if len(text) > 1) == []
    assert not [text for text in titled(package) if text not in english["titles"]]


def test_every_text_that_pages_show_of_a_campaign_has_its_english(name: str) -> None:
    package = read(name)
    there = translated(package, "en")
    texts = [there.title, *there.kinds.values()]
    for section in SECTIONS:
        for one in getattr(there, section).values():
            texts.append(one.title)
            texts += [part.title for part in one.milestones.values()] if isinstance(one, Duty) else []
            texts += [one.condition, *one.then] if isinstance(one, Rule) else []
    for table in there.tables.values():
        texts += [words_of(package, "en").term(one.title) for one in table.variants.values()]
    assert [text for text in texts if any("\u4e00" <= letter <= "\u9fff" for letter in text)] == []


def titled(package: Package) -> list[str]:
    """Return the paths of all elements that have a title of their own."""
    sections = ("actors", "phases", "duties", "ledgers", "indicators", "rules", "sanctions")
    return ["title", *(f"{section}.{key}" for section in sections for key in getattr(package, section))]


def shown(schema: object) -> set[str]:
    """Return what a form shows to people: titles, helps, choices, units."""
    found: set[str] = set()
    todo = [json.loads(json.dumps(schema))]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            found |= {
                part[key]
                for key in ("title", "description", "x-unit", "x-warn-text")
                if isinstance(part.get(key), str)
            }
            found |= {
                one for key in ("enum", "examples") for one in part.get(key, []) if isinstance(one, str)
            }
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return found
