"""Whom a superior means: all of some levels, those for whom a condition holds, or those that were ticked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from forms.expression import EvaluationError, Expression, ExpressionError, compile_expression, shared
from tenants.directory import LEVELS
from tenants.errors import Invalid, NotFound
from tenants.text import Message, say, together

MAX_SELECTOR = 1_000
# What a condition may do with one authority, and with all of them together.
_STEPS, _ALL = 5_000, 500_000
# So many names are told that a condition could have used.
_TOLD = 20


@dataclass(frozen=True)
class Child:
    """An authority directly below. facts: what a condition may read of it."""

    id: UUID
    name: str
    level: str
    code: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """To whom: one of the three. levels: all of these levels. selector: a condition. listed: these, by their ids."""

    levels: tuple[str, ...] = ()
    selector: str = ""
    listed: tuple[UUID, ...] = ()

    @property
    def standing(self) -> bool:
        """Tell whether whoever comes later may be meant, too."""
        return not self.listed

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        if self.levels:
            return {"levels": sorted(self.levels, key=LEVELS.index)}
        if self.selector.strip():
            return {"selector": self.selector.strip()}
        return {"list": sorted(map(str, self.listed))}

    @staticmethod
    def of(kept: Mapping[str, Any]) -> Choice:
        """Read what `kept` wrote."""
        listed = tuple(UUID(key) for key in kept.get("list", ()))
        return Choice(tuple(kept.get("levels", ())), kept.get("selector", ""), listed)


@dataclass(frozen=True)
class Meant:
    """Who is meant, in the order of their codes. doubts: those for whom it cannot be worked out, and why."""

    children: tuple[Child, ...]
    doubts: tuple[tuple[Child, Message], ...] = ()


def meant(choice: Choice, children: Sequence[Child]) -> Meant:
    """Return whom a choice means.

    Raises Invalid when nothing, or more than one thing, is chosen, or a condition is not sound; NotFound when one that was ticked
    is not there.
    """
    if sum(map(bool, (choice.levels, choice.selector.strip(), choice.listed))) != 1:
        raise Invalid(say("没有选择下达给谁。"), say("请按级别、按条件，或者逐个选择下级，三者取一。"))
    if choice.listed:
        found = [one for one in children if one.id in set(choice.listed)]
        if len(found) != len(set(choice.listed)):
            raise NotFound(say("所选的不都是本单位的下级。"), say("请刷新页面后重新选择。"))
        return Meant(tuple(found))
    if choice.levels:
        if unknown := [level for level in choice.levels if level not in LEVELS]:
            raise Invalid(say("没有“{level}”这一级。", level=unknown[0][:40]), say("请从列出的级别中选择。"))
        return Meant(tuple(one for one in children if one.level in choice.levels))
    return _fitting(_compiled(choice.selector, children), children)


def _compiled(text: str, children: Sequence[Child]) -> Expression:
    """Return a condition; raise Invalid when it is not one, or reads what no authority below has."""
    if len(text) > MAX_SELECTOR:
        raise Invalid(say("条件超过 {max} 字。", max=MAX_SELECTOR), say("请写得简单一些，或者逐个选择。"))
    try:
        found = compile_expression(text.strip())
    except ExpressionError as error:
        what = say(
            "条件写错了：第 {line} 行第 {column} 个字符，{what}",
            line=error.line,
            column=error.column,
            what=error.what,
        )
        raise Invalid(what, error.do) from error
    known = {name for child in children for name in child.facts}
    if unknown := sorted((found.names - found.item_names) - known):
        names = together([say("{name}", name=name) for name in sorted(known)[:_TOLD]])
        raise Invalid(
            say("下级都没有“{name}”这一项。", name=unknown[0][:40]), say("可以用的有：{names}。", names=names)
        )
    return found


@shared(_ALL)
def _fitting(condition: Expression, children: Sequence[Child]) -> Meant:
    found: list[Child] = []
    doubts: list[tuple[Child, Message]] = []
    for child in children:
        try:
            holds = condition.evaluate(child.facts, steps=_STEPS)
        except EvaluationError as why:
            doubts.append((child, why.what))
            continue
        if holds is True:
            found.append(child)
        elif holds is not False and holds is not None:
            raise Invalid(say("条件算出来的不是“是”或“否”。"), say("请写成比较，例如 level == 'county'。"))
    return Meant(tuple(found), tuple(doubts))
