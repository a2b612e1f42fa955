"""Tables of a package: read with every mistake named, and asked about by forms."""

from __future__ import annotations

import json

from tenants.sheets import write_xlsx
from tests.workflows.small import CAMPAIGN, FILL, bpmn, files, package, told
from workflows.datasets import as_csv, read_dataset
from workflows.elements import Table, Variant
from workflows.package import read_files

TABLE = """\
tables:
  mine_check:
    title: 检查表
    version: "2023-08"
    variants:
      underground: {title: 井工, unit: "method == '井工'", areas: 2, items: 3}
      open_pit: {title: 露天, items: 1}
    clause: 二
locks:"""
HEAD = "编号,分区,检查内容,依据\n"
UNDERGROUND = HEAD + "A-1,一、通风,风量足够,规程1\nA-2,一、通风,风门完好,\nB-1,二、机电,接地良好,规程2\n"
OPEN = HEAD + "K-1,一、边坡,边坡稳定,\n"


def asked(table: str = "mine_check", **row: object) -> str:
    shown = {"编号": {"type": "string", "readOnly": True, "title": "编号"}, **row}
    result = {"type": "string", "enum": ["合格", "不合格", "不适用"], "title": "结果"}
    items = {"type": "object", "required": ["结果"], "properties": {**shown, "结果": result}}
    schema = {
        "type": "object",
        "properties": {"检查": {"type": "array", "title": "检查", "x-table": table, "items": items}},
    }
    return json.dumps(schema, ensure_ascii=False)


def with_table(schema: str | None = None, campaign: str = TABLE, **changes: str | None) -> dict[str, bytes]:
    text = CAMPAIGN.replace("locks:", campaign).replace("form: self-check\n", "form: checked\n")
    texts = {
        "campaign.yaml": text.replace("from_rows: [self-check.hazards]", "from_rows: [self-check.hazards]"),
        "forms/checked/schema.json": schema or asked(),
        "processes/duty.bpmn": bpmn("duty", [("work", FILL)]),
        "tables/mine_check.underground.csv": UNDERGROUND, "tables/mine_check.open_pit.csv": OPEN,
    }  # fmt: skip
    return files(**{**texts, **changes})


def problems(found: dict[str, bytes]) -> list[str]:
    return [one for one in told(found) if "hazards" not in one and "self-check" not in one]


def test_a_package_brings_its_tables_in_variants() -> None:
    found, _ = read_files(with_table())
    assert found is not None
    data = found.datasets["mine_check"]["underground"]
    assert list(data.items) == ["A-1", "A-2", "B-1"] and data.areas == {"一、通风": 2, "二、机电": 1}
    assert data.items["A-1"]["依据"] == "规程1" and "依据" not in data.items["A-2"]
    assert (data.version, data.variant_title) == ("2023-08", "井工")
    assert problems(with_table()) == []


def test_every_mistake_of_a_table_is_named_by_row_and_column() -> None:
    wrong = HEAD + "A-1,一、通风,风量足够,\nA-1,一、通风,,\n, ,风门完好,\n"
    said = "\n".join(problems(with_table(**{"tables/mine_check.underground.csv": wrong})))
    assert "第 3 行“编号”列：编号与第 2 行相同" in said
    assert "第 3 行“检查内容”列：没有填写" in said
    assert "第 4 行“分区”列：没有填写" in said


def test_the_numbers_that_the_notice_gives_are_held_against_the_file() -> None:
    said = problems(with_table(campaign=TABLE.replace("areas: 2, items: 3", "areas: 13, items: 465")))
    assert any("有 2 个分区，应有 13 个" in one for one in said)
    assert any("有 3 项，应有 465 项" in one for one in said)


def test_a_table_without_a_file_is_missing_unless_it_is_awaited() -> None:
    without = {"tables/mine_check.open_pit.csv": None}
    assert any("缺少“tables/mine_check.open_pit.csv”" in one for one in problems(with_table(**without)))
    awaited = TABLE.replace('version: "2023-08"', 'version: "2023-08"\n    awaited: true')
    assert problems(with_table(campaign=awaited, **without)) == []


def test_a_form_asks_about_a_table_that_is_there_and_by_the_ids_of_its_items() -> None:
    assert any("“mine_chek”不是本方案的检查表" in one for one in problems(with_table(asked("mine_chek"))))
    text = asked().replace('"编号": {"type": "string", "readOnly": true, "title": "编号"}, ', "")
    assert any("每一行里没有“编号”" in one for one in problems(with_table(text)))
    typed = asked(检查内容={"type": "string", "title": "内容"})
    assert any("“检查内容”由检查表给出" in one for one in problems(with_table(typed)))


def test_the_conditions_of_variants_are_read_like_those_of_actors() -> None:
    slip = TABLE.replace("method == '井工'", "knd == 'mine'")
    assert any("是否想写“kind”" in one for one in problems(with_table(campaign=slip)))


def test_a_workbook_with_a_title_above_its_headings_is_read_and_gives_the_same_file() -> None:
    table = Table(
        id="t", title="表", version="1", key="编号", area="分区", text="检查内容", variants={"": Variant("")}
    )
    columns = ["编号", "分区", "检查内容", "依据"]
    book = write_xlsx(
        columns, [["A-1", "一、通风", "风量足够", "规程1"], ["A-2", "一、通风", "风门完好", None]]
    )
    read, wrong = read_dataset(book, "检查表.xlsx", table, version="2023-10")
    assert read is not None and not wrong and read.version == "2023-10"
    again, _ = read_dataset(as_csv(read), "t.csv", table)
    assert again is not None and again.items == read.items and again.token == read.token


def test_a_sound_package_has_no_tables_unless_it_says_so() -> None:
    assert package().tables == {} and package().datasets == {}
