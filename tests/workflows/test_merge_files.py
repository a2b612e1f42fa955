"""Forms, tables and notes, merged by their parts."""

from __future__ import annotations

import json

import pytest

from workflows.merge import Choice, Merged, merge, resolve

SCHEMA = """\
{
  "title": "隐患",
  "type": "object",
  "properties": {
    "描述": {
      "title": "描述",
      "type": "string",
      "maxLength": 200
    },
    "级别": {"enum": ["一般", "重大"], "title": "级别"}
  },
  "required": ["描述"]
}
"""


def three(file: str, base: str, mine: str, theirs: str) -> Merged:
    return merge(*({file: text.encode()} for text in (base, mine, theirs)))


def text_of(merged: Merged) -> str:
    return next(iter(merged.files.values())).decode()


def test_fields_of_both_sides_are_there_and_my_lines_stay_as_they_are() -> None:
    file = "forms/hazard/schema.json"
    mine = SCHEMA.replace('"maxLength": 200', '"maxLength": 300').replace(
        '"required": ["描述"]', '"required": ["描述", "级别"]'
    )
    theirs = json.dumps(
        {
            **json.loads(SCHEMA),
            "properties": {**json.loads(SCHEMA)["properties"], "日期": {"type": "string", "format": "date"}},
        },
        ensure_ascii=False,
        indent=4,
    )
    merged = three(file, SCHEMA, mine, theirs)
    assert not merged.conflicts
    found = json.loads(text_of(merged))
    assert list(found["properties"]) == ["描述", "级别", "日期"] and found["required"] == ["描述", "级别"]
    assert found["properties"]["描述"]["maxLength"] == 300
    assert text_of(merged).startswith(mine[: mine.index('"级别"')])


def test_a_limit_that_both_changed_is_named_by_its_field() -> None:
    merged = three(
        "forms/hazard/schema.json", SCHEMA, SCHEMA.replace("200", "300"), SCHEMA.replace("200", "100")
    )
    (one,) = merged.conflicts
    assert str(one.what) == "表单“隐患”的字段“描述”的最多字数"
    assert [side.value for side in (one.base, one.mine, one.theirs) if side] == [200, 300, 100]
    assert '"maxLength": 150\n' in text_of(resolve(merged, {one.id: Choice("edit", "150")}))


def test_an_empty_object_takes_what_comes() -> None:
    merged = three(
        "forms/a/ui.json",
        '{\n  "a": {},\n  "b": 1\n}\n',
        '{\n  "a": {},\n  "b": 2\n}\n',
        '{\n  "a": {\n    "x": [\n      1\n    ]\n  },\n  "b": 1\n}\n',
    )
    assert json.loads(text_of(merged)) == {"a": {"x": [1]}, "b": 2} and not merged.conflicts


def test_what_is_gone_leaves_no_comma_behind() -> None:
    base = '{"a": 1, "b": 2, "c": 3}'
    assert (
        text_of(three("forms/a/ui.json", base, base.replace("1", "9"), '{"a": 1, "b": 2}'))
        == '{"a": 9, "b": 2}'
    )
    assert (
        text_of(three("forms/a/ui.json", base, base.replace("3", "9"), '{"b": 2, "c": 3}'))
        == '{"b": 2, "c": 9}'
    )
    assert json.loads(
        text_of(
            three(
                "forms/a/ui.json", '{"x": {"a": 1}, "y": 1}', '{"x": {"a": 1}, "y": 2}', '{"x": {}, "y": 1}'
            )
        )
    ) == {"x": {}, "y": 2}


TABLE = '编号,分区,检查内容\nA1,通风,风量\nA2,通风,"瓦斯,一氧化碳"\nB1,排水,水泵\n'


def test_items_of_a_table_are_merged_by_their_ids() -> None:
    mine = TABLE.replace("风量", "风量和风速").replace("B1,排水,水泵\n", "B1,排水,水泵\nB2,排水,水仓\n")
    theirs = TABLE.replace("A2,通风", "A2,瓦斯").replace("A1,", "A0,通风,风门\nA1,")
    merged = three("tables/check.csv", TABLE, mine, theirs)
    assert not merged.conflicts
    assert (
        text_of(merged)
        == '编号,分区,检查内容\nA0,通风,风门\nA1,通风,风量和风速\nA2,瓦斯,"瓦斯,一氧化碳"\nB1,排水,水泵\nB2,排水,水仓\n'
    )


