"""The small package under which a paper of another authority is worked off here: its forms and one step.

What comes from elsewhere brings its forms along, since nobody here need have the campaign it belongs to. The package is made
from the sealed copy and nothing else, so that the same paper makes the same package.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

# Packages of this name are nobody's own: no list offers them.
PREFIX = "received-"
PROCESS, START, STEP, DUTY, DESK = "receive", "start", "answer", "received", "intake"
CLAUSE = "来文"


def files(sealed: Mapping[str, Any]) -> dict[str, bytes]:
    """Return path -> bytes of the package for a sealed copy; see `engine.deliveries.sealing` for what stands in one."""
    forms = {
        f"forms/{key}/{part}.json": _json(form[part])
        for key, form in sorted(sealed["forms"].items())
        for part in ("schema", "ui")
    }
    made = {
        "processes/receive.bpmn": _drawing(sealed["step"]).encode(),
        "CHANGELOG.md": f"# {sealed['package']['version']}\n".encode(),
        "clauses.yaml": _json([{"path": CLAUSE, "gist": "外单位送来，办理后回复", "kind": "report"}]),
        **forms,
    }
    # Named by all that stands in it: the same step and forms may come from two campaigns of different titles.
    whole = {"campaign.yaml": _json(_campaign(sealed, "")), **made}
    digest = hashlib.sha256(b"\0".join(whole[path] for path in sorted(whole))).hexdigest()
    return {"campaign.yaml": _json(_campaign(sealed, digest[:32])), **made}


def intake(name: str, level: str, day: str) -> dict[str, bytes]:
    """Return the files of the package under which an authority keeps what belongs to none of its campaigns.

    name, level: of the authority. day: ISO 8601, since when.
    """
    return files(
        {
            "package": {"id": "", "version": "1.0.0", "title": "外单位来文", "level": level},
            "notice": {"issuer": name, "number": "来文", "issued": day},
            "step": {"name": "办理来文", "form": ""},
            "forms": {},
        }
    )


def is_received(package_id: str) -> bool:
    return package_id.startswith(PREFIX)


def _campaign(sealed: Mapping[str, Any], digest: str) -> dict[str, Any]:
    of, notice = sealed["package"], sealed["notice"]
    return {
        "format": "luoshi/1",
        "id": f"{PREFIX}{digest}",
        "version": of["version"],
        "title": of["title"],
        "level": of["level"],
        "notice": {key: value for key, value in notice.items() if value},
        "period": {"start": "notice.issued"},
        "actors": {DESK: {"title": "收文", "post": DESK}},
        "duties": {
            DUTY: {
                "title": sealed["step"]["name"], "by": DESK, "process": PROCESS, "on": {"demand": DESK}, "standing": True,
                "clause": CLAUSE,
            }
        },
    }  # fmt: skip


def _drawing(step: Mapping[str, Any]) -> str:
    key = f" camunda:formKey={quoteattr(step['form'])}" if step["form"] else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="definitions" targetNamespace="urn:luoshi:received">
  <bpmn:process id="{PROCESS}" isExecutable="true">
    <bpmn:startEvent id="{START}" name="收到" />
    <bpmn:sequenceFlow id="begins" sourceRef="{START}" targetRef="{STEP}" />
    <bpmn:userTask id="{STEP}" name={quoteattr(step["name"])} camunda:candidateGroups="{DESK}"{key} />
    <bpmn:sequenceFlow id="ends" sourceRef="{STEP}" targetRef="end" />
    <bpmn:endEvent id="end" name="已答复" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="{PROCESS}">
{_shape(START, 100, 102, 36, 36)}{_shape(STEP, 190, 80, 100, 80)}{_shape("end", 344, 102, 36, 36)}{_edge("begins", 136, 190)}\
{_edge("ends", 290, 344)}    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


def _shape(key: str, x: int, y: int, width: int, height: int) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}" />'
    return f'      <bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">{bounds}</bpmndi:BPMNShape>\n'


def _edge(key: str, *across: int) -> str:
    points = "".join(f'<di:waypoint x="{x}" y="120" />' for x in across)
    return f'      <bpmndi:BPMNEdge id="{key}_di" bpmnElement="{key}">{points}</bpmndi:BPMNEdge>\n'


def _json(value: object) -> bytes:
    return f"{json.dumps(value, ensure_ascii=False, indent=1)}\n".encode()
