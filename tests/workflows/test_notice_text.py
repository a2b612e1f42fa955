"""Where a clause stands in the words of a notice; the notices here are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import counted, must_end
from workflows.notice_outline import outline
from workflows.notice_parts import Place
from workflows.notice_text import find, words

NOTICE = """\
某县应急管理局文件
关于开展冬季检查的通知

各单位：
　　为做好冬季工作，现通知如下。
目 录
一、目标\t1
（一）甲事\t2
一、目标
到年底不超过 1.5
二、任务
（一）甲事
1. 先做第一件。
2．再做第二件。一是看现场；二是查台账。
（1）逐项登记。
（2）逐项核对。
（二）乙事
1、另做一件。
（二）丙事
1.还有一件。
三、要求
（一）报送。每月月底前报送。
某县应急管理局
2024年10月28日
附件1 登记表
一、填表说明
逐栏填写。
""".splitlines()


def texts(path: str, notice: list[str] = NOTICE) -> list[list[str]]:
    paragraphs = outline(notice)
    return [[one.text for one in words(paragraphs, place)] for place in find(paragraphs, path)]


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("二", "二、任务", "1.还有一件。"),
        ("二（一）", "（一）甲事", "（2）逐项核对。"),
        ("二（一）1", "1. 先做第一件。", "1. 先做第一件。"),
        ("二（一）2", "2．再做第二件。一是看现场；二是查台账。", "（2）逐项核对。"),
        ("二（一）2（2）", "（2）逐项核对。", "（2）逐项核对。"),
        ("二(一)2(1)", "（1）逐项登记。", "（1）逐项登记。"),
        (
            "二（一）2·二是",
            "2．再做第二件。一是看现场；二是查台账。",
            "2．再做第二件。一是看现场；二是查台账。",
        ),
        ("二（二）[1]", "（二）乙事", "1、另做一件。"),
        ("二（二）[2]1", "1.还有一件。", "1.还有一件。"),
        ("三（一）", "（一）报送。每月月底前报送。", "（一）报送。每月月底前报送。"),
        ("前言", "各单位：", "为做好冬季工作，现通知如下。"),
        ("落款", "某县应急管理局", "2024年10月28日"),
        ("附件1", "附件1 登记表", "逐栏填写。"),
        ("附件1 一", "一、填表说明", "逐栏填写。"),
        ("文头", "某县应急管理局文件", "关于开展冬季检查的通知"),
        ("标题", "关于开展冬季检查的通知", "关于开展冬季检查的通知"),
    ],
)
def test_a_clause_is_found_by_its_path(path, first, last):
    [place] = texts(path)
    assert (place[0], place[-1]) == (first, last)


@pytest.mark.parametrize(
    "path",
    ["四", "二（三）", "二1", "二（一）3", "二（一）2·三是", "三（一）1", "附件2", "附件1 二", "抄送", "", "（一）", "二（二）[3]", "二（一）2·" + "是" * 30],
)  # fmt: skip
def test_what_is_not_there_is_never_guessed(path):
    assert texts(path) == []


def test_a_number_that_occurs_twice_names_both_places():
    assert [place[0] for place in texts("二（二）")] == ["（二）乙事", "（二）丙事"]


def test_the_table_of_contents_is_no_place():
    levels = [(one.text, one.level) for one in outline(NOTICE) if "甲事" in one.text]
    assert levels == [("（一）甲事\t2", 0), ("（一）甲事", 2)]


def test_full_and_half_width_are_the_same_to_a_reader():
    assert texts("一（一）", ["一、总则", "(一) 目的(略)。"]) == [["(一) 目的(略)。"]]
    assert texts("一2", ["一、总则", "１．甲", "２．乙"]) == [["２．乙"]]


def test_numbers_in_a_sentence_are_no_headings():
    notice = ["一、总则", "1.5米以下的巷道不算。", "2024年起执行。", "1-2个案例。", "一是抓落实。"]
    assert [one.level for one in outline(notice)] == [1, 0, 0, 0, 0]


def test_what_closes_the_notice_belongs_to_no_clause():
    [place] = texts("三")
    assert "某县应急管理局" not in place and "2024年10月28日" not in place


def test_an_empty_notice_has_nothing():
    assert outline([]) == () and texts("一", []) == [] and texts("前言", []) == [] and texts("落款", []) == []


@pytest.mark.parametrize("end", ["\t3", "……3", "..12", "· · ..１２", "   128", "…  4"])
def test_a_line_of_the_contents_is_no_heading(end):
    assert [one.level for one in outline([f"一、目标{end}", "一、目标"])] == [0, 1]


@pytest.mark.parametrize("end", [" 3", ".3", "3", "..12345", "..", "   x", "  2024 年"])
def test_a_heading_that_ends_with_a_number_is_one(end):
    assert outline([f"一、目标{end}"])[0].level == 1


@pytest.mark.parametrize("sign", [" ", "\u3000", "\t", ".", "…", "（", "附件"])
def test_a_line_of_nothing_but_one_sign_takes_no_longer_than_another(sign):
    many = sign * 500_000  # what takes the square of it does not come to an end
    with must_end(), counted(at_most=30 * len(many)):
        outline([f"甲{many}乙", f"{many}1乙"])


def test_a_number_in_a_circle_is_a_number():
    notice = outline(["一、目标", "（一）甲事", "1. 先做", "①登记", "②核对"])
    assert find(notice, "一（一）1（2）") == (Place(5, 5),)


@pytest.mark.parametrize("path", ["一", "一（一）", "一（一）1", "一1", "一（一）[2]"])
@pytest.mark.parametrize("line", ["一、甲", "（一）甲", "1. 甲", "（一）甲|1. 甲"])
def test_headings_that_all_say_the_same_take_no_longer_than_others(path, line):
    notice = outline(["一、甲", "（一）甲", *(line.split("|") * 4_900)[:4_900]])
    with counted(at_most=300 * len(notice)):
        find(notice, path)


PIECES = st.sampled_from(
    [
        "一、",
        "二、",
        "（一）",
        "(二)",
        "1.",
        "2、",
        "（1）",
        "①",
        "附件",
        "2024年1月1日",
        "\t9",
        "一是",
        "。",
        "甲",
    ]
)


@given(
    st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=25),
    st.text("一二三（）12[]·是附件前言落款", max_size=8),
)
def test_every_place_lies_in_the_notice_and_begins_with_its_heading(notice, path):
    paragraphs = outline(notice)
    for place in find(paragraphs, path):
        assert 1 <= place.first <= place.last <= len(paragraphs)
        assert words(paragraphs, place)
