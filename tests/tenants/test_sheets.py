"""Tables in and out: what people's spreadsheet programs write is read, and nothing we write is a formula."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants import sheets
from tenants.errors import Invalid, Refusal, TooLarge
from tenants.sheets import Column, Limits, read_sheet, write_csv, write_xlsx

NINE = datetime.fromisoformat("2024-11-05 09:00")  # a spreadsheet knows no time zones
HEADINGS = ("代码", "名称", "数")
# Whatever people may write in a cell; spaces around it are not kept.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=30)
CELLS = TEXTS.map(lambda text: text.replace("\ufeff", "").strip() or None)


def cells(sheet):
    return [row.cells for row in sheet.rows]


def csv_of(text, encoding="utf-8"):
    return text.encode(encoding)


# --- CSV -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_is_read_as_the_programs_here_write_it(encoding, mark):
    text = f'代码{mark}名称\r\n0012{mark}"北岭{mark}煤矿"\r\n{mark}\r\n0013{mark}南坪煤矿\r\n'
    sheet = read_sheet(csv_of(text, encoding), "单位.csv")
    assert sheet.headings == ("代码", "名称")
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("0012", f"北岭{mark}煤矿")), (4, ("0013", "南坪煤矿")),
    ]  # fmt: skip


@given(st.lists(st.tuples(CELLS, CELLS, CELLS).filter(any), min_size=1, max_size=5))
def test_what_is_written_as_csv_is_read_as_it_was(rows):
    assert cells(read_sheet(write_csv(HEADINGS, rows), "a.csv", known=HEADINGS)) == rows


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "'=1", "＝1+1", "''@x"])
def test_no_cell_of_a_csv_file_is_a_formula(text):
    written = write_csv(["列"], [[text], [f"{text},x"]])
    lines = written.decode("utf-8-sig").splitlines()
    assert all(line.startswith("\"'") for line in lines[1:])
    assert cells(read_sheet(written, "a.csv")) == [(text,), (f"{text},x",)]


def test_a_number_stays_a_number_in_csv():
    assert b"-5,0.25" in write_csv(["甲", "乙"], [[-5, Decimal("0.25")]])


# --- XLSX ----------------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(CELLS, CELLS, CELLS).filter(any), min_size=1, max_size=5))
def test_what_is_written_as_xlsx_is_read_as_it_was(rows):
    assert cells(read_sheet(write_xlsx(HEADINGS, rows), "a.xlsx", known=HEADINGS)) == rows


@given(st.integers(-(10**14), 10**14) | st.decimals(-(10**6), 10**6, places=6, allow_nan=False))
def test_numbers_come_back_exactly(number):
    assert cells(read_sheet(write_xlsx([Column("数", "number")], [[number]]), "a.xlsx")) == [(number,)]


def test_dates_codes_and_truths_keep_their_kind():
    row = ("0012", date(2024, 11, 5), NINE, True)
    headings = [Column("代码"), Column("日期", "date"), Column("时刻", "date"), Column("是否")]
    assert cells(read_sheet(write_xlsx(headings, [row]), "a.xlsx")) == [row]


def test_an_identity_number_is_written_whole():
    assert cells(read_sheet(write_xlsx(["号"], [[140522199001011234]]), "a.xlsx")) == [
        ("140522199001011234",)
    ]


def test_no_cell_of_a_workbook_is_a_formula_or_becomes_one():
    written = write_xlsx(["列"], [["=cmd|' /C calc'!A0"], ["@x"], ["http://example.org"]])
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        styles = archive.read("xl/styles.xml")
    assert b"<f>" not in sheet and b"hyperlink" not in sheet
    assert b'formatCode="@"' in styles  # the text format, so that editing a cell keeps it text


def test_the_same_table_is_the_same_file_whenever_it_is_written():
    first = write_xlsx(HEADINGS, [["1", "甲", 2]])
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")
    assert write_xlsx(HEADINGS, [["1", "甲", 2]]) == first


def test_a_template_has_notes_and_drop_downs():
    columns = [
        Column("状态", choices=("生产", "停产")),
        Column("上级", choices=("甲",), strict=False, note="填代码"),
    ]
    written = write_xlsx(columns, [], notes=[["列", "说明"], ["状态", "必填"]])
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<dataValidation ") == 2 and "_!$A$1:$A$2" in sheet and "填代码" in sheet
    with pytest.raises(Invalid):
        read_sheet(write_xlsx([], []), "leer.xlsx")
    assert read_sheet(written, "模板.xlsx").headings == ("状态", "上级")


# --- headings ------------------------------------------------------------------------------------------------------------


def test_titles_above_the_headings_are_passed_over():
    text = "阳城县煤矿名单,,\n2024年11月,,\n* 代 码,名称（必填）,Parent  unit\n1,甲,乙\n"
    sheet = read_sheet(csv_of(text), "a.csv", known=("代码", "名称"))
    assert sheet.headings == ("代码", "名称", "Parent unit") and sheet.heading_row == 3
    assert sheet.column("上级", "parent UNIT") == 2 and sheet.column("没有") is None


def test_what_is_wrong_is_said_by_row_and_column_all_at_once():
    text = f"名称,名称,\n甲,,多余\n乙,{'长' * 11},\n"
    with pytest.raises(Invalid) as refused:
        read_sheet(csv_of(text), "单位.csv", limits=Limits(cell=10))
    said = [(problem.line, problem.where, str(problem.what)) for problem in refused.value.problems]
    assert said == [
        (1, "B1", "第 1 行“名称”列：这一列的标题重复。"),
        (2, "2", "第 2 行：C 列有内容，但没有标题。"),
        (3, "B3", "第 3 行“名称”列：内容太长，最多 10 个字。"),
    ]
    assert {problem.file for problem in refused.value.problems} == {"单位.csv"}


@pytest.mark.parametrize("column,name", [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_that_a_spreadsheet_shows(column, name):
    assert sheets.letters(column) == name


# --- values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value,number",
    [(None, None), (12, 12), ("1,234.5", Decimal("1234.5")), ("１２", 12), (Decimal("0.1"), Decimal("0.1"))],
)
def test_numbers_are_read_as_people_write_them(value, number):
    assert sheets.as_number(value) == number


@pytest.mark.parametrize("value", ["十二", "1,2", "NaN", "1e400", "Infinity", True, date(2024, 1, 1)])
def test_what_is_no_number_is_none(value):
    with pytest.raises(ValueError):
        sheets.as_number(value)


@pytest.mark.parametrize("value", ["2024-11-5", "2024/11/05", "2024年11月5日", "2024.11.5", NINE])
def test_dates_are_read_as_people_write_them(value):
    assert sheets.as_date(value) == date(2024, 11, 5)


@pytest.mark.parametrize("value", ["11-05", "2024-13-01", "明天", 45601])
def test_what_is_no_date_is_none(value):
    with pytest.raises(ValueError):
        sheets.as_date(value)


def test_a_number_that_lost_digits_is_not_taken_for_a_code():
    assert sheets.as_text(12) == "12" and sheets.as_text(Decimal("1.50")) == "1.50"
    with pytest.raises(ValueError):
        sheets.as_text(140522199001011234)


# --- what is not a table -------------------------------------------------------------------------------------------------


def spoiled(change):
    """Return a workbook whose sheet was changed by hand."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_xlsx(HEADINGS, [["1", "甲", 2]]))) as archive,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in archive.namelist():
            content = archive.read(name)
            copy.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return made.getvalue()


