"""Which keywords a form may use, and what each may say. What is not understood is refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forms.answers import pointer
from forms.dialect import DRAFT, EXTENSIONS, FORMATS, Schema
from forms.expression import check_pattern, is_reserved, name_problem
from forms.fields import Place
from tenants.errors import Problem
from tenants.text import Message, say

MAX_CHOICES = 1_000
MAX_BRANCHES = 50

_MAPS = ("properties", "$defs", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "contains", "not", "if", "then", "else")
_TEXTS = ("$schema", "$id", "$ref", "$comment", "title", "description", "default", "examples")
_FLAGS = (
    "readOnly",
    "writeOnly",
    "deprecated",
    "uniqueItems",
    "additionalProperties",
    "unevaluatedProperties",
)
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_SIZES = (
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
)
_RULES = ("type", "enum", "const", "format", "pattern", "required", "dependentRequired")
ALLOWED = frozenset((*_MAPS, *_LISTS, *_SINGLE, *_TEXTS, *_FLAGS, *_NUMBERS, *_SIZES, *_RULES, *EXTENSIONS))
# Names that mean something to the browser's objects.
_RESERVED = frozenset({"__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty"})
_FILES = frozenset({"photo", "document"})


def subschemas(schema: Schema) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every schema inside a schema, itself first, each with its place in the file."""
    todo: list[tuple[Place, Any]] = [((), schema)]
    while todo:
        place, part = todo.pop()
        if not isinstance(part, dict):
            continue
        yield place, part
        for keyword in _MAPS:
            todo += [((*place, keyword, name), child) for name, child in (part.get(keyword) or {}).items()]
        for keyword in _LISTS:
            todo += [((*place, keyword, index), child) for index, child in enumerate(part.get(keyword) or ())]
        todo += [((*place, keyword), part[keyword]) for keyword in _SINGLE if keyword in part]


