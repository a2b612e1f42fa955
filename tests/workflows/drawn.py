"""Draws BPMN files for tests from a few lines of text.

    a: userTask                       an element
    t: boundaryEvent on=a duration=P3D beside      beside = non-interrupting
    c: intermediateCatchEvent in=sub signal=冻结    in = the subprocess it stands in
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


def draw(text: str) -> bytes:
    """Return the BPMN file that the text describes."""
    nodes: dict[str, tuple[str, dict[str, str]]] = {}
    flows: list[tuple[str, str, str, bool]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _ELEMENT.fullmatch(line)
        if found:
            words = (word.partition("=") for word in shlex.split(found[3]))
            nodes[found[1]] = (found[2], {key: value for key, _, value in words})
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
        ),
    )


def drawing(text: str) -> Drawing:
    """Return the drawing that the text describes; it must be without fault."""
    read, problems = read_process(draw(text), "processes/p.bpmn")
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
                f"<bpmn:{kind} id={quoteattr(name)}"
                + (f" attachedToRef={quoteattr(facts['on'])}" if "on" in facts else "")
                + (' cancelActivity="false"' if "beside" in facts else "")
                + (f' default="{default}"' if default else "")
                + f">{_definition(facts)}{''.join(_scope(name, nodes, flows) if kind == 'subProcess' else ())}"
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
    for kind in ("duration", "date"):
        if kind in facts:
            tag = f"bpmn:time{kind.title()}"
            return (
                f"<bpmn:timerEventDefinition><{tag}>{escape(facts[kind])}</{tag}></bpmn:timerEventDefinition>"
            )
    for kind in ("signal", "message"):
        if kind in facts:
            return f"<bpmn:{kind}EventDefinition {kind}Ref={quoteattr(kind + '_' + facts[kind])}/>"
    return "<bpmn:terminateEventDefinition/>" if "terminate" in facts else ""
