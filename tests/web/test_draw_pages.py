"""A draw on the pages and for programs: drawn with one press, told with how it was drawn, never done again in silence."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from sqlalchemy import select

from engine import drawn
from engine.draw_models import LotDraw
from tests.engine.story import Story
from tests.engine.test_draws import files, told

P = "/t/yangcheng"
ENGLISH = "terms:\n  名单: Mines to visit\n  生产: working\n  停产: stopped\n"


@pytest.fixture
def story(open_work, clock, house) -> Story:
    return told(open_work, clock, {**files(), "i18n/en.yaml": ENGLISH.encode()}, {"比例": 50})


@pytest.fixture
def task(story) -> str:
    return f"{P}/tasks/{story.find('author', 'check', 'pick').id}"


def drawn_by(there, task: str, **more: str):
    return there.post(f"{task}/draw", {"field": "名单", **more})


def test_before_the_draw_the_page_says_from_what_and_how_many(visit, task) -> None:
    page = visit("author").get(task).text
    assert "名单现有3个。一经抽取" in page and "1个中抽1个" in page
    assert "松岭煤矿、石溪煤矿、南坪露天煤矿" in page
    assert "种子</dt>" not in page


def test_one_press_draws_and_the_page_says_how(visit, task, story) -> None:
    there = visit("author")
    drawn_by(there, task)
    page = there.get(task).text
    (row,) = draws_of(story)
    assert row.seed in page and drawn.frame_hash(row) in page
    assert all(lot.label in page for lot in drawn.result(row))
    assert "确需重抽" in page and "x-draw" in page


def test_pressing_again_is_refused_and_a_reason_draws_beside_it(visit, task, story) -> None:
    there = visit("author")
    drawn_by(there, task)
    drawn_by(there, task)
    assert len(draws_of(story)) == 1
    drawn_by(there, task, reason="名单有误")
    page = there.get(task).text
    assert len(draws_of(story)) == 2
    assert "重抽的理由：名单有误" in page and "第1次抽取" in page and "第2次抽取" in page


def test_whoever_may_read_the_matter_finds_the_draw_and_can_do_it_again(visit, task, story) -> None:
    drawn_by(visit("author"), task)
    (instance,) = story.instances("check")
    page = visit("admin").get(f"{P}/instances/{instance.id}").text
    (row,) = draws_of(story)
    assert "抽取记录" in page and row.seed in page
    sheet = visit("admin").get(f"{P}/instances/{instance.id}/draws/{row.id}.csv")
    lines = list(csv.DictReader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    assert [line["名称"] for line in lines] == [one["label"] for one in row.frame]
    for line in lines:
        assert line["签值"] == hashlib.sha256(f"{row.seed}\n{line['编号']}".encode()).hexdigest()
    assert {line["编号"] for line in lines if line["抽中"] == "是"} == {lot.key for lot in drawn.result(row)}


def test_a_mine_knows_nothing_of_it(visit, task, story) -> None:
    drawn_by(visit("author"), task)
    (instance,) = story.instances("check")
    (row,) = draws_of(story)
    there = visit("pine")
    for path in (task, f"{P}/instances/{instance.id}", f"{P}/instances/{instance.id}/draws/{row.id}.csv"):
        assert there.get(path).status_code == 404
    assert drawn_by(there, task).status_code == 404


def test_a_program_draws_and_reads_the_same(program, task, story) -> None:
    there = program("author")
    made = there.post(f"/tasks/{task.rsplit('/', 1)[1]}/draws", {"field": "名单"})
    assert made.status_code == 201, made.text
    (instance,) = story.instances("check")
    (told_later,) = there.get(f"/instances/{instance.id}/draws").json["draws"]
    assert told_later["seed"] == made.json["seed"] and told_later["drawn"] == made.json["drawn"]


def test_it_is_told_in_the_readers_language(visit, task) -> None:
    there = visit("author")
    drawn_by(there, task)
    page = there.get(task, headers={"Accept-Language": "en"}).text
    assert "Mines to visit" in page and "working" in page and "How it was drawn" in page


def draws_of(story: Story) -> list[LotDraw]:

    return story.rows(select(LotDraw).order_by(LotDraw.number))
