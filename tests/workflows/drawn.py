"""Draws BPMN files for tests from a few lines of text.

    a: userTask                       an element
    t: boundaryEvent on=a duration=P3D beside      beside = non-interrupting
    t: boundaryEvent on=a cycle=R/P1D beside       again and again
    c: intermediateCatchEvent in=sub signal=冻结    in = the subprocess it stands in
    b: userTask over=mines item=mine gather=all result=ok until='ok == False' sequential      multi-instance
    b: userTask times=3               so often;  again='x < 3' most=5 before = a standard loop
    k: callActivity calls=check takes='a:x,b + 1:y' gives='*'      in and out; * = everything
    x: endEvent error=E1              t: boundaryEvent on=k error=E1;  error=* catches all; escalation likewise
    s -> a -> g                       flows
    g -> b if 级别 == '重大'          a flow with a condition
    g -> c else                       the default flow

Every element stands on one line of the file, so that tests can name lines.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from workflows.bpmn import Drawing, read_process

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="definitions"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://example.org">\n'
)
_ELEMENT = re.compile(r"(\w+): (\w+)(.*)")


def bpmn(*inside: str, outside: str = "", process: str = 'id="p" isExecutable="true"') -> bytes:
    """Return a file whose process holds these elements, one a line, the first of them on line 4."""
    return (
        HEAD
        + f"<bpmn:process {process}>\n"
        + "\n".join(inside)
        + f"\n</bpmn:process>\n{outside}\n</bpmn:definitions>"
    ).encode()


def draw(text: str, process: str = "p") -> bytes:
    """Return the BPMN file that the text describes."""
    nodes: dict[str, tuple[str, dict[str, str]]] = {}
    flows: list[tuple[str, str, str, bool]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _ELEMENT.fullmatch(line)
        if found:
            words = (word.partition("=") for word in shlex.split(found[3]))
            nodes[found[1]] = (found[2], {"_id": found[1], **{key: value for key, _, value in words}})
        else:
            flows += _flows(line)
    return bpmn(
        *_scope("", nodes, flows),
        outside="".join(
            f"<bpmn:{kind} id={quoteattr(kind + '_' + name)} name={quoteattr(name)}/>"
            for kind, name in sorted(
                {
                    (kind, facts[kind])
                    for _, facts in nodes.values()
                    for kind in ("signal", "message")
                    if kind in facts
                }
            )
        )
        + "".join(
            f"<bpmn:{kind} id={quoteattr(kind + '_' + code)} {kind}Code={quoteattr(code)}/>"
            for kind in ("error", "escalation")
            for code in sorted({facts[kind] for _, facts in nodes.values() if facts.get(kind, "*") != "*"})
        ),
        process=f'id="{process}" isExecutable="true"',
    )


def drawing(text: str, process: str = "p") -> Drawing:
    """Return the drawing that the text describes; it must be without fault."""
    read, problems = read_process(draw(text, process), f"processes/{process}.bpmn")
    assert read is not None, [str(problem.what) for problem in problems]
    return read


def _flows(line: str) -> Iterable[tuple[str, str, str, bool]]:
    path, _, condition = line.partition(" if ")
    default = path.endswith(" else")
    names = [name.strip() for name in path.removesuffix(" else").split("->")]
    return [(a, b, condition, default) for a, b in pairwise(names)]


def _scope(
    scope: str, nodes: dict[str, tuple[str, dict[str, str]]], flows: list[tuple[str, str, str, bool]]
) -> Iterable[str]:
    for name, (kind, facts) in nodes.items():
        if facts.get("in", "") == scope:
            default = next((f"f{i}" for i, flow in enumerate(flows) if flow[0] == name and flow[3]), "")
            yield (
                f"<bpmn:{kind} id={quoteattr(name)}{_called(facts)}"
                + (f" attachedToRef={quoteattr(facts['on'])}" if "on" in facts else "")
                + (' cancelActivity="false"' if "beside" in facts else "")
                + (f' default="{default}"' if default else "")
                + f">{_handed(facts)}{_definition(facts)}{_loop(facts)}{''.join(_scope(name, nodes, flows) if kind == 'subProcess' else ())}"
                + f"</bpmn:{kind}>"
            )
    for i, (source, target, condition, _) in enumerate(flows):
        if nodes.get(source, ("", {}))[1].get("in", "") == scope:
            inner = (
                f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
                if condition
                else ""
            )
            yield f'<bpmn:sequenceFlow id="f{i}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def _definition(facts: dict[str, str]) -> str:
    for kind in ("duration", "date", "cycle"):
        if kind in facts:
            tag = f"bpmn:time{kind.title()}"
            return (
                f"<bpmn:timerEventDefinition><{tag}>{escape(facts[kind])}</{tag}></bpmn:timerEventDefinition>"
            )
    for kind in ("signal", "message"):
        if kind in facts:
            return f"<bpmn:{kind}EventDefinition {kind}Ref={quoteattr(kind + '_' + facts[kind])}/>"
    for kind in ("error", "escalation"):
        if kind in facts:
            reference = f" {kind}Ref={quoteattr(kind + '_' + facts[kind])}" if facts[kind] != "*" else ""
            variable = f" camunda:{kind}CodeVariable={quoteattr(facts['code'])}" if "code" in facts else ""
            return f"<bpmn:{kind}EventDefinition{reference}{variable}/>"
    return "<bpmn:terminateEventDefinition/>" if "terminate" in facts else ""


def _called(facts: dict[str, str]) -> str:
    return f" calledElement={quoteattr(facts['calls'])}" if "calls" in facts else ""


def _handed(facts: dict[str, str]) -> str:
    parts = []
    for way, key in (("in", "takes"), ("out", "gives")):
        for pair in filter(None, facts.get(key, "").split(",")):
            source, _, target = pair.rpartition(":")
            named = f"sourceExpression={quoteattr(source)} target={quoteattr(target)}"
            parts.append(f"<camunda:{way} {named}/>" if pair != "*" else f'<camunda:{way} variables="all"/>')
    return f"<bpmn:extensionElements>{''.join(parts)}</bpmn:extensionElements>" if parts else ""


def _loop(facts: dict[str, str]) -> str:
    if "again" in facts or "most" in facts:
        inner = (
            f"<bpmn:loopCondition>{escape(facts['again'])}</bpmn:loopCondition>" if "again" in facts else ""
        )
        most = f' loopMaximum="{facts["most"]}"' if "most" in facts else ""
        before = ' testBefore="true"' if "before" in facts else ""
        return f"<bpmn:standardLoopCharacteristics{most}{before}>{inner}</bpmn:standardLoopCharacteristics>"
    if not {"times", "over"} & facts.keys():
        return ""
    parts = [
        f"<bpmn:{tag}>{escape(text)}</bpmn:{tag}>"
        for key, tag in (
            ("times", "loopCardinality"),
            ("over", "loopDataInputRef"),
            ("gather", "loopDataOutputRef"),
        )
        if (text := facts.get(key)) is not None
    ]
    parts += [
        f"<bpmn:{tag} id={quoteattr(facts['_id'] + tag)} name={quoteattr(facts[key])}/>"
        for key, tag in (("item", "inputDataItem"), ("result", "outputDataItem"))
        if key in facts
    ]
    if "until" in facts:
        parts.append(f"<bpmn:completionCondition>{escape(facts['until'])}</bpmn:completionCondition>")
    sequential = ' isSequential="true"' if "sequential" in facts else ""
    return f"<bpmn:multiInstanceLoopCharacteristics{sequential}>{''.join(parts)}</bpmn:multiInstanceLoopCharacteristics>"
