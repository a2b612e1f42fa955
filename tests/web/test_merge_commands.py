"""`luoshi diff` and `luoshi merge`, as an author meets them at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.workflows.small import files
from web.merge_commands import diff, merge
from workflows import folder


@pytest.fixture(autouse=True)
def chinese_terminal(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


def run(command, *words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def write(at: Path, *changes: tuple[str, str]) -> Path:
    """Write the small package, with changes in campaign.yaml."""
    there = files()
    text = there["campaign.yaml"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    for path, data in {**there, "campaign.yaml": text.encode()}.items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_bytes(data)
    return at


@pytest.fixture
def three(tmp_path) -> list[Path]:
    """A package, what I made of it, and what its source has become: one date is in conflict."""
    base = write(tmp_path / "base")
    mine = write(tmp_path / "mine", ("报送方案", "报送本县方案"), ("due: 2024-10-31", "due: 2024-10-29"))
    theirs = write(tmp_path / "theirs", ("due: 2024-10-31", "due: 2024-10-30"), ("报送月报", "报送各月情况"))
    return [base, mine, theirs]


def test_what_is_different_is_listed_in_words(three):
    found = run(diff, three[0], three[2])
    assert found.exit_code == 1
    assert "改动 · 任务“报送方案”的期限: 2024-10-31 → 2024-10-30" in found.output
    assert "2 处不同" in found.output
    assert run(diff, three[0], three[0]).exit_code == 0


def test_a_merge_writes_my_package_with_their_changes_and_lists_the_conflict(three, tmp_path):
    found = run(merge, *three, "-o", tmp_path / "out")
    assert found.exit_code == 1
    assert "冲突 · 改动 · 任务“报送本县方案”的期限  [campaign.yaml#duties/plan/due]" in found.output
    merged, _ = folder.gather(tmp_path / "out")
    text = merged["campaign.yaml"].decode()
    assert "due: 2024-10-29" in text and "报送本县方案" in text and "报送各月情况" in text


def test_conflicts_are_settled_by_a_file_of_choices(three, tmp_path):
    choices = tmp_path / "choices.json"
    choices.write_text(json.dumps({"campaign.yaml#duties/plan/due": {"edit": "2024-10-28"}}))
    found = run(merge, *three, "-o", tmp_path / "out.zip", "--choices", choices)
    assert found.exit_code == 0, found.output
    assert run(diff, three[1], tmp_path / "out.zip").output.count("→") == 2


def test_programs_get_the_three_sides_of_a_conflict(three):
    said = json.loads(run(merge, *three, "--json").output)
    (one,) = said["conflicts"]
    assert [one[side]["value"] for side in ("base", "mine", "theirs")] == [
        "2024-10-31",
        "2024-10-29",
        "2024-10-30",
    ]
    assert [change["place"] for change in said["changes"]] == [["duties", "monthly", "title"]]


def test_a_merge_that_breaks_a_lock_of_the_template_says_so(tmp_path):
    every = "end: month_end(period.end)}"
    sides = [
        write(tmp_path / "base"),
        write(tmp_path / "mine", (every, "end: 2024-12-31}")),
        write(tmp_path / "theirs", ("报送方案", "方案")),
    ]
    found = run(merge, *sides)
    assert found.exit_code == 1 and "duties.monthly.every" in found.output and "2025-01-31" in found.output


@pytest.mark.parametrize("words", [("nowhere", "nowhere"), ("{0}", "nowhere")])
def test_what_cannot_be_read_ends_with_2(three, words):
    assert run(diff, *(word.format(*three) for word in words)).exit_code == 2


def test_nothing_is_written_over(three, tmp_path):
    found = run(merge, *three, "-o", tmp_path / "mine")
    assert found.exit_code == 2 and "已经有了" in found.output


def test_a_choice_for_no_conflict_ends_with_2(three, tmp_path):
    choices = tmp_path / "choices.json"
    for said in ('{"campaign.yaml#title": "mine"}', "[]", '{"campaign.yaml#duties/plan/due": "both"}'):
        choices.write_text(said)
        assert run(merge, *three, "--choices", choices).exit_code == 2
