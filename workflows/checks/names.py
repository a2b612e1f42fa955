"""Names that name nothing, and elements that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator

from forms.fields import ROW
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.checks.cast import check_actor, check_owed, known_actors
from workflows.checks.collecting import check_collecting
from workflows.checks.known import CAMPAIGN, ITEM_NAMES, Known, stranger
from workflows.checks.times import check_milestones, check_phases, every_contradictions, never_begins
from workflows.elements import Duty, Ledger, Package
from workflows.parts import On, RowSource
from workflows.trace import elements

_LOCKABLE = (
    "actors",
    "phases",
    "duties",
    "ledgers",
    "indicators",
    "rules",
    "sanctions",
    "forms",
    "processes",
    "decisions",
    "tables",
)


def check_names(known: Known) -> Iterator[Problem]:
    """Report every name that names nothing, in the order of the sections."""
    package = known.package
    yield from _clauses(package)
    for actor in package.actors.values():
        yield from check_actor(known, actor)
    yield from check_phases(package)
    for duty in package.duties.values():
        yield from _duty(known, duty)
    for ledger in package.ledgers.values():
        yield from _ledger(known, ledger)
    for indicator in package.indicators.values():
        where = f"indicators.{indicator.id}"
        yield from known_actors(
            package, (indicator.each,) if indicator.each else (), indicator.line, f"{where}.each"
        )
        if indicator.beside and indicator.beside not in package.indicators:
            what = say("没有指标“{name}”", name=indicator.beside)
            yield stranger(what, indicator.beside, package.indicators, indicator.line, f"{where}.beside")
    for section in ("rules", "sanctions"):
        for rule in getattr(package, section).values():
            where = f"{section}.{rule.id}"
            yield from known_actors(package, rule.by, rule.line, f"{where}.by")
            if rule.process:
                yield from _process(package, rule.process, rule.line, where)
            if rule.on:
                yield from _on(known, rule.on, f"{where}.on")
    yield from _locks(package)


def _clauses(package: Package) -> Iterator[Problem]:
    known = {clause.path for clause in package.clauses}
    seen: set[str] = set()
    for clause in package.clauses:
        if clause.path in seen:
            what = say("条款“{path}”写了两次", path=clause.path)
            yield Problem(
                what, say("重复的编号请加 [1]、[2] 区分。"), "clauses.yaml", clause.line, clause.path
            )
        seen.add(clause.path)
    for where, element in elements(package):
        if not element.clauses and not element.added:
            what = say("“{title}”没有写明出自通知哪一条", title=element.title or element.id)
            do = say("请写 clause；通知里没有的，请写 added: true 和 reason。")
            yield Problem(what, do, CAMPAIGN, element.line, where)
        if element.added and not element.reason:
            what = say("“{title}”是增加的，但没有写理由", title=element.title or element.id)
            yield Problem(what, say("请补上 reason。"), CAMPAIGN, element.line, where)
    named = [*elements(package), *((f"actors.{key}", actor) for key, actor in package.actors.items())]
    for where, element in named if known else ():
        for path in element.clauses:
            if path not in known:
                what = say("clauses.yaml 里没有条款“{clause}”", clause=path)
                do = say("请改正编号，或在 clauses.yaml 里补上这一条。")
                yield stranger(what, path, known, element.line, f"{where}.clause", do=do)


def _duty(known: Known, duty: Duty) -> Iterator[Problem]:
    package, where = known.package, f"duties.{duty.id}"
    yield from known_actors(package, duty.by, duty.line, f"{where}.by")
    yield from known_actors(package, duty.to, duty.line, f"{where}.to")
    yield from known_actors(package, duty.partners, duty.line, f"{where}.with")
    if duty.about:
        yield from known_actors(package, (duty.about,), duty.line, f"{where}.about")
    yield from _process(package, duty.process, duty.line, where)
    if duty.form:
        yield from _form(known, duty.form, duty.line, where)
    for name in duty.prefill:
        if (
            duty.form in known.forms
            and duty.form not in known.unsound
            and name not in known.form_fields(duty.form)
        ):
            what = say("表单“{form}”里没有“{name}”，不能预填", form=duty.form, name=name)
            yield stranger(what, name, known.form_fields(duty.form), duty.line, f"{where}.prefill")
    if duty.on:
        yield from _on(known, duty.on, f"{where}.on")
    yield from check_collecting(package, duty)
    yield from check_milestones(package, duty)
    until = duty.every.until if duty.every else ""
    if until and (duty.on is None or until not in _thrown(package)):
        what = (
            say("没有流程发出事件“{name}”", name=until)
            if duty.on
            else say("“{title}”写了 until，没有写 on", title=duty.title)
        )
        yield stranger(what, until, _thrown(package), duty.line, f"{where}.every.until")
    yield from check_owed(package, duty)
    for faulty, what, do in _contradictions(duty):
        if faulty:
            yield Problem(what, do, CAMPAIGN, duty.line, where)


def _contradictions(duty: Duty) -> Iterator[tuple[bool, Message, Message]]:
    title = duty.title
    yield from every_contradictions(duty)
    yield (
        duty.every is not None and duty.due is not None,
        say("“{title}”同时写了 every 和 due", title=title),
        say("重复的任务由 every 决定到期日，请删去 due。"),
    )
    yield (
        duty.every is not None and duty.on is not None and duty.on.kind not in ("event", "demand"),
        say("“{title}”同时写了 every 和 on", title=title),
        say("请只留一种；自某事起定期重复的，on 只能是 event 或 demand。"),
    )
    yield (
        duty.disputed is not None and duty.every is None,
        say("“{title}”写了 disputed，但它不重复", title=title),
        say("disputed 只用于 every；请删去，或改用 every。"),
    )
    about = duty.about or (duty.on and (duty.on.about or duty.on.unit_field))
    yield (
        duty.hidden == "about" and not about,
        say("“{title}”要对所涉单位保密，但没有写明所涉单位", title=title),
        say("请在 on 里写 about，或给任务写 about。"),
    )


def _on(known: Known, on: On, where: str) -> Iterator[Problem]:
    package = known.package
    if on.kind == "phase" and on.phase not in package.phases:
        yield stranger(say("没有阶段“{name}”", name=on.phase), on.phase, package.phases, on.line, where)
    yield from never_begins(package, on, where)
    if on.kind == "demand":
        yield from known_actors(package, tuple(filter(None, (*on.actors, on.about))), on.line, where)
    for source in on.sources:
        yield from _source(known, source, where)
    yield from _unit_field(known, on.unit_field, on.sources, on.line, f"{where}.about")
    thrown = _thrown(package) if on.kind == "event" else frozenset()
    if on.kind == "event" and on.event not in thrown:
        do = say("请在流程里画一个抛出该信号或消息的事件。")
        yield stranger(
            say("没有流程发出事件“{name}”", name=on.event), on.event, thrown, on.line, where, do=do
        )


def _thrown(package: Package) -> frozenset[str]:
    """Return the events that the package's processes throw, and those of its milestones."""
    return frozenset(
        node.event.name
        for drawing in package.processes.values()
        for node in drawing.nodes.values()
        if node.kind in ("intermediateThrowEvent", "endEvent") and node.event.name
    ) | {one.missed for duty in package.duties.values() for one in duty.milestones.values() if one.missed}


