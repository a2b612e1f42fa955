"""A BPMN file to a Drawing: one reading of the XML, on which the check, the page and the engine all stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tenants.errors import Problem
from tenants.text import say
from workflows.bpmn.calls import call_of
from workflows.bpmn.deciding import deciding_of
from workflows.bpmn.drawing import KINDS, Drawing, Flow, Node
from workflows.bpmn.elements import (
    BPMN,
    DEFINITIONS_ROOT,
    MAX_FLOWS,
    MAX_NESTING,
    MAX_NODES,
    is_supported,
    refusal,
)
from workflows.bpmn.events import Names, event_of, read_names
from workflows.bpmn.extensions import check_plain, read_extras
from workflows.bpmn.findings import Findings
from workflows.bpmn.lint import lint
from workflows.bpmn.loops import loop_of
from workflows.bpmn.pools import executable, lanes_of
from workflows.bpmn.texts import Texts
from workflows.bpmn.timing import in_our_language
from workflows.bpmn.xml import Element, Unreadable, read_xml

# What a step may be addressed to that no answer ever says.
_NEVER_FIELDS = frozenset({"", "by", "to", "about", "starter"})


def read_process(xml: bytes, file: str) -> tuple[Drawing | None, list[Problem]]:
    """Return the process drawn in `xml`, and every problem found; the drawing is None when any of them is an error.

    xml: the file's bytes, whatever they are: this never raises. file: its path in the package, for the problems.
    """
    findings = Findings(file)
    try:
        root = read_xml(xml)
    except Unreadable as error:
        findings.error(error.what, error.do, error.line)
        return None, findings.in_order()
    drawing = _Reader(findings, xml).read(root)
    if drawing is not None:
        lint(drawing, findings)
    return (None if findings.fatal else drawing), findings.in_order()


class _Reader:
    """Walks one file once and collects nodes, flows, lanes and faults."""

    def __init__(self, findings: Findings, xml: bytes) -> None:
        self.findings = findings
        self.xml = xml
        self.texts = Texts(findings)
        self.names = Names()
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, Flow] = {}
        self.lanes: dict[str, str] = {}
        self.defaults: dict[str, tuple[str, int]] = {}  # node -> the flow it names as default, line
        self.ids: dict[str, int] = {}

    def read(self, root: Element) -> Drawing | None:
        if (root.namespace, root.name) != (BPMN, "definitions"):
            self.findings.error(
                say("这不是 BPMN 2.0 文件：最外层元素是 {name}。", name=root.name[:60]),
                say("请用 BPMN 建模工具导出。"),
                root.line,
            )
            return None
        self.names = read_names(root, self.findings)
        for child in root.children:
            if child.namespace == BPMN and child.name not in DEFINITIONS_ROOT:
                self._refuse(child, "")
        process = executable(root, self.findings)
        if process is None:
            return None
        self._identify(process)
        check_plain(process, process.get("id"), self.findings)
        self._scope(process, "", 0)
        self._name_defaults()
        nodes = {
            node_id: replace(node, lane=self.lanes.get(node_id, "")) for node_id, node in self.nodes.items()
        }
        return Drawing(
            id=process.get("id"),
            name=process.get("name") or process.get("id"),
            file=self.findings.file,
            nodes=nodes,
            flows=self.flows,
            lanes={node_id: lane for node_id, lane in self.lanes.items() if node_id in nodes},
            reads=frozenset(self.texts.reads) | _addressees(nodes.values()),
            xml=self.xml,
        )

    def _scope(self, scope: Element, parent: str, depth: int) -> None:
        """Read what stands directly in a process or an embedded subprocess."""
        for element in scope.children:
            if element.namespace != BPMN:
                continue
            if element.name in KINDS:
                self._node(element, parent, depth)
            elif element.name == "sequenceFlow":
                self._flow(element)
            elif element.name == "laneSet":
                for node_id, lane in lanes_of(element):
                    self.lanes[node_id] = lane
            elif not is_supported(element.name):
                self._refuse(element, parent or scope.get("id"))

    def _node(self, element: Element, parent: str, depth: int) -> None:
        node_id = element.get("id")
        if not self._identify(element):
            return
        if len(self.nodes) == MAX_NODES:
            self.findings.error(
                say("流程的元素超过 {n} 个。", n=MAX_NODES), say("请拆成几个流程。"), element.line, node_id
            )
        if len(self.nodes) >= MAX_NODES:
            return
        extras = read_extras(element, self.findings)
        event, timer = event_of(element, self.names, self.texts, self.findings)
        self._children(element)
        documents = [part.text.strip() for part in element.all(BPMN, "documentation")]
        self.nodes[node_id] = Node(
            id=node_id,
            kind=element.name,
            name=element.get("name"),
            form=extras.form,
            candidates=extras.candidates,
            assignee=extras.assignee,
            due=self._date(extras.due, element),
            follow_up=self._date(extras.follow_up, element),
            properties=extras.properties,
            attached_to=element.get("attachedToRef") if element.name == "boundaryEvent" else None,
            interrupting=element.get("cancelActivity", "true") != "false",
            timer=timer,
            event=event,
            decides=deciding_of(element, extras.decision, self.findings)
            if element.name == "businessRuleTask"
            else None,
            loop=loop_of(element, extras.properties, self.texts, self.findings),
            call=call_of(element, extras.handed, self.texts, self.findings)
            if element.name == "callActivity"
            else None,
            documentation="\n\n".join(text for text in [*documents, extras.instructions] if text),
            parent=parent,
            line=element.line,
        )
        if element.get("default"):
            self.defaults[node_id] = (element.get("default"), element.line)
        if element.name == "subProcess":
            self._subprocess(element, depth)

    def _date(self, text: str | None, element: Element) -> str | None:
        """A due date in our language, or as ISO 8601."""
        if text is None or self.texts.time(text, element.line, element.get("id")) is None:
            return None
        return in_our_language(text)

    def _subprocess(self, element: Element, depth: int) -> None:
        if element.get("triggeredByEvent") == "true":
            self.findings.error(*refusal("eventSubProcess"), element.line, element.get("id"))
        if depth >= MAX_NESTING:
            self.findings.error(
                say("子流程嵌套超过 {n} 层。", n=MAX_NESTING),
                say("请减少嵌套。"),
                element.line,
                element.get("id"),
            )
            return
        self._scope(element, element.get("id"), depth + 1)

    def _children(self, element: Element) -> None:
        """Refuse what stands inside a node and is not on the list; a subprocess's content is `_scope`'s."""
        if element.name == "subProcess":
            return
        for child in element.children:
            if child.namespace != BPMN:
                continue
            if child.name in KINDS or not is_supported(child.name):
                self._refuse(child, element.get("id"))
            elif child.name in {"dataInputAssociation", "dataOutputAssociation"}:
                for part in child.children:
                    if part.name in {"transformation", "assignment"}:
                        self._refuse(part, element.get("id"))

    def _flow(self, element: Element) -> None:
        if not self._identify(element):
            return
        if len(self.flows) == MAX_FLOWS:
            self.findings.error(
                say("连线超过 {n} 条。", n=MAX_FLOWS),
                say("请拆成几个流程。"),
                element.line,
                element.get("id"),
            )
        if len(self.flows) >= MAX_FLOWS:
            return
        check_plain(element, element.get("id"), self.findings)
        self.flows[element.get("id")] = Flow(
            id=element.get("id"),
            source=element.get("sourceRef"),
            target=element.get("targetRef"),
            condition=self._condition(element),
            name=element.get("name"),
            line=element.line,
        )

    def _condition(self, flow: Element) -> str | None:
        element = flow.first(BPMN, "conditionExpression")
        if element is None:
            return None
        check_plain(element, flow.get("id"), self.findings)
        language = element.get("language")
        if language and "juel" not in language.lower() and "xpath" not in language.lower():
            self.findings.error(
                say("条件的语言 {name} 不受支持。", name=language[:40]),
                say("请用本系统的表达式书写，并去掉 language。"),
                element.line,
                flow.get("id"),
            )
            return None
        if not element.text.strip():
            self.findings.error(
                say("条件是空的。"), say("请写出条件，或删去条件。"), element.line, flow.get("id")
            )
            return None
        return self.texts.condition(element.text, element.line, flow.get("id"))

    def _name_defaults(self) -> None:
        for node_id, (flow_id, line) in self.defaults.items():
            flow = self.flows.get(flow_id)
            if flow is None or flow.source != node_id:
                self.findings.error(
                    say("默认连线 {flow} 不是从这里出发的。", flow=flow_id),
                    say("请重新指定默认连线。"),
                    line,
                    node_id,
                )
            else:
                self.flows[flow_id] = replace(flow, default=True)

    def _identify(self, element: Element) -> bool:
        """Whether the element can be told from all others by its id."""
        element_id = element.get("id")
        if not element_id:
            self.findings.error(
                say("{name} 没有 id。", name=element.name), say("请在建模工具中补上 id。"), element.line
            )
            return False
        if not (element_id.isascii() and element_id.replace(".", "_").replace("-", "_").isidentifier()):
            self.findings.error(
                say("id“{id}”只能用英文字母、数字和下划线，且不以数字开头。", id=element_id[:60]),
                say("请修改 id；中文写在名称里。"),
                element.line,
                element_id[:60],
            )
        elif len(element_id) > 100:
            self.findings.error(say("id 超过 100 个字符。"), say("请改短。"), element.line, element_id[:60])
        if element_id in self.ids:
            self.findings.error(
                say("id {id} 重复（第 {line} 行已有）。", id=element_id[:60], line=self.ids[element_id]),
                say("请改成不同的 id。"),
                element.line,
                element_id[:60],
            )
            return False
        self.ids[element_id] = element.line
        return True

    def _refuse(self, element: Element, owner: str) -> None:
        self.findings.error(*refusal(element.name), element.line, element.get("id") or owner)


def _addressees(nodes: Iterable[Node]) -> frozenset[str]:
    """Return the names by which steps are addressed: an actor, or a field that says to which unit or member."""
    named = (name for node in nodes for name in (*node.candidates, node.assignee or ""))
    return frozenset(name.strip("${} ").partition(".")[0] for name in named) - _NEVER_FIELDS
