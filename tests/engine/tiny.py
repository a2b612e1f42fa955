"""The frame of a tiny package: head, clause, straight processes, flat forms. A test writes down only what it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tests.workflows.small import bpmn

# What a task of whom the duty is for, and of the one who receives it, fills in.
FILL = 'camunda:formKey="form" camunda:candidateGroups="by"'
TAKE = 'camunda:formKey="verdict" camunda:candidateGroups="to"'
TEXT = {"type": "string", "title": "文字"}
_HEAD = """\
format: luoshi/1
id: {key}
version: 1.0.0
title: 小行动
level: county
notice: {{issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}}
period: {{start: notice.issued, end: 2025-01-28}}
"""


def rows(title: str, **fields: object) -> dict[str, object]:
    """Return a field that is a table with these fields in each row."""
    return {"type": "array", "title": title, "items": {"type": "object", "properties": fields}}


def package(
    campaign: str,
    processes: Mapping[str, str | Sequence[tuple[str, str]]],
    forms: Mapping[str, Mapping[str, object]],
    *,
    key: str = "tiny-2024",
    required: Sequence[str] = (),
) -> dict[str, bytes]:
    """Return the files of a package.

    campaign: campaign.yaml from its actors on. processes: name -> drawing, or steps one after another. forms: name -> fields, of
    which those in `required` must be filled wherever they stand.
    """
    texts = {
        "campaign.yaml": _HEAD.format(key=key) + campaign,
        "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n",
    }
    for name, drawn in processes.items():
        texts[f"processes/{name}.bpmn"] = drawn if isinstance(drawn, str) else bpmn(name, list(drawn))
    for name, fields in forms.items():
        schema = {
            "type": "object",
            "properties": fields,
            "required": [one for one in required if one in fields],
        }
        texts[f"forms/{name}/schema.json"] = json.dumps(schema, ensure_ascii=False)
    return {path: text.encode() for path, text in texts.items()}
