"""Reports that collect others: whether there is anything to collect, and what their forms begin with."""

from __future__ import annotations

from collections.abc import Iterator

from forms.expression import Expression
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.checks.known import CAMPAIGN, paths_in, stranger
from workflows.collected import COLLECTED, PARTS
from workflows.elements import Duty, Package
from workflows.whom import is_relative


def collects(duty: Duty) -> bool:
    """Tell whether a duty collects the reports of others."""
    return bool(duty.sources) or (duty.on is not None and duty.on.kind == "collected")


def check_collecting(package: Package, duty: Duty) -> Iterator[Problem]:
    """Report what a duty that collects cannot collect, and what of its own dates the collection decides."""
    if not collects(duty):
        return
    where, line = (
        f"duties.{duty.id}.{'collects' if duty.collects else 'on'}",
        duty.on.line if duty.on else duty.line,
    )
    others = [key for key in package.duties if key != duty.id]
    if duty.collects and duty.on is not None and duty.on.kind != "phase":
        what = say("“{title}”写了 collects，又不按日历开始", title=duty.title)
        yield Problem(
            what, say("请删去 on，写 due 或 every；或改写 on: {collected: …}。"), CAMPAIGN, line, where
        )
    for name in duty.sources:
        lower = package.duties.get(name)
        if lower is None or name == duty.id:
            yield stranger(say("没有任务“{name}”", name=name), name, others, line, where)
        elif lower.on is not None and lower.on.kind != "phase":
            what = say("“{title}”不按日历开始，说不清何时算报齐，不能汇总", title=lower.title)
            do = say("请汇总写了 due、every 或没有期限的任务。")
            yield Problem(what, do, CAMPAIGN, line, where)
        elif not (lower.open_to or varies(package, lower) or set(duty.by) & set(lower.to)):
            what = say(
                "“{upper}”汇总“{lower}”，但“{lower}”不报给它的责任主体", upper=duty.title, lower=lower.title
            )
            do = say(
                "请让 by 与“{lower}”的 to 写同一个责任主体，否则它可能看不到所报内容。", lower=lower.title
            )
            yield Problem(what, do, CAMPAIGN, line, where, "warning")
    for faulty, what, do in () if duty.collects else _contradictions(duty):
        if faulty:
            yield Problem(what, do, CAMPAIGN, duty.line, where)


def varies(package: Package, duty: Duty) -> bool:
    """Tell whether a report goes to another recipient for each unit: then the report itself says to whose desk."""
    return any(is_relative(package.actors, name) for name in duty.to if name in package.actors)


def check_collected_paths(rule: Expression, line: int, where: str) -> Iterator[Problem]:
    """Dotted paths to what was collected: collected.missing."""
    for path in paths_in(rule.tree):
        if path[0] == COLLECTED and len(path) > 1 and path[1] not in PARTS:
            what = say("“{path}”里只有 filed、missing 和 answers", path=".".join(path))
            yield stranger(what, path[1], PARTS, line, where)
        elif path[0] == COLLECTED and len(path) != 2:
            do = say("请写成 collected.filed、collected.missing 或 collected.answers。")
            yield Problem(say("“{path}”不是一个列表", path=".".join(path)), do, CAMPAIGN, line, where)


def _contradictions(duty: Duty) -> Iterator[tuple[bool, Message, Message]]:
    title = duty.title
    yield (
        duty.start is not None,
        say("“{title}”报齐就开始，又写了 start", title=title),
        say("请删去 start；期限写在 due 里，例如 event.due + days(5)。"),
    )
    yield (
        duty.about is not None,
        say("“{title}”汇总各单位的材料，又写了 about", title=title),
        say("请删去 about；由 by 的每个单位各汇总一份。"),
    )
