"""An invented notice as the files in which offices send one: plain text, Word, PDF."""

from __future__ import annotations

import io

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

TEXT = """\
某县应急管理局文件
某应急发〔2024〕1号
关于开展冬季煤矿安全行动的通知
各煤矿：
为做好冬季煤矿安全工作，现就有关事项通知如下。
一、目标
冬季不发生事故。
二、任务
（一）排查隐患
1. 各煤矿每旬排查一次，建立台账。
2. 对排查出的隐患，一是明确责任人；二是明确期限。
（二）报送情况
各煤矿每月月底前向局办公室报送进展情况，没有隐患的也要报送，不得漏报、迟报，报送内容由矿长签字确认。
三、要求
（一）加强领导。
某县应急管理局
2024年10月28日
"""


def as_docx(*, numbered: bool = False) -> bytes:
    """Return the notice as a Word file; numbered: the numbers of the highest headings are Word's own, not typed."""
    document = docx.Document()
    if numbered:
        _list_of_headings(document)
    for line in TEXT.splitlines():
        head, comma, rest = line.partition("、")
        if numbered and comma and head in ("一", "二", "三"):
            paragraph = document.add_paragraph(rest)
            properties = paragraph._p.get_or_add_pPr()
            properties.append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr>')
            )
        else:
            document.add_paragraph(line)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "联系人", "办公室"
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def _list_of_headings(document: docx.document.Document) -> None:
    root = document.part.numbering_part.element
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        '<w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="%1、"/></w:lvl></w:abstractNum>'
    )
    number = parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    root.insert(0, abstract)
    root.append(number)


def as_pdf(text: str = TEXT, *, width: int = 34) -> bytes:
    """Return a text as a PDF of one column, `width` characters a line, 40 lines a page, with page numbers."""
    lines = [line[at : at + width] for line in text.splitlines() for at in range(0, max(len(line), 1), width)]
    pages = [lines[at : at + 40] for at in range(0, len(lines), 40)]
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
        b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
        b"/DW 1000/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]"
        b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>>>]>>"
    )
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", font]
    kids = []
    for number, page in enumerate(pages, 1):
        shown = [*page, f"— {number} —"]
        body = b"BT /F1 12 Tf 60 780 Td 18 TL " + b"".join(
            b"<" + line.encode("utf-16-be").hex().encode() + b"> Tj T* " for line in shown
        )
        body += b"ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(body), body))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    return _written(objects)


def _written(objects: list[bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
