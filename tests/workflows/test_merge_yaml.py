from __future__ import annotations

import pytest

from tenants.errors import Invalid
from workflows.merge import Choice, Merged, merge, resolve

BASE = """\
# 方案
format: luoshi/1
title: 检查   # 名称
actors:
  office: {title: 办公室, post: office}
  mine:   {title: 各煤矿, unit: "kind == 'mine'"}

duties:
  # —— 报送 ——
  plan:
    title: 方案
    by: [office, mine]
    due: 2024-10-31   # 通知写明
    words: |
      十月三十一日
      以前

  # —— 其他 ——
  check: {title: 自查, by: mine, due: 2024-11-25}
# 完
"""


def three(mine: str, theirs: str, base: str = BASE) -> Merged:
    return merge(*({"campaign.yaml": text.encode()} for text in (base, mine, theirs)))


def text_of(merged: Merged) -> str:
    return merged.files["campaign.yaml"].decode()


def changed(*changes: tuple[str, str], text: str = BASE) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_my_comments_order_and_spaces_stay_where_theirs_changed_something_else() -> None:
    mine = changed(
        ("# 方案", "# 本县的方案"),
        ("  plan:\n", "  # 我县提前\n  plan:\n"),
        ("title: 自查", "title:   自查自改"),
    )
    merged = three(mine, changed(("due: 2024-10-31", "due: 2024-10-30")))
    assert not merged.conflicts
    assert text_of(merged) == changed(("due: 2024-10-31", "due: 2024-10-30"), text=mine)


def test_their_comments_come_with_what_i_have_not_touched() -> None:
    mine = changed(("title: 检查", "title: 大检查"))
    theirs = changed(
        ("  # —— 其他 ——", "  # —— 自查 ——"),
        ("due: 2024-10-31   # 通知写明", "due: 2024-10-31   # 见第五条"),
        ("# 完", "# 完毕"),
    )
    assert text_of(three(mine, theirs)) == changed(
        ("title: 检查", "title: 大检查"), text=theirs.replace("# 完毕", "# 完")
    )


def test_a_new_duty_comes_with_its_comments_to_the_place_where_it_stands_there() -> None:
    new = "  # 新增的\n  report:\n    title: 月报\n    by: mine\n\n"
    theirs = changed(("  # —— 其他 ——", new + "  # —— 其他 ——"))
    mine = changed(("title: 方案\n", "title: 本县方案\n"))
    assert text_of(three(mine, theirs)) == changed(("title: 方案\n", "title: 本县方案\n"), text=theirs)


def test_what_is_written_in_brackets_goes_into_brackets_and_what_is_not_goes_out() -> None:
    mine = changed(
        (
            "  check: {title: 自查, by: mine, due: 2024-11-25}",
            "  check:\n      title: 自查\n      by: mine\n      due: 2024-11-25",
        )
    )
    theirs = changed(
        ("{title: 自查, by: mine,", "{title: 自查, by: [mine, office], clause: 四（二）, words: '{两}：句',")
    )
    found = text_of(three(mine, theirs))
    assert (
        "      by: [mine, office]\n      clause: 四（二）\n      words: '{两}：句'\n      due: 2024-11-25\n"
        in found
    )
    back = text_of(
        three(
            changed(("title: 自查", "title: 查"), text=BASE),
            changed(("by: mine, due: 2024-11-25}", "by: mine, due: 2024-11-25}"), text=BASE),
        )
    )
    assert "{title: 查, by: mine" in back
    block = changed(
        (
            "{title: 办公室, post: office}",
            "\n    title: 办公室\n    post: office\n    aliases: [甲, '乙: 丙']",
        )
    )
    found = text_of(three(changed(("post: office}", "post: leader}")), block))
    assert 'office: {title: 办公室, post: leader, aliases: [甲, "乙: 丙"]}' in found


def test_both_add_to_a_list_and_both_take_from_it() -> None:
    merged = three(
        changed(("[office, mine]", "[office, mine, company]")), changed(("[office, mine]", "[leader, mine]"))
    )
    assert not merged.conflicts and "by: [leader, mine, company]" in text_of(merged)


def test_an_item_that_both_changed_is_a_conflict() -> None:
    merged = three(
        changed(("[office, mine]", "[office, crew]")), changed(("[office, mine]", "[office, section]"))
    )
    (one,) = merged.conflicts
    assert (
        one.place == ("duties", "plan", "by")
        and one.base is not None
        and one.base.value == ["office", "mine"]
    )
    assert "by: [office, section]" in text_of(resolve(merged, {one.id: Choice("theirs")}))


def test_a_date_that_both_changed_is_shown_with_its_three_sides_and_settled_three_ways() -> None:
    merged = three(changed(("2024-10-31", "2024-10-30")), changed(("2024-10-31", "2024-10-29")))
    (one,) = merged.conflicts
    assert str(one.what) == "任务“方案”的期限" and one.kind == "changed"
    assert [side.value if side else None for side in (one.base, one.mine, one.theirs)] == [
        "2024-10-31",
        "2024-10-30",
        "2024-10-29",
    ]
    assert "due: 2024-10-30   # 通知写明" in text_of(merged)
    assert "due: 2024-10-29   # 通知写明" in text_of(resolve(merged, {one.id: Choice("theirs")}))
    assert "due: 2024-10-28   # 通知写明" in text_of(resolve(merged, {one.id: Choice("edit", "2024-10-28")}))
    assert "due: 2024-10-30   # 通知写明" in text_of(resolve(merged, {one.id: Choice("mine")}))


