"""Phases and recurrences that contradict themselves, before any date is worked out."""

from __future__ import annotations

from collections.abc import Iterator

from tenants.errors import Problem
from tenants.text import Message, say
from workflows.checks.known import CAMPAIGN, stranger
from workflows.elements import Duty, Package, Phase
from workflows.parts import On
from workflows.periods import RULES

# Steps that somebody does, and what throws instead of waiting.
_STEPS = ("userTask", "manualTask")
_THROW = ("intermediateThrowEvent", "endEvent")


def check_phases(package: Package) -> Iterator[Problem]:
    """Report phases that name no phase, turn in a circle, or are two things at once."""
    for phase in package.phases.values():
        where = f"phases.{phase.id}"
        for key, name in (("after", phase.after), ("in", phase.within)):
            if name and name not in package.phases:
                yield stranger(
                    say("没有阶段“{name}”", name=name), name, package.phases, phase.line, f"{where}.{key}"
                )
        if _turns_round(package, phase):
            what = say("阶段“{title}”绕了一圈又回到自己", title=phase.title)
            yield Problem(what, say("请改正 after 或 in。"), CAMPAIGN, phase.line, where)
        for faulty, what, do in _faults(phase):
            if faulty:
                yield Problem(what, do, CAMPAIGN, phase.line, where)


def _turns_round(package: Package, phase: Phase) -> bool:
    for way in ("after", "within"):
        seen, name = {phase.id}, getattr(phase, way)
        while name in package.phases and name not in seen:
            seen.add(name)
            name = getattr(package.phases[name], way)
        if name == phase.id:
            return True
    return False


def _faults(phase: Phase) -> Iterator[tuple[bool, Message, Message]]:
    title = phase.title
    yield (
        phase.start is None and phase.end is None and not (phase.milestone or phase.after or phase.horizon),
        say("阶段“{title}”没有写日期", title=title),
        say("请写 start 或 end；通知没有写日期的，请写 milestone: true 或 after。"),
    )
    yield (
        phase.milestone and phase.start is not None,
        say("阶段“{title}”是一个时点，却写了 start", title=title),
        say("请删去 start，只写 end。"),
    )
    yield (
        bool(phase.after) and phase.start is not None,
        say("阶段“{title}”同时写了 after 和 start", title=title),
        say("请只留一种。"),
    )
    yield (
        phase.every is not None and (phase.start is None or phase.end is None),
        say("阶段“{title}”要重复，却没有写清起止", title=title),
        say("请写 start 和 end，或删去 every。"),
    )


def never_begins(package: Package, on: On, where: str) -> Iterator[Problem]:
    """Report a trigger at an end of a phase that the phase has not."""
    phase = package.phases.get(on.phase) if on.kind == "phase" else None
    if phase is None or (phase.end if on.at == "end" else phase.start) is not None:
        return
    if on.at == "end":
        what = say("阶段“{title}”没有结束日期，结束时的任务永远不会开始", title=phase.title)
        yield Problem(what, say("请给阶段写 end，或改成 at: start。"), CAMPAIGN, on.line, where)
    else:
        what = say("阶段“{title}”没有开始日期，开始时的任务永远不会开始", title=phase.title)
        yield Problem(what, say("请给阶段写 start，或给任务写 start。"), CAMPAIGN, on.line, where)


def every_contradictions(duty: Duty) -> Iterator[tuple[bool, Message, Message]]:
    """Yield (whether it is so, what, what to do) of what a recurrence says of itself."""
    every, title = duty.every, duty.title
    if every is None:
        return
    # `each` brings the rule that says the same.
    ruled = every.rule not in ("", RULES.get(every.each or "", ""))
    ways = [every.each is not None, bool(every.seasons), ruled]
    yield (
        sum(ways) == 0,
        say("“{title}”的 every 没有写怎样重复", title=title),
        say("请写 rule、each 或 season 之一。"),
    )
    yield (
        sum(ways) > 1,
        say("“{title}”的 every 写了几种重复", title=title),
        say("rule、each、season 请只留一种。"),
    )
    yield (
        every.each is None and (every.first != "count" or every.last != "drop" or every.times != 1),
        say("“{title}”的 every 写了 first、last 或 times，却没有写 each", title=title),
        say("这几项只与 each 连用；请改用 each，或删去它们。"),
    )
    yield (
        every.due is not None and not every.seasons,
        say("“{title}”的 every 写了 due，却没有写 season", title=title),
        say("rule 和 each 自己决定到期日；请删去 due。"),
    )
    yield (
        bool(every.shifts) and not (every.each == "day" or every.rule.startswith("FREQ=DAILY")),
        say("“{title}”按班次重复，却不是每天", title=title),
        say("shifts 与 each: day 或 rule: FREQ=DAILY 连用。"),
    )
    yield (
        every.undated and every.roll != "none",
        say("“{title}”没有期限，却要顺延", title=title),
        say("请删去 undated 或 roll。"),
    )


def check_milestones(package: Package, duty: Duty) -> Iterator[Problem]:
    """Report milestones whose step, consequence or rule is not there, and a duty served that is none."""
    if duty.serves and (duty.serves not in package.duties or duty.serves == duty.id):
        others = [key for key in package.duties if key != duty.id]
        what = say("没有任务“{name}”", name=duty.serves)
        yield stranger(what, duty.serves, others, duty.line, f"duties.{duty.id}.serves")
    drawing = package.processes.get(duty.process)
    steps = [] if drawing is None else [one.id for one in drawing.nodes.values() if one.kind in _STEPS]
    rules = {**package.rules, **package.sanctions}
    for one in duty.milestones.values():
        where = f"duties.{duty.id}.milestones.{one.id}"
        if one.step and drawing is not None and one.step not in steps:
            what = say("流程“{name}”里没有步骤“{step}”", name=duty.process, step=one.step)
            do = say("请改成流程里一个人办的步骤的 id。")
            yield stranger(what, one.step, steps, one.line, f"{where}.step", do=do)
        if one.missed and not _heard(package, one.missed):
            what = say(
                "节点“{title}”误期后发出“{name}”，但没有任务或流程接着办", title=one.title, name=one.missed
            )
            do = say("请给一项任务写 on: {example}，或删去 missed。", example=f"{{event: {one.missed}}}")
            yield Problem(what, do, CAMPAIGN, one.line, f"{where}.missed")
        if one.rule and one.rule not in rules:
            what = say("rules 和 sanctions 里都没有“{name}”", name=one.rule)
            yield stranger(what, one.rule, rules, one.line, f"{where}.rule")


def _heard(package: Package, event: str) -> bool:
    waiting = any(duty.on is not None and duty.on.event == event for duty in package.duties.values())
    return waiting or any(
        node.event.name == event and node.kind not in _THROW
        for drawing in package.processes.values()
        for node in drawing.nodes.values()
    )
