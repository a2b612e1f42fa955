"""Check tables at work: who answers which version, drafts that change by rows, and both sides compared."""

from __future__ import annotations

import pytest

from engine import checktables, comparison, drafting
from engine.running import running
from forms import drafts
from forms.changes import Changes
from forms.drafts import DraftMoved
from tenants.errors import Conflict, Forbidden, Invalid
from tests.checklists import SMALL, files, table
from tests.engine.story import Story, begun

KEYS = ("A01-001", "A01-002", "A01-003", "A02-004", "A02-005")
SINCE = "（修订）"


@pytest.fixture
def story(open_work, clock) -> Story:
    told = begun(open_work, clock, changed())
    told.launch()
    assert not told.errors
    return told


def changed() -> dict[str, bytes]:
    """The county of the tests has no post of inspectors: its leading group's office inspects."""
    found = files(SMALL)
    found["campaign.yaml"] = found["campaign.yaml"].replace(b"post: inspector", b"post: leading_group")
    return found


def answers(*keys: str, **wrong: str) -> dict[str, object]:
    """Return a filled form: all of these items in order, but for those named with what is wrong."""
    bad = {key.replace("_", "-"): text for key, text in wrong.items()}
    rows = [
        {"编号": key, "结果": "不合格", "问题描述": bad[key]} if key in bad else {"编号": key, "结果": "合格"}
        for key in keys or KEYS
    ]
    return {"检查日期": "2024-11-01", "检查结果": rows}


def add(story: Story, since: str = SINCE, version: str = "2023-10", items: int = 5, login: str = "admin"):
    with story.open_work("yangcheng", login) as work:
        raw = table(2, items, since=since).encode()
        return checktables.add(work, story.launched, "mine_check", "underground", raw, "检查表.csv", version)


def texts(story: Story, login: str = "pine") -> list[str]:
    """Return the items that a mine is asked about in its self-check."""
    task = story.find(login, "self_check")
    with story.open_work("yangcheng", login) as work:
        desk = drafting.gather(work, task.id)
        form = drafting.form_of(desk.form.schema)
        found = checktables.shown(work, desk.running, form.listed, desk.unit, desk.instance.id)
        return [item["检查内容"] for item in found["mine_check"].items.values()]


def test_each_unit_answers_the_variant_that_is_for_it(story: Story) -> None:
    assert len(texts(story)) == 5 and len(texts(story, "plain")) == 2


def test_every_item_is_answered_and_what_is_wrong_becomes_an_item_of_the_ledger(story: Story) -> None:
    task = story.find("pine", "self_check")
    with pytest.raises(Invalid) as caught:
        story.complete("pine", task.id, answers("A01-001", "A02-005"))
    assert [one.where for one in caught.value.problems] == [f"/检查结果/{place}/结果" for place in (1, 2, 3)]
    story.complete("pine", task.id, answers(A02_004="接地不良"))
    (item,) = story.items()
    assert item.title.startswith("第4项：通风") and item.data["编号"] == "A02-004"


def test_what_has_begun_keeps_its_version_and_what_begins_later_has_the_new_one(story: Story) -> None:
    task = story.find("pine", "self_check")
    with story.open_work("yangcheng", "pine") as work:
        drafting.keep(work, task.id, answers("A01-001"), 0)
    row = add(story)
    assert (row.number, row.items, row.areas) == (1, 5, 2)
    assert not texts(story)[0].endswith(SINCE)
    story.complete("pine", task.id, answers(A02_004="接地不良"))
    story.demand("clerk", "inspection", "pine")
    done = story.do("clerk", "inspection", answers=answers(A02_004="接地不良"))
    with story.open_work("yangcheng", "reader") as work:
        live = running(work, story.launched)
        left, right = comparison.sheets(work, live, "mine_check", story.open_work.world.unit("pine"))
        assert (left.data.version, right.data.version) == ("2023-08", "2023-10") and right.task_id == done.id
        used = checktables.used_by(work, live, "mine_check", "underground")
        assert sorted(used.values()) == [1, 1]


def test_whoever_writes_on_the_older_page_goes_on_with_what_it_shows(story: Story) -> None:
    task = story.find("pine", "self_check")
    with story.open_work("yangcheng", "pine") as work:
        desk = drafting.gather(work, task.id)
        before = desk.running.package.datasets["mine_check"]["underground"].token
    add(story)
    with story.open_work("yangcheng", "pine") as work:
        drafting.change(work, task.id, Changes({"备注": "井下"}), 0, {"mine_check": before})
    assert not texts(story)[0].endswith(SINCE)


