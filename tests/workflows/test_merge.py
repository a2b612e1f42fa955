from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from tenants.errors import Invalid
from tests import gallery
from tests.gallery import PACKAGES
from tests.workflows.edits import Files, edited
from tests.workflows.small import files
from workflows.merge import Choice, Merged, diff, merge, resolve
from workflows.merge.model import Change

FILES = files()
SEEDS = range(2)
QUICK = PACKAGES[1:2]
Place = tuple[str, tuple[str, ...]]


@cache
def _sides(name: str, seed: int) -> tuple[Files, Files, Files]:
    base = dict(gallery.examined(name)[0].files)
    return base, edited(base, seed, 25, "甲"), edited(base, seed + 1000, 25, "乙")


@cache
def _changed(name: str, seed: int) -> tuple[set[Place], set[Place]]:
    """Return what either side changed."""
    base, mine, theirs = _sides(name, seed)
    return _places(diff(base, mine)), _places(diff(base, theirs))


@cache
def _merged(name: str, seed: int) -> tuple[Merged, Merged]:
    base, mine, theirs = _sides(name, seed)
    return merge(base, mine, theirs), merge(base, theirs, mine)


each = pytest.mark.parametrize(
    ("name", "seed"),
    [
        pytest.param(name, seed, marks=[] if not seed and name in QUICK else [pytest.mark.slow])
        for name in PACKAGES
        for seed in SEEDS
    ],
)


def _places(changes: Iterable[Change]) -> set[Place]:
    """Return what changed, by file and place, apart from where it stands or is drawn."""
    return {(one.file, one.place) for one in changes if one.kind not in ("layout", "moved")}


@each
def test_what_only_one_side_changed_is_taken_byte_for_byte(name: str, seed: int) -> None:
    base, mine, theirs = _sides(name, seed)
    for merged, wanted in (
        (merge(base, mine, base), mine),
        (merge(base, base, theirs), theirs),
        (merge(base, mine, mine), mine),
    ):
        assert dict(merged.files) == wanted and not merged.conflicts


@each
def test_every_change_of_either_side_is_in_the_merge_or_is_a_conflict(name: str, seed: int) -> None:
    base, _, _ = _sides(name, seed)
    mine, theirs = _changed(name, seed)
    merged, _ = _merged(name, seed)
    clashing = {one.file for one in merged.conflicts}
    found = _places(diff(base, merged.files))
    assert {one for one in found ^ (mine | theirs) if one[0] not in clashing} == set()
    # Where there is a conflict all of mine stands.
    assert {one for one in mine if one[0] in clashing} <= found


@each
def test_what_a_merge_brings_is_told_and_nothing_else_changed(name: str, seed: int) -> None:
    base, mine, _ = _sides(name, seed)
    merged, _ = _merged(name, seed)
    _, theirs = _changed(name, seed)
    assert _places(merged.changes) <= theirs | _places(diff(mine, base))


@each
def test_a_merge_says_the_same_from_either_side(name: str, seed: int) -> None:
    here, there = _merged(name, seed)
    assert {one.id for one in here.conflicts} == {one.id for one in there.conflicts}
    settled = resolve(here, {one.id: Choice("mine") for one in here.conflicts})
    other = resolve(there, {one.id: Choice("theirs") for one in there.conflicts})
    assert not settled.conflicts and not other.conflicts
    # Both lists of changes begin with their own; where both drew, each keeps its own drawing.
    assert {file for file, _ in _places(diff(settled.files, other.files))} <= {"CHANGELOG.md"}


@each
def test_merging_again_changes_nothing(name: str, seed: int) -> None:
    base, _, theirs = _sides(name, seed)
    merged, _ = _merged(name, seed)
    assert dict(merge(base, merged.files, theirs).files) == dict(merged.files)
    again = merge(theirs, merged.files, theirs)
    assert dict(again.files) == dict(merged.files) and not again.conflicts


@each
def test_every_conflict_can_be_settled_either_way(name: str, seed: int) -> None:
    base, mine, theirs = _sides(name, seed)
    merged, _ = _merged(name, seed)
    for one in merged.conflicts:
        assert str(one.what) and one.file in {*base, *mine, *theirs}
        taken = resolve(merged, {one.id: Choice("theirs")})
        assert one.id not in {other.id for other in taken.conflicts}
        assert dict(resolve(merged, {one.id: Choice("mine")}).files) == dict(merged.files)


def test_a_small_change_on_each_side_leaves_a_sound_package() -> None:
    mine = {
        **FILES,
        "campaign.yaml": FILES["campaign.yaml"].replace("报送方案".encode(), "报送本县方案".encode()),
    }
    theirs = {
        **FILES,
        "campaign.yaml": FILES["campaign.yaml"].replace(b"due: 2024-10-31", b"due: 2024-10-30"),
    }
    merged = merge(FILES, mine, theirs)
    assert not merged.conflicts and not merged.problems
    assert (
        "title: 报送本县方案, by: mine, to: office, form: plan, due: 2024-10-30"
        in merged.files["campaign.yaml"].decode()
    )


