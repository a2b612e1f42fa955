"""Clauses and the elements that carry them out."""

from __future__ import annotations

from tests.workflows.small import CLAUSES, files, package
from workflows.trace import carried_by, uncovered


def test_every_clause_knows_its_elements():
    assert carried_by(package())["三"] == ("duties.plan", "duties.monthly")
    assert uncovered(package()) == ()


def test_a_clause_that_asks_and_has_no_element_is_reported():
    added = CLAUSES + "- {path: 四, gist: 开展培训, kind: duty}\n"
    found = package(files(**{"clauses.yaml": added}))
    assert [clause.path for clause in uncovered(found)] == ["四"]


def test_an_exhortation_and_an_exempted_clause_need_none():
    added = (
        CLAUSES
        + "- {path: 四, gist: 开展培训, kind: duty, exempt: 已由上级统一安排}\n- {path: 五, gist: 高度重视, kind: exhortation}\n"
    )
    assert uncovered(package(files(**{"clauses.yaml": added}))) == ()
