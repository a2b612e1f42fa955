"""A notice comes apart into its clauses, however it was numbered and wherever its pages broke; the notices here are invented."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import counted
from tests.examples import examples
from workflows.notice_clauses import NoticeClause, split
from workflows.notice_outline import outline
from workflows.notice_text import find

HAN = "一二三四五六七八九"
# How typists write the number of each level; the first is how we name it.
STYLES = (
    ("{han}、", "{han} 、", "{han}、 ", "第{han}章 ", "第{han}部分 ", "# {han}、"),
    ("（{han}）", "({han})", "（ {han} ）", "({han}）", "{sign}", "　　（{han}）", "## （{han}）"),
    ("{n}.", "{n}．", "{n}、", "{wide}．", "{wide}、", "{n}. ", "{stop}"),
    ("（{n}）", "({n})", "（{wide}）", "({n}）", "{bracket}"),
    ("{circle}", "{n}）", "{n})"),
)
NAMED = ("文头", "标题", "前言", "抄送", "落款")
# Without signs that may be taken for the number of a heading, or for a word with which a paragraph goes back.
WORDS = st.text("煤矿安全检查台账报送县局风险防控隐患整改落实培训演练", min_size=3, max_size=30)


def _number(style: str, n: int) -> str:
    return style.format(
        han=HAN[n - 1], n=n, wide=chr(ord("０") + n), sign=chr(0x3220 + n - 1), bracket=chr(0x2474 + n - 1), stop=chr(0x2488 + n - 1),
        circle=chr(0x2460 + n - 1),
    )  # fmt: skip


@dataclass
class Node:
    """A clause to be written down. repeats: it has the number of the one before it."""

    level: int
    style: str
    text: str
    more: list[str]
    repeats: bool
    below: list[Node] = field(default_factory=list)


@st.composite
def nodes(draw: st.DrawFn, level: int = 1) -> list[Node]:
    """Draw the clauses of one level; a level may be left out, but all beside one another are of the same."""
    most = 4 if level < 3 else 3
    found = []
    for place in range(draw(st.integers(1 if level == 1 else 0, most))):
        node = Node(
            level, draw(st.sampled_from(STYLES[level - 1])), draw(WORDS) + "。",
            [one + "。" for one in draw(st.lists(WORDS, max_size=2))], place > 0 and draw(st.integers(0, 5)) == 0,
        )  # fmt: skip
        below = level + 1 if level == 4 else draw(st.sampled_from([level + 1, level + 1, min(level + 2, 4)]))
        if level < 5:
            node.below = draw(nodes(below))
        found.append(node)
    return found


def _numbers(siblings: list[Node]) -> list[int]:
    found: list[int] = []
    for node in siblings:
        found.append(found[-1] if node.repeats and found else (found[-1] if found else 0) + 1)
    return found


def _written(siblings: list[Node], above: str, lines: list[tuple[str, str]]) -> None:
    """Add (path, line) of each clause in order."""
    marks = _numbers(siblings)
    for place, (node, n) in enumerate(zip(siblings, marks, strict=True)):
        nth = f"[{marks[:place].count(n) + 1}]" if marks.count(n) > 1 else ""
        path = above + _number(STYLES[node.level - 1][0], n).removesuffix("、").removesuffix(".") + nth
        lines.append((path, _number(node.style, n) + node.text))
        lines += [(path, one) for one in node.more]
        _written(node.below, path, lines)


@st.composite
def notices(draw: st.DrawFn) -> tuple[list[str], dict[str, str]]:
    """Draw the lines of a notice, with what each clause says without its number."""
    said: list[tuple[str, str]] = []
    _written(draw(nodes()), "", said)
    lines = ["某县应急管理局文件", "关于开展专项检查的通知", "各单位：", "为做好工作，现通知如下。"]
    if draw(st.booleans()):
        lines += ["目 录", *(f"{line.rstrip('。')}…… {page}" for page, (_, line) in enumerate(said, 1))]
    for _, line in said:
        lines += _torn(draw, line)
    lines += draw(st.sampled_from([[], ["附件：1. 检查表", "2. 汇总表"]]))
    lines += ["某县应急管理局", "2024年10月28日"]
    wanted: dict[str, str] = {}
    for path, line in said:
        wanted[path] = wanted.get(path, "") + line
    return lines, wanted


def _torn(draw: st.DrawFn, line: str) -> list[str]:
    """Return a line as pages show it: in one piece, or torn, with the page's number between the pieces."""
    at = draw(st.integers(0, 60))
    if not 25 <= at < len(line) - 1:
        return [line]
    between = draw(st.sampled_from([[], [""], ["— 3 —"], ["", "- 12 -", ""], ["第 3 页"]]))
    return [line[:at], *between, line[at:]]


def numbered(clauses: tuple[NoticeClause, ...]) -> list[NoticeClause]:
    return [one for one in clauses if one.path not in (*NAMED, "附件")]


