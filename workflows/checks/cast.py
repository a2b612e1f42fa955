"""Actors that contradict themselves, lean on themselves, or are named where nobody is."""

from __future__ import annotations

from collections.abc import Iterator

from tenants.errors import Problem
from tenants.text import say
from workflows.checks.known import CAMPAIGN, RESERVED, Known, stranger
from workflows.checks.reading import UNIT_NAMES
from workflows.elements import Actor, Duty, Package
from workflows.whom import SUBJECT, needs_subject

OPEN = "open"


def check_actor(known: Known, actor: Actor) -> Iterator[Problem]:
    """Report what is wrong with one actor."""
    package = known.package
    where = f"actors.{actor.id}"
    if actor.id in RESERVED | {SUBJECT, OPEN}:
        what = say("“{id}”是保留的称呼，不能作责任主体的编号", id=actor.id)
        yield Problem(what, say("请换一个编号。"), CAMPAIGN, actor.line, where)
    ways = [way for way in (actor.post, actor.above, actor.below, actor.along) if way]
    bound = actor.kind in ("chosen", "named", "marked")
    if not ways and not bound and actor.unit is None:
        what = say("“{title}”没有写明是哪些单位或岗位", title=actor.title)
        do = say("请写 unit（条件）、post（岗位）、above、below、line、chosen 或 named_by 之一。")
        yield Problem(what, do, CAMPAIGN, actor.line, where)
    if len(ways) > 1 or (actor.unit and (actor.post or actor.along)):
        what = say("“{title}”同时写了几种找法", title=actor.title)
        do = say(
            "unit、post、above、below、line 请只用一种；unit 可以与 above、below 连用，of 可以与 post 连用。"
        )
        yield Problem(what, do, CAMPAIGN, actor.line, where)
    if actor.at and actor.along:
        what = say("“{title}”同时写了 line 和 at", title=actor.title)
        yield Problem(what, say("报送线已经说明是哪个机关，请去掉其中一个。"), CAMPAIGN, actor.line, where)
    if actor.of and not actor.post and actor.kind not in ("named", "marked"):
        yield Problem(
            say("“{title}”写了 of，没有写 post", title=actor.title),
            say("请补上岗位 post。"),
            CAMPAIGN,
            actor.line,
            where,
        )
    yield from known_actors(package, actor.of, actor.line, f"{where}.of")
    yield from known_actors(package, actor.below, actor.line, f"{where}.below")
    if actor.named_by is not None:
        yield from _appointed(known, actor, where)
    if actor.attribute in UNIT_NAMES | known.forms.keys():
        what = say("“{title}”的 named_by 写的“{name}”不是单位的属性", title=actor.title, name=actor.attribute)
        do = say("请写属性的名称，例如 驻地执法处；由表单指定的，请写 表单编号.字段。")
        yield Problem(what, do, CAMPAIGN, actor.line, f"{where}.named_by")
    yield from known_actors(
        package, tuple(one for one in actor.above if one != SUBJECT), actor.line, f"{where}.above"
    )
    if _leans_on_itself(package, actor):
        what = say("“{title}”绕了一圈又回到自己", title=actor.title)
        yield Problem(what, say("请改正 of、above 或 below。"), CAMPAIGN, actor.line, where)


def check_owed(package: Package, duty: Duty) -> Iterator[Problem]:
    """Report a duty that nobody would ever owe: its actors stand above a unit, and there is none."""
    planned = duty.on is None or duty.on.kind in ("phase", "collected")
    if planned and not duty.about and duty.by and all(needs_subject(package.actors, one) for one in duty.by):
        what = say("“{title}”的责任主体要从所涉单位往上找，但没有写明所涉单位", title=duty.title)
        do = say("请写 about：每个所涉单位一件，由它的上级承担。")
        yield Problem(what, do, CAMPAIGN, duty.line, f"duties.{duty.id}.by")


def _appointed(known: Known, actor: Actor, where: str) -> Iterator[Problem]:
    """The answer that names a unit must be a field of a form that is one."""
    source = actor.named_by
    assert source is not None
    if source.form not in known.forms:
        what = say("没有表单“{form}”", form=source.form)
        yield stranger(what, source.form, known.forms, actor.line, f"{where}.named_by")
    elif source.form not in known.unsound:
        field = known.forms[source.form].get((source.field,))
        if field is None or field.get("format") != "unit":
            what = say("“{source}”不是填单位的一栏", source=str(source))
            yield Problem(
                what, say("请改成 format: unit 的字段。"), CAMPAIGN, actor.line, f"{where}.named_by"
            )


def _leans_on_itself(package: Package, actor: Actor) -> bool:
    seen: set[str] = set()
    todo = [*actor.of, *actor.above, *actor.below]
    while todo:
        name = todo.pop()
        if name == actor.id:
            return True
        base = package.actors.get(name)
        if base is not None and name not in seen:
            seen.add(name)
            todo += [*base.of, *base.above, *base.below]
    return False


def known_actors(package: Package, names: tuple[str, ...], line: int, where: str) -> Iterator[Problem]:
    """Report names that are no actors."""
    for name in names:
        if name not in package.actors:
            yield stranger(say("没有责任主体“{name}”", name=name), name, package.actors, line, where)
