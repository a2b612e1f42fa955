"""Call activities: which process is called, and what goes in and comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tenants.text import say
from workflows.bpmn.drawing import Call, Passed
from workflows.bpmn.elements import CAMUNDA
from workflows.bpmn.findings import Findings
from workflows.bpmn.texts import Texts
from workflows.bpmn.xml import Element

# Given to every process by the campaign; a mapping that set them would send tasks to somebody else in silence.
GIVEN = frozenset({"by", "to", "about", "unit", "starter", "phases", "period", "notice", "now", "today"})

_CALLED = re.compile(
    r"(?:(?P<package>[a-z0-9][a-z0-9-]{1,79})(?:@(?P<version>[^/@\s]*))?/)?(?P<process>[A-Za-z_][A-Za-z0-9_.-]*)"
)
_VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}")


def call_of(element: Element, handed: Sequence[Element], texts: Texts, findings: Findings) -> Call | None:
    """Return what a call activity calls, as far as it can be read; faults are found. handed: its camunda:in and camunda:out."""
    owner, line = element.get("id"), element.line
    written = element.get("calledElement").strip()
    if not written:
        findings.error(
            say("调用活动没有写明调用哪个流程。"),
            say("请在 calledElement 填写流程文件的名称（不带 .bpmn）。"),
            line,
            owner,
        )
        return None
    found = _CALLED.fullmatch(written)
    if found is None:
        findings.error(
            say("调用活动的 calledElement“{text}”不是流程的编号。", text=written[:60]),
            say(
                "请填写流程文件的名称；另一个方案的流程写作 方案编号@版本/流程，如 checks@1.0.0/inspection。"
            ),
            line,
            owner,
        )
        return None
    package = found["package"] or ""
    version = _version(element, package, found["version"] or "", findings)
    takes, takes_all = _passed(handed, "in", owner, texts, findings)
    gives, gives_all = _passed(handed, "out", owner, texts, findings)
    # Without any mapping everything goes in and comes out, as spiff-arena and Camunda 8 have it.
    everything = not any(part.attributes.keys() - {"businessKey"} for part in handed)
    return Call(
        found["process"], package, version, takes, gives, takes_all or everything, gives_all or everything
    )


def _version(element: Element, package: str, version: str, findings: Findings) -> str:
    """Return the version of another package; its own has none: the package's hash says which it is."""
    owner, line = element.get("id"), element.line
    binding = element.get("{" + CAMUNDA + "}calledElementBinding").strip()
    tag = "calledElementVersionTag" if binding == "versionTag" else "calledElementVersion"
    written = element.get("{" + CAMUNDA + "}" + tag).strip() if binding in ("version", "versionTag") else ""
    if not package:
        if written or binding not in ("", "latest", "deployment"):
            findings.error(
                say("调用本方案的流程不用写版本。"),
                say("请把绑定方式改为 deployment，或写明另一个方案的编号。"),
                line,
                owner,
            )
        return ""
    version = version or written
    if not _VERSION.fullmatch(version) or (written and written != version):
        findings.error(
            say("调用方案“{package}”的流程没有写明确切的版本。", package=package),
            say("请写作 {package}@1.0.0/流程，版本三段数字。", package=package),
            line,
            owner,
        )
    return version


def _passed(
    handed: Sequence[Element], way: str, owner: str, texts: Texts, findings: Findings
) -> tuple[tuple[Passed, ...], bool]:
    passed: list[Passed] = []
    everything = False
    for part in handed:
        if part.name != way or (part.get("businessKey") and len(part.attributes) == 1):
            continue
        if part.get("variables") == "all" and not part.get("local"):
            everything = True
            continue
        source = part.get("source").strip() or part.get("sourceExpression").strip()
        target = part.get("target").strip()
        if not source or not target or part.get("local") or part.get("variables"):
            findings.error(
                say("camunda:{way} 没有写明从哪个名称到哪个名称。", way=way),
                say('请写 source（或 sourceExpression）和 target，或 variables="all"；local 不受支持。'),
                part.line,
                owner,
            )
            continue
        # `due` may be set on the way in: a called process then has a date of its own.
        if target in GIVEN or (way == "out" and target == "due"):
            findings.error(
                say("“{name}”由专项行动给定，不能在调用时改写。", name=target),
                say("请换一个名称。"),
                part.line,
                owner,
            )
            continue
        value = texts.value(source, part.line, owner)
        if value is not None and texts.name(target, part.line, owner):
            passed.append(Passed(value, target))
    return tuple(passed), everything
