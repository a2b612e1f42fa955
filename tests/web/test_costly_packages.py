"""A package whose expressions cost as much as they may, everywhere at once: no page waits for all of them."""

from __future__ import annotations

import json

from tests.effort import counted
from tests.engine.story import begun
from tests.workflows.small import bpmn

CAMPAIGN = """\
format: luoshi/1
id: costly
version: 1.0.0
title: 费时的方案
level: county
notice: {issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  mine: {title: 煤矿, unit: "kind == 'mine'"}
duties:
  rows: {title: 列清单, by: mine, process: list, form: rows, clause: 一}
  begun: {title: 填报, by: mine, process: list, form: wide, clause: 一, prefill: PREFILL}
ledgers:
  lines: {title: 台账, process: item, form: row, from_rows: [rows.行], columns: [名], states: [登记], clause: 一}
"""
FIELDS = [f"f{number}" for number in range(400)]
ROW = {"type": "object", "properties": {"名": {"type": "string", "title": "名"}}}


def files() -> dict[str, bytes]:
    def form(**fields: object) -> bytes:
        return json.dumps({"type": "object", "properties": fields}, ensure_ascii=False).encode()

    prefill = json.dumps(dict.fromkeys(FIELDS, "sum(lines, sum(lines, 1))"))
    return {
        "campaign.yaml": CAMPAIGN.replace("PREFILL", prefill).encode(),
        "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
        "processes/list.bpmn": bpmn("list", [("fill", 'camunda:formKey="form" camunda:candidateGroups="by"')]).encode(),
        "processes/item.bpmn": bpmn("item", [("look", 'camunda:candidateGroups="mine"')]).encode(),
        "forms/row/schema.json": json.dumps(ROW).encode(),
        "forms/rows/schema.json": form(行={"type": "array", "title": "行", "items": ROW}),
        "forms/wide/schema.json": form(**{name: {"type": "number", "title": name} for name in FIELDS}),
    }  # fmt: skip


def test_what_a_form_begins_with_has_one_budget(open_work, clock, house, visit) -> None:
    story = begun(open_work, clock, files())
    story.launch()
    story.do("pine", "rows", "fill", {"行": [{"名": "甲"}] * 300})
    task, pine = story.find("pine", "begun"), visit("pine")
    # All of them would take some thirty times as much.
    with counted(at_most=20_000_000):
        answer = pine.get(f"/t/yangcheng/tasks/{task.id}")
    assert answer.status_code == 200
