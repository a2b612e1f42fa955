"""`luoshi check`, `publish`, `export` and `schema`, as an author meets them at the terminal."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import workflows
from web.package_commands import check, export, publish, schema, walk
from web.trace_commands import trace
from workflows import ancestry, archive, folder
from workflows.bases import FILE, Origin
from workflows.package import hash_of

GALLERY = Path(workflows.__file__).parent / "gallery"
SAMPLE = GALLERY / "yangcheng-2024-hundred-days"


@pytest.fixture(autouse=True)
def chinese_terminal(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))


def run(command, *words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


@pytest.fixture
def broken(tmp_path) -> Path:
    """The sample with two faults in different files."""
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "broken"))
    text = (folder / "campaign.yaml").read_text(encoding="utf-8")
    (folder / "campaign.yaml").write_text(text.replace("\nduties:", "\ndutys:", 1), encoding="utf-8")
    drawing = next(iter(sorted(folder.rglob("*.bpmn"))))
    drawing.write_bytes(b"<!DOCTYPE x><x/>")
    return folder


@pytest.mark.slow
def test_every_built_in_package_is_sound():
    result = run(check, *(folder for folder in GALLERY.iterdir() if (folder / "campaign.yaml").is_file()))
    assert result.exit_code == 0, result.output


def test_every_problem_is_listed_at_once_with_file_line_and_remedy(broken):
    result = run(check, broken)
    assert result.exit_code == 1
    assert "campaign.yaml:" in result.output and ".bpmn" in result.output
    assert result.output.count("→") >= 2


def test_what_cannot_be_read_ends_with_2_and_the_others_are_still_checked(broken, tmp_path):
    result = run(check, tmp_path / "nowhere", broken)
    assert result.exit_code == 2
    assert "nowhere" in result.output and "campaign.yaml" in result.output


def test_a_single_process_and_a_single_form_are_checked_by_themselves(broken, tmp_path):
    sound = next(iter(sorted(SAMPLE.rglob("*.bpmn"))))
    assert run(check, sound).exit_code == 0
    assert run(check, next(iter(sorted(broken.rglob("*.bpmn"))))).exit_code == 1
    form = tmp_path / "form.json"
    form.write_text(json.dumps({"type": "object", "properties": {"a": {"$ref": "http://example.org/x"}}}))
    assert run(check, form).exit_code == 1
    decision = tmp_path / "decision.dmn"
    decision.write_text("<!DOCTYPE x><x/>")
    assert run(check, decision).exit_code == 1


def test_a_package_goes_in_and_comes_out_the_same(world, database, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", database.url)
    published = run(publish, SAMPLE, "--tenant", "yangcheng")
    assert published.exit_code == 0, published.output
    name, version, content = published.output.split()
    target = tmp_path / "out.zip"
    assert run(export, name, "--tenant", "yangcheng", "-o", target).exit_code == 0
    with zipfile.ZipFile(target) as archive:
        assert archive.read("campaign.yaml") == (SAMPLE / "campaign.yaml").read_bytes()
    again = run(publish, target, "--tenant", "qinshui")
    assert again.output.split() == [name, version, content]
    missing = run(export, name, "--tenant", "shanxi")
    assert missing.exit_code == 1 and name in missing.output


def test_a_copy_goes_in_with_what_it_was_made_of(world, database, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", database.url)
    copy = Path(shutil.copytree(SAMPLE, tmp_path / "copy"))
    text = (copy / "campaign.yaml").read_text("utf-8")
    (copy / "campaign.yaml").write_text(text.replace("\nversion: 1.", "\nversion: 9.", 1), "utf-8")
    first, second = folder.gather(SAMPLE)[0], folder.gather(copy)[0]
    beside = ancestry.written(hash_of(first), Origin(FILE, "某省"), first)
    (tmp_path / "copy.zip").write_bytes(archive.pack({**second, **beside}))
    assert run(publish, tmp_path / "copy.zip", "--tenant", "yangcheng").exit_code == 0
    out = tmp_path / "out.zip"
    assert run(export, "yangcheng-2024-hundred-days", "--tenant", "yangcheng", "-o", out).exit_code == 0
    assert zipfile.ZipFile(out).read("base.zip") == archive.pack(first)


def test_a_faulty_package_is_not_published(world, database, monkeypatch, broken):
    monkeypatch.setenv("DATABASE_URL", database.url)
    result = run(publish, broken, "--tenant", "yangcheng")
    assert result.exit_code == 1 and "campaign.yaml" in result.output and "→" in result.output


def test_a_tenant_that_is_not_there_is_named_without_a_traceback(world, database, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database.url)
    result = run(publish, SAMPLE, "--tenant", "nowhere")
    assert result.exit_code == 1 and "Error" in result.output and "Traceback" not in result.output


def test_the_schema_of_a_campaign_is_printed_for_editors():
    assert json.loads(run(schema).output)["$schema"].endswith("2020-12/schema")


@pytest.mark.slow
def test_everything_in_the_gallery_can_be_checked_at_once_its_readme_too():
    assert run(check, *GALLERY.iterdir()).exit_code == 0


def test_the_clauses_are_listed_with_what_carries_them_out():
    result = run(trace, SAMPLE)
    assert result.exit_code == 0, result.output
    assert "五（三）" in result.output and "duties.work_plan" in result.output


def test_a_clause_that_nothing_carries_out_is_marked(tmp_path):
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "bare"))
    clauses = folder / "clauses.yaml"
    clauses.write_text(
        clauses.read_text("utf-8") + "- {path: 九, kind: duty, gist: 另有一事要办。}\n", encoding="utf-8"
    )
    result = run(trace, folder)
    assert result.exit_code == 1
    assert "! 九" in result.output and "没有对应的内容" in result.output


def test_a_package_walks_its_own_processes_to_each_end():
    result = run(walk, SAMPLE)
    assert result.exit_code == 0, result.output


def test_an_end_that_no_walk_reaches_is_named(tmp_path):
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "short"))
    (folder / "tests" / "walks.yaml").write_text("walks: []\n", encoding="utf-8")
    result = run(walk, folder)
    assert result.exit_code == 1 and "没有一条走法到达终点" in result.output


@pytest.mark.parametrize("command", [trace, walk])
def test_what_is_no_package_ends_with_2(command, tmp_path):
    assert run(command, tmp_path / "nowhere").exit_code == 2
