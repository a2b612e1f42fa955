"""What goes out with a template is shown before: every file, and what in it looks like somebody's own."""

from __future__ import annotations

import pytest

from tests.workflows.drawn import draw
from tests.workflows.small import campaign, files
from tests.world import Door
from workflows import giveaway, publish


def given(open_work: Door, **changed: str) -> giveaway.Given:
    with open_work("yangcheng", "admin") as work:
        return giveaway.given(work, publish.publish(work, files(**changed)))


def told(found: giveaway.Given) -> dict[str, tuple[str, ...]]:
    return {one.text: one.places for one in found.doubts}


def test_every_file_is_named_with_its_size(open_work: Door):
    found = given(open_work)
    assert {one.path: one.size for one in found.files} == {path: len(data) for path, data in files().items()}
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("联系人手机13800138000。", "13800138000"), ("11010519491231002X", "11010519491231002X"), ("电话：0356-1234567", "0356-1234567"),
        ("报 duty@example.cn 邮箱", "duty@example.cn"), ("松岭煤矿已先行试点", "松岭煤矿"), ("由编制人乙解释", "编制人乙"),
    ],
)  # fmt: skip
def test_what_may_be_meant_for_nobody_else_is_pointed_out_with_its_file(open_work: Door, text, found):
    assert told(given(open_work, **{"README.md": text}))[found] == ("README.md",)


@pytest.mark.parametrize("text", ["2.13800138000", "阳城县", "1234567890123456789012", "a@b", "柳湾煤矿"])
def test_numbers_and_other_peoples_names_are_left_alone(open_work: Door, text):
    assert told(given(open_work, **{"README.md": text})) == {}


def test_what_goes_with_it_is_named_after_its_package(open_work: Door):
    call = "s: startEvent\nk: callActivity calls=small-2024@1.0.0/report\ne: endEvent\ns -> k -> e"
    from_other = campaign("id: small-2024", "id: caller")
    with open_work("yangcheng", "admin") as work:
        publish.publish(work, files())
        row = publish.publish(work, {**from_other, "processes/report.bpmn": draw(call, "report")})
        found = giveaway.given(work, row)
    assert {one.package for one in found.files} == {"", "small-2024@1.0.0"}
