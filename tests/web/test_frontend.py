"""The front end as far as it can be asked without a browser: dates as people write them, how a form is dressed, and rules of the house."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from web.words import size_words

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
SOURCES = sorted(path for kind in ("*.js", "*.jsx") for path in (WEB / "frontend" / "src").rglob(kind))
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
TODAY = "2024-11-20"


def ask(*questions: list[Any]) -> list[Any]:
    """Ask the modules in a node process: [name of the function, its arguments …] each."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    node = shutil.which("node", path=path)
    assert node is not None, "these tests need node: `make frontend` installs it"
    said = subprocess.run(
        [node, str(HERE / "frontend_answers.mjs")],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert said.returncode == 0, said.stderr
    answers: list[Any] = json.loads(said.stdout)
    return answers


def test_a_day_is_understood_in_every_way_that_people_write_it():
    ways = [
        "2024-11-05",
        "2024/11/5",
        "2024.11.5",
        "20241105",
        "2024年11月5日",
        "11月5日",
        "11-5",
        "２０２４－１１－０５",
    ]
    assert ask(*(["readDay", way, TODAY] for way in ways)) == ["2024-11-05"] * len(ways)


def test_a_day_that_does_not_exist_is_not_taken_for_its_neighbour():
    ways = ["2023-02-29", "2024-13-01", "2024-11-31", "明天", "", "2024-11"]
    assert ask(*(["readDay", way, TODAY] for way in ways)) == [None] * len(ways)


def test_a_month_is_understood_in_every_way_that_people_write_it():
    ways = ["2024-03", "2024/3", "202403", "2024年3月", "3月"]
    assert ask(*(["readMonth", way, TODAY] for way in ways)) == ["2024-03"] * len(ways)


def test_the_calendar_moves_by_months_without_leaving_them():
    assert ask(
        ["movedMonths", "2024-01-31", 1], ["movedMonths", "2024-12-15", 1], ["moved", "2024-12-31", 1]
    ) == ["2024-02-29", "2025-01-15", "2025-01-01"]


def test_a_month_is_shown_in_weeks_that_begin_on_monday():
    weeks = ask(["weeksAround", "2024-11-20"])[0]
    assert len(weeks) == 42 and weeks[0] == "2024-10-28" and "2024-11-30" in weeks


def test_a_pointer_leads_to_the_field_and_back():
    pointer = "/hazards/0/a~1b"
    assert ask(
        ["pathOf", pointer], ["pointerOf", ["hazards", 0, "a/b"]], ["idOf", ["hazards", 0, "级别"]]
    ) == [
        ["hazards", 0, "a/b"],
        pointer,
        "root_hazards_0_级别",
    ]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"), (999, "999 B"), (1_000, "1 KB"), (1_001, "2 KB"), (999_000, "999 KB"), (999_001, "1 MB"),
        (10_000_000, "10 MB"), (20_000_000, "20 MB"), (20_000_001, "20.1 MB"), (19_100_000, "19.1 MB"),
        (1_048_576, "1.1 MB"), (999_950_000, "1 GB"), (1_250_000_000, "1.3 GB"),
    ],
)  # fmt: skip
def test_a_size_reads_the_same_in_the_browser_and_from_the_server(size, words):
    assert [ask(["sized", size])[0], size_words(size)] == [words, words]


def test_each_field_gets_a_control_that_suits_it():
    schema = {
        "type": "object",
        "properties": {
            "day": {"type": "string", "format": "date"},
            "few": {"type": "string", "enum": ["一般", "重大"]},
            "many": {"type": "string", "enum": [f"第{n}项" for n in range(12)]},
            "proof": {"type": "array", "items": {"type": "string", "format": "attachment"}},
            "sum": {"type": "integer", "x-computed": "1"},
        },
    }
    dressed = ask(["dress", schema])[0]
    assert {name: dressed[name].get("ui:widget") for name in schema["properties"]} == {
        "day": "day",
        "few": "radio",
        "many": "combo",
        "proof": "attachments",
        "sum": None,
    }
    assert dressed["sum"]["ui:readonly"] is True


def test_a_conditional_field_stands_after_the_one_it_depends_on():
    schema = {
        "type": "object",
        "properties": {"stopped": {"type": "boolean"}, "note": {"type": "string"}},
        "if": {"properties": {"stopped": {"const": True}}},
        "then": {"properties": {"since": {"type": "string", "format": "date"}}},
    }
    assert ask(["dress", schema])[0]["ui:order"] == ["stopped", "since", "note", "*"]


def test_wide_rows_become_cards_and_narrow_rows_one_line_each():
    def table(columns: int) -> dict[str, Any]:
        fields = {f"c{n}": {"type": "string"} for n in range(columns)}
        rows = {"type": "array", "items": {"type": "object", "properties": fields}}
        return {"type": "object", "properties": {"rows": rows}}

    narrow, wide = ask(["dress", table(4)], ["dress", table(9)])
    assert narrow["rows"]["ui:options"]["shape"] == "grid"
    assert wide["rows"]["ui:options"]["shape"] == "cards"


def test_a_column_that_nobody_sees_takes_no_room():
    fields = {
        **{f"c{n}": {"type": "string"} for n in range(4)},
        "from": {"type": "string", "x-computed": "'x'"},
    }
    rows = {"type": "array", "items": {"type": "object", "properties": fields}}
    own = {"rows": {"items": {"from": {"ui:widget": "hidden"}}}}
    (dressed,) = ask(["dress", {"type": "object", "properties": {"rows": rows}}, own])
    told = dressed["rows"]["ui:options"]
    assert [one["name"] for one in told["columns"] if not one["hidden"]] == ["c0", "c1", "c2", "c3"]
    assert told["template"].count("minmax") == 4


def test_a_row_counts_when_somebody_wrote_in_it():
    columns = [{"name": "来源", "sub": {"x-computed": "'自查'"}}, {"name": "部位", "sub": {}}]
    rows = [{"来源": "自查"}, {"部位": "", "照片": []}, {"部位": "井下"}, {"当场整改": False}, None, "x"]
    assert ask(["filledRows", rows, columns], ["filledRows", None]) == [
        [{"部位": "井下"}, {"当场整改": False}],
        [],
    ]


def test_the_pages_of_a_long_table_hold_every_row_once():
    found = ask(*(["pageOf", page, 45] for page in (0, 1, 2, 9, -1)), ["pageOf", 3, 0])
    assert [(one["page"], one["from"], one["to"]) for one in found] == [
        (0, 0, 20), (1, 20, 40), (2, 40, 45), (2, 40, 45), (0, 0, 20), (0, 0, 0),
    ]  # fmt: skip


def test_every_word_of_the_islands_has_its_english():
    english = json.loads((WEB / "frontend" / "src" / "i18n" / "en.json").read_text("utf-8"))
    said = {
        word
        for source in SOURCES
        for call in re.findall(r"\bt\(([^()]*)", source.read_text("utf-8"))
        for word in re.findall(r"'([^'\n]*[\u4e00-\u9fff][^'\n]*)'", call)
        if source.parent.name != "i18n"
    }
    assert said and said - set(english) == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_nothing_that_the_content_policy_refuses(template: Path):
    text = template.read_text("utf-8")
    assert not re.search(r"<[^>]*\sstyle=", text), "an inline style"
    assert not re.search(r"<[^>]*\son[a-z]+=", text), "an inline handler"
    assert not re.search(r"<style|javascript:|hx-on|\|safe", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert 'type="application/json"' in script or "src=" in script, script


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (WEB / "frontend" / "package-lock.json").read_text("utf-8")
