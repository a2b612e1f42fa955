"""BPMN and DMN taken apart into elements that keep their text. Pure.

The safe reader of `workflows.bpmn.xml` says first that the file is well-formed, without a DTD, and within its limits; what is
left is simple enough to be cut by a pattern.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from workflows.bpmn.elements import XSI
from workflows.bpmn.xml import Unreadable, read_xml
from workflows.merge.tree import Node, Unfit, named_once
from workflows.merge.xml_names import at_home

MAX_ATTRIBUTES = 100_000
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TOKEN = re.compile(
    r"(?P<aside><!--.*?-->|<\?.*?\?>)|<!\[CDATA\[(?P<data>.*?)\]\]>|</(?P<close>[^>]*)>|"
    r"<(?P<open>(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(\s+)([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_NAME = re.compile(r"[^\s/]+")
_SHAPES = {"BPMNShape", "BPMNEdge", "DMNShape", "DMNEdge", "DMNDecisionServiceDividerLine"}
# There is one of each, whatever a modeler calls it.
_ONLY = {"BPMNDiagram", "BPMNPlane", "DMNDI", "DMNDiagram"}
# Elements that are nothing but the name of another.
_NAMING = {"incoming", "outgoing", "flowNodeRef"}


class Xml:
    """Processes and decisions."""

    def read(self, text: str) -> Node:
        try:
            # Its declaration names the encoding of its bytes; here it is text already.
            read_xml(_DECLARATION.sub("", text, count=1).encode("utf-8", "surrogatepass"))
        except Unreadable as error:
            raise Unfit from error
        return _Reading(text).root()

    def adopt(self, node: Node, into: Node) -> Node:
        if node.kind == "attribute":
            return at_home(node.having(lead=node.lead if node.lead.strip(" ") else " "), into.scope)
        return at_home(node, into.scope)

    def rebuild(self, like: Node, children: tuple[Node, ...]) -> Node:
        if like.kind != "element":
            return like.having(children=children, fixed=None)
        attributes, *inner = children
        head, foot = like.head, like.foot
        for one in attributes.children:
            prefix = one.head.partition("=")[0].rpartition(":")[0]
            if prefix and prefix != "xml" and prefix not in like.scope and f"xmlns:{prefix}=" not in head:
                head += f" xmlns:{prefix}={quoteattr(one.scope[prefix])}"
        if attributes.foot.rstrip().endswith("/>") and inner:
            attributes = attributes.having(foot=">", fixed=None)
            close = "" if inner[0].kind == "text" else "\n" + " " * like.column
            foot = f"{close}</{like.head[1:].split()[0]}>"
        return like.having(head=head, children=named_once([attributes, *inner]), foot=foot, fixed=None)

    def fragment(self, text: str, like: Node) -> Node:
        if like.kind == "attribute":
            name = like.head.split("=", 1)[0].strip()
            value = text.strip("\n")
            return like.having(head=f"{name}={quoteattr(value)}", value=value, fixed=None)
        if like.kind == "text":
            return like.having(head=escape(text.strip("\n")), value=text.strip("\n"), fixed=None)
        names = "".join(
            f" xmlns{':' + key if key else ''}={quoteattr(uri)}"
            for key, uri in like.scope.items()
            if key != "xml"
        )
        root = self.read(f"<luoshi{names}>{text.strip()}</luoshi>")
        inner = root.children[1:]
        if len(inner) != 1 or inner[0].kind != "element":
            raise Unfit
        return inner[0].having(key=like.key, lead=like.lead)

    def excerpt(self, node: Node) -> str:
        if node.kind in ("attribute", "text"):
            return str(node.value)
        lines = node.core.split("\n")
        return "\n".join(
            [lines[0], *(line[min(node.column, len(line) - len(line.lstrip(" "))) :] for line in lines[1:])]
        )


class _Open:
    """An element whose end has not been read yet."""

    def __init__(self, lead: str, head: str, attributes: Node, scope: Mapping[str, str], column: int) -> None:
        self.lead, self.head, self.attributes, self.scope, self.column = lead, head, attributes, scope, column
        self.children: list[Node] = []
        self.parts: list[str] = []  # what was read since the last child: spaces, comments, words
        self.said: list[str] = []  # the words among it


class _Reading:
    def __init__(self, text: str) -> None:
        self.text, self.attributes = text, 0
        self.stack: list[_Open] = [_Open("", "", Node("@", "attributes", ""), {}, 0)]

    def root(self) -> Node:
        for found in _TOKEN.finditer(self.text):
            top = self.stack[-1]
            if found["close"] is not None:
                self._close(found.group())
            elif found["open"] is not None:
                self._begin(found.group(), found.start())
            else:
                top.parts.append(found.group())
                if not found["aside"]:
                    top.said.append(
                        found["data"] if found["data"] is not None else html.unescape(found["text"])
                    )
        document = self.stack[0]
        if len(self.stack) != 1 or len(document.children) != 1:
            raise Unfit
        return document.children[0].having(key="", after="".join(document.parts))

    def _begin(self, tag: str, at: int) -> None:
        top = self.stack[-1]
        name = _NAME.match(tag, 1, len(tag) - 1)
        if name is None:
            raise Unfit
        end = name.end()
        written = []
        while (found := _ATTRIBUTE.match(tag, end)) is not None:
            written.append(found)
            end = found.end()
        self.attributes += len(written)
        if self.attributes > MAX_ATTRIBUTES:
            raise Unfit
        declared = {
            "" if one[2] == "xmlns" else one[2].partition(":")[2]: html.unescape(one[3][1:-1])
            for one in written
            if one[2].partition(":")[0] == "xmlns"
        }
        scope = {**top.scope, **declared} if declared else top.scope
        head, attributes = "<" + name.group(), []
        for one in written:
            if one[2].partition(":")[0] == "xmlns":
                # Which names stand for which is how it is written, not what it says.
                head += one.group()
            else:
                attributes.append(_attribute(one, scope))
        column = at - (self.text.rfind("\n", 0, at) + 1)
        lead, top.parts = "".join(top.parts), []
        whole = Node("@", "attributes", "", tuple(attributes), foot=tag[end:], scope=scope)
        self.stack.append(_Open(lead, head, whole, scope, column))
        if tag.endswith("/>"):
            self._close("", closed=True)

    def _close(self, foot: str, *, closed: bool = False) -> None:
        done = self.stack.pop()
        said = "".join(done.said)
        children = [done.attributes]
        if done.children:
            if said.strip():
                raise Unfit  # words between elements
            children += done.children
            foot = "".join(done.parts) + foot
        elif said.strip():
            children.append(Node("text", "text", "".join(done.parts), value=said))
        else:
            foot = "".join(done.parts) + foot
        self.stack[-1].children.append(_element(done, tuple(children), foot))


def _attribute(found: re.Match[str], scope: Mapping[str, str]) -> Node:
    name = expanded(found[2], scope, attribute=True)
    value = html.unescape(found[3][1:-1])
    said = value
    if name == f"{{{XSI}}}type":
        said = expanded(value, scope)
    return Node(
        f"@{name}", "attribute", found.group()[len(found[1]) :], lead=found[1], value=said, scope=scope
    )


def expanded(name: str, scope: Mapping[str, str], *, attribute: bool = False) -> str:
    """Return a name with its namespace instead of its prefix."""
    prefix, _, local = name.rpartition(":")
    if attribute and not prefix:
        return local
    space = scope.get(prefix, "")
    return f"{{{space}}}{local}" if space else local


def _element(done: _Open, children: tuple[Node, ...], foot: str) -> Node:
    name = expanded(_NAME.findall(done.head)[0][1:], done.scope)
    local = name.rpartition("}")[2]
    says = {one.key: str(one.value) for one in children[0].children}
    key = local
    if local in _SHAPES:
        key = f"{local} {says.get('@bpmnElement') or says.get('@dmnElementRef') or says.get('@id', '')}"
    elif local in _ONLY:
        pass
    elif "@id" in says:
        key = f"#{says['@id']}"
    elif local in _NAMING:
        key = f"{local} {children[1].value.strip() if len(children) > 1 else ''}"
    elif "@name" in says:
        key = f"{local} {says['@name']}"
    return Node(
        key, "element", done.head, named_once(list(children)), done.lead, foot, value=name, column=done.column,
        scope=done.scope, layout=local in _SHAPES,
    )  # fmt: skip
