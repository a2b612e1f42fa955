"""Who called the hotline is read by whoever holds the hotline's post, and by nobody else: by no page, ledger or number."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from engine import history, indicators, ledgers
from engine.models import Instance, LedgerItem
from engine.running import running
from forms.models import ProtectedAnswers, Submission, WrittenOnce
from tenants.models import AuditEntry
from tests.engine import tiny
from tests.engine.story import Story, begun
from tests.engine.tiny import FILL, TEXT
from workflows.check import check

CAMPAIGN = """\
actors:
  hotline: {title: 举报受理, post: leading_group}
  mine: {title: 煤矿, unit: "kind == 'mine'"}
  verifier: {title: 核查, unit: "kind == 'office'"}
duties:
  tip: {title: 举报, by: verifier, process: tip, form: tip, on: {demand: verifier, about: mine}, hidden: about, clause: 一}
ledgers:
  tips: {title: 举报台账, process: item, form: tip, from_forms: [tip], columns: [内容], states: [登记, 办结], clause: 一}
indicators:
  heard: {title: 举报数, value: "count(tip)", target: ">= 0", clause: 一}
"""
SECRET = "张三丰"
NAME = {"type": "string", "title": "举报人", "x-only": "hotline"}


def files(campaign: str = CAMPAIGN, **more: object) -> dict[str, bytes]:
    result = 'camunda:formKey="result" camunda:candidateGroups="by"'
    steps = {
        "tip": [("take", FILL), ("verify", result)],
        "item": [("look", 'camunda:candidateGroups="verifier"')],
    }
    tip = {"举报人": NAME, "内容": TEXT, "证人": tiny.rows("证人", 姓名=NAME, 单位=TEXT), **more}
    return tiny.package(campaign, steps, {"tip": tip, "result": {"结果": TEXT}})


@pytest.fixture
def told(open_work, clock) -> tuple[Story, UUID]:
    story: Story = begun(open_work, clock, files())
    story.launch("2024-11-04")
    tip = story.demand("author", "tip", "pine")
    answers = {"举报人": SECRET, "内容": "越界开采", "证人": [{"姓名": SECRET, "单位": "某矿"}]}
    story.do("author", "tip", "take", answers)
    return story, tip


def _read(open_work, login: str, tip: UUID) -> dict[str, object]:
    with open_work("yangcheng", login, reads=True) as work:
        of = history.instance(work, tip)
        return dict(history.rounds(work, running(work, of.campaign_id), of)[0].answers)


def test_the_post_that_is_named_reads_who_it_was(told, open_work) -> None:
    _story, tip = told
    assert _read(open_work, "clerk", tip) == {
        "举报人": SECRET, "内容": "越界开采", "证人": [{"姓名": SECRET, "单位": "某矿"}],
    }  # fmt: skip


@pytest.mark.parametrize("login", ["author", "admin"])
def test_neither_whoever_wrote_it_down_nor_a_mandate_over_everything_reads_it(told, open_work, login) -> None:
    _story, tip = told
    assert _read(open_work, login, tip) == {"内容": "越界开采", "证人": [{"单位": "某矿"}]}


def test_ledgers_numbers_the_trail_and_the_process_never_meet_it(told, open_work) -> None:
    story, tip = told
    story.do("author", "tip", "verify", {"结果": "属实"})
    story.ring()
    with open_work("yangcheng", "clerk", reads=True) as work:
        of = history.instance(work, tip)
        live = running(work, of.campaign_id)
        (item,) = work.session.scalars(select(LedgerItem))
        kept = [one.answers for one in work.session.scalars(select(Submission))]
        trail = [one.facts for one in work.session.scalars(select(AuditEntry))]
        states = [one.compact for one in work.session.scalars(select(Instance))]
        facts = indicators._facts(work, live, [*live.package.ledgers, *live.package.forms])
        assert any(facts.values())
        everything = repr([item.data, item.title, kept, trail, states, facts, ledgers.__name__])
        assert item.data["内容"] == "越界开采"
        assert SECRET not in everything


def test_what_is_protected_is_written_once_too(told, open_work) -> None:
    with pytest.raises(WrittenOnce), open_work("yangcheng", "clerk") as work:
        (row,) = work.session.scalars(select(ProtectedAnswers))
        row.answers = {}
        work.session.flush()


def test_an_indicator_a_column_and_a_title_that_reach_for_it_are_refused() -> None:
    for before, after in (
        ("count(tip)", "count(tip, 举报人 == '甲')"),
        ("columns: [内容]", "columns: [举报人]"),
        ("columns: [内容]", "columns: [内容], title_field: 举报人"),
    ):
        problems = check(files(CAMPAIGN.replace(before, after)))
        assert any("受保护" in str(one.what) for one in problems), after
    assert not [one for one in check(files()) if "受保护" in str(one.what)]


def test_x_only_names_an_actor_of_the_package() -> None:
    problems = check(files(线索={**TEXT, "x-only": "hotlin"}))
    assert any("hotlin" in str(one.what) and "hotline" in str(one.do) for one in problems)


def test_a_tip_that_becomes_an_item_stays_hidden_from_whom_it_is_about(told, open_work) -> None:
    story, _tip = told
    story.do("author", "tip", "verify", {"结果": "属实"})
    story.ring()
    seen = {}
    for login in ("pine", "north", "author"):
        with open_work("yangcheng", login, reads=True) as work:
            live = running(work, story.launched)
            seen[login] = ledgers.lines(work, live, "tips", ledgers.Query())[1]
    assert seen == {"pine": 0, "north": 0, "author": 1}
