"""Built-in packages at work: where their tasks land when units of theirs exist."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import workflows
from engine import tasks
from forms import attachments
from tenants import directory
from tenants.errors import Invalid
from tests.engine.story import Story, begun
from workflows.folder import gather

GALLERY = Path(workflows.__file__).parent / "gallery"
NATIONAL, SHANYIN = GALLERY / "national-2004-township-mines", GALLERY / "shanyin-2024-five-year-plan"

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def example(package: Path, form: str, **own: Any) -> dict[str, Any]:
    """Return a form's example without its files, which nobody has uploaded."""
    schema = json.loads((package / "forms" / form / "schema.json").read_text())
    found = json.loads((package / "forms" / form / "example.json").read_text())
    for key, field in schema["properties"].items():
        if field.get("format") == "attachment":
            found.pop(key, None)
    return {**found, **own}


def told(open_work, clock, package: Path) -> Story:
    files, problems = gather(package)
    assert files is not None and not problems
    return begun(open_work, clock, files)


@pytest.fixture
def national(open_work, clock) -> Story:
    """A province with a mine below it, whose lead department is known, and an inspectorate beside it."""
    story = told(open_work, clock, NATIONAL)
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, open_work.world.unit("safety"), kind="inspectorate")
        directory.change_unit(work, open_work.world.unit("north"), kind="province")
        directory.change_member(work, open_work.world.member("north"), posts=["lead"])
    story.launch("2004-02-27")
    return story


@pytest.fixture
def shanyin(open_work, clock) -> Story:
    story = told(open_work, clock, SHANYIN)
    with open_work("yangcheng", "admin") as work:
        directory.change_member(work, open_work.world.member("clerk"), posts=["inspector", "council"])
    story.launch("2024-02-20")
    return story


def test_the_report_falls_to_whom_the_province_gave_the_post(national):
    assert national.find("north", "implementation_report")
    assert not national.errors


def test_who_gave_an_opinion_rechecks_it(national):
    national.demand("clerk", "opinion", about="pine")
    office = str(national.open_work.world.unit("safety"))
    rows = [{"对象": "松岭矿", "情形": "进展缓慢", "整改意见": "限期补齐制度。"}]
    national.do("clerk", "opinion", answers={"监察机构": office, "提出日期": "2004-06-20", "意见": rows})
    mended = {"完成日期": "2004-08-20", "整改说明": "已补齐。"}
    national.do("pine", name="整改", answers=mended, ledger="opinions")
    national.do("clerk", name="复查", answers=example(NATIONAL, "recheck"), ledger="opinions")
    (item,) = national.items("opinions")
    assert item.status == "复查通过"
    assert not national.errors


def test_a_mine_is_graded_by_the_lead_department_of_its_province(national):
    row = {"矿井名称": "松岭矿", "具备安全生产条件": True}
    national.do("pine", "mine_file", answers={"矿井": [row], "存在差距": "没有。"})
    national.do("pine", name="申请评级", answers=example(NATIONAL, "application"), ledger="register")
    national.do("north", name="评定等级", answers=example(NATIONAL, "rating"), ledger="register")
    (item,) = national.items("register")
    assert item.status == "达标（分等级）"


def test_grades_that_are_made_are_filed_at_once(national):
    assert not national.instances("standards_filing")
    rules = example(NATIONAL, "grading-rules")
    with national.open_work("yangcheng", "north") as work, pytest.raises(Invalid):
        tasks.complete(work, national.find("north", "grading_rules").id, rules)  # the text itself is missing
    with national.open_work("yangcheng", "north") as work:
        file = attachments.store(
            work, io.BytesIO(PDF), "办法.pdf", unit_id=national.open_work.world.unit("north")
        )
    national.do("north", "grading_rules", answers={**rules, "办法文本": str(file.id)})
    assert national.find("north", "standards_filing")


def test_a_major_hazard_is_put_under_supervision_and_nothing_is_ever_late(shanyin):
    shanyin.demand("pine", "hazard_check")
    major = {
        "部位": "掘进头",
        "描述": "无双电源",
        "级别": "重大",
        "判定依据": "第八条",
        "临时措施": "停止掘进。",
    }
    found = {"排查方式": "日常排查", "排查日期": "2024-02-20", "排查范围": "全矿", "hazards": [major]}
    shanyin.do("pine", "hazard_check", answers=found)
    shanyin.do("clerk", name="挂牌研判", answers=example(SHANYIN, "listing"), ledger="supervised")
    (item,) = shanyin.items("supervised")
    assert item.status == "挂牌督办"
    assert not shanyin.items("hazards")
    assert {one.due for one in shanyin.instances("implementation_plan")} == {None}
    assert not shanyin.errors
