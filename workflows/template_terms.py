"""What a publisher says of a template, and to whom it is given; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tenants.directory import LEVELS
from tenants.errors import Invalid, Problem
from tenants.text import Message, say

# To whom: nobody yet, so that the publisher may look at it; everybody here; all below the publisher; those and all above it.
OWN, ALL, BELOW, CHAIN = "own", "all", "below", "chain"
AUDIENCES: Mapping[str, Message] = {
    BELOW: say("本单位的各级下级"), CHAIN: say("本单位的各级上级和下级"), ALL: say("本系统所有单位"),
    OWN: say("先只给本单位看"),
}  # fmt: skip
MAX_DESCRIPTION, MAX_WORDS, MAX_FIELD = 2_000, 200, 40


@dataclass(frozen=True)
class Terms:
    """What the publisher says of a template, and to whom it is given. field: 行业. keywords: as typed."""

    description: str
    audience: str
    level: str
    field: str = ""
    keywords: str = ""


def checked(terms: Terms) -> Terms:
    """Return the terms cleaned of what no text has. Raises Invalid with every problem."""
    clean = replace(
        terms, description=_plain(terms.description), field=_line(terms.field), keywords=_line(terms.keywords)
    )
    problems = []
    if not clean.description:
        what = say("没有写说明。")
        problems.append(Problem(what, say("请写明这个方案适合谁、解决什么问题。"), where="description"))
    for name, text, most in (
        ("description", clean.description, MAX_DESCRIPTION), ("keywords", clean.keywords, MAX_WORDS),
        ("field", clean.field, MAX_FIELD),
    ):  # fmt: skip
        if len(text) > most:
            problems.append(Problem(say("超过 {max} 字。", max=most), say("请写短一些。"), where=name))
    if clean.audience not in AUDIENCES:
        problems.append(Problem(say("没有选择给谁看。"), say("请选择一项。"), where="audience"))
    if clean.level not in LEVELS:
        problems.append(Problem(say("没有选择适用级别。"), say("请选择一项。"), where="level"))
    if problems:
        raise Invalid(say("模板没有发布。"), problems[0].do, problems=tuple(problems))
    return clean


def _plain(text: str) -> str:
    """Return a text without characters that show nothing or turn the line around."""
    kept = "".join(c for c in text.replace("\r\n", "\n") if c == "\n" or unicodedata.category(c)[0] != "C")
    return kept.strip()


def _line(text: str) -> str:
    return " ".join(_plain(text).split())
