"""What other modelers write beside BPMN: Camunda 7's attributes and spiff-arena's extension elements.

Read: form key, candidate groups, assignee, due and follow-up date, properties, instructions. What only tells another engine
how to store or retry is passed over; whatever would make something happen (listeners, scripts, mappings) is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tenants.text import say
from workflows.bpmn.elements import (
    BPMN,
    CAMUNDA,
    CAMUNDA_DECIDING,
    CAMUNDA_ELSEWHERE,
    CAMUNDA_PLAIN,
    CAMUNDA_READ,
    PLAIN_VALUES,
    SPIFF,
    SPIFF_PLAIN,
    SPIFF_READ,
    XSI,
    is_plain_attribute,
    prefixed,
)
from workflows.bpmn.findings import Findings
from workflows.bpmn.xml import Element

_COLOURS = frozenset(
    {
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://camunda.org/schema/modeler/1.0",
        XSI,
    }
)
_CAMUNDA_PLAIN_ELEMENTS = frozenset({"failedJobRetryTimeCycle"})
_IN_BRACES = re.compile(r"[#$]\{\s*([^{}]*?)\s*\}")
_SCHEMA_FILE = re.compile(r"(?:.*/)?(?P<stem>[^/]+?)(?:[-_.]schema)?\.json")
_MOST_CHARACTERS = 10_000  # of one property or instruction


@dataclass
class Extras:
    """What was read beside BPMN of one node."""

    form: str | None = None
    candidates: tuple[str, ...] = ()
    assignee: str | None = None
    due: str | None = None
    follow_up: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    instructions: str = ""
    decision: str = ""  # spiff-arena: of a business rule task
    handed: list[Element] = field(default_factory=list)  # camunda:in and camunda:out of a call activity


def read_extras(element: Element, findings: Findings) -> Extras:
    """Return the extras of one node, and find fault with attributes and extensions that nobody carries out."""
    extras = Extras()
    _attributes(element, extras, findings)
    for block in element.all(BPMN, "extensionElements"):
        for extension in block.children:
            _extension(extension, extras, element, findings)
    if extras.form is None:
        extras.form = _form_of(extras.properties)
    return extras


def check_plain(element: Element, owner: str, findings: Findings) -> None:
    """Find fault with what nobody carries out on an element without extras: a flow, process, event definition."""
    for key, value in element.attributes.items():
        _foreign_attribute(element, key, value, owner, findings)
        if key.startswith("{" + CAMUNDA + "}") and key.rpartition("}")[2] in CAMUNDA_READ:
            _not_carried_out(prefixed(CAMUNDA, key.rpartition("}")[2]), element, owner, findings)
    ignored = Extras()
    for block in element.all(BPMN, "extensionElements"):
        for extension in block.children:
            _extension(extension, ignored, element, findings, owner)


def _attributes(element: Element, extras: Extras, findings: Findings) -> None:
    owner = element.get("id")
    read = {name: element.get("{" + CAMUNDA + "}" + name).strip() for name in CAMUNDA_READ}
    for key, value in element.attributes.items():
        _foreign_attribute(element, key, value, owner, findings)
    if element.name != "userTask":
        for name in sorted(name for name, value in read.items() if value):
            findings.error(
                say("{name} 只能写在用户任务上。", name=prefixed(CAMUNDA, name)),
                say("请移到用户任务上，或删去。"),
                element.line,
                owner,
            )
        return
    extras.form = read["formKey"] or read["formRef"] or None
    extras.candidates = tuple(
        dict.fromkeys(bare for part in read["candidateGroups"].split(",") if (bare := _bare(part)))
    )
    extras.assignee = _bare(read["assignee"]) or None
    extras.due = read["dueDate"] or None
    extras.follow_up = read["followUpDate"] or None


def _foreign_attribute(element: Element, key: str, value: str, owner: str, findings: Findings) -> None:
    if not key.startswith("{"):
        plain = PLAIN_VALUES.get(key)
        if plain is not None and value not in plain:
            _not_carried_out(f'{key}="{value[:40]}"', element, owner, findings)
        elif element.namespace == BPMN and not is_plain_attribute(key):
            findings.warning(
                say("属性 {name} 不起作用。", name=key), say("如不需要，请删去。"), element.line, owner
            )
        return
    namespace, name = key[1:].split("}", 1)
    if namespace in _COLOURS or (namespace == CAMUNDA and name in CAMUNDA_READ | CAMUNDA_PLAIN):
        return
    if namespace == CAMUNDA and element.name == "businessRuleTask" and name in CAMUNDA_DECIDING:
        return
    if namespace == CAMUNDA and name in CAMUNDA_ELSEWHERE.get(element.name, ()):
        return
    if namespace == CAMUNDA:
        _not_carried_out(prefixed(namespace, name), element, owner, findings)
    else:
        findings.warning(
            say("属性 {name} 不起作用。", name=prefixed(namespace, name)),
            say("如不需要，请删去。"),
            element.line,
            owner,
        )


def _extension(
    extension: Element, extras: Extras, element: Element, findings: Findings, owner: str = ""
) -> None:
    name = prefixed(extension.namespace, extension.name)
    owner = element.get("id") or owner
    if extension.namespace in {CAMUNDA, SPIFF} and extension.name in {"properties", "property"}:
        _properties(extension, extras, owner, findings)
    elif extension.namespace == SPIFF and extension.name in SPIFF_READ | SPIFF_PLAIN:
        if extension.name == "instructionsForEndUser":
            extras.instructions = extension.text.strip()[:_MOST_CHARACTERS]
        elif extension.name == "calledDecisionId":
            extras.decision = extension.text.strip()
            if element.name != "businessRuleTask":
                _not_carried_out(name, extension, owner, findings)
    elif extension.namespace == CAMUNDA and extension.name in _CAMUNDA_PLAIN_ELEMENTS:
        pass
    elif (
        extension.namespace == CAMUNDA and extension.name in {"in", "out"} and element.name == "callActivity"
    ):
        extras.handed.append(extension)
    elif extension.namespace in {CAMUNDA, SPIFF, BPMN}:
        _not_carried_out(name, extension, owner, findings)
    else:
        findings.warning(
            say("扩展元素 {name} 不起作用。", name=name), say("如不需要，请删去。"), extension.line, owner
        )


def _properties(extension: Element, extras: Extras, owner: str, findings: Findings) -> None:
    items = [extension] if extension.name == "property" else extension.children
    for item in items:
        key, value = item.get("name").strip(), item.get("value").strip()
        if not key:
            findings.error(say("属性没有名称。"), say("请给属性取名，或删去。"), item.line, owner)
        else:
            extras.properties[key] = value[:_MOST_CHARACTERS]


def _form_of(properties: Mapping[str, str]) -> str | None:
    """spiff-arena names the schema's file: `work-plan-schema.json`, or `forms/work-plan/schema.json`."""
    found = _SCHEMA_FILE.fullmatch(properties.get("formJsonSchemaFilename", ""))
    if not found:
        return None
    if found["stem"] != "schema":
        return found["stem"]
    folders = properties["formJsonSchemaFilename"].split("/")
    return folders[-2] if len(folders) > 1 else None


def _bare(text: str) -> str:
    """`${starter}` names the same actor as `starter`."""
    text = text.strip()
    found = _IN_BRACES.fullmatch(text)
    return found.group(1) if found else text


def _not_carried_out(name: str, element: Element, owner: str, findings: Findings) -> None:
    findings.error(
        say("{name} 暂不支持（not yet supported）。", name=name),
        say("请删去；如需其效果，请画成流程中的元素。"),
        element.line,
        owner,
    )