def check_keywords(place: Place, part: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the keywords of one schema."""
    for keyword, value in part.items():
        for what, do in _keyword(place, keyword, value, part):
            yield Problem(what, do, where=pointer((*place, keyword)))


def check_name(name: str, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a field's name: expressions must be able to use it, and it must hide nothing of theirs."""
    if name in _RESERVED or is_reserved(name):
        yield Problem(
            say("字段名“{name}”与表达式里的词或函数同名。", name=name),
            say("请换一个名称，例如“{name}_值”。", name=name.strip("_")),
            where=where,
        )
        return
    if not all(part.isidentifier() for part in name.replace("-", "_-").split("-")):
        yield Problem(
            say("字段名里只能有汉字、字母、数字、下划线和短横线，并且不以数字开头。"),
            say("请把名称改短改简单；给人看的文字写在 title 里。"),
            where=where,
        )
    elif (problem := name_problem(name.replace("-", "_"))) is not None:
        yield Problem(say("字段名不能用：{why}。", why=problem[0]), say("{do}。", do=problem[1]), where=where)


def _keyword(
    place: Place, keyword: str, value: Any, part: dict[str, Any]
) -> Iterator[tuple[Message, Message]]:
    if keyword not in ALLOWED:
        yield (
            say("表单里不能用“{keyword}”。", keyword=keyword[:60]),
            say("请检查拼写；可用的关键字见 forms/README.md。"),
        )
    elif keyword == "$schema" and (place or value.rstrip("#") != DRAFT):
        yield say("只支持 JSON Schema 2020-12。"), say("请在最外层写 {draft}，或删去 $schema。", draft=DRAFT)
    elif keyword == "$id" and place:
        yield say("$id 只能写在最外层。"), say("请删去这里的 $id。")
    elif keyword == "$defs" and place:
        yield say("$defs 只能写在最外层。"), say("请把定义移到最外层的 $defs。")
    elif keyword == "$ref" and not str(value).startswith("#/$defs/"):
        yield (
            say("$ref 只能指向本表单 $defs 里的定义，不能读取网络或文件。"),
            say("请把被引用的内容写进本文件的 $defs，并写成 #/$defs/名称。"),
        )
    elif keyword == "format" and value not in FORMATS:
        yield (
            say("不认识的 format“{value}”。", value=str(value)[:40]),
            say("可用：{all}。", all=tuple(sorted(FORMATS))),
        )
    elif keyword == "pattern" and (why := check_pattern(value)) is not None:
        yield say("pattern 不能用：{why}。", why=why), say("请改写得简单一些，服务器和浏览器都要能快速判断。")
    elif keyword in ("additionalProperties", "unevaluatedProperties") and not isinstance(value, bool):
        yield (
            say("“{keyword}”只能写 true 或 false。", keyword=keyword),
            say("请把允许的栏目逐个写进 properties。"),
        )
    elif keyword == "enum":
        yield from _choices(value)
    elif keyword in ("anyOf", "oneOf", "allOf") and len(value) > MAX_BRANCHES:
        yield (
            say("“{keyword}”的分支太多。", keyword=keyword),
            say("请减到 {limit} 个以内。", limit=MAX_BRANCHES),
        )
    elif keyword in (*_NUMBERS, *_SIZES) and not _sane(keyword, value):
        yield (
            say("“{keyword}”的数不合适。", keyword=keyword),
            say("请写普通大小的数，multipleOf 例如 0.01 或 1。"),
        )
    elif keyword == "x-table" and (
        len(place) != 2 or place[0] != "properties" or part.get("type") != "array"
    ):
        yield say("x-table 只能写在表单最外层的表格栏。"), say("请把这一栏移到最外层，并写 type: array。")
    elif keyword == "x-only" and not place:
        yield say("x-only 不能写在表单最外层。"), say("请写在要保护的每一栏。")
    elif keyword in EXTENSIONS:
        yield from _extension(keyword, value, part)


def _choices(values: list[Any]) -> Iterator[tuple[Message, Message]]:
    if len(values) > MAX_CHOICES:
        yield say("可选项太多。"), say("请减到 {limit} 项以内，或改用 x-open 让人填写。", limit=MAX_CHOICES)
    if any(isinstance(value, list | dict) for value in values):
        yield say("可选项只能是文字、数字或是否。"), say("请把选项写成文字。")


def _sane(keyword: str, value: int | float) -> bool:
    return 1e-9 <= value <= 1e12 if keyword == "multipleOf" else abs(value) < 2**53


def _is(value: object, kinds: type | tuple[type, ...]) -> bool:
    return type(value) in (
        kinds if isinstance(kinds, tuple) else (kinds,)
    )  # not isinstance: true is no number


def _extension(keyword: str, value: Any, part: dict[str, Any]) -> Iterator[tuple[Message, Message]]:
    if not _is(value, EXTENSIONS[keyword]) or (keyword == "x-max-bytes" and value <= 0):
        yield say("“{keyword}”的写法不对。", keyword=keyword), say("请对照 forms/README.md 里的说明改正。")
    elif keyword == "x-accept" and not (
        value and all(isinstance(item, str) and item in _FILES for item in value)
    ):
        yield say("x-accept 只能列出 photo 和 document。"), say('请写成 ["photo"]、["document"] 或两者都写。')
    elif keyword in ("x-accept", "x-max-bytes") and part.get("format") != "attachment":
        yield say("“{keyword}”只能用在附件栏。", keyword=keyword), say("请同时写 format: attachment。")
    elif keyword == "x-only" and not (value and all(isinstance(name, str) and name for name in value)):
        yield say("x-only 没有写明给谁看。"), say("请写一个责任主体的编号，或把几个列成一列。")
    elif keyword == "x-actor" and part.get("format") != "unit":
        yield say("x-actor 只能用在填单位的一栏。"), say("请同时写 format: unit。")
    elif keyword == "x-partial" and "x-table" not in part:
        yield say("x-partial 要与 x-table 一起写。"), say("请删去它，或写明 x-table。")
    elif keyword == "x-open" and (not part.get("examples") or "enum" in part):
        yield say("x-open 的备选项要写在 examples 里。"), say("请把选项放进 examples，并去掉 enum。")