def test_what_a_merge_breaks_is_told() -> None:
    text = FILES["campaign.yaml"].decode()
    mine = {
        **FILES,
        "campaign.yaml": text.replace(
            "duties:\n", "duties:\n  talk: {title: 谈话, by: principal, clause: 三}\n"
        ).encode(),
    }
    line = next(line for line in text.split("\n") if line.startswith("  principal:"))
    theirs = {**FILES, "campaign.yaml": text.replace(line + "\n", "").encode()}
    merged = merge(FILES, mine, theirs)
    assert not merged.conflicts
    assert any(
        "principal" in str(one.what) and one.where.startswith("duties.talk") for one in merged.problems
    )


def test_a_file_that_is_no_text_is_taken_whole() -> None:
    base = {**FILES, "tables/picture.bin": b"\x00\x01"}
    mine, theirs = {**base, "tables/picture.bin": b"\xff\x02"}, {**base, "tables/picture.bin": b"\xff\x03"}
    merged = merge(base, mine, theirs)
    assert [one.id for one in merged.conflicts] == ["tables/picture.bin"]
    assert merged.files["tables/picture.bin"] == b"\xff\x02"
    taken = resolve(merged, {"tables/picture.bin": Choice("theirs")})
    assert taken.files["tables/picture.bin"] == b"\xff\x03" and not taken.conflicts


def test_a_form_that_one_side_removed_and_the_other_changed_is_kept_or_removed_whole() -> None:
    gone = {path: data for path, data in FILES.items() if not path.startswith("forms/plan/")}
    mine = {
        **FILES,
        "forms/plan/schema.json": FILES["forms/plan/schema.json"].replace(b"{", b'{"description": "x", ', 1),
    }
    merged = merge(FILES, mine, gone)
    assert [(one.id, one.kind) for one in merged.conflicts] == [("forms/plan", "deleted_there")]
    assert dict(merged.files) == mine
    assert dict(resolve(merged, {"forms/plan": Choice("theirs")}).files) == gone


def test_a_renamed_file_is_named_in_the_conflict() -> None:
    base = {**FILES, "tables/a.txt": b"1\n"}
    mine = {**FILES, "tables/a.txt": b"2\n"}
    theirs = {**FILES, "tables/b.txt": b"1\n"}
    (conflict,) = merge(base, mine, theirs).conflicts
    assert (conflict.kind, conflict.renamed) == ("deleted_there", "tables/b.txt")


def test_the_name_and_version_of_a_copy_are_its_own() -> None:
    def versions(version: str, name: str) -> Files:
        text = (
            FILES["campaign.yaml"].replace(b"1.0.0", version.encode()).replace(b"small-2024", name.encode())
        )
        return {**FILES, "campaign.yaml": text}

    merged = merge(FILES, versions("1.3.0", "ours-2024"), versions("1.1.0", "theirs-2024"))
    assert not merged.conflicts
    assert (
        b"version: 1.3.0" in merged.files["campaign.yaml"]
        and b"id: ours-2024" in merged.files["campaign.yaml"]
    )


def test_a_conflict_that_is_not_there_cannot_be_settled() -> None:
    with pytest.raises(Invalid) as refused:
        resolve(merge(FILES, FILES, FILES), {"campaign.yaml#title": Choice("mine")})
    assert refused.value.problems[0].where == "campaign.yaml#title"


@pytest.mark.parametrize(
    "spoiled",
    [
        b"", b"\xff\xfe\x00", b"a: [", b"a: &x 1\nb: *x\n", b"- 1\n- 2\n", b"x", b"{" * 5000, b"[" * 5000 + b"]" * 5000,
        b"? a\n: b\n", b"--- \na: 1\n", b"a: 1\n---\nb: 2\n", b"a: !!set {x}\n", b"a: |\n   x\n  y\n", b"<a>" * 3000, b"<a/>" * 3000,
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"\"a\n1,2\n", b"\n" * 100_000, b"a: " + b"x" * 1_500_000, b"k: v\n" * 200_000, b'"' * 61, b"```x\n" * 100_000, b"a" + b" " * 200_000 + b"b: {}\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path",
    [
        "campaign.yaml",
        pytest.param("clauses.yaml", marks=pytest.mark.slow),
        pytest.param("forms/plan/schema.json", marks=pytest.mark.slow),
        pytest.param("processes/report.bpmn", marks=pytest.mark.slow),
        "tables/a.csv",
        "CHANGELOG.md",
    ],
)
def test_whatever_a_file_says_the_merge_ends_and_loses_nothing(path: str, spoiled: bytes) -> None:
    base = {
        **FILES,
        "tables/a.csv": "编号,分区\n1,甲\n".encode(),
        "CHANGELOG.md": "# 更新\n\n## 1\n\n- 首版\n".encode(),
    }
    changed = (
        base[path]
        .replace(b"1", b"2", 1)
        .replace("部署".encode(), "部署好".encode(), 1)
        .replace("文字".encode(), "字".encode(), 1)
    )
    for mine, theirs in ((spoiled, changed), (changed, spoiled)):
        merged = merge(base, {**base, path: mine}, {**base, path: theirs})
        if path == "CHANGELOG.md":
            assert b"## 2" in merged.files[path] or merged.conflicts
        else:
            assert merged.conflicts and merged.files[path] == mine
