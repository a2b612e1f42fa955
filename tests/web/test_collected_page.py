"""A report that collects others, as whoever sums up finds it: the form says already who has handed in and who has not."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.engine.test_gallery_sifangtai import district, summary

__all__ = ["district"]
P = "/t/yangcheng"


def form_props(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="form-props"[^>]*>(.*?)</script>', page, re.S)
    assert found is not None
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_the_form_begins_with_who_has_reported_and_who_has_not(district, house, visit) -> None:
    district.launch("2020-12-01")
    district.do("clerk", "annual_summary", "填报总结", summary(district, "clerk", "safety"))
    district.day("2020-12-11")
    clerk = visit("clerk")
    task = district.find("clerk", "overview_report")
    answers = form_props(clerk.get(f"{P}/tasks/{task.id}").text)["answers"]
    assert answers == {"年度": 2020, "已报部门": ["煤矿安全监管股"], "未报部门": ["南坪露天煤矿"]}

    # It is read anew as long as nobody has begun to write.
    district.do("plain", "annual_summary", "填报总结", summary(district, "plain", "plain"))
    answers = form_props(clerk.get(f"{P}/tasks/{task.id}").text)["answers"]
    assert (answers["已报部门"], answers["未报部门"]) == (["煤矿安全监管股", "南坪露天煤矿"], [])