def test_a_new_column_comes_with_its_cells_and_my_new_rows_have_none() -> None:
    theirs = (
        "\n".join(f"{line},{'方法' if not n else '看'}" for n, line in enumerate(TABLE.strip().split("\n")))
        + "\n"
    )
    merged = three("tables/check.csv", TABLE, TABLE + "B2,排水,水仓\n", theirs)
    assert not merged.conflicts
    assert text_of(merged) == theirs + "B2,排水,水仓,\n"


def test_one_cell_that_both_changed_is_a_conflict_and_the_rest_of_its_row_is_not() -> None:
    merged = three(
        "tables/check.csv",
        TABLE,
        TABLE.replace("水泵", "主水泵"),
        TABLE.replace("B1,排水,水泵", "B1,防治水,备用水泵"),
    )
    (one,) = merged.conflicts
    assert one.place == ("#B1", "检查内容") and str(one.what) == "“tables/check.csv”里的“B1 · 检查内容”"
    assert "B1,防治水,主水泵" in text_of(merged)
    assert 'B1,防治水,"主,备"' in text_of(resolve(merged, {one.id: Choice("edit", "主,备")}))


def test_the_column_of_the_ids_is_the_one_the_campaign_names() -> None:
    campaign = "tables:\n  check: {title: 表, version: '1', columns: {id: 序号}}\n".encode()
    table = TABLE.replace("编号", "序号")
    sides = [
        {"campaign.yaml": campaign, "tables/check.csv": text.encode()}
        for text in (table, table.replace("风量", "风"), table.replace("水泵", "泵"))
    ]
    merged = merge(*sides)
    assert not merged.conflicts and merged.files["tables/check.csv"].decode() == table.replace(
        "风量", "风"
    ).replace("水泵", "泵")


LOG = "# 更新\n\n## 1.0.0\n\n- 首版。\n"


def test_notes_of_both_sides_are_kept() -> None:
    mine = LOG.replace("## 1.0.0", "## 1.1.0\n\n- 提前两天。\n\n## 1.0.0")
    theirs = LOG.replace("## 1.0.0", "## 1.1.0\n\n- 改正错字。\n\n## 1.0.0").replace(
        "首版。", "首版，五个阶段。"
    )
    merged = three("CHANGELOG.md", LOG, mine, theirs)
    assert not merged.conflicts
    assert (
        text_of(merged)
        == "# 更新\n\n## 1.1.0\n\n- 提前两天。\n- 改正错字。\n\n## 1.0.0\n\n- 首版，五个阶段。\n"
    )


def test_a_section_of_a_readme_that_both_changed_is_a_conflict() -> None:
    merged = three("README.md", LOG, LOG.replace("首版", "甲"), LOG.replace("首版", "乙") + "\n## 附\n\n丙\n")
    assert [one.place for one in merged.conflicts] == [("## 1.0.0",)]
    assert "甲" in text_of(merged) and "丙" in text_of(merged)


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_a_process_keeps_the_encoding_of_my_file(encoding: str) -> None:
    base = '<?xml version="1.0" encoding="%s"?>\n<definitions id="d"><task id="a" name="整改"/><task id="b" name="复查"/></definitions>\n'
    mine = (base % encoding).replace("整改", "整治")
    sides = [
        {"processes/a.bpmn": data}
        for data in (
            (base % "utf-8").encode(),
            mine.encode(encoding),
            (base % "utf-8").replace("复查", "再查").encode(),
        )
    ]
    merged = merge(*sides)
    assert not merged.conflicts and merged.files["processes/a.bpmn"].decode(encoding) == mine.replace(
        "复查", "再查"
    )


def test_a_line_of_code_is_no_heading() -> None:
    text = "# 说明\n\n```sh\n# 检查\nluoshi check .\n```\n\n## 附\n\n甲\n"
    merged = three("README.md", text, text.replace("check .", "check x"), text.replace("甲", "乙"))
    assert not merged.conflicts and text_of(merged) == text.replace("check .", "check x").replace("甲", "乙")
