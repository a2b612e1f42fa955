"""Every process of the built-in packages, walked by the engine to each of its ends, as the packages' own tests say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.process import Model, advance, start
from forms.validation import validate
from workflows.elements import Package
from workflows.package import read_folder

GALLERY = Path(__file__).parents[2] / "workflows" / "gallery"
NOW = datetime(2024, 11, 4, 1, tzinfo=UTC)


@cache
def package_of(name: str) -> Package:
    package, problems = read_folder(GALLERY / name)
    assert package is not None and not problems
    return package


def walks() -> Iterator[Any]:
    for path in sorted(GALLERY.glob("*/tests/walks.yaml")):
        name = path.parts[-3]
        for walk in yaml.safe_load(path.read_text("utf-8"))["walks"]:
            yield pytest.param(name, walk, id=f"{name}:{walk['name']}")


def answered(package: Package, form: str, changed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the form's example with some answers changed, as it would be taken."""
    made = package.forms[form]
    checked = validate(made.schema, {**(made.example or {}), **changed})
    assert [str(one.what) for one in checked.problems] == [], form
    return checked.answers


def walked(package: Package, walk: Mapping[str, Any]) -> tuple[str, list[str], list[str]]:
    """Return the process, the nodes entered in order, and the end events reached."""
    own, data = None, {}
    if "duty" in walk:
        duty = package.duties[walk["duty"]]
        process, own = duty.process, duty.form
    else:
        ledger = package.ledgers[walk["ledger"]]
        process = ledger.process
        data = dict(answered(package, ledger.form or "", walk.get("item", {})))
    drawing = package.processes[process]
    model = Model.of(package.processes, process)
    step = start(model, data, NOW)
    entered = list(step.entered)
    for told in walk["steps"]:
        (opened,) = step.opened
        assert opened.node_id == told["task"]
        form = drawing.nodes[opened.node_id].form
        answers = answered(package, (own if form == "form" else form) or "", told.get("answers", {}))
        step = advance(model, step.state, opened.token, dict(answers), NOW)
        entered += step.entered
    assert step.ended
    return process, entered, list(step.end_nodes)


@pytest.mark.parametrize(("name", "walk"), list(walks()))
def test_a_process_ends_where_the_package_says(name: str, walk: Mapping[str, Any]) -> None:
    package = package_of(name)
    process, entered, ends = walked(package, walk)
    assert ends == [walk["end"]]
    if "states" in walk:
        nodes = package.processes[process].nodes
        passed = [nodes[key].properties["status"] for key in entered if "status" in nodes[key].properties]
        assert passed == walk["states"]
        assert set(passed) <= set(package.ledgers[walk["ledger"]].states)


@pytest.mark.parametrize("name", sorted({path.parts[-3] for path in GALLERY.glob("*/tests/walks.yaml")}))
def test_every_process_is_walked_through_each_of_its_nodes(name: str) -> None:
    package = package_of(name)
    seen: dict[str, set[str]] = {}
    for walk in yaml.safe_load((GALLERY / name / "tests" / "walks.yaml").read_text("utf-8"))["walks"]:
        process, entered, _ = walked(package, walk)
        seen.setdefault(process, set()).update(entered)
    left = {key: set(drawing.nodes) - seen.get(key, set()) for key, drawing in package.processes.items()}
    assert {key: nodes for key, nodes in left.items() if nodes} == {}
