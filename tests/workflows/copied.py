"""A package that a superior hands down, what it hands down next, and what a county made of the first in between: of every kind of
file one place that both changed, and one that only the superior did."""

from __future__ import annotations

from collections.abc import Mapping

from tests.workflows import tables
from tests.workflows.small import CAMPAIGN, SOURCES, files
from workflows.bases import HANDED, Origin

Files = dict[str, bytes]
CITY = "某市应急管理局"
LOCKS = 'locks: {duties.self_check.due: tighten, forms.verdict: mandatory, "*": free}'
TABLE = "编号,分区,检查内容,检查依据\nA01-001,管理,证照齐全,规定一\nA01-002,管理,人员持证,规定二\n"
_GRADE = tables.dmn(
    tables.table("grade", ["级别"], ["限期"], [["'重大'", "7"], ["'一般'", "30"]], name="定级")
)
_PLAN, _DUTY = "forms/plan/schema.json", "processes/duty.bpmn"


def _changed(source: Mapping[str, bytes], *changes: tuple[str, str, str]) -> Files:
    found = dict(source)
    for path, old, new in changes:
        assert old in found[path].decode(), f"{old!r} is not in {path}"
        found[path] = found[path].decode().replace(old, new, 1).encode()
    return found


def _declared() -> Files:
    text = CAMPAIGN.replace('locks: {duties.monthly.every: tighten, "*": free}', LOCKS)
    text += "tables:\n  checks: {title: 检查表, version: '1', clause: 二}\n"
    drawn = SOURCES[_DUTY].replace(
        "</bpmn:definitions>",
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'id="g"><bpmndi:BPMNPlane id="pl" bpmnElement="duty">\n<bpmndi:BPMNShape id="work_di" bpmnElement="work">'
        '<dc:Bounds x="240" y="80" width="100" height="80" /></bpmndi:BPMNShape>\n</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n'
        "</bpmn:definitions>",
    )
    return {
        **files(**{"campaign.yaml": text, _DUTY: drawn}),
        "decisions/grade.dmn": _GRADE,
        "tables/checks.csv": TABLE.encode(),
    }


FIRST = _declared()
SECOND = _changed(
    FIRST,
    ("campaign.yaml", "version: 1.0.0", "version: 1.1.0"),
    ("campaign.yaml", "title: 报送方案", "title: 报送实施方案"),
    ("campaign.yaml", "title: 报送月报", "title: 报送每月进展"),
    (_DUTY, 'name="work"', 'name="办理并签字"'),
    ("decisions/grade.dmn", "<text>7</text>", "<text>5</text>"),
    ("decisions/grade.dmn", "<text>30</text>", "<text>20</text>"),
    (_PLAN, '"title": "文字"', '"title": "方案全文"'),
    ("tables/checks.csv", "人员持证", "人员持证上岗"),
    ("tables/checks.csv", "证照齐全", "证照齐全有效"),
)
OWN = _changed(
    FIRST,
    ("campaign.yaml", "version: 1.0.0", "version: 1.0.1"),
    ("campaign.yaml", "title: 报送方案", "title: 报送本县方案"),
    ("campaign.yaml", "due: phases.self_check.end", "due: 2024-11-20"),
    (_DUTY, 'name="work"', 'name="本县办理"'),
    (_DUTY, 'x="240"', 'x="300"'),
    ("decisions/grade.dmn", "<text>7</text>", "<text>3</text>"),
    (_PLAN, '"title": "文字"', '"title": "本县方案"'),
    ("tables/checks.csv", "人员持证", "人员全部持证"),
)
CONFLICTS = {
    "campaign.yaml": "任务“报送本县方案”的名称", _DUTY: "本县办理", "decisions/grade.dmn": "决策“定级”第1条规则的“限期”", _PLAN: "字段",
    "tables/checks.csv": "A01-002",
}  # fmt: skip


def handed(key: str = "1") -> Origin:
    return Origin(HANDED, CITY, "00000000-0000-7000-8000-000000000001", key)


def relaxed(source: Mapping[str, bytes] = OWN, *, version: str = "1.0.2") -> Files:
    """Return the county's version with a date that is later than the superior's lock allows."""
    return _changed(
        source, ("campaign.yaml", "due: 2024-11-20", "due: 2024-12-20"),
        ("campaign.yaml", "version: 1.0.1", f"version: {version}"),
    )  # fmt: skip


def renamed(source: Mapping[str, bytes]) -> Files:
    """Return a package under an id of its own."""
    return _changed(source, ("campaign.yaml", "id: small-2024", "id: other-2024"))
