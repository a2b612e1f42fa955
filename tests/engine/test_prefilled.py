"""What a form is begun with, where a row of another form brought the duty about: nobody writes off what stands in the row."""

from __future__ import annotations

from typing import Any

import pytest

from engine import tasks
from engine.prefilled import prefilled
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import MAJOR, MINOR, Story, begun, self_check
from workflows.check import check

OWED = "  penance:\n    title: 书面检查\n"


def package(rule: str) -> dict[str, bytes]:
    changed = CAMPAIGN.replace(OWED, f"{OWED}    prefill: {{正文: {rule}}}\n", 1)
    return {**files(), "campaign.yaml": changed.encode()}


@pytest.fixture
def story(open_work, clock) -> Story:
    made = begun(open_work, clock, package("\"unit.name + '：' + 描述\""))
    made.launch()
    return made


def begins(story: Story, login: str, duty: str) -> list[dict[str, Any]]:
    found = []
    for task in story.todo(login, duty=duty):
        with story.open_work("yangcheng", login, reads=True) as work:
            found.append(prefilled(work, tasks.gather(work, task.id)))
    return found


def test_each_form_begins_with_what_its_own_row_says(story: Story) -> None:
    self_check(story, MAJOR, MINOR, {**MAJOR, "描述": "顶板破碎"}, login="plain")
    assert sorted(one["正文"] for one in begins(story, "plain", "penance")) == [
        "南坪露天煤矿：瓦斯超限", "南坪露天煤矿：顶板破碎",
    ]  # fmt: skip


def test_the_check_lets_it_name_the_fields_of_the_row_and_no_others() -> None:
    assert not [one for one in check(package("描述")) if one.level == "error"]
    (problem,) = [one for one in check(package("描写")) if one.level == "error"]
    assert "描写" in str(problem.what)