@examples(300)
@given(notices())
def test_an_outline_numbered_in_any_way_comes_apart_into_its_clauses(drawn):
    lines, wanted = drawn
    paragraphs = outline(lines)
    found = numbered(split(paragraphs))
    assert [one.path for one in found] == list(wanted)
    for one in found:
        assert wanted[one.path].endswith(one.text.replace("\n", ""))
        assert [place.first for place in find(paragraphs, one.path)] == [one.first]


@given(notices())
def test_every_clause_stands_in_the_one_that_its_path_says(drawn):
    found = split(outline(drawn[0]))
    known = {one.path: one for one in found}
    for one in found:
        assert one.within == "" or one.path.startswith(one.within)
        assert all(known[path].within == one.path for path in one.below)


def clauses(text: str) -> dict[str, str]:
    return {one.path: one.text for one in split(outline(text.splitlines()))}


def test_what_a_sentence_counts_out_are_clauses_of_their_own():
    found = clauses("一、管控\n1. 严格执行下列措施：一是控制时间；二是不安排夜班，一是不作数；三是倒查。\n")
    assert found["一1"] == "严格执行下列措施："
    assert [found[f"一1·{n}是"] for n in "一二三"] == [
        "一是控制时间；",
        "二是不安排夜班，一是不作数；",
        "三是倒查。",
    ]


def test_a_single_counted_sentence_is_none():
    assert list(clauses("一、管控\n1. 一是一，不是二。\n")) == ["一", "一1"]


def test_what_comes_after_a_list_and_speaks_of_all_of_it_belongs_to_whom_the_list_belongs():
    found = clauses(
        "一、任务\n1. 开展整治。\n（1）甲事。\n（2）乙事。\n对上述2项，要形成报告。\n（二）要求\n尽快。\n"
    )
    assert found["一1"] == "开展整治。\n对上述2项，要形成报告。" and found["一1（2）"] == "乙事。"


def test_a_number_in_the_middle_of_a_sentence_that_a_page_tore_is_no_clause():
    found = clauses(
        "一、任务\n1. 各单位要在本月底以前把去年查出的问题逐条整改完毕，其中重大的有\n27. 件，一般的若干。\n2. 总结。\n"
    )
    assert list(found) == ["一", "一1", "一2"] and "27. 件" in found["一1"]


def test_the_plan_behind_a_covering_letter_carries_the_clauses():
    found = clauses(
        "关于印发方案的通知\n各单位：\n现印发给你们。\n某县应急管理局\n2024年1月2日\n附件\n专项方案\n一、目标\n不出事故。\n二、任务\n（一）检查。\n"
    )
    assert {"一", "二", "二（一）", "文头"} <= set(found) or {"一", "二", "二（一）"} <= set(found)
    assert not [path for path in found if path.startswith("附件")]


def test_an_annex_has_clauses_of_its_own_that_are_found_again():
    text = "一、目标\n不出事故。\n某县应急管理局\n2024年1月2日\n附件1 填表说明\n一、范围\n全部煤矿。\n附件2 样表\n"
    paragraphs = outline(text.splitlines())
    found = {one.path: one for one in split(paragraphs)}
    assert {"一", "附件1", "附件1 一", "附件2"} <= set(found)
    assert all([p.first for p in find(paragraphs, path)] == [one.first] for path, one in found.items())
    assert found["附件1 一"].within == "附件1"


def test_a_list_of_annexes_is_no_list_of_clauses():
    found = clauses("一、目标\n二、要求\n认真落实。\n附件：1. 甲表\n2. 乙表\n某县应急管理局\n2024年1月2日\n")
    assert [path for path in found if path not in NAMED] == ["一", "二", "附件"]
    assert found["落款"] == "某县应急管理局\n2024年1月2日"


def test_who_gets_a_copy_is_a_part_of_its_own():
    found = clauses(
        "一、目标\n平安。\n抄送：县委办公室、县法院、\n县检察院。\n某县政府办公室\n2024年1月2日印发\n"
    )
    assert found["抄送"] == "抄送：县委办公室、县法院、\n县检察院。" and found["一"] == "目标\n平安。"


@pytest.mark.parametrize(
    "text", ["", "各单位：", "\n\n", "2024年1月2日", "附件1", "一、", "（一）甲", "①②③", "抄送："]
)
def test_a_notice_of_next_to_nothing_comes_apart_all_the_same(text):
    assert all(one.texts for one in split(outline(text.splitlines())))


@pytest.mark.parametrize(
    "line",
    [
        "一、甲",
        "（一）甲",
        "1. 甲",
        "（1）甲",
        "①甲",
        "附件1 甲",
        "2024年1月2日",
        "一是甲；二是乙",
        "甲" * 60,
    ],
)
def test_five_thousand_lines_that_all_say_the_same_take_no_longer_than_others(line):
    paragraphs = outline(["一、甲", "（一）乙", *[line] * 4_900])
    with counted(at_most=1_000 * len(paragraphs)):
        split(paragraphs)
