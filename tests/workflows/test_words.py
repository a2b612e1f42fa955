"""A package in another language: what people read changes, what is asked and answered does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows import builtin
from workflows.package import Package, read_folder
from workflows.words import translated, translated_drawing, words_of

GALLERY = Path(builtin.__file__).parent / "gallery"


@pytest.fixture(scope="module")
def package() -> Package:
    found, problems = read_folder(GALLERY / "yangcheng-2024-hundred-days")
    assert found is not None and not problems
    return found


def test_titles_are_said_by_their_path_and_terms_by_their_text(package):
    english = translated(package, "en")
    assert english.duties["kickoff"].title == "Hold a kick-off meeting"
    assert english.actors["mine"].title == "Coal mines"
    assert english.processes["report"].nodes["review"].name == "Review"


def test_keys_values_and_conditions_stay_what_they_were(package):
    schema = package.forms["review"].schema
    said = translated(package, "en").forms["review"].schema
    choice = said["properties"]["结论"]
    assert choice["enum"] == schema["properties"]["结论"]["enum"] == ["接收", "退回"]
    assert set(choice["x-labels"]) == {"接收", "退回"} and not any(
        "\u4e00" <= letter <= "\u9fff" for words in choice["x-labels"].values() for letter in words
    )
    assert said["allOf"][0]["if"] == schema["allOf"][0]["if"]
    assert translated(package, "en").hash == package.hash
    assert "x-labels" not in schema["properties"]["结论"], "the package itself is not touched"


def test_what_was_called_after_an_element_is_found_with_its_period(package):
    words = words_of(package, "en")
    title = package.duties["work_plan"].title
    assert words.named(f"{title}（2024-10）") == "Report the work plan (2024-10)"
    assert words.named(title) == "Report the work plan"
    assert words.named("顶板离层（3号）") == "顶板离层（3号）"


def test_a_language_that_the_package_does_not_know_changes_nothing(package):
    assert translated(package, "fr") is package
    assert words_of(package, "fr").term("开始") == "开始"


def test_a_measure_word_is_left_out_where_english_does_without(package):
    assert words_of(package, "en").unit("条") == ""
    assert words_of(package, "fr").unit("万吨") == "万吨"


def test_a_drawing_shows_the_words_and_nothing_else_changes(package):
    drawing = package.processes["report"]
    shown = translated_drawing(drawing, words_of(package, "en"))
    assert b'name="Review"' in shown and b"<bpmn:conditionExpression" in shown
    assert shown.count(b"id=") == drawing.xml.count(b"id=")
    assert "结论 == '接收'".encode() in shown
