"""A small campaign of dates of every kind: milestones with a consequence each, what an event starts and another stops, undated
duties that come again, seasons that are not known yet."""

from __future__ import annotations

from collections.abc import Mapping

from tests.engine.package import DONE, START, assembled, event, process, task

CAMPAIGN = """\
format: luoshi/1
id: dated-2024
version: 1.0.0
title: 时限行动
level: county
notice: {issuer: 某县应急管理局, number: 某应急发〔2024〕3号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-12-31}
actors:
  office: {title: 办公室, post: leading_group}
  mine: {title: 各煤矿, unit: "kind == 'mine' and status in ['生产', '建设']"}
phases:
  before: {title: 动员, start: 2024-05-01, end: 2024-05-31, clause: 一}
  floods: {title: 防汛, start: 2025-04-01, end: "season('汛期').end", clause: 一}
duties:
  approvals:
    title: 审批
    by: mine
    process: approvals
    form: plan
    clause: 一
    milestones:
      border: {title: 划界, due: 2024-09-30, step: border, words: 9月底前}
      rights: {title: 登记, due: 2024-11-15, step: rights, missed: sorted_out, rule: sort, words: 11月15日前}
      design: {title: 设计, due: phases.before.end + days(210), step: design, missed: closing}
      whole: {title: 全部办结, due: 2025-01-31}
  sorting: {title: 分类处置, by: office, form: plan, on: {event: sorted_out}, due: event.at + days(10), clause: 一}
  resume: {title: 复工, by: mine, process: resume, form: plan, on: {demand: mine}, clause: 一}
  pause: {title: 停工, by: mine, process: pause, form: plan, on: {demand: mine}, clause: 一}
  checks:
    title: 旬查
    by: mine
    form: plan
    on: {event: resumed}
    every: {each: ten_days, end: year_end(event.at), until: paused}
    clause: 一
  yearly: {title: 年度计划, by: mine, form: plan, every: {each: year, undated: true}, clause: 一}
  before_floods: {title: 汛前检查, by: mine, form: plan, start: 2024-11-01, due: "season('汛期').start - days(1)", words: 汛期到来前, clause: 一}
  festivals: {title: 节前督查, by: office, form: plan, every: {season: [春节, 两会], opens: season.start - days(7), due: season.start - days(1)}, clause: 一}
  early: {title: 动员部署, by: mine, form: plan, due: phases.before.end, words: 5月, clause: 一}
rules:
  sort: {if: 未完成登记, then: 分类处置, clause: 一}
locks: {"*": free}
"""

SIGNALS = "".join(f'<bpmn:signal id="s_{name}" name="{name}"/>' for name in ("resumed", "paused", "closing"))


def throw(name: str) -> str:
    return event("endEvent", "done", inside=f'<bpmn:signalEventDefinition signalRef="s_{name}"/>')


SPLIT = '<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>'
CAUGHT = event(
    "boundaryEvent", "caught", inside='<bpmn:signalEventDefinition signalRef="s_closing"/>',
    more='attachedToRef="design" cancelActivity="true"',
)  # fmt: skip
PROCESSES = {
    "duty": process("duty", START, task("fill", "by"), DONE, flows="start -> fill\nfill -> done"),
    # The design that is late goes to the office instead; its process hears of its own miss.
    "approvals": process(
        "approvals", START, SPLIT, task("border", "by"), task("rights", "by"), task("design", "by"), CAUGHT,
        task("settle", "office"), DONE, '<bpmn:endEvent id="settled"/>',
        flows="start -> split\nsplit -> border\nsplit -> rights\nsplit -> design\nborder -> join\nrights -> join\n"
        "design -> join\njoin -> done\ncaught -> settle\nsettle -> settled",
        outside=SIGNALS,
    ),
    "resume": process("resume", START, task("fill", "by"), throw("resumed"), flows="start -> fill\nfill -> done", outside=SIGNALS),
    "pause": process("pause", START, task("fill", "by"), throw("paused"), flows="start -> fill\nfill -> done", outside=SIGNALS),
}  # fmt: skip


def files(**changed: str) -> Mapping[str, bytes]:
    """Return the files of the package; changed: place in campaign.yaml -> what stands there instead."""
    return assembled(CAMPAIGN, PROCESSES, ("plan",), changed)
