"""What a trace finds in the notices themselves, measured against their fact sheets: recall, precision, and what the packages carry.

The notices lie beside the project (`../shared`), not in it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.test_shared import _SHARED, _facts, _package, _packages, _read
from workflows.asking import Cue, asking
from workflows.notice_clauses import NoticeClause, split
from workflows.notice_text import find
from workflows.notice_trace import trace_notice

pytestmark = pytest.mark.skipif(
    not (_SHARED / "facts").is_dir(), reason="the facts of the notices are not beside the project (../shared)"
)

SHEETS = sorted(path.stem for path in (_SHARED / "facts").glob("*.yaml"))
# What a sheet may call a report, a task or a rule; then everything that it names besides.
WANTED = ("reports", "tasks", "rules", "sanctions")
NAMED = (*WANTED, "targets", "phases", "ledgers", "forms", "check_items", "actors")


def _entries(sheet: str, *kinds: str) -> list[dict[str, Any]]:
    return [one for kind in kinds for one in _facts(sheet).get(kind) or []]


def _many(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _clauses(sheet: str, *kinds: str) -> set[str]:
    return {path for one in _entries(sheet, *kinds) for path in _many(one["clause"])}


@cache
def _found(sheet: str) -> tuple[tuple[NoticeClause, ...], dict[str, tuple[Cue, ...]]]:
    clauses = split(_read(sheet))
    return clauses, asking(clauses)


def _same(path: str, paths: set[str]) -> bool:
    """Tell whether a clause is among others, or one of its sentences is, or the whole of which it is one."""
    return (
        path in paths or path.partition("·")[0] in paths or any(one.startswith(f"{path}·") for one in paths)
    )


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_clause_that_a_sheet_names_for_a_report_a_task_or_a_rule_is_among_the_asking_ones(
    sheet: str,
) -> None:
    _split, cues = _found(sheet)
    asks = {path for path, found in cues.items() if found}
    missed = {
        path
        for path in _clauses(sheet, *WANTED)
        if path not in asks and not any(one.startswith(f"{path}·") for one in asks)
    }
    assert missed == set()


@pytest.mark.parametrize("sheet", SHEETS)
def test_nearly_every_sentence_that_a_sheet_quotes_for_them_asks_by_itself(sheet: str) -> None:
    """Long clauses nearly always hold something that asks; so each quoted sentence is looked at by itself."""
    clauses, cues = _found(sheet)
    asking_ones, silent = [], []
    for clause in clauses:
        for one in re.finditer(r"[^。！？\n]+[。！？]?", clause.text):
            asks = any(
                one.start() <= cue.start < one.end() or cue.kind == "listed" for cue in cues[clause.path]
            )
            (asking_ones if asks else silent).append(re.sub(r"\s", "", one[0]))
    quotes = {
        re.sub(r"\s", "", quote).rstrip("。")
        for entry in _entries(sheet, *WANTED)
        for quote in _many(entry["quote"])
    }
    lost = {
        quote
        for quote in quotes
        if any(quote in one for one in silent) and not any(quote in one for one in asking_ones)
    }
    assert len(lost) <= 0.1 * len(quotes), lost
    # It would be no merit if every sentence asked.
    assert len(silent) > 0.2 * (len(asking_ones) + len(silent))


@pytest.mark.parametrize("sheet", SHEETS)
def test_few_clauses_are_called_asking_that_the_sheet_does_not_name(sheet: str) -> None:
    _clauses_found, cues = _found(sheet)
    asks = {path for path, found in cues.items() if found}
    named = _clauses(sheet, *NAMED)
    strangers = {path for path in asks if not _same(path, named)}
    assert len(strangers) <= 0.05 * len(asks), strangers


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_clause_of_a_notice_is_found_again_by_its_path(sheet: str) -> None:
    paragraphs = _read(sheet)
    for clause in split(paragraphs):
        assert [place.first for place in find(paragraphs, clause.path)] == [clause.first], clause.path


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_word_of_a_notice_belongs_to_one_clause(sheet: str) -> None:
    paragraphs = _read(sheet)
    owned = {number for clause in split(paragraphs) for number, _text in clause.texts}
    lost = [one for one in paragraphs if one.number not in owned]
    # The contents at its beginning are nobody's, nor the lines that close it for the second time.
    assert all(re.search(r"\d\s*$|印发$", one.text) for one in lost), [one.text for one in lost]


@pytest.mark.parametrize("name", _packages())
def test_every_asking_clause_has_an_element_or_a_reason(name: str) -> None:
    found = trace_notice(_package(name), _read(name))
    assert [one.path for one in found.bare] == [] and found.coverage == 1.0
    assert found.strangers == ()
    # What no clause asks for says why it is there.
    assert [one.path for one in found.loose if not one.reason] == []


@pytest.mark.parametrize("name", _packages())
def test_a_package_that_forgets_a_clause_is_found_out(name: str) -> None:
    found = trace_notice(replace(_package(name), duties={}), _read(name))
    assert found.coverage < 1 and found.bare


def test_no_cue_is_a_phrase_of_one_notice() -> None:
    """The words by which a clause is found to ask are the language's, not those of a trade."""
    source = (Path(__file__).parents[1] / "workflows" / "asking.py").read_text()
    assert not re.search("煤|矿|井|燃气|瓦斯", source)
