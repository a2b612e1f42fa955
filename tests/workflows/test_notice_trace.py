"""A notice held against a package: what asks, what carries it out, what is missing."""

from __future__ import annotations

import json

from tests.workflows.small import CLAUSES, files, package
from workflows.notice_outline import outline
from workflows.notice_trace import Trace, as_json, trace_notice

NOTICE = """\
某县应急管理局文件
关于开展整治的通知
各煤矿：
为做好工作，现通知如下。
一、形势
近年来情况有所好转。
二、目标
不断提高水平。
三、任务
各煤矿要报送方案，每月报送进展。
四、要求
（一）严禁弄虚作假。
（二）下列事项要逐项登记：
1. 时间。
2. 地点。
某县应急管理局
2024年10月28日
"""


def traced(clauses: str = "", notice: str = NOTICE) -> Trace:
    return trace_notice(package(files(**{"clauses.yaml": CLAUSES + clauses})), outline(notice.splitlines()))


def by_path(found: Trace) -> dict[str, tuple[str, ...] | str | None]:
    return {one.path: one.elements or one.exempt or ("?" if one.asks else None) for one in found.clauses}


def test_a_clause_that_the_package_forgot_is_found_in_the_notice():
    found = traced()
    assert by_path(found)["三"] == ("duties.plan", "duties.monthly")
    assert [one.path for one in found.bare] == ["四（一）", "四（二）", "四（二）1", "四（二）2"]
    assert not next(one for one in found.clauses if one.path == "一").asks


def test_an_exemption_with_a_reason_is_as_good_as_an_element():
    found = traced(
        "- {path: 四（一）, gist: 不弄虚作假, kind: rule, exempt: 没有要办的事}\n- {path: 四（二）, gist: 登记, kind: duty, exempt: 已有台账}\n"
    )
    assert found.bare == () and found.coverage == 1.0
    assert by_path(found)["四（二）1"] == "已有台账", "what belongs to a list goes with it"


def test_a_list_whose_every_item_is_carried_out_is_carried_out():
    items = "".join(f"- {{path: 四（二）{n}, gist: 登记, kind: duty, exempt: 已有台账}}\n" for n in (1, 2))
    assert "四（二）" not in {one.path for one in traced(items).bare}
    one_item = "- {path: 四（二）1, gist: 登记, kind: duty, exempt: 已有台账}\n"
    assert {"四（二）", "四（二）2"} <= {one.path for one in traced(one_item).bare}


def test_what_the_package_lists_and_the_notice_has_not_is_named():
    assert traced("- {path: 九, gist: 另有一事, kind: duty, exempt: 无}\n").strangers == ("九",)


def test_an_element_that_no_clause_asks_for_hangs_in_the_air():
    found = traced(notice="一、形势\n有所好转。\n")
    assert {"duties.plan", "duties.monthly"} <= {one.path for one in found.loose}
    assert found.strangers


def test_the_share_is_that_of_the_asking_clauses():
    found = traced()
    assert found.coverage == 1 - len(found.bare) / len(found.asking)
    assert traced(notice="一、形势\n有所好转。\n").coverage == 1.0


def test_as_an_object_it_is_plain_and_holds_nothing_of_the_notice_but_the_asking_words():
    shape = json.loads(json.dumps(as_json(traced()), ensure_ascii=False))
    assert {one["path"]: one["asks"] for one in shape["clauses"]}["四（一）"] is True
    assert all({"path", "asks", "elements", "exempt"} <= set(one) for one in shape["clauses"])
    assert shape["coverage"] == round(traced().coverage, 4)
    assert "弄虚作假" not in json.dumps(shape, ensure_ascii=False)
