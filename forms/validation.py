"""Whether answers are acceptable to a form. Pure: what must be looked up is handed in with the context.

In order: keep what the form could ask for, forget what the browser computed, compute anew, drop what no longer applies, and only
then judge what is left. The browser does the same for comfort; this is where it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from forms import messages
from forms.answers import canonical
from forms.budget import Overrun, budget
from forms.computed import Computed, computed_fields, fill, without_computed
from forms.datasets import DataSet, Listed, lay_out, listed
from forms.declared import declared, possible, unknown
from forms.dialect import REFERENCES, Schema, validator_for
from forms.fields import ROW, Field, Path, Place, fields, protected, sensitive
from forms.labels import path_of
from forms.plain import Take, plain
from tenants.errors import Problem, TooLarge
from tenants.text import Message, say

# So many problems are named one by one; nobody reads more.
MAX_PROBLEMS = 100
# Uses of a keyword in one judgement: some two seconds at the worst. 500 rows of 8 fields need about 30,000.
MAX_STEPS = 500_000


@dataclass(frozen=True)
class FileFacts:
    """What is known of an attachment. kind: photo or document. size: bytes."""

    kind: str
    size: int


@dataclass(frozen=True)
class Context:
    """What surrounds the answers.

    names: what expressions may read besides the answers (`forms.computed.GIVEN`); functions: what they may call, such as
    `add_workdays`. known: format -> ids that may be named (units, members); a format that is missing is not looked up.
    files: id -> facts of the attachments that this form may refer to; None = not looked up (a preview).
    fixed: answers at the top of the form that are given, not asked; they replace what was sent. tables: the data sets that the
    form asks about; None = not looked up. actors: actor -> ids of the units that a field with `x-actor` may name.
    """

    names: Mapping[str, object] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    files: Mapping[str, FileFacts] | None = None
    fixed: Mapping[str, object] = field(default_factory=dict)
    tables: Mapping[str, DataSet] | None = None
    actors: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """Answers as they are to be kept, and what is wrong with them.

    answers: declared properties only, computed fields filled in. problems: none = acceptable.
    """

    answers: dict[str, Any]
    problems: tuple[Problem, ...]


class Form:
    """A schema made ready: validator, fields and computed fields. Costs milliseconds to make, so it is kept."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.fields: Mapping[Path, Field] = fields(schema)
        self.computed: tuple[Computed, ...] = computed_fields(self.fields)
        self.validator = validator_for(schema)
        self.plain: Take | None = plain(schema)
        self.listed: tuple[Listed, ...] = listed(self.fields)
        # The names that its computed fields read, and the places of what its formats refer to.
        self.reads = frozenset(name for item in self.computed for name in item.expression.names)
        self.places: Mapping[str, tuple[Path, ...]] = _places(self.fields)
        self.sensitive: tuple[Path, ...] = sensitive(self.fields)
        self.protected: Mapping[Path, tuple[str, ...]] = protected(self.fields)
        self.drawn = any(one.get("x-draw") for one in self.fields.values())
        self.soft = any("x-warn" in part for one in self.fields.values() for part in one.schemas)
        self.actors = frozenset(str(one.get("x-actor")) for one in self.fields.values() if one.get("x-actor"))
        self._parts: dict[int, Any] = {}

    def possible(self, answers: dict[str, Any]) -> dict[str, Any]:
        """Return the answers without what the form could never ask for."""
        if self.plain is not None:
            kept, sound = self.plain(answers)
            if sound:
                return kept  # type: ignore[no-any-return]
        return possible(self.schema, answers)  # type: ignore[no-any-return]

    def holds(self, part: Any, value: Any) -> bool:
        """Tell whether a value satisfies a part of this schema."""
        validator = self._parts.get(id(part))
        if validator is None:
            validator = self._parts[id(part)] = self.validator.evolve(schema=part)
        return bool(validator.is_valid(value))


def _places(fields: Mapping[Path, Field]) -> dict[str, tuple[Path, ...]]:
    found: dict[str, list[Path]] = {}
    for path, described in fields.items():
        for format in {schema.get("format") for schema in described.schemas} & REFERENCES:
            found.setdefault(str(format), []).append(path)
    return {format: tuple(paths) for format, paths in found.items()}


def form_of(schema: Schema) -> Form:
    """Return the schema made ready. Raises BrokenSchema, which `forms.schema.check_schema` finds beforehand.

    A schema is never changed in place: the same object is the same form, and only another one is read again.
    """
    known = _known.get(id(schema))
    if known is not None:
        return known[1]
    form = _form(canonical(schema))
    if len(_known) >= 1024:
        _known.clear()
    _known[id(schema)] = (schema, form)  # as long as it is held here, no other object has its id
    return form


_known: dict[int, tuple[Schema, Form]] = {}


@lru_cache(maxsize=256)
def _form(text: str) -> Form:
    return Form(orjson.loads(text))


