"""A table of units against the units there are: what is new, what changes, what cannot be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.base import new_id
from tenants.errors import Invalid
from tenants.models import Unit
from tenants.roster import unit_plan, unit_table, units
from tenants.sheets import MOST_PROBLEMS, write_csv, write_xlsx
from tests.effort import counted

HEADS = "代码,名称,类别,上级单位,状态,开采方式,生产能力（万吨/年）"


def unit(code, name, kind="mine", above=None, *, status="", active=True, **attributes):
    made = new_id()
    return Unit(
        id=made, code=code, name=name, kind=kind, parent_id=above.id if above else None, status=status, active=active,
        path=f"{above.path if above else '/'}{made.hex}/", attributes=attributes,
    )  # fmt: skip


@pytest.fixture
def known():
    bureau = unit("bureau", "阳城县应急管理局", "bureau", mandate="all")
    north = unit("north", "北山煤业公司", "company")
    pine = unit("0012", "松岭煤矿", above=north, status="生产", method="井工", output=90, 电话="0356-1")
    return [bureau, north, pine, unit("pine-dig", "采煤队", "section", pine)]


def plan(text, there=()):
    return unit_plan.plan(units.read(text.encode(), "单位.csv"), there)


def problems(text, there=()):
    with pytest.raises(Invalid) as refused:
        plan(text, there)
    return [(problem.where, str(problem.what).split("：", 1)[1]) for problem in refused.value.problems]


def again(there, form):
    heads, rows = unit_table.table(there)
    data = (
        write_csv(heads, rows) if form == "csv" else write_xlsx(heads, rows, notes=unit_table.explanation())
    )
    return unit_plan.plan(units.read(data, f"单位.{form}"), there)


# --- what a table brings -------------------------------------------------------------------------------------------------


def test_a_list_of_mines_becomes_units_below_their_companies_in_any_order():
    found = plan(
        f"{HEADS}\n,松岭煤矿,煤矿,北山煤业公司,生产,井工,90\n0007,北山煤业公司,company,,,,\n,石溪煤矿,mine,0007,停产,露天,1.5\n"
    )
    assert [(one.code, one.name, one.kind, one.parent) for one in found.new] == [
        ("0007", "北山煤业公司", "company", None), ("mine-1", "松岭煤矿", "mine", "0007"), ("mine-2", "石溪煤矿", "mine", "0007"),
    ]  # fmt: skip
    assert found.new[1].attributes == {"method": "井工", "output": 90} and found.new[1].status == "生产"
    assert found.new[2].attributes == {"method": "露天", "output": 1.5}


def test_english_headings_and_extra_columns_do_too():
    found = plan("name;kind;parent;output;Telephone\nPine;mine;;90;0356-1\n")
    assert found.new[0].attributes == {"output": 90, "Telephone": "0356-1"}


def test_units_that_repeat_a_name_are_told_apart_by_where_they_are():
    text = "名称,类别,上级\n甲矿,煤矿,\n乙矿,煤矿,\n采煤队,科队,甲矿\n采煤队,科队,乙矿\n一班,班组,甲矿/采煤队\n一班,班组,乙矿/采煤队\n"
    found = plan(text)
    assert [(one.name, one.parent) for one in found.new if one.kind == "crew"] == [
        ("一班", "section-1"), ("一班", "section-2"),
    ]  # fmt: skip


def test_what_changes_is_named_field_by_field(known):
    text = f"{HEADS},在用\n0012,松岭煤矿二号,煤矿,阳城县应急管理局,停产,井工,,是\nnorth,北山煤业公司,公司,,,,,是\n,新矿,煤矿,松岭煤矿,,,,\n"
    found = plan(text, known)
    (changed,) = found.changed
    assert changed.changes == {
        "name": ("松岭煤矿", "松岭煤矿二号"), "status": ("生产", "停产"), "parent": ("north", "bureau"),
        "attributes": ({"method": "井工", "output": 90, "电话": "0356-1"}, {"method": "井工", "电话": "0356-1"}),
    }  # fmt: skip
    assert found.unchanged == 1 and found.unnamed == 2
    assert [(one.name, one.parent) for one in found.new] == [("新矿", "0012")]  # by the name it had before


def test_a_column_that_is_not_there_changes_nothing(known):
    found = plan("代码,状态\n0012,停产\n", known)
    assert found.changed[0].changes == {"status": ("生产", "停产")}


def test_a_unit_without_its_code_is_known_by_name_and_place(known):
    found = plan("名称,类别,上级单位\n松岭煤矿,煤矿,北山煤业公司\n松岭煤矿,煤矿,\n", known)
    assert found.unchanged == 1 and [one.parent for one in found.new] == [None]


def test_a_unit_stops_only_where_its_line_says_so(known):
    found = plan("代码,在用\npine-dig,否\n", known)
    assert [one.unit.code for one in found.changed if one.stops] == ["pine-dig"] and found.unnamed == 3


# --- what cannot be ------------------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_at_once_by_row_and_column(known):
    text = f"{HEADS}\n0012,,煤厂,没有的公司,生产,井工,九十\n0012,又一个,煤矿,,,,-5\n,无类别,,,,,\n"
    assert problems(text, known) == [
        ("B2", "名称必须填写。"), ("C2", "不能填“煤厂”。"), ("D2", "没有“没有的公司”这个单位。"), ("G2", "应是数字。"),
        ("A3", "与第 2 行是同一个单位。"), ("G3", "应是数字。"), ("C4", "新单位必须填写类别。"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text,wrong",
    [
        ("代码,名称,类别,上级\na,甲,煤矿,b\nb,乙,煤矿,a\n", {("D2", "上下级关系绕成了圈，或层级太多。"), ("D3", "上下级关系绕成了圈，或层级太多。")}),
        ("名称,类别,上级\n甲,煤矿,甲\n", {("C2", "上下级关系绕成了圈，或层级太多。")}),
        ("代码,上级\nnorth,0012\n", {("B2", "上下级关系绕成了圈，或层级太多。")}),
        ("代码,在用\n0012,否\n", {("B2", "它下面还有在用的单位，不能停用。")}),
        ("代码,在用\n0012,也许\n", {("B2", "不能填“也许”。")}),
        ("代码,名称\nnew,新\n", {("2", "新单位必须填写类别。")}),
        ("代码,状态\nnew,生产\n", {("A2", "没有代码为“new”的单位。")}),
        ("名称,类别\n采煤队,科队\n采煤队,科队\n", {("A3", "与第 2 行是同一个单位。")}),
        ("类别\n煤矿\n", {("1", "缺少列：名称。")}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_stands(known, text, wrong):
    assert set(problems(text, known)) == wrong


def test_names_that_lead_in_circles_are_refused_and_not_walked_for_ever():
    lines = "".join(f"A,煤矿,{'A/' * 200}A\n" for _ in range(300))
    assert len(problems(f"名称,类别,上级\n{lines}")) == 300


def test_names_made_of_slashes_are_not_cut_in_every_way_there_is():
    names = "".join(f"{'A/' * n}A,煤矿,\n" for n in range(40))
    assert problems(f"名称,类别,上级\n{names}B,煤矿,{'A/' * 60}B\n") == [
        ("C42", f"没有“{'A/' * 30}”这个单位。")
    ]


@pytest.mark.slow
def test_a_chain_that_is_written_from_its_end_is_given_up_and_not_walked_round_by_round():
    deep = "\n".join(f",单位{n},煤矿,单位{n - 1},,," for n in range(5_000, 0, -1))
    with counted(at_most=5_000 * 6_000):
        assert "层级太多" in problems(f"{HEADS}\n{deep}\n,单位0,煤矿,,,,")[0][1]


def test_a_table_sorted_from_the_bottom_up_finds_its_places():
    deep = "\n".join(f",单位{n},煤矿,单位{n - 1},,," for n in range(25, 0, -1))
    assert [one.name for one in plan(f"{HEADS}\n{deep}\n,单位0,煤矿,,,,").new] == [
        f"单位{n}" for n in range(26)
    ]


def test_of_a_table_in_which_all_is_wrong_only_the_first_problems_are_told():
    with pytest.raises(Invalid) as refused:
        plan(HEADS + "\n,x,,,," * 3_000)
    assert len(refused.value.problems) == MOST_PROBLEMS
    assert "不少于 1000 处" in str(refused.value.what)


def test_a_chain_without_end_is_refused():
    lines = "".join(f"u{n},单位{n},煤矿,u{n + 1}\n" for n in range(2000))
    assert len(problems(f"代码,名称,类别,上级\n{lines}u2000,末,煤矿,\n")) == MOST_PROBLEMS


# --- out and in again ----------------------------------------------------------------------------------------------------

WORDS = st.text("甲乙丙/=-@A0 ", min_size=1, max_size=4).map(lambda text: text.strip(" /") or "丁")
ATTRIBUTES = st.dictionaries(
    WORDS | st.sampled_from(["method", "output", "mandate", "shifts"]),
    st.integers(0, 10**8) | st.sampled_from(["0012", "井工", "all", "1.50", "=1"]) | st.booleans() | st.just(0.25), max_size=3,
)  # fmt: skip


@st.composite
def trees(draw):
    made: list[Unit] = []
    spellings: dict[str, str] = {}
    for number in range(draw(st.integers(1, 8))):
        above = draw(st.sampled_from([None, *made]))
        attributes = {name: value for name, value in draw(ATTRIBUTES).items() if _fits(name, value)}
        spellings |= {
            name.replace(" ", ""): name for name in attributes if name.replace(" ", "") not in spellings
        }
        attributes = {name: value for name, value in attributes.items() if name in spellings.values()}
        made.append(
            unit(
                f"{number}{draw(WORDS)}", draw(WORDS), draw(st.sampled_from(["mine", "crew", "别的"])), above,
                status=draw(st.sampled_from(["", "生产", "旧"])), active=draw(st.booleans()), **attributes,
            )
        )  # fmt: skip
    return made


def _fits(name, value):
    plain = not {name} & {"代码", "名称"} and units._attribute(name) == name
    return plain and (
        name not in ("output", "shifts") or (isinstance(value, int | float) and not isinstance(value, bool))
    )


@given(trees(), st.sampled_from(["csv", "xlsx"]))
def test_a_table_that_nobody_touched_changes_nothing(there, form):
    found = again(there, form)
    assert found.empty and found.unchanged == len(there) and found.unnamed == 0


def test_a_template_explains_every_column():
    heads, rows = unit_table.table([])
    assert rows == [] and [head.heading for head in heads[:3]] == ["代码", "名称", "类别"]
    explained = {line[0] for line in unit_table.explanation()}
    assert {head.heading for head in heads[:6]} <= explained


def test_numbers_keep_their_value_and_codes_their_zeros():
    assert units.plain_number(Decimal("90.0")) == 90 and units.plain_number(Decimal("0.5")) == 0.5
    assert units.cell_of("output", 0.1) == Decimal("0.1") and units.same("电话", "0012", "0012")
    assert not units.same("电话", "0012", "12")
