"""YAML read with the line of every key and value, and with nothing clever: no tags, no merge keys, bounded aliases.

The reader builds from the parser's stream of events rather than from the library's own tree, so that neither deep nesting
nor a bomb of aliases costs more than the limits below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import yaml
from yaml import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tenants.errors import Problem
from tenants.text import Message, say

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
MAX_NODES = 50_000  # counted as if every alias were written out

# libyaml where PyYAML was built with it, as its wheels are: twelve times as fast. Only its events are used, nothing is loaded.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INT = re.compile(r"[-+]?\d{1,18}")
_NUMBER = re.compile(r"[-+]?(\d{1,18}\.\d{0,18}|\.\d{1,18})")
# Neither PostgreSQL nor XML nor spreadsheets take these.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}


class Mapped(dict[str, Any]):
    """A mapping that knows its line and that of each of its keys (1-based)."""

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Listed(list[Any]):
    """A list that knows its line and that of each of its items (1-based)."""

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


class _TooMuch(Exception):
    def __init__(self, what: Message, do: Message, line: int) -> None:
        super().__init__(str(what))
        self.what, self.do, self.line = what, do, line


class _Open:
    """A collection whose end has not been read yet."""

    def __init__(self, value: Mapped | Listed, anchor: str | None, before: int) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before  # nodes counted when it began
        self.key: str | None = None
        self.lines: dict[str, int] = value.lines if isinstance(value, Mapped) else {}


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: list[_Open] = []
        self.nodes = 0
        self.documents = 0
        self.root: Any = None

    def take(self, event: Any) -> None:
        """Take one event of the parser."""
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._finish()
        elif isinstance(event, ScalarEvent):
            line = _line(event)
            self._count(1, line)
            self._tag(event, line)
            if _UNSEEN.search(event.value):
                self._problem(say("文字里有看不见的控制字符"), say("请删去后重新输入这一处。"), line)
            value = event.value if event.style else plain_value(event.value)
            if event.anchor:
                self.anchors[event.anchor] = (value, 1)
            self._place(value, line, text=event.value)
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                line = _line(event)
                raise _TooMuch(say("一个文件里有多份 YAML"), say("请删去“---”，每个文件只写一份。"), line)

    def _begin(self, event: Any) -> None:
        line = _line(event)
        self._tag(event, line)
        if len(self.open) >= MAX_DEPTH:
            raise _TooMuch(
                say("嵌套超过 {max} 层", max=MAX_DEPTH),
                say("请把内容拆平，campaign.yaml 用不到这么深的层次。"),
                line,
            )
        self.open.append(
            _Open(
                Mapped(line) if isinstance(event, MappingStartEvent) else Listed(line),
                event.anchor,
                self.nodes,
            )
        )
        self._count(1, line)

    def _finish(self) -> None:
        done = self.open.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.value, self.nodes - done.before)
        self._place(done.value, done.value.line)

    def _alias(self, event: Any) -> None:
        line = _line(event)
        if event.anchor not in self.anchors:
            raise _TooMuch(
                say("引用“*{name}”没有出处", name=event.anchor),
                say("请在前文用“&{name}”标出要引用的内容，或直接写出内容。", name=event.anchor),
                line,
            )
        value, size = self.anchors[event.anchor]
        self._count(size, line)
        self._place(value, line, text=value if isinstance(value, str) else None)

    def _place(self, value: Any, line: int, text: str | None = None) -> None:
        if not self.open:
            self.root = value
            return
        top = self.open[-1]
        if isinstance(top.value, Listed):
            top.value.append(value)
            top.value.lines.append(line)
        elif top.key is None:
            self._key(top, value, line, text)
        else:
            top.value[top.key] = value
            top.key = None

    def _key(self, top: _Open, value: Any, line: int, text: str | None) -> None:
        key = text if text is not None else ""
        if isinstance(value, (Mapped, Listed)):
            self._problem(say("项的名称不能是列表或另一组项"), say("请把名称写成一个词，例如 title。"), line)
        elif key in top.lines:
            self._problem(
                say("“{key}”写了两次，前一次在第 {line} 行", key=key, line=top.lines[key]),
                say("请只保留一处；需要两项时给它们不同的名称。"),
                line,
            )
        top.lines[key] = line
        top.key = key

    def _tag(self, event: Any, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) != "!":
            self._problem(
                say("不支持类型标记“{tag}”", tag=tag),
                say("请删去以“!”开头的标记；文字以“!”开头时请加引号。"),
                line,
            )

    def _count(self, nodes: int, line: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise _TooMuch(
                say("内容超过 {max} 项（引用按展开后计算）", max=MAX_NODES),
                say("请拆分文件，或减少“*”引用。"),
                line,
            )

    def _problem(self, what: Message, do: Message, line: int) -> None:
        self.problems.append(Problem(what, do, self.file, line))


def read_yaml(data: bytes, file: str) -> tuple[Any, list[Problem]]:
    """Read one YAML document into Mapped, Listed, str, int, Decimal, bool, date and None; report what is wrong with it.

    A word is only true, false or null when it is written so (YAML 1.2): `on` and `no` are words. A day that does not exist
    stays text, so that whoever knows what it was meant for can say so. The value is None when nothing could be read.
    """
    if len(data) > MAX_BYTES:
        return None, [
            Problem(
                say("文件超过 {max} 字节", max=MAX_BYTES),
                say("请检查是否误放了别的内容，或拆分文件。"),
                file,
                1,
            )
        ]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [Problem(say("文件不是 UTF-8 编码"), say("请在编辑器中另存为 UTF-8 编码。"), file, line)]
    reader = _Reader(file)
    try:
        for event in _events(text):
            reader.take(event)
    except _TooMuch as stop:
        return None, [*reader.problems, Problem(stop.what, stop.do, file, stop.line)]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return None, [
            *reader.problems,
            Problem(say("第 {line} 行附近不合 YAML 格式", line=line), _hint(text, line), file, line),
        ]
    except (YAMLError, ValueError, RecursionError):
        return None, [
            *reader.problems,
            Problem(say("文件中有不能使用的字符"), say("请删去控制字符等看不见的字符。"), file, 1),
        ]
    return reader.root, reader.problems


def _events(text: str) -> Iterator[Any]:
    return iter(yaml.parse(text, Loader=LOADER))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def plain_value(text: str) -> object:
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
        return _WORDS[text.lower()]
    if _INT.fullmatch(text) and text.isascii():
        return int(text)
    if _NUMBER.fullmatch(text) and text.isascii():
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _hint(text: str, line: int) -> Message:
    """Say what is most often wrong on such a line; people who never programmed type full-width colons and tabs."""
    lines = text.split("\n")
    around = lines[max(0, line - 2) : line]
    if any("\t" in one for one in around):
        return say("请用空格缩进，不要用 Tab 键。")
    if any(re.search(r"\\[uUx]", one) for one in around):
        return say("请删去后重新输入这一处。")
    if any("：" in one and ": " not in one for one in around):
        return say("冒号请用半角“:”，后面空一格。")
    if any(re.search(r"[A-Za-z_]:\S", one) for one in around):
        return say("冒号后面要空一格。")
    return say("请检查这一行及上一行：缩进是否对齐，括号、引号是否成对，含“:”“#”的文字是否加了引号。")
