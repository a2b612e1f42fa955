"""One side of an element as people read it: titles instead of ids, dates in words, an element of a drawing by what it does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from html import unescape
from typing import Any

from flask_babel import gettext as _

from tenants.text import Message, say
from web.views.package_shapes import form_title, readable
from web.words import date_words, said
from workflows.merge import Shown
from workflows.merge.words import part_called
from workflows.package import Package

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PHASE = re.compile(r"phases\.([\w-]+)\.(start|end)")
_ATTRIBUTE = re.compile(r'([\w:.-]+)\s*=\s*("[^"]*"|\'[^\']*\')')
_TAG = re.compile(r"<([\w:.-]+)([^>]*)>")
_ACTORS = {"by", "to", "with", "about", "of", "above", "candidateGroups", "assignee"}
_MORE: Mapping[str, Message] = {
    "type": say("类型"), "format": say("格式"), "description": say("说明"), "items": say("每一行"),
    "properties": say("栏目"), "name": say("名称"), "candidateGroups": say("由谁办"), "assignee": say("由谁办"),
    "formKey": say("表单"), "dueDate": say("期限"), "sourceRef": say("从"), "targetRef": say("到"),
    "conditionExpression": say("条件"), "reason": say("理由"), "rule": say("规则"), "gist": say("要点"),
    "kind": say("类别"), "path": say("条款"), "added": say("通知外增加"), "issuer": say("发文机关"),
    "number": say("文号"), "issued": say("发文日期"), "title_field": say("标题栏"), "standing": say("长期"),
    "item": say("检查内容"),
}  # fmt: skip
_TYPES: Mapping[str, Message] = {
    "string": say("文字"), "number": say("数"), "integer": say("整数"), "boolean": say("是或否"),
    "array": say("表格"), "object": say("一组"),
}  # fmt: skip
# What a drawing keeps for itself.
_UNSAID = {"id", "incoming", "outgoing", "bpmnElement"}
_LONG = 1_500


class Readable:
    """What names in two versions of a package stand for; the first that knows one says it."""

    def __init__(self, *packages: Package) -> None:
        self.packages = packages

    def lines(self, shown: Shown | None, key: str, file: str) -> list[tuple[str, str]] | None:
        """Return one side as (what, says), what empty where there is but one thing; None where nothing is there.

        key: the last step that leads to it. file: path in the package.
        """
        if shown is None:
            return None
        key, value = key.rpartition("}")[2].lstrip("@#"), shown.value
        if file.startswith("forms/") and isinstance(value, str) and value.lstrip().startswith("{"):
            return self._whole_form(value)
        if isinstance(value, str) and file.endswith((".bpmn", ".dmn")) and value.lstrip().startswith("<"):
            return list(self._drawn(value)) or [("", _clipped(value))]
        if isinstance(value, dict):
            return [(self._called(str(name)), self._says(str(name), one)) for name, one in value.items()]
        if file.endswith(".dmn"):
            return [("", readable(str(value)) or "—")]
        return [("", self._says(key, value))]

    def called(self, file: str, what: Message) -> str:
        """Return what a conflict is about: a form that one side removed by its title, else as it is called anyway."""
        folder, _slash, form = file.partition("/")
        return (
            _("表单“%(form)s”", form=self._title(form))
            if folder == "forms" and "/" not in form
            else said(what)
        )

    def _whole_form(self, text: str) -> list[tuple[str, str]]:
        """Return what a whole form asks."""
        try:
            schema = json.loads(text)
            fields = schema.get("properties") or {}
            titles = [str(one.get("title") or name) for name, one in fields.items()]
        except (ValueError, AttributeError, RecursionError):
            return [("", _clipped(text))]
        return [(_("名称"), str(schema.get("title") or "—")), (_("栏目"), _("、").join(titles) or "—")]

    def one_line(self, shown: Shown | None, key: str, file: str) -> str:
        """Return one side in a line, for lists."""
        lines = self.lines(shown, key, file)
        if lines is None:
            return "—"
        text = _("；").join(f"{what} {says}".strip() for what, says in lines)
        return text if len(text) <= 120 else f"{text[:120]}…"

    def _called(self, key: str) -> str:
        words = _MORE.get(key) or part_called(key)
        return said(words) if words else self._title(key)

    def _says(self, key: str, value: Any) -> str:
        if value is None or value == "":
            return "—"
        if isinstance(value, bool):
            return _("是") if value else _("否")
        if isinstance(value, list):
            return _("、").join(self._says(key, one) for one in value)
        if isinstance(value, dict):
            return _("；").join(
                f"{self._called(str(k))} {self._says(str(k), one)}" for k, one in value.items()
            )
        text = str(value)
        if _DAY.fullmatch(text):
            return self._day(text)
        if key in _ACTORS:
            return _("、").join(self._title(one.strip()) for one in text.split(","))
        if key == "type" and text in _TYPES:
            return said(_TYPES[text])
        if key in ("form", "formKey", "process", "sourceRef", "targetRef"):
            return self._title(text)
        return _clipped(_PHASE.sub(self._phase, text) if "phases." in text else text)

    @staticmethod
    def _day(text: str) -> str:
        try:
            return date_words(date.fromisoformat(text))
        except ValueError:
            return text

    def _phase(self, found: re.Match[str]) -> str:
        for package in self.packages:
            if found[1] in package.phases:
                end = _("结束") if found[2] == "end" else _("开始")
                return _("“%(phase)s”%(end)s", phase=package.phases[found[1]].title, end=end)
        return found.group()

    def _title(self, key: str) -> str:
        for package in self.packages:
            for elements in (package.actors, package.duties, package.ledgers, package.phases):
                if key in elements:
                    return str(elements[key].title)
            if key in package.forms:
                return form_title(package, key)
            if key in package.processes:
                return package.processes[key].name or key
            for drawing in package.processes.values():
                if key in drawing.nodes:
                    return drawing.nodes[key].name or key
        return {"by": _("责任单位"), "form": _("任务的表单")}.get(key, key)

    def _drawn(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield what an element of a drawing says, from its source: its own attributes and the texts inside."""
        head = _TAG.match(source.lstrip())
        if head is None:
            return
        for name, quoted in _ATTRIBUTE.findall(head[2]):
            local = name.rpartition(":")[2]
            if local not in _UNSAID and not name.startswith("xmlns"):
                yield self._called(local), self._says(local, unescape(quoted[1:-1]))
        for name, text in re.findall(r"<(?:[\w-]+:)?(\w+)[^<>]*>([^<>]+)</", source):
            if name not in _UNSAID and text.strip():
                yield ("" if name == "text" else self._called(name)), self._says(name, unescape(text.strip()))


def _clipped(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
