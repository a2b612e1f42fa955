"""Who called the hotline, on every page and answer of the programs' interface: named to the post, to nobody else."""

from __future__ import annotations

import pytest

from tests.engine.story import Story, begun
from tests.engine.test_protected import SECRET, files

P = "/t/yangcheng"
ANSWERS = {"举报人": SECRET, "内容": "越界开采", "证人": [{"姓名": SECRET, "单位": "某矿"}]}


@pytest.fixture
def story(open_work, clock, house) -> Story:
    made = begun(open_work, clock, files())
    made.launch("2024-11-04")
    made.demand("author", "tip", "pine")
    made.do("author", "tip", "take", ANSWERS)
    return made


def _pages(story: Story) -> list[str]:
    campaign, (instance,) = f"{P}/campaigns/{story.campaign}", story.instances("tip")
    task = story.find("author", "tip", "verify")
    return [
        f"{P}/inbox", f"{P}/tasks/{task.id}", f"{P}/instances/{instance.id}", campaign, f"{campaign}/duties/tip",
        f"{campaign}/ledgers/tips",
    ]  # fmt: skip


@pytest.mark.parametrize("login", ["author", "admin"])
def test_no_page_tells_who_it_was(story, visit, login) -> None:
    pages = _pages(story)
    story.do("author", "tip", "verify", {"结果": "属实"})
    story.ring()
    there = visit(login)
    told = {path: there.get(path) for path in pages}
    assert told[pages[2]].status_code == 200 and "越界开采" in told[pages[2]].text
    assert "只有指定的岗位能看" in told[pages[2]].text
    assert [path for path, answer in told.items() if SECRET in answer.text] == []


def test_the_post_reads_it_on_the_page(story, visit) -> None:
    (instance,) = story.instances("tip")
    assert SECRET in visit("clerk").get(f"{P}/instances/{instance.id}").text


def test_programs_are_told_no_more_than_their_people(story, program) -> None:
    (instance,) = story.instances("tip")
    task = story.find("author", "tip", "verify")
    for path in (f"/tasks/{task.id}", f"/instances/{instance.id}"):
        answer = program("author").get(path)
        assert answer.status_code == 200 and SECRET not in answer.text
    assert "越界开采" in program("author").get(f"/instances/{instance.id}").text
