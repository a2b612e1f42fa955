"""Every process of the built-in packages, walked by the engine to each of its ends, as the packages' own tests say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from engine.walks import WALKS, walk, walk_problems, walks_of
from tests import gallery
from tests.gallery import GALLERY, PACKAGES
from workflows.elements import Package
from workflows.marked_yaml import Mapped


def package_of(name: str) -> Package:
    return gallery.examined(name)[0]


@cache
def told_of(name: str) -> list[Mapped]:
    return walks_of(package_of(name))


def walks() -> Iterator[Any]:
    """Yield each walk by its place. Read as plain YAML: whoever only collects the tests need not read the packages."""
    for name in PACKAGES:
        for place, told in enumerate(gallery.told(GALLERY / name / WALKS)["walks"]):
            yield pytest.param(name, place, id=f"{name}:{told['name']}")


@pytest.mark.parametrize(("name", "place"), list(walks()))
def test_a_process_ends_where_the_package_says(name: str, place: int) -> None:
    told = told_of(name)[place]
    found = walk(package_of(name), told)
    if "ledger" in told:
        assert "states" in told, "a walk of a ledger says what the ledger shows"
        assert set(found.states) <= set(package_of(name).ledgers[told["ledger"]].states)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_end_and_every_timer_of_every_process_is_reached_by_some_walk(name: str) -> None:
    assert walks_of(package_of(name))
    assert [f"{one.file}: {one.what}" for one in walk_problems(package_of(name))] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_every_process_is_walked_through_each_of_its_nodes_and_flows(name: str) -> None:
    package = package_of(name)
    seen: dict[str, set[str]] = {}
    for told in walks_of(package):
        found = walk(package, told)
        seen.setdefault(found.process, set()).update(found.entered)
    left = {key: set(drawing.nodes) - seen.get(key, set()) for key, drawing in package.processes.items()}
    assert {key: nodes for key, nodes in left.items() if nodes} == {}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_duty_and_every_ledger_is_walked_or_shares_a_process_that_is(name: str) -> None:
    package = package_of(name)
    walked = {
        package.duties[told["duty"]].process if "duty" in told else package.ledgers[told["ledger"]].process
        for told in walks_of(package)
    }
    used = {duty.process for duty in package.duties.values()} | {
        one.process for one in package.ledgers.values()
    }
    assert used <= walked
