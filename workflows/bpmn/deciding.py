"""Which decision a business rule task makes, and under which name its outcome is kept: Camunda 7's and spiff-arena's ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from forms.expression import ExpressionError, compile_expression, is_reserved
from tenants.text import say
from workflows.bpmn.drawing import Decides, Drawing, Outcome
from workflows.bpmn.elements import CAMUNDA
from workflows.bpmn.findings import Findings
from workflows.bpmn.xml import Element
from workflows.decisions import Decision, chain, outside
from workflows.suggest import instead

# Given by the campaign or by the engine; no decision may overwrite them.
_TAKEN = frozenset(
    {"by", "to", "about", "unit", "starter", "due", "phases", "period", "notice", "now", "today"}
)
_BINDINGS = frozenset({"", "latest", "deployment"})


def deciding_of(element: Element, called: str, findings: Findings) -> Decides | None:
    """Return what a business rule task decides, or None where it cannot be read (and the fault is found).

    called: the decision that spiff-arena names; its outputs are kept under their own names.
    """
    owner = element.get("id")
    read = {
        name: element.get("{" + CAMUNDA + "}" + name).strip()
        for name in ("decisionRef", "resultVariable", "mapDecisionResult", "decisionRefBinding")
    }
    decision = read["decisionRef"] or called
    if not decision:
        findings.error(
            say("业务规则任务没有指明决策。"),
            say("请写 camunda:decisionRef（决策的 id），或 spiffworkflow:calledDecisionId。"),
            element.line,
            owner,
        )
        return None
    if decision.startswith(("${", "#{")):
        findings.error(say("决策要写明，不能由表达式决定。"), say("请写决策的 id。"), element.line, owner)
        return None
    if read["decisionRefBinding"] not in _BINDINGS:
        findings.error(
            say("decisionRefBinding {name} 不受支持。", name=read["decisionRefBinding"][:40]),
            say("请删去：用的总是同一版方案里的决策。"),
            element.line,
            owner,
        )
    if not read["decisionRef"]:
        return Decides(decision)
    mapping = read["mapDecisionResult"] or "resultList"
    if mapping not in get_args(Outcome):
        what = say("mapDecisionResult “{name}”不能使用。", name=mapping[:40])
        findings.error(
            what, instead(mapping, get_args(Outcome), say("请改成其中之一。")), element.line, owner
        )
        return None
    if not _is_name(read["resultVariable"]):
        findings.error(
            say("决策的结果没有可用的名称（resultVariable）。"),
            say("请写一个名称，如“整改级别”；不要用 due、unit 等已有的名称。"),
            element.line,
            owner,
        )
        return None
    return Decides(decision, read["resultVariable"], mapping)  # type: ignore[arg-type]


def _is_name(text: str) -> bool:
    try:
        sound = compile_expression(text).tree == ["name", text]
        return sound and text not in _TAKEN and not is_reserved(text)
    except ExpressionError:
        return False


def bound(drawing: Drawing, decisions: Mapping[str, Decision]) -> Drawing:
    """Return the drawing with the decisions that it makes, and what they read. What does not exist, or stands in a circle of
    decisions, is left out: the check says so."""
    wanted = {node.decides.decision for node in drawing.nodes.values() if node.decides is not None}
    found: dict[str, tuple[Decision, ...]] = {}
    for key in sorted(wanted & decisions.keys()):
        try:
            found[key] = chain(decisions, key)
        except ValueError:
            continue
    if not found:
        return drawing
    return replace(drawing, decisions=found, reads=drawing.reads.union(*map(outside, found.values())))
