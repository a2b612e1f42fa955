"""Bytes to a plain tree of elements, with lines, or a refusal. Safe on whatever is handed in.

Read with expat rather than lxml: it tells the line on which a start tag *begins* (libxml2 the line on which it ends, which is
wrong for tags written over several lines), and lets depth and size be counted while reading instead of afterwards.
There is no way to a DTD: the text is searched for one before parsing, and expat's own handler refuses one besides. Without a DTD
there are no entities but XML's five, and nothing that could name a file or an address.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from tenants.text import Message, say

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 50_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION = re.compile(r"\A<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"\A<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DTD = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
# Python's strict decoders of the encodings that modelers write; what is searched is what is parsed.
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}
_ENCODINGS["gb18030"] = "gb18030"


class Unreadable(Exception):
    """These bytes are not a file we read; `what` says why, `do` what to do, `line` where (0 = nowhere)."""

    def __init__(self, what: Message, do: Message, line: int = 0) -> None:
        super().__init__(str(what))
        self.what, self.do, self.line = what, do, line


@dataclass(slots=True)
class Element:
    """One XML element. attributes: keys are `{namespace}name`, or the bare name where there is no namespace."""

    namespace: str
    name: str
    attributes: dict[str, str]
    line: int
    parts: list[str] = field(
        default_factory=list
    )  # text between children, joined once: += would be quadratic
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def all(self, namespace: str, name: str) -> Iterator[Element]:
        """Yield the children of that name."""
        return (child for child in self.children if child.name == name and child.namespace == namespace)

    def first(self, namespace: str, name: str) -> Element | None:
        return next(self.all(namespace, name), None)


def read_xml(data: bytes) -> Element:
    """Return the root element of `data`.

    data: at most 2 MB, UTF-8, UTF-16 or GB 18030.
    Raises Unreadable, and nothing else, on anything that is not well-formed, too large, too deep, or has a DOCTYPE.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(say("文件超过 2 MB。"), say("请拆成几个流程文件，或删去嵌入的图片。"))
    text = decode(data)[0]
    dtd = _DTD.search(text)
    if dtd:
        raise Unreadable(
            say("文件含有 DOCTYPE 或 ENTITY 声明，不予读取。"),
            say("请删去该声明后重新保存；流程文件不需要它。"),
            text.count("\n", 0, dtd.start()) + 1,
        )
    return _Reading().read(text)


def decode(data: bytes) -> tuple[str, str, bytes]:
    """Return the text of a file, the encoding that it has, and the mark that it begins with. Raises Unreadable."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding), encoding, mark
    if data[:2] in (b"<\x00", b"\x00<"):
        encoding = "utf-16-le" if data[0] else "utf-16-be"
        return _decoded(data, encoding), encoding, b""
    declared = _ENCODING.match(data)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise Unreadable(say("文件的编码 {name} 不受支持。", name=name), say("请以 UTF-8 编码重新保存。"), 1)
    return _decoded(data, _ENCODINGS[name]), _ENCODINGS[name], b""


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            say("文件内容不是有效的文字（{encoding} 编码）。", encoding=encoding),
            say("请用流程建模工具打开，以 UTF-8 编码重新保存。"),
            line,
        ) from None


class _Reading:
    """One parse: the stack of open elements, and what has been counted so far."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.stack: list[Element] = []
        self.count = 0
        self.parser = expat.ParserCreate("utf-8", namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def read(self, text: str) -> Element:
        # The declaration may name the encoding the bytes had; what expat gets is always UTF-8. Its lines are kept.
        text = _DECLARATION.sub(lambda found: "\n" * found.group().count("\n"), text, count=1).lstrip(
            "\ufeff"
        )
        try:
            # "surrogatepass" lets expat, not the encoder, refuse half characters.
            self.parser.Parse(text.encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as error:
            raise Unreadable(
                say("不是有效的 XML：{reason}。", reason=expat.ErrorString(error.code)),
                say("请用流程建模工具重新导出该文件。"),
                error.lineno,
            ) from None
        if self.root is None:  # pragma: no cover - expat refuses an empty document itself
            raise Unreadable(say("文件是空的。"), say("请重新导出该文件。"))
        return self.root

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        line = self.parser.CurrentLineNumber
        if len(self.stack) >= MAX_DEPTH:
            raise Unreadable(say("元素嵌套超过 {n} 层。", n=MAX_DEPTH), say("请简化该文件。"), line)
        if self.count > MAX_ELEMENTS:
            raise Unreadable(
                say("文件的元素超过 {n} 个。", n=MAX_ELEMENTS), say("请拆成几个流程文件。"), line
            )
        namespace, _, name = tag.rpartition("}")
        keys = {("{" + key if "}" in key else key): value for key, value in attributes.items()}
        element = Element(namespace, name, keys, line)
        if self.stack:
            self.stack[-1].children.append(element)
        else:
            self.root = element
        self.stack.append(element)

    def end(self, tag: str) -> None:
        self.stack.pop()

    def characters(self, text: str) -> None:
        self.stack[-1].parts.append(text)

    def doctype(self, *_: object) -> NoReturn:
        raise Unreadable(
            say("文件含有 DOCTYPE 或 ENTITY 声明，不予读取。"),
            say("请删去该声明后重新保存；流程文件不需要它。"),
            self.parser.CurrentLineNumber,
        )
