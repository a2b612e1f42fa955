"""A package in another language: its own words, `i18n/<language>.yaml`, put in the place of the notice's language.

`titles` are those of elements by path (`duties.kickoff`), `terms` every other text of forms and drawings by the text itself.
Only what people read changes: keys, values of answers, expressions, clauses and the notice's own words stay, so that a
translated package asks and answers the same. What it says nothing of stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape, unescape
from typing import Any

from workflows.bpmn import Drawing
from workflows.elements import Duty, Element, Form, Package, Rule
from workflows.marked_yaml import read_yaml

SECTIONS = ("actors", "phases", "duties", "ledgers", "indicators", "tables", "choices", "rules", "sanctions")
# What people read of a schema and of its layout. The labels of choices stand beside them: their values are answers.
_READ = ("title", "description", "x-warn-text")
_UI = ("ui:title", "ui:description", "ui:help", "ui:placeholder")
_MEASURE = re.compile("[\u4e00-\u9fff]")
_NAME = re.compile(rb'(?<= name=")[^"]*(?=")')


@dataclass(frozen=True)
class Words:
    """titles: path -> text. terms: text -> text. heads: an element's title in the notice's language -> in this one."""

    titles: Mapping[str, str]
    terms: Mapping[str, str]
    heads: Mapping[str, str]

    def title(self, path: str, text: str) -> str:
        """Return the title of the element at a path."""
        return self.titles.get(path) or self.term(text)

    def term(self, text: str) -> str:
        """Return a text of a form or a drawing, else the title that an element of this text has."""
        return self.terms.get(text) or self.heads.get(text) or text

    def unit(self, text: str) -> str:
        """Return a unit of measurement; a bare measure word (条, 个) is one that other languages do without."""
        return self.terms.get(text) or ("" if _MEASURE.fullmatch(text) else text)

    def named(self, text: str) -> str:
        """Return what a row was called after an element, with its period in brackets: 月报（2024-11）."""
        head, bracket, rest = text.partition("（")
        known = self.heads.get(text) or self.heads.get(head) or self.terms.get(head)
        if not known:
            return self.term(text)
        return known if text in self.heads or not bracket else f"{known} ({rest.removesuffix('）')})"


@dataclass(frozen=True)
class _Known:
    """A package as a key: its hash says which one it is, and nothing else does."""

    hash: str
    package: Package = field(compare=False)


def words_of(package: Package, language: str) -> Words:
    """Return the package's words in a language (`en`); without any, every text stays as it is."""
    return _words(_Known(package.hash, package), language)


def translated(package: Package, language: str) -> Package:
    """Return the package with its own words in a language; worked out once for each hash."""
    return _translated(_Known(package.hash, package), language)


def translated_drawing(drawing: Drawing, words: Words) -> bytes:
    """Return a drawing's XML with what it shows in other words; for looking at only."""

    def named(found: re.Match[bytes]) -> bytes:
        return escape(words.term(unescape(found[0].decode()))).encode()

    return _NAME.sub(named, drawing.xml)


@lru_cache(maxsize=32)
def _words(known: _Known, language: str) -> Words:
    data = known.package.files.get(f"i18n/{language}.yaml")
    found = read_yaml(data, language)[0] if data else None
    titles, terms = (_texts(found.get(key)) if isinstance(found, dict) else {} for key in ("titles", "terms"))
    heads = {known.package.title: titles["title"]} if "title" in titles else {}
    for section in SECTIONS:
        for key, element in getattr(known.package, section).items():
            if f"{section}.{key}" in titles:
                heads.setdefault(element.title, titles[f"{section}.{key}"])
    return Words(titles, terms, heads)


def _texts(found: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in found.items() if text} if isinstance(found, dict) else {}


@lru_cache(maxsize=16)
def _translated(known: _Known, language: str) -> Package:
    package, words = known.package, words_of(known.package, language)
    if not words.titles and not words.terms:
        return package
    sections: dict[str, Any] = {section: _titled(package, section, words) for section in SECTIONS}
    for key, one in sections["indicators"].items():
        sections["indicators"][key] = replace(one, unit=words.unit(one.unit))
    return replace(
        package, title=words.title("title", package.title), **sections,
        kinds={key: words.title(f"kinds.{key}", title) for key, title in package.kinds.items()},
        processes={key: _drawing(one, words) for key, one in package.processes.items()},
        forms={key: _form(one, words) for key, one in package.forms.items()},
    )  # fmt: skip


def _titled(package: Package, section: str, words: Words) -> dict[str, Element]:
    found: Mapping[str, Element] = getattr(package, section)
    said: dict[str, Element] = {}
    for key, one in found.items():
        said[key] = replace(one, title=words.title(f"{section}.{key}", one.title))
        if isinstance(one, Duty) and one.milestones:
            named = {
                name: replace(part, title=words.title(f"{section}.{key}.milestones.{name}", part.title))
                for name, part in one.milestones.items()
            }
            said[key] = replace(one, title=said[key].title, milestones=named)
        elif isinstance(one, Rule):
            then = tuple(words.term(part) for part in one.then)
            said[key] = replace(one, title=said[key].title, condition=words.term(one.condition), then=then)
    return said


def _drawing(drawing: Drawing, words: Words) -> Drawing:
    nodes = {
        key: replace(node, name=words.term(node.name), lane=words.term(node.lane), documentation=words.term(node.documentation))
        for key, node in drawing.nodes.items()
    }  # fmt: skip
    return replace(drawing, name=words.term(drawing.name), nodes=nodes)


def _form(form: Form, words: Words) -> Form:
    return replace(form, schema=_schema(form.schema, words), ui=_layout(form.ui, words.term))


def _schema(part: Any, words: Words) -> Any:
    """Return a part of a schema with other words. `x-labels`: what a choice is called, by its value."""
    if isinstance(part, list):
        return [_schema(one, words) for one in part]
    if not isinstance(part, Mapping):
        return part
    said = {key: _schema(value, words) for key, value in part.items()}
    said |= {key: words.term(part[key]) for key in _READ if isinstance(part.get(key), str)}
    if isinstance(part.get("x-unit"), str):
        said["x-unit"] = words.unit(part["x-unit"])
    choices = part.get("enum")
    if isinstance(choices, list):
        said["x-labels"] = {one: words.term(one) for one in choices if isinstance(one, str)}
    return said


def _layout(part: Any, term: Callable[[str], str]) -> Any:
    if isinstance(part, Mapping):
        return {
            key: term(value) if key in _UI and isinstance(value, str) else _layout(value, term)
            for key, value in part.items()
        }
    return [_layout(one, term) for one in part] if isinstance(part, list) else part
