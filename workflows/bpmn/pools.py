"""Which process of a file runs, and in whose lane a node stands."""

from __future__ import annotations

from collections.abc import Iterator

from tenants.text import say
from workflows.bpmn.drawing import KINDS
from workflows.bpmn.elements import BPMN, refusal
from workflows.bpmn.findings import Findings
from workflows.bpmn.xml import Element


def executable(root: Element, findings: Findings) -> Element | None:
    """Return the one process that runs; further pools that do not run are drawn for the reader.

    A file with a single process need not mark it: modelers leave `isExecutable` at false until somebody thinks of it.
    """
    _no_multiplicity(root, findings)
    processes = list(root.all(BPMN, "process"))
    chosen = [process for process in processes if process.get("isExecutable") == "true"]
    if not chosen and len(processes) == 1:
        chosen = processes
    if len(chosen) == 1:
        for process in processes:
            if process is not chosen[0] and any(child.name in KINDS for child in process.children):
                findings.warning(
                    say("流程 {id} 不可执行，只作图示。", id=process.get("id")[:60]),
                    say("如需执行，请另存为一个文件。"),
                    process.line,
                    process.get("id"),
                )
        return chosen[0]
    if not processes:
        findings.error(say("文件中没有流程。"), say("请画出一个流程。"), root.line)
    elif not chosen:
        findings.error(
            say("文件中有多个流程，都没有标明可执行。"), say("请把要执行的一个标为可执行。"), root.line
        )
    for process in chosen[1:]:
        findings.error(
            say("一个文件只能有一个可执行的流程。"),
            say("请把流程 {id} 另存为一个文件，或标为不可执行。", id=process.get("id")[:60]),
            process.line,
            process.get("id"),
        )
    return None


def _no_multiplicity(root: Element, findings: Findings) -> None:
    for collaboration in root.all(BPMN, "collaboration"):
        for participant in collaboration.all(BPMN, "participant"):
            for part in participant.all(BPMN, "participantMultiplicity"):
                findings.error(*refusal(part.name), part.line, participant.get("id"))


def lanes_of(lane_set: Element, outer: str = "") -> Iterator[tuple[str, str]]:
    """Yield node id and lane name; an inner lane comes after its outer one and wins."""
    for lane in lane_set.all(BPMN, "lane"):
        name = lane.get("name").strip() or outer
        for reference in lane.all(BPMN, "flowNodeRef"):
            yield reference.text.strip(), name
        for inner in lane.all(BPMN, "childLaneSet"):
            yield from lanes_of(inner, name)
