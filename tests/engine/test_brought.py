"""What each unit has brought is shared out in one pass, and comes to the same as looking through everything for each unit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from engine.brought import Brought
from engine.lineage import above
from engine.measures import OWED, Fact, Facts, of_each
from forms.expression import compile_expression
from tests.effort import counted
from workflows.elements import Indicator
from workflows.parts import Target


class Spot(NamedTuple):
    """A unit as far as it stands among others."""

    id: UUID
    path: str
    attributes: dict[str, Any] = {}

    def facts(self) -> dict[str, Any]:
        return {}


def tree(parents: list[int]) -> list[Spot]:
    """Return a root and a unit for each number, below the unit that the number leads to."""
    root = UUID(int=1)
    spots = [Spot(root, f"/{root.hex}/")]
    for parent in parents:
        unit = UUID(int=len(spots) + 1)
        spots.append(Spot(unit, f"{spots[parent % len(spots)].path}{unit.hex}/"))
    return spots


def one_by_one(facts: Facts, units: list[Spot]) -> Iterator[tuple[str, Facts]]:
    """The slow way, which needs no explanation: all facts are looked through for each unit."""
    within = {unit.id: frozenset((unit.id, *above(unit))) for unit in units}
    for unit in units:
        yield (
            str(unit.id),
            {
                key: [one for one in rows if unit.id in within.get(one.unit_id, ())]
                for key, rows in facts.items()
            },
        )


def shared_out(facts: Facts, units: list[Spot], indicator: Indicator) -> Iterator[tuple[str, Facts]]:
    brought = Brought(facts, units)
    keys = (*(indicator.value.names if indicator.value else ()), OWED)
    return ((str(unit.id), brought.part(unit.id, keys)) for unit in units)


def indicators() -> list[Indicator]:
    target = Target(">= 2", ">=", Decimal(2))
    values = (
        "sum(drill, 人数)", "count(hazards, 人数 > 1)", "count(drill) - count(hazards)", "max(drill, 1 / 人数)", "count(unknown)",
        "duties.plan.filed + count(drill)", "duties.plan.late / duties.plan.owed", "7",
    )  # fmt: skip
    plain = [
        Indicator(id="x", title="指标", value=compile_expression(one), target=target, each="mine")
        for one in values
    ]
    periods = [
        Indicator(
            id="x",
            title="指标",
            value=one.value,
            target=target,
            each="mine",
            per="half_year",
            dated=dated,
            years=years,
        )
        for one in plain[:6]
        for dated, years in (("", ()), ("日期", ()), ("", (2024,)))
    ]
    trends = [
        Indicator(id="x", title="指标", value=one.value, each="mine", trend="rising") for one in plain[:3]
    ]
    return [
        *plain,
        *periods,
        *trends,
        Indicator(id="x", title="没有算式", value=None, each="mine", target=target),
    ]


WHEN = st.sampled_from(["2024", "2024-03", "2024-03-05", "2024-11-30", "2025-01-01"])
ROW = st.fixed_dictionaries(
    {"人数": st.integers(0, 3)}, optional={"日期": st.sampled_from(["2024-02", "2025-08-01", "很久以前"])}
)
NUMBERS = st.integers(0, 2)
OWES = st.fixed_dictionaries(
    {"duty": st.sampled_from(["plan", "other"]), "owed": NUMBERS, "filed": NUMBERS, "accepted": NUMBERS, "late": NUMBERS}
)  # fmt: skip
# The last ones are of units that are not there any more, or of nobody.
WHOSE = st.one_of(st.none(), st.integers(1, 9).map(lambda n: UUID(int=n)))


@st.composite
def some_facts(draw: st.DrawFn) -> dict[str, list[Fact]]:
    rows = st.lists(st.builds(Fact, WHEN, ROW, WHOSE), max_size=6)
    found = {"drill": draw(rows), "hazards": draw(rows), "unread": draw(rows)}
    if draw(st.booleans()):
        found[OWED] = draw(st.lists(st.builds(Fact, WHEN, OWES, WHOSE), max_size=4))
    if draw(st.integers(0, 4)) == 0:
        found["duties"] = draw(rows)  # a ledger of that name comes first
    return found


@given(st.lists(st.integers(0, 6), max_size=6), some_facts(), st.sampled_from(indicators()))
def test_sharing_out_in_one_pass_comes_to_the_same_as_looking_for_each_unit(
    parents: list[int], facts: dict[str, list[Fact]], indicator: Indicator
) -> None:
    units = tree(parents)
    assert of_each(indicator, shared_out(facts, units, indicator)) == of_each(
        indicator, one_by_one(facts, units)
    )


def test_ten_times_as_many_units_take_ten_times_as_long_and_not_a_hundred_times() -> None:
    each = Indicator(
        id="x", title="演练", value=compile_expression("count(drill)"), each="mine", per="half_year"
    )

    def cost(mines: int) -> int:
        units = tree([0] * mines)
        facts = {"drill": [Fact("2024-03-05", {"人数": 1}, unit.id) for unit in units[1:] for _ in range(3)]}
        with counted() as effort:
            found = of_each(each, shared_out(facts, units[1:], each))
        assert found.units[-1][1].value == 3 and len(found.units) == mines
        return effort.steps

    assert cost(3_000) < 12 * cost(300)
