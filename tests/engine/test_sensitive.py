"""Who called the hotline only the desk that took the call can read; whoever verifies the tip reads the rest."""

from __future__ import annotations

from engine import history
from engine.running import running
from forms.sensitive import without_sensitive
from tests.engine import tiny
from tests.engine.story import Story, begun
from tests.engine.tiny import FILL, TEXT

CAMPAIGN = """\
actors:
  hotline: {title: 举报受理, post: leading_group}
  mine: {title: 煤矿, unit: "kind == 'mine'"}
  verifier: {title: 核查, unit: "kind == 'bureau'"}
duties:
  tip: {title: 举报, by: hotline, process: tip, form: tip, on: {demand: hotline, about: mine}, hidden: about, clause: 一}
"""
NAME = {"type": "string", "title": "举报人", "x-sensitive": True}
STEPS = [("take", FILL), ("verify", 'camunda:formKey="result" camunda:candidateGroups="verifier"')]


def test_whoever_verifies_a_tip_does_not_learn_whose_it_is(open_work, clock) -> None:
    files = tiny.package(
        CAMPAIGN, {"tip": STEPS}, {"tip": {"举报人": NAME, "内容": TEXT}, "result": {"结果": TEXT}}
    )
    story: Story = begun(open_work, clock, files)
    story.launch("2024-11-04")
    tip = story.demand("clerk", "tip", "pine")
    story.do("clerk", "tip", "take", {"举报人": "张三", "内容": "越界开采"})
    read = {}
    for login in ("clerk", "reader", "admin"):
        with open_work("yangcheng", login, reads=True) as work:
            of = history.instance(work, tip)
            (found,) = history.rounds(work, running(work, of.campaign_id), of)
            read[login] = dict(found.answers)
    assert read["clerk"] == {"举报人": "张三", "内容": "越界开采"}
    assert read["reader"] == read["admin"] == {"内容": "越界开采"}


def test_what_is_sensitive_in_rows_and_groups_goes_too() -> None:
    people = tiny.rows("人", 姓名=NAME, 单位=TEXT)
    group = {"type": "object", "title": "组", "properties": {"电话": NAME, "说明": TEXT}}
    schema = {"type": "object", "properties": {"人": people, "组": group}}
    answers = {"人": [{"姓名": "甲", "单位": "乙"}, {"单位": "丙"}], "组": {"电话": "1", "说明": "x"}}
    assert without_sensitive(schema, answers) == {"人": [{"单位": "乙"}, {"单位": "丙"}], "组": {"说明": "x"}}
    assert answers["人"][0]["姓名"] == "甲"
