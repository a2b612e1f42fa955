"""What is said of call activities: where they lead, what crosses the border, what nobody catches."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.workflows.drawn import draw
from tests.workflows.small import files
from workflows.check import examine
from workflows.command import check_paths
from workflows.elements import Package
from workflows.library import among
from workflows.package import read_files


def caller(activity: str, more: str = "", process: str = "report") -> bytes:
    """A process that fills in the duty's form, and then calls another one."""
    text = (
        f"s: startEvent\nfill: userTask\nk: callActivity {activity}\ne: endEvent\ns -> fill -> k -> e\n{more}"
    )
    return draw(text, process).replace(
        b'<bpmn:userTask id="fill"', b'<bpmn:userTask id="fill" camunda:formKey="form"'
    )


INNER = draw(
    "s: startEvent\na: userTask\ng: exclusiveGateway\nx: endEvent error=E1\ne: endEvent\ns -> a -> g\ng -> x if bad == True\ng -> e else",
    "inner",
)


def said(
    drawn: Mapping[str, bytes],
    *,
    level: str = "error",
    others: tuple[Package, ...] = (),
    published: bool = False,
) -> list[str]:
    changed = {**files(), **{f"processes/{key}.bpmn": data for key, data in drawn.items()}}
    found = examine(changed, among(others), published=published)[1]
    return [f"{one.file}:{one.line} {one.where} {one.what}" for one in found if one.level == level]


def test_a_process_that_is_called_and_missing_is_named_with_its_line():
    (problem,) = said({"report": caller("calls=innner"), "inner": INNER})
    assert problem.startswith("processes/report.bpmn:6 k ") and "“innner”不存在" in problem


def test_a_called_process_counts_as_used_and_what_it_reads_may_come_from_its_caller():
    assert said({"report": caller("calls=inner takes='True:bad'"), "inner": INNER}) == []
    assert not any(
        "没有任务或台账用到流程" in one
        for one in said({"report": caller("calls=inner"), "inner": INNER}, level="warning")
    )
    (problem,) = said({"report": caller("calls=inner takes='True:worse'"), "inner": INNER})
    assert "“bad”" in problem and "processes/inner.bpmn" in problem


def test_processes_that_call_each_other_in_a_circle_are_named_with_their_way():
    back = draw("s: startEvent\nk: callActivity calls=report\ne: endEvent\ns -> k -> e", "inner")
    problems = said({"report": caller("calls=inner"), "inner": back})
    assert any("report → inner → report" in one for one in problems)
    assert all("绕着圈" in one for one in problems)


def test_more_calls_inside_one_another_than_the_engine_carries_out_are_refused():
    chain = {
        f"c{i}": draw(f"s: startEvent\nk: callActivity calls=c{i + 1}\ne: endEvent\ns -> k -> e", f"c{i}")
        for i in range(8)
    }
    chain["c8"] = draw("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e", "c8")
    (problem,) = said({"report": caller("calls=c0"), **chain})
    assert "超过 8 层" in problem
    assert said({"report": caller("calls=c1"), **chain}) == []


@pytest.mark.parametrize(
    ("activity", "more", "warning"),
    [
        ("calls=inner takes='True:bad,1:unused'", "", "用不到“unused”"),
        ("calls=inner takes='True:bad'", "", "错误“E1”没有边界事件接住"),
        ("calls=inner takes='True:bad'", "t: boundaryEvent on=k error=E2\nt -> e", "“t”永远不会发生"),
    ],
)
def test_what_is_handed_over_for_nobody_thrown_for_nobody_or_caught_from_nobody_is_a_warning(
    activity: str, more: str, warning: str
):
    drawn = {"report": caller(activity, more), "inner": INNER}
    assert said(drawn) == []
    assert any(warning in one for one in said(drawn, level="warning"))


def test_an_error_that_is_caught_is_no_warning():
    drawn = {
        "report": caller("calls=inner takes='True:bad'", "t: boundaryEvent on=k error=E1\nt -> e"),
        "inner": INNER,
    }
    assert not any("错误" in one or "不会发生" in one for one in said(drawn, level="warning"))


def library() -> Package:
    changed = {**files(), "processes/inner.bpmn": INNER}
    changed["campaign.yaml"] = changed["campaign.yaml"].replace(b"id: small", b"id: checks", 1)
    found = read_files(changed)[0]
    assert found is not None
    return found


def test_a_process_of_another_package_must_be_published_when_this_one_is_and_is_only_missed_before():
    other = library()
    drawn = {"report": caller(f"calls={other.id}@{other.version}/inner takes='True:bad'")}
    assert said(drawn, others=(other,), published=True) == []
    assert any(f"{other.id}@{other.version} 没有找到" in one for one in said(drawn, published=True))
    assert said(drawn) == []
    assert any("没有找到" in one for one in said(drawn, level="warning"))
    wrong = {"report": caller(f"calls={other.id}@{other.version}/outer")}
    assert any("“outer”不存在" in one for one in said(wrong, others=(other,)))


def test_packages_that_are_checked_together_find_each_other(tmp_path):
    other = library()
    ours = {
        **files(),
        "processes/report.bpmn": caller(f"calls={other.id}@{other.version}/inner takes='True:bad'"),
    }
    for name, content in (("theirs", other.files), ("ours", ours)):
        for path, data in content.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(data)
    alone = check_paths([tmp_path / "ours"])
    together = check_paths([tmp_path / "ours", tmp_path / "theirs"])
    assert any("没有找到" in str(one.what) for one in alone.problems)
    assert not any("没有找到" in str(one.what) for one in together.problems)