def validate(schema: Schema, answers: Mapping[str, Any], *, context: Context | None = None) -> Checked:
    """Judge answers that `forms.answers.parse_answers` let in.

    Cost grows in proportion to the number of answers times the keywords on each: 500 rows of 8 fields take some 0.1 s.
    """
    form, context = form_of(schema), context or Context()
    if form.plain is not None:
        kept, sound = form.plain({**answers, **context.fixed})
        if sound:
            return Checked(kept, _first(list(_look_up(form, kept, context))) if form.places else ())
    try:
        with budget(MAX_STEPS):
            if not form.listed:
                return _checked(form, dict(answers), context)
            laid, strange = lay_out(form.listed, answers, context.tables)
            checked = _checked(form, laid, context)
            return Checked(checked.answers, _first([*strange, *checked.problems]))
    except Overrun:
        raise TooLarge(
            say("这份表单内容太多，一次检查不完。"),
            say("请减少表格的行数分几次填报；仍不行请联系方案编制人员简化表单。"),
        ) from None


def _checked(form: Form, answers: dict[str, Any], context: Context) -> Checked:
    problems = [messages.unknown_answer(form.fields, place) for place in unknown(form.schema, answers)]
    taken = possible(form.schema, {**answers, **context.fixed})
    taken, failed = _compute(form, taken, context)
    problems += [messages.not_computable(form.fields, place, why) for place, why in failed]
    problems += _judge(form, taken)
    problems += _look_up(form, taken, context)
    return Checked(taken, _first(problems))


def references(schema: Schema, answers: Mapping[str, Any], format: str) -> frozenset[str]:
    """Return the ids that the answers name in fields of a format: attachment, unit or member."""
    return frozenset(value for _, value in referring(schema, answers, format))


def referring(schema: Schema, answers: Mapping[str, Any], format: str) -> Iterator[tuple[Place, str]]:
    """Yield the places in the answers at which a field of a format names something, and what stands there."""
    form = form_of(schema)
    if format in form.places:
        found = _references(form, form.possible(dict(answers)), format)
        yield from ((place, value) for place, value in found if isinstance(value, str))


def _compute(form: Form, taken: Any, context: Context) -> tuple[dict[str, Any], list[tuple[Place, Message]]]:
    """Compute and drop in turns, until the answers that apply and the values computed from them agree."""
    failed: list[tuple[Place, Message]] = []
    for _ in range(4):
        filled = without_computed(taken, form.computed)
        failed = fill(filled, form.computed, context.names, context.functions)
        taken = declared(form.schema, filled, form.holds)
        if taken == filled:
            break
    return taken, failed


def _judge(form: Form, answers: dict[str, Any]) -> Iterator[Problem]:
    for count, error in enumerate(form.validator.iter_errors(answers)):
        if count > MAX_PROBLEMS:
            return
        yield from messages.explain(form.fields, error)


def _look_up(form: Form, answers: dict[str, Any], context: Context) -> Iterator[Problem]:
    """Check what the schema alone cannot: that ids exist for this form, and that files are what the field takes."""
    for format, ids in context.known.items():
        for place, value in _references(form, answers, format):
            if place[0] in context.fixed:
                continue  # given, not chosen: nobody could put it right
            whose = (
                context.actors.get(str(form.fields[path_of(place)].get("x-actor")))
                if context.actors
                else None
            )
            if isinstance(value, str) and (value not in ids or (whose is not None and value not in whose)):
                yield messages.unknown_reference(form.fields, place, format)
    if context.files is None:
        return
    for place, value in _references(form, answers, "attachment"):
        if not isinstance(value, str):
            continue
        facts = context.files.get(value)
        if facts is None:
            yield messages.unknown_reference(form.fields, place, "attachment")
        else:
            yield from _file_problems(form, place, facts)


def _file_problems(form: Form, place: Place, facts: FileFacts) -> Iterator[Problem]:
    rules = form.fields[path_of(place)]
    accepted, largest = rules.get("x-accept"), rules.get("x-max-bytes")
    if accepted and facts.kind not in accepted:
        yield messages.wrong_file(form.fields, place, accepted)
    if largest and facts.size > largest:
        yield messages.large_file(form.fields, place, largest)


def _references(form: Form, answers: Any, format: str) -> Iterator[tuple[Place, Any]]:
    for path in form.places.get(format, ()):
        yield from _at(answers, path, ())


def _at(value: Any, path: Path, place: Place) -> Iterator[tuple[Place, Any]]:
    if not path:
        yield place, value
    elif path[0] == ROW:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _at(item, path[1:], (*place, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:], (*place, path[0]))


def _first(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, and not more than anybody reads."""
    once = list({(problem.where, str(problem.what)): problem for problem in problems}.values())
    if len(once) <= MAX_PROBLEMS:
        return tuple(once)
    more = Problem(say("还有更多问题没有列出。"), say("请先改正上面列出的各项，再提交一次。"))
    return (*once[:MAX_PROBLEMS], more)
