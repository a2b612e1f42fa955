"""The built-in packages held against the notices themselves and the facts found in them, where those are at hand.

They lie beside the project (`../shared`), not in it: the notices' words are not ours to carry.
"""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.rehearsal import Rehearsal, invent, make_stage
from tests import gallery
from tests.carried import CARRIED
from workflows.notice_file import read_notice
from workflows.notice_outline import Paragraph, outline
from workflows.notice_text import find
from workflows.package import Package
from workflows.schedule import Setting, plan_phases

_ROOT = Path(__file__).parents[1]
_SHARED = _ROOT.parent / "shared"
_GALLERY = _ROOT / "workflows" / "gallery"
# So many characters in a row, the same as in a notice, are its sentence and not a fact.
_SENTENCE = 40

pytestmark = pytest.mark.skipif(
    not (_SHARED / "facts").is_dir(),
    reason="the notices and their facts are not beside the project (../shared)",
)


def _packages() -> list[str]:
    facts = {path.stem for path in (_SHARED / "facts").glob("*.yaml")} if _SHARED.is_dir() else set()
    return sorted(path.name for path in _GALLERY.iterdir() if path.name in facts)


def _package(name: str) -> Package:
    return gallery.examined(name)[0]


def _facts(name: str) -> dict[str, Any]:
    found: dict[str, Any] = gallery.told(_SHARED / "facts" / f"{name}.yaml")
    return found


def _as_day(value: Any) -> date | None:
    return value if isinstance(value, date) or value is None else date.fromisoformat(str(value))


@pytest.fixture(params=_packages())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_some_package_has_facts_to_be_held_against() -> None:
    assert _packages()


def test_each_phase_has_the_dates_of_the_notice(name: str) -> None:
    package = _package(name)
    spans = plan_phases(Setting(package))
    ours = {(package.phases[key].title, span.start, span.end) for key, span in spans.items()}
    theirs = {(one["name"], _as_day(one["start"]), _as_day(one["end"])) for one in _facts(name)["phases"]}
    assert ours == theirs


@dataclass
class _Dated:
    """One dated duty, of the facts or of a rehearsal, units collapsed. kind: empty = either. days: due date -> whether it is disputed."""

    kind: str
    clauses: set[str]
    words: set[str]
    days: dict[date, bool]


def _bare(text: str | None) -> str:
    return re.sub(r"\s", "", text or "")


def _wanted(name: str) -> dict[str, _Dated]:
    found: dict[str, _Dated] = {}
    with open(_SHARED / "facts" / "calendar.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["notice"] == name:
                words = {_bare(row["words"])} - {""}
                # To whom nobody is told to report, nobody reports: it is a duty like others.
                kind = row["kind"] if row["to"] or row["kind"] == "task" else ""
                one = found.setdefault(row["id"], _Dated(kind, {row["clause"]}, words, {}))
                one.days[date.fromisoformat(row["due"])] = "disputed" in row["note"]
    return found


def _rehearsed(name: str) -> dict[str, _Dated]:
    package = _package(name)
    found: dict[str, _Dated] = {}
    stage = make_stage(package, invent(package), events=CARRIED[name].events)
    for line in Rehearsal(stage).lines():
        if line.kind != "phase" and line.due is not None:
            clauses = set((line.clause or "").split("、"))
            one = found.setdefault(line.id, _Dated(line.kind, clauses, {_bare(line.words)}, {}))
            assert one.days.setdefault(line.due, line.disputed) == line.disputed
    return found


def test_some_package_has_dates_in_the_calendar() -> None:
    assert any(_wanted(name) for name in _packages())


def test_a_rehearsal_has_each_duty_of_the_calendar_exactly_on_its_days(name: str) -> None:
    wanted, ours = _wanted(name), _rehearsed(name)
    for key, theirs in wanted.items():
        same = [
            one
            for one in ours.values()
            if theirs.kind in ("", one.kind) and theirs.clauses <= one.clauses and theirs.words <= one.words
        ]
        assert any(one.days == theirs.days for one in same), (key, theirs, same)


def _read(name: str) -> tuple[Paragraph, ...]:
    """Return a notice as the house reads the file that somebody attaches."""
    found = read_notice(_SHARED / "notices" / f"{name}.txt", "txt")
    assert found.paragraphs and not found.trouble
    return outline(found.paragraphs)


def test_every_clause_of_a_built_in_package_is_found_in_the_notice(name: str) -> None:
    paragraphs = _read(name)
    paths = [clause.path for clause in _package(name).clauses]
    places = {path: find(paragraphs, path) for path in paths}
    assert not {path: where for path, where in places.items() if len(where) != 1}
    tops = [one.text for one in paragraphs if one.level == 1]
    for path, [place] in places.items():
        # It begins where the notice itself says so, never in the section of another number.
        section = [one.text for one in paragraphs[: place.first] if one.level == 1]
        if path[0] in "一二三四五六七八九十":
            assert section and section[-1] in tops and section[-1].startswith(path[0])


@pytest.mark.parametrize("sheet", sorted(path.stem for path in (_SHARED / "facts").glob("*.yaml")))
def test_every_numbered_clause_of_the_facts_is_found_at_one_place_of_its_notice(sheet: str) -> None:
    paragraphs = _read(sheet)
    named = {path for path in _clauses_in(_facts(sheet)) if path}
    assert named
    assert not {path: find(paragraphs, path) for path in named if len(find(paragraphs, path)) != 1}


def _clauses_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("clause", "clauses"):
                yield from map(str, one if isinstance(one, list) else [one])
            yield from _clauses_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _clauses_in(one)


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=True).stdout
    paths = [_ROOT / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in (".png", ".lock")]


def test_no_sentence_telephone_or_mailbox_of_a_notice_stands_in_the_project() -> None:
    texts = {path: re.sub(r"\s", "", path.read_text(errors="ignore")) for path in _tracked()}
    for notice in sorted((_SHARED / "notices").glob("*.txt")):
        source = notice.read_text()
        pieces = re.split(r"[。；：\n]", source)
        sentences = {
            re.sub(r"\s", "", piece) for piece in pieces if len(re.sub(r"\s", "", piece)) >= _SENTENCE
        }
        private = set(re.findall(r"[\w.]+@[\w.]+", source)) | set(
            re.findall(r"(?<!\d)\d{7,12}(?!\d)", source)
        )
        for path, text in texts.items():
            assert not [one for one in private if one in text], path
            assert not [one for one in sentences if one in text], path
