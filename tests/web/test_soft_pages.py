"""A soft limit that was passed stands beside the answers for whoever reads them: on pages and for programs."""

from __future__ import annotations

import pytest

from tests.engine.story import Story, begun
from tests.engine.test_protected import files

P = "/t/yangcheng"
SOFT = {"type": "integer", "title": "人数", "x-warn": "人数 > 2", "x-warn-text": "原则上两个人。"}
ROWS = {"type": "array", "title": "地点", "items": {"type": "object", "properties": {"人数": SOFT}}}
ENGLISH = "terms:\n  人数: People\n  地点: Places\n  原则上两个人。: Two people as a rule.\n"


@pytest.fixture
def story(open_work, clock, house) -> Story:
    made = begun(open_work, clock, {**files(地点=ROWS), "i18n/en.yaml": ENGLISH.encode()})
    made.launch("2024-11-04")
    made.demand("author", "tip", "pine")
    return made


def test_whoever_checks_it_and_whoever_reads_it_later_finds_the_note(story, visit, program) -> None:
    story.do("author", "tip", "take", {"内容": "越界", "地点": [{"人数": 2}, {"人数": 3}]})
    (instance,) = story.instances("tip")
    task = story.find("author", "tip", "verify")
    for path in (f"{P}/tasks/{task.id}", f"{P}/instances/{instance.id}"):
        page = visit("author").get(path).text
        assert "填报时有1处提醒，不影响提交" in page
        assert "地点 第2行 的 人数" in page and "原则上两个人。" in page and "地点 第1行" not in page
    papers = program("author").get(f"/instances/{instance.id}").json["papers"]
    assert papers[0]["warned"] == [{"where": "地点 第2行 的 人数", "text": "原则上两个人。"}]


def test_it_is_said_in_the_readers_language(story, visit) -> None:
    story.do("author", "tip", "take", {"内容": "越界", "地点": [{"人数": 3}]})
    (instance,) = story.instances("tip")
    page = visit("author").get(f"{P}/instances/{instance.id}", headers={"Accept-Language": "en"}).text
    assert "Two people as a rule." in page


def test_what_keeps_to_the_limit_has_no_note(story, visit) -> None:
    story.do("author", "tip", "take", {"内容": "越界", "地点": [{"人数": 2}]})
    (instance,) = story.instances("tip")
    assert "处提醒" not in visit("author").get(f"{P}/instances/{instance.id}").text


def test_the_form_brings_the_condition_to_the_browser(story, visit) -> None:
    task = story.find("author", "tip", "take")
    assert "x-warn-tree" in visit("author").get(f"{P}/tasks/{task.id}").text