def before_end(more):
    return spoiled(lambda content: content.replace(b"</sheetData>", more + b"</sheetData>"))


@pytest.mark.parametrize(
    "more",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='9999999999999'><c r = 'xfd0000001048576'><v>1</v></c></row>",
        b"<row>" + b"<c/>" * 300 + b"<c><v>1</v></c></row>",
        b"<row/>" * 30_000 + b"<row><c><v>1</v></c></row>",
    ],
)
def test_a_cell_at_the_end_of_the_world_is_refused_before_room_is_made_for_it(more):
    with pytest.raises(TooLarge):
        read_sheet(before_end(more), "a.xlsx")


def test_an_archive_that_unpacks_to_too_much_is_refused():
    with pytest.raises(TooLarge):
        read_sheet(before_end(b"<!--" + b"0" * 70_000_000 + b"-->"), "a.xlsx")


SHARED = b'<c t="s"><v>%d</v></c>'
LONG = b"<t>" + b"a" * 1_000_000 + b"</t>"


def sharing(texts, cell, cells=200):
    """Return a workbook whose cells share texts, as spreadsheet programs write them."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        main, office = (
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "application/vnd.openxmlformats-",
        )
        links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        listed = b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%b</Relationships>'
        link = '<Relationship Id="r%d" Type="%s/%s" Target="%s"/>'
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{office}officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        )
        root = link % (1, links, "officeDocument", "xl/workbook.xml")
        archive.writestr("_rels/.rels", listed % root.encode())
        parts = link % (1, links, "worksheet", "worksheets/sheet1.xml")
        parts += link % (2, links, "sharedStrings", "sharedStrings.xml")
        archive.writestr("xl/_rels/workbook.xml.rels", listed % parts.encode())
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/sharedStrings.xml", b'<?xml version="1.0"?><sst xmlns="%b">%b</sst>' % (main.encode(), texts)
        )
        rows = b"<row>%b</row>" % cell * cells
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (main.encode(), rows),
        )
    return book.getvalue()


def test_texts_that_cells_share_are_read():
    texts = "<si><t>名称</t></si><si/><si><r><t>北岭</t></r><r><t>煤矿</t></r></si>".encode()
    more = b'</row><row><c t = "s" > <v>2</v></c></row><row>' + SHARED % 1
    assert cells(read_sheet(sharing(texts, SHARED % 0 + more, 1), "a.xlsx")) == [("北岭煤矿",)]


@pytest.mark.parametrize(
    ("texts", "cell"),
    [
        (b"<si>%b</si>", SHARED % 0),
        (b"<si/><si>%b</si>", SHARED % 1),
        (b"<!-- <si></si> --><si>%b</si>", SHARED % 0),
        (b"<?x <si></si>?><si>%b</si>", SHARED % 0),
        (b"<si><si>%b</si></si>", SHARED % 0),
        (b'<si a="</si>"><t b="<si>"/>%b</si>', SHARED % 0),
        (b"<si>%b</si><si/>", b"<c t='s'><v> 1 </v></c>"),
        (b"<si>%b</si>", b"<c t='s'><v x='1'>0</v></c>"),
        (b"<si>%b</si>", b'<c a=">" t="s"><v>0</v></c>'),
        (b"<si>%b</si>", b'<c a="<" t="s"><v>0</v></c>'),
        (b"<si>%b</si>", b'<c a="t=" t="s"><v>0</v><v>1</v></c>'),
        (b"<si>%b</si>", b'<x:c t="n" t="s"><is/><x:v>+0</x:v></x:c>'),
    ],
)  # fmt: skip
def test_a_long_text_that_many_cells_share_is_refused_before_it_is_made_for_each(texts, cell):
    made = sharing(texts % LONG, cell)
    assert len(made) < 20_000
    with pytest.raises(TooLarge):
        read_sheet(made, "a.xlsx")


def test_an_archive_that_lies_about_its_sizes_unpacks_to_no_more():
    made = before_end(b"<!--" + b"0" * 2_000_000 + b"-->")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = made.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))
    with pytest.raises(Invalid):
        read_sheet(lying, "a.xlsx")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 no archive",
        b"\xd0\xcf\x11\xe0 an old workbook\x00\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b",,\n,\n",
        b"\x00",
    ],
)
def test_what_is_no_table_is_refused_in_words(data):
    with pytest.raises(Invalid) as refused:
        read_sheet(data, "a.xlsx")
    assert str(refused.value.what) and str(refused.value.do)


def test_a_zip_of_anything_else_is_no_table():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(Invalid):
        read_sheet(made.getvalue(), "a.xlsx")


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda more: b"PK\x03\x04" + more))
def test_no_bytes_whatever_make_it_fall_over(data):
    try:
        read_sheet(data, "a.xlsx")
    except Refusal:
        pass


def test_of_a_table_in_which_all_is_wrong_only_the_first_problems_are_told():
    with pytest.raises(Invalid) as refused:
        read_sheet(csv_of("甲\n" + (",x" * 199 + "\n") * 100), "a.csv")
    found = refused.value.problems
    assert (len(found), found[0].where, found[-1].where) == (sheets.MOST_PROBLEMS, "2", "7")


def test_tables_have_a_size():
    rows = "名称\n" + "甲\n" * 50
    for limits in (Limits(rows=49), Limits(bytes=100)):
        with pytest.raises(TooLarge):
            read_sheet(csv_of(rows), "a.csv", limits=limits)
    with pytest.raises(TooLarge):
        read_sheet(csv_of("甲," * 300), "a.csv")