def _ledger(known: Known, ledger: Ledger) -> Iterator[Problem]:
    where = f"ledgers.{ledger.id}"
    yield from _process(known.package, ledger.process, ledger.line, where)
    if ledger.form:
        yield from _form(known, ledger.form, ledger.line, where)
    for form in ledger.from_forms:
        yield from _form(known, form, ledger.line, f"{where}.from_forms")
    if ledger.pair and ledger.pair not in known.package.ledgers:
        what = say("没有台账“{name}”", name=ledger.pair)
        yield stranger(what, ledger.pair, known.package.ledgers, ledger.line, f"{where}.pair")
    if not ledger.from_rows and not ledger.from_forms:
        what = say("台账“{title}”没有来源，永远是空的", title=ledger.title)
        yield Problem(
            what,
            say("请写 from_rows，例如 [self-check.hazards]，或 from_forms。"),
            CAMPAIGN,
            ledger.line,
            where,
        )
    for source in ledger.from_rows:
        yield from _source(known, source, f"{where}.from_rows")
    yield from _unit_field(
        known, ledger.unit_field, ledger.from_rows, ledger.line, f"{where}.unit_field", ledger.from_forms
    )
    fields = known.item_fields(ledger)
    for column in ledger.columns:
        if fields and column not in fields | ITEM_NAMES:
            what = say("台账“{title}”的条目里没有字段“{name}”", title=ledger.title, name=column)
            yield stranger(what, column, fields | ITEM_NAMES, ledger.line, f"{where}.columns")


