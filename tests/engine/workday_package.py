"""A small campaign whose every date leans on the tenant's calendar."""

from __future__ import annotations

from collections.abc import Mapping

from tests.engine.package import DONE, START, assembled, process, task, timer

CAMPAIGN = """\
format: luoshi/1
id: workdays-2024
version: 1.0.0
title: 冬防行动
level: county
notice: {issuer: 某县应急管理局, number: 某应急发〔2024〕2号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  office: {title: 办公室, post: leading_group}
  mine: {title: 各煤矿, unit: "kind == 'mine' and status in ['生产', '建设']"}
phases:
  first: {title: 自查, start: notice.issued, end: notice.issued + workdays(10), clause: 一}
duties:
  plan: {title: 报送方案, by: mine, to: office, process: reviewed, form: plan, due: notice.issued + workdays(10), words: 十个工作日内, clause: 一}
  earlier:
    title: 月报
    by: mine
    to: office
    process: reviewed
    form: plan
    every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: 2025-01-31, roll: earlier}
    clause: 一
  later:
    title: 旬报
    by: mine
    form: plan
    every: {rule: "FREQ=MONTHLY;BYMONTHDAY=10,20", start: 2024-11-01, end: 2024-12-31, roll: later, opens: due - days(3)}
    clause: 一
  daily:
    title: 日查
    by: mine
    form: plan
    every: {rule: FREQ=DAILY, start: 2024-12-02, end: 2024-12-08, roll: earlier, opens: due}
    clause: 一
  winter:
    title: 冬防周报
    by: mine
    form: plan
    every: {rule: FREQ=WEEKLY;BYDAY=WE, start: season('冬防').start, end: season('冬防').end, opens: due}
    clause: 一
  fixed: {title: 报送名单, by: mine, form: plan, due: 2024-11-20, clause: 一}
  answer: {title: 回复, by: mine, form: plan, on: {demand: mine}, due: event.at + workdays(5), clause: 一}
  recheck: {title: 复查, by: mine, form: plan, on: {demand: mine}, start: event.at + workdays(3), due: event.at + workdays(5), clause: 一}
locks: {"*": free}
"""

PROCESSES = {
    "duty": process("duty", START, task("fill", "by"), DONE, flows="start -> fill\nfill -> done"),
    # A reminder two working days before the due date; the county looks at it within three.
    "reviewed": process(
        "reviewed", START, task("fill", "by"), timer("t1", "fill", "due - workdays(2)"), task("remind", "office"),
        task("review", "to", "verdict", due="due + workdays(3)"), DONE, '<bpmn:endEvent id="e1"/>',
        flows="start -> fill\nfill -> review\nreview -> done\nt1 -> remind\nremind -> e1",
    ),
    "report": process("report", START, task("fill", "by"), DONE, flows="start -> fill\nfill -> done"),
}  # fmt: skip


def files(**changed: str) -> Mapping[str, bytes]:
    """Return the files of the package; changed: place in campaign.yaml -> what stands there instead."""
    return assembled(CAMPAIGN, PROCESSES, ("plan", "verdict"), changed)
