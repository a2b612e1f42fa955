"""A campaign whose mines and companies report figures, which the office rolls up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.engine.package import CAMPAIGN, files, form
from tests.engine.story import ACCEPTED, Story, begun
from tests.scenes import PLAYS
from tests.world import Door

COUNT = {"type": "integer", "title": "隐患数", "x-unit": "条"}
MONEY = {"type": "number", "title": "资金", "x-unit": "万元"}
WORDS = {"type": "string", "title": "说明"}
NAMES = {"type": "array", "title": "名单", "items": {"type": "string"}}


def rows(**more: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"项目": {"type": "string", "title": "项目"}, "资金": MONEY, **more}
    return {"type": "array", "title": "清单", "items": {"type": "object", "properties": properties}}


FIGURES = form([], 隐患数=COUNT, 已整改={**COUNT, "title": "已整改"}, 资金=MONEY, 说明=WORDS, 清单=rows())
TOTAL = form(
    [], 隐患数=COUNT, 已整改={**COUNT, "title": "已整改"}, 整改率={"type": "number", "title": "整改率", "x-unit": "%"}, 资金=MONEY,
    大额={**MONEY, "title": "大额"}, 应报={"type": "integer", "title": "应报"}, 缺报={**NAMES, "title": "缺报"}, 项目数={"type": "integer", "title": "项目数"},
    最新={**WORDS, "title": "最新"}, 清单=rows(单位={"type": "string", "title": "单位"}), 理由={**WORDS, "title": "理由"},
)  # fmt: skip
ROLLUP = (
    "{隐患数: {sum: 隐患数, grounds: 理由}, 已整改: {sum: 已整改}, 整改率: {ratio: [已整改, 隐患数], digits: 1}, 资金: {sum: 资金}, "
    '大额: {sum: 清单.资金, when: "资金 >= 10"}, 应报: {count: owed}, 缺报: {list: missing}, 项目数: {count: 清单}, 最新: {latest: 说明}, '
    "清单: {list: 清单}}"
)
DUTIES = f"""\
  figures: {{title: 报数, by: [company, mine], to: office, form: figures, due: 2024-11-08, words: 11月8日前, clause: 一}}
  total: {{title: 汇总, by: office, to: head_office, form: total, on: {{collected: figures}}, due: event.due + days(5), rollup: {ROLLUP}, clause: 一}}
ledgers:"""
ACTOR = "  head_office: {title: 县局, unit: \"kind == 'bureau'\"}\nphases:"


def rolled() -> dict[str, bytes]:
    """Return the package's files."""
    campaign = CAMPAIGN.replace("ledgers:", DUTIES, 1).replace("phases:", ACTOR, 1)
    return {
        **files(), "campaign.yaml": campaign.encode(), "forms/figures/schema.json": FIGURES.encode(),
        "forms/total/schema.json": TOTAL.encode(),
    }  # fmt: skip


def play(open_work: Door) -> tuple[str, UUID]:
    """Launch it, and let two of the four report, one of whom is accepted."""
    story = begun(open_work, open_work.clock, rolled())
    story.launch("2024-11-01")
    hand_in(
        story,
        "pine",
        隐患数=12,
        已整改=9,
        资金=0.1,
        说明="松岭",
        清单=[{"项目": "泵房", "资金": 10.5}, {"项目": "路", "资金": 2}],
    )
    hand_in(story, "plain", 隐患数=3, 已整改=3, 资金=0.2, 说明="南坪")
    assert not story.errors
    return story.package, story.launched


PLAYS["rolled_story"] = play


def hand_in(story: Story, login: str, accepted: bool = True, duty: str = "figures", **answers: Any) -> None:
    """Let a unit hand in its figures, and the office accept them."""
    task = story.do(login, duty, "fill", answers)
    if accepted:
        story.complete("clerk", story.find("clerk", duty, "review", unit=login).id, ACCEPTED)
    assert task.duty == duty