def test_a_table_that_arrives_late_is_asked_about_from_then_on(open_work, clock) -> None:
    late = changed()
    late["campaign.yaml"] = late["campaign.yaml"].replace(
        b'version: "2023-08"', b'version: "2023-08"\n    awaited: true'
    )
    del late["tables/mine_check.underground.csv"]
    story = begun(open_work, clock, late)
    story.launch()
    task = story.find("pine", "self_check")
    with pytest.raises(Invalid) as caught:
        story.complete("pine", task.id, {"检查日期": "2024-11-01"})
    assert [one.where for one in caught.value.problems] == ["/检查结果"]
    add(story, since="", version="2023-09")
    assert len(texts(story)) == 5
    story.complete("pine", task.id, answers())


def test_a_version_is_added_by_who_steers_with_every_mistake_told_and_never_twice(story: Story) -> None:
    with pytest.raises(Forbidden):
        add(story, login="clerk")
    with pytest.raises(Conflict):
        add(story, since="")
    with pytest.raises(Invalid):
        add(story, version=" ")
    with story.open_work("yangcheng", "admin") as work:
        raw = table(1, 4, since=SINCE).encode()
        draft = checktables.examine(work, story.launched, "mine_check", "underground", raw, "表.csv", "2")
        assert [str(one.what) for one in draft.problems] == ["有 1 个分区，应有 2 个", "有 4 项，应有 5 项"]
        assert (draft.added, draft.gone, draft.changed) == (("A01-004",), ("A02-004", "A02-005"), KEYS[:3])
        with pytest.raises(Invalid) as caught:
            checktables.add(
                work,
                story.launched,
                "mine_check",
                "underground",
                "编号,分区,检查内容\n1,,x\n".encode(),
                "表.csv",
                "2",
            )
        assert "第 2 行“分区”列" in str(caught.value.problems[0].what)


def test_a_draft_changes_by_rows_and_nothing_that_was_not_touched_is_lost(story: Story) -> None:
    task = story.find("pine", "self_check")
    with story.open_work("yangcheng", "pine") as work:
        drafting.keep(work, task.id, {**answers("A01-001", "A01-002"), "备注": "早班"}, 0)
    with story.open_work("yangcheng", "pine") as work:
        rows = {"检查结果": {"A01-002": None, "A02-005": {"结果": "不合格", "问题描述": "渗水"}}}
        saved = drafting.change(work, task.id, Changes({"备注": None, "检查日期": "2024-11-02"}, rows), 1)
        assert saved.revision == 2
        assert saved.answers == {
            "检查日期": "2024-11-02",
            "检查结果": [{"编号": "A01-001", "结果": "合格"}, {"编号": "A02-005", "结果": "不合格", "问题描述": "渗水"}],
        }  # fmt: skip
    with story.open_work("yangcheng", "pine") as work:
        with pytest.raises(DraftMoved):
            drafting.change(work, task.id, Changes({}, {"检查结果": {"A01-001": None}}), 1)
        assert len(drafts.load(work, task.id).answers["检查结果"]) == 2


def test_what_differs_stands_first_and_a_competitor_sees_none_of_it(story: Story) -> None:
    story.do("pine", "self_check", answers=answers(A01_002="警示牌缺失"))
    story.demand("clerk", "spot_check", "pine")
    spot = {
        "检查日期": "2024-11-05",
        "检查结果": answers("A01-001", "A01-002", "A02-005", A02_005="渗水")["检查结果"],
    }
    story.do("clerk", "spot_check", answers=spot)
    pine = story.open_work.world.unit("pine")
    with story.open_work("yangcheng", "reader") as work:
        live = running(work, story.launched)
        assert [
            (unit.id, own, others) for unit, own, others in comparison.units(work, live, "mine_check")
        ] == [(pine, 1, 1)]
        left, right = comparison.sheets(work, live, "mine_check", pine)
        assert left.own and not right.own
        lines = comparison.compare(left, right)
        assert comparison.counted(lines) == (2, 2, 5)
        assert [one.key for one in lines] == ["A01-002", "A02-005", "A01-003", "A02-004", "A01-001"]
        assert lines[0].left["问题描述"] == "警示牌缺失" and lines[0].right["结果"] == "合格"
    with story.open_work("yangcheng", "plain") as work:
        live = running(work, story.launched)
        assert (
            comparison.units(work, live, "mine_check") == []
            and comparison.sheets(work, live, "mine_check", pine) == []
        )
