"""What asks for something and what does not, in sentences as offices write them, none from any notice."""

from __future__ import annotations

import pytest

from tests.effort import must_end
from workflows.asking import asking, cues
from workflows.notice_clauses import split
from workflows.notice_outline import outline


def words(text: str, **more: object) -> list[str]:
    return [cue.word for cue in cues(text, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("各站每月5日前报送用气量。", "报送"),
        ("各站每月5日前报送用气量。", "每月"),
        ("各站于3月底前完成更换。", "底前"),
        ("接到通知后10个工作日内答复。", "10个工作日内"),
        ("任何单位不得擅自改装管道。", "不得"),
        ("钢瓶间严禁烟火。", "严禁"),
        ("报警器必须全年开启。", "必须"),
        ("发现泄漏应当立即关阀。", "应当"),
        ("泄漏浓度须按规定测量。", "须"),
        ("餐馆要安装熄火保护装置。", "要"),
        ("请于周五以前回复。", "请"),
        ("站长负责值班安排。", "负责"),
        ("县局将随机抽查。", "将"),
        ("软管长度不超过2米。", "不超过"),
        ("年内更换率达到95%。", "达到95%"),
        ("全年至少演练2次。", "至少"),
        ("各镇定期巡线。", "定期"),
        ("对拒不整改的，停止供气。", "对拒不整改的"),
        ("健全入户安检制度，更新用户档案。", "健全"),
        ("二是对老旧小区逐户开展检查。", "对老旧小区逐户开展"),
        ("向县政府书面报告有关情况。", "向县政府书面报告"),
    ],
)
def test_these_ask(text, word):
    assert word in words(text)


@pytest.mark.parametrize(
    "text",
    [
        "燃气安全关系千家万户。",
        "主要原因是软管老化。",
        "这是重要的民生工程。",
        "近年来全县用气户数有所增加。",
        "自去年冬季以来，先后开展三轮检查。",
        "老旧管道是造成事故的主要因素。",
        "响应速度和供应能力稳步提高，事故逐年下降。",
        "本县共有加气站若干。",
        "第一人民医院是大用户。",
        "液化气的应用越来越多。",
    ],
)
def test_these_do_not(text):
    assert words(text) == []


def test_a_heading_only_names_what_follows():
    assert words("开展入户检查。老旧小区较多。", heading=7) == []
    assert words("开展入户检查。各镇要逐户检查。", heading=7) == ["要"]


def test_where_a_plan_thinks_its_verbs_ask_nothing_but_its_bans_and_numbers_do():
    assert words("坚持预防为主，全面提升水平，确保平安。", headings=["基本原则"]) == []
    assert words("到年底更换率达到90%。", headings=["总体要求"]) == ["达到90%"]
    assert words("不得新建。", headings=["指导思想"]) == ["不得"]


def test_the_frame_of_a_notice_asks_only_in_so_many_words():
    assert words("现印发给你们，请认真贯彻落实。", frame=True) == []
    assert words("请于10月8日前将名单报县局。", frame=True) == ["8日前"]


def test_each_cue_says_where_it_stands():
    text = "各站要每月上报一次，不得迟报。"
    assert all(text[cue.start : cue.end] == cue.word for cue in cues(text))


def test_what_is_listed_below_an_asking_sentence_is_asked_for():
    found = asking(
        split(
            outline(
                [
                    "一、检查",
                    "重点检查下列情况：",
                    "（一）软管老化。",
                    "（二）私接管线。",
                    "二、情况",
                    "（一）软管老化。",
                ]
            )
        )
    )
    assert {path: bool(cues) for path, cues in found.items()} == {
        "一": True, "一（一）": True, "一（二）": True, "二": False, "二（一）": False,
    }  # fmt: skip


def test_a_section_that_only_holds_others_asks_nothing_itself():
    found = asking(split(outline(["一、强化入户检查", "（一）要逐户检查。"])))
    assert not found["一"] and found["一（一）"]


MANY = 500_000  # what takes the square of it does not come to an end


@pytest.mark.parametrize(
    "text",
    [
        "要" * MANY,
        "对" * MANY + "的，",
        "每" * MANY,
        "将，" * MANY,
        "实现" * MANY,
        "，" * MANY,
        "1" * MANY,
    ],
)
def test_a_hostile_text_takes_no_longer_than_another(text):
    with must_end():
        cues(text)