def _source(known: Known, source: RowSource, where: str) -> Iterator[Problem]:
    if source.form not in known.forms:
        yield from _form(known, source.form, source.line, where)
    elif source.form not in known.unsound and source.field not in known.tables(source.form):
        what = say("表单“{form}”里没有表格“{name}”", form=source.form, name=source.field)
        do = say("请改成表单里的表格字段（array）。")
        yield stranger(what, source.field, known.tables(source.form), source.line, where, do=do)


def _unit_field(
    known: Known,
    name: str,
    sources: tuple[RowSource, ...],
    line: int,
    where: str,
    forms: tuple[str, ...] = (),
) -> Iterator[Problem]:
    """What names the unit that a row, or a whole form, concerns must be a unit; tables of a unit's own need not have it."""
    rows = [
        (str(one), known.row_fields(one), known.forms.get(one.form, {}).get((one.field, ROW, name)))
        for one in sources
    ]
    rows += [(one, known.form_fields(one), known.forms.get(one, {}).get((name,))) for one in forms]
    for source, fields, field in rows if name else ():
        if fields and field is None and not any(other for _, _, other in rows):
            what = say("“{source}”里没有字段“{name}”", source=source, name=name)
            yield stranger(what, name, fields, line, where)
        elif field is not None and field.get("format") != "unit":
            what = say("“{name}”不是填单位的一栏", name=name)
            yield Problem(what, say("请改成 format: unit 的字段。"), CAMPAIGN, line, where)


def _process(package: Package, name: str, line: int, where: str) -> Iterator[Problem]:
    if name and name not in package.processes and f"processes/{name}.bpmn" not in package.files:
        do = say("请补上 processes/{name}.bpmn，或改成已有的流程。", name=name)
        yield stranger(
            say("没有流程“{name}”", name=name), name, package.processes, line, f"{where}.process", do=do
        )


def _form(known: Known, name: str, line: int, where: str) -> Iterator[Problem]:
    if name not in known.forms:
        do = say("请补上 forms/{name}/schema.json，或改成已有的表单。", name=name)
        yield stranger(say("没有表单“{name}”", name=name), name, known.forms, line, f"{where}.form", do=do)


def _locks(package: Package) -> Iterator[Problem]:
    for path in package.locks:
        if path == "*":
            continue
        section, _, rest = path.partition(".")
        if section not in _LOCKABLE:
            what = say("locks 里的“{path}”不指向任何内容", path=path)
            yield stranger(what, section, _LOCKABLE, 0, f"locks.{path}")
        elif rest and rest.split(".")[0] not in ("*", *getattr(package, section)):
            what = say("locks 里的“{path}”不指向任何内容", path=path)
            yield stranger(what, rest.split(".")[0], getattr(package, section), 0, f"locks.{path}")
