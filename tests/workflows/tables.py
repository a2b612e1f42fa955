"""Draws DMN files for tests, as dmn-js writes them, from rows of cells: `table("grade", ["瓦斯"], ["级别"], [[">= 1.5", "'重大'"]])`."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from workflows.decisions import Decision
from workflows.dmn import read_decisions

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"'
    ' xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"'
    ' xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0" xmlns:camunda="http://camunda.org/schema/1.0/dmn"'
    ' id="d" name="DRD" namespace="http://camunda.org/schema/1.0/dmn" exporter="dmn-js (https://demo.bpmn.io/dmn)">\n'
)


def table(
    key: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    rows: Sequence[Sequence[str]],
    policy: str = "UNIQUE",
    *,
    aggregation: str = "",
    requires: Sequence[str] = (),
    defaults: Sequence[str] = (),
    variable: str = "",
    name: str = "",
) -> str:
    """Return one decision, one rule a line."""
    more = f" aggregation={quoteattr(aggregation)}" if aggregation else ""
    policy = f" hitPolicy={quoteattr(policy)}" if policy != "UNIQUE" else ""  # dmn-js leaves it out
    parts = [f'<variable id="v_{key}" name={quoteattr(variable)} typeRef="string"/>'] if variable else []
    parts += [
        f'<informationRequirement id="q_{key}_{one}"><requiredDecision href="#{one}"/></informationRequirement>'
        for one in requires
    ]
    parts.append(f'<decisionTable id="t_{key}"{policy}{more}>')
    parts += [
        f'<input id="i_{key}_{n}" biodi:width="192"><inputExpression id="ie_{key}_{n}" typeRef="string">'
        f"<text>{escape(text)}</text></inputExpression></input>"
        for n, text in enumerate(inputs)
    ]
    for n, text in enumerate(outputs):
        default = (
            f"<defaultOutputEntry><text>{escape(defaults[n])}</text></defaultOutputEntry>" if defaults else ""
        )
        parts.append(f'<output id="o_{key}_{n}" name={quoteattr(text)} typeRef="string">{default}</output>')
    for n, row in enumerate(rows):
        tests = "".join(
            f'<inputEntry id="u_{key}_{n}_{i}"><text>{escape(cell)}</text></inputEntry>'
            for i, cell in enumerate(row[: len(inputs)])
        )
        values = "".join(
            f'<outputEntry id="l_{key}_{n}_{i}"><text>{escape(cell)}</text></outputEntry>'
            for i, cell in enumerate(row[len(inputs) :])
        )
        parts.append(f'<rule id="r_{key}_{n}">{tests}{values}</rule>')
    inside = "\n".join(parts)
    return f'<decision id="{key}" name={quoteattr(name or key)}>\n{inside}\n</decisionTable>\n</decision>\n'


def dmn(*decisions: str) -> bytes:
    """Return a file with these decisions, and a diagram of them, which nobody reads."""
    diagram = (
        '<dmndi:DMNDI><dmndi:DMNDiagram id="D1"><dmndi:DMNShape id="S1" dmnElementRef="x">'
        '<dc:Bounds height="80" width="180" x="160" y="100"/></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>'
    )
    return (HEAD + "".join(decisions) + diagram + "\n</definitions>").encode()


def read(*decisions: str) -> dict[str, Decision]:
    """Return the decisions by id; they must be without fault."""
    found, problems = read_decisions(dmn(*decisions), "decisions/d.dmn")
    assert problems == [], [str(one.what) for one in problems]
    return {one.id: one for one in found}