def test_an_edited_element_may_have_several_lines() -> None:
    merged = three(
        changed(("  check: {title: 自查, by: mine, due: 2024-11-25}\n", "")),
        changed(("2024-11-25", "2024-11-20")),
    )
    (one,) = merged.conflicts
    assert (one.kind, one.place) == ("deleted_here", ("duties", "check"))
    assert "check" not in text_of(merged)
    edited = text_of(resolve(merged, {one.id: Choice("edit", "title: 自查\nby: [mine]\ndue: 2024-11-22")}))
    assert "  check:\n    title: 自查\n    by: [mine]\n    due: 2024-11-22\n" in edited
    assert "  check: {title: 自查, by: mine, due: 2024-11-20}\n" in text_of(
        resolve(merged, {one.id: Choice("theirs")})
    )


@pytest.mark.parametrize("text", ["{a", "a: b\nc", "- x\n y", "x: [", "2024\nother: 1", "!!set x", "&a b"])
def test_an_edit_that_cannot_be_read_is_refused_with_its_conflict(text: str) -> None:
    merged = three(changed(("2024-10-31", "2024-10-30")), changed(("2024-10-31", "2024-10-29")))
    key = merged.conflicts[0].id
    try:
        edited = resolve(merged, {key: Choice("edit", text)})
    except Invalid as refused:
        assert refused.problems[0].where == key
    else:
        assert edited.problems  # it is YAML, and no date


def test_what_they_renamed_and_i_changed_names_its_new_name() -> None:
    merged = three(changed(("2024-11-25", "2024-11-20")), changed(("  check:", "  self_check:")))
    (one,) = merged.conflicts
    assert (one.kind, one.renamed) == ("deleted_there", "self_check")
    assert "check: {title: 自查, by: mine, due: 2024-11-20}" in text_of(merged)
    assert "self_check: {title: 自查, by: mine, due: 2024-11-25}" in text_of(merged)


def test_the_same_name_given_to_two_things_is_a_conflict() -> None:
    def added(title: str) -> str:
        return changed(("# 完", f"  talk: {{title: {title}, by: mine}}\n# 完"))

    merged = three(added("谈话"), added("约谈"))
    assert [(one.kind, one.place) for one in merged.conflicts] == [("added", ("duties", "talk"))]
    assert not three(added("谈话"), added("谈话")).conflicts


def test_a_section_moved_by_them_alone_is_moved() -> None:
    actors = BASE[BASE.index("actors:") : BASE.index("duties:")]
    theirs = BASE.replace(actors, "").replace("# 完\n", actors.rstrip("\n") + "\n# 完\n")
    found = text_of(three(changed(("title: 检查", "title: 大检查")), theirs))
    assert found.index("duties:") < found.index("actors:") and "大检查" in found


def test_everything_below_a_key_may_go() -> None:
    theirs = changed(
        (
            "actors:\n  office: {title: 办公室, post: office}\n  mine:   {title: 各煤矿, unit: \"kind == 'mine'\"}\n",
            "actors: {}\n",
        )
    )
    found = text_of(three(changed(("title: 方案\n", "title: 本县方案\n")), theirs))
    assert "actors: {}\n" in found and "本县方案" in found


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_mark_of_the_encoding_are_those_of_my_file(end: str, mark: bytes) -> None:
    mine = mark + changed(("title: 方案\n", "title: 本县方案\n")).replace("\n", end).encode()
    merged = merge(
        {"campaign.yaml": BASE.encode()},
        {"campaign.yaml": mine},
        {"campaign.yaml": changed(("2024-10-31", "2024-10-30")).encode()},
    )
    assert not merged.conflicts
    assert merged.files["campaign.yaml"] == mine.replace(b"2024-10-31", b"2024-10-30")


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "? a\n: 1\n", "--- # x\na: 1\n"])
def test_what_is_written_too_cleverly_is_merged_as_a_whole(text: str) -> None:
    merged = three(text + "d: 1\n", text + "e: 1\n", text)
    assert [one.place for one in merged.conflicts] == [()]


def test_clauses_and_walks_are_told_apart_by_their_names() -> None:
    base = "- {path: 一, gist: 部署}\n- {path: 二, gist: 自查}\n- {path: 三, gist: 报送}\n"
    mine = base.replace("gist: 部署", "gist: 安排部署").replace("- {path: 三, gist: 报送}\n", "")
    theirs = "- {path: 前言, gist: 背景}\n" + base.replace("gist: 自查", "gist: 自查自改")
    merged = merge(*({"clauses.yaml": text.encode()} for text in (base, mine, theirs)))
    assert not merged.conflicts
    assert (
        merged.files["clauses.yaml"].decode()
        == "- {path: 前言, gist: 背景}\n- {path: 一, gist: 安排部署}\n- {path: 二, gist: 自查自改}\n"
    )
    walks = "walks:\n  - name: 甲\n    duty: plan\n    steps:\n      - {task: fill}\n    end: done\n  - {name: 乙, duty: plan, end: done}\n"
    found = merge(*({"tests/walks.yaml": text.encode()} for text in (
        walks, walks.replace("end: done}", "end: over}"), walks.replace("- {task: fill}\n", "- {task: fill}\n      - {task: review}\n"))))  # fmt: skip
    assert not found.conflicts
    assert found.files["tests/walks.yaml"].decode() == walks.replace("end: done}", "end: over}").replace(
        "- {task: fill}\n", "- {task: fill}\n      - {task: review}\n"
    )
