"""Who may read what is protected is nobody's choice who fills in a form."""

from __future__ import annotations

import json

import pytest

from tests.workflows.small import bpmn
from workflows.check import check

CAMPAIGN = """\
format: luoshi/1
id: tips-2024
version: 1.0.0
title: 举报
level: county
notice: {{issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}}
period: {{start: notice.issued, end: 2025-01-28}}
actors:
  mine: {{title: 煤矿, unit: "kind == 'mine'"}}
  reader: {{title: 受理, {reader}}}
duties:
  tip: {{title: 举报, by: mine, process: duty, form: tip, clause: 一}}
"""


@pytest.mark.parametrize(("reader", "refused"), [("post: hotline", False), ("named_by: tip.受理单位", True)])
def test_an_actor_whom_an_answer_names_reads_nothing_protected(reader: str, refused: bool) -> None:
    text = {"type": "string", "title": "字"}
    fields = {"受理单位": {**text, "format": "unit"}, "举报人": {**text, "x-only": ["reader"]}}
    given = {
        "campaign.yaml": CAMPAIGN.format(reader=reader).encode(),
        "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
        "processes/duty.bpmn": bpmn("duty", [("do", 'camunda:formKey="form"')]).encode(),
        "forms/tip/schema.json": json.dumps({"type": "object", "properties": fields}).encode(),
    }
    assert any("谁填报谁就能决定给谁看" in str(one.what) for one in check(given)) is refused
