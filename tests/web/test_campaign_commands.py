"""`luoshi launch`, `campaigns` and `jobs`, as whoever runs a machine meets them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from tests.workflows.small import files
from web.campaign_commands import campaigns, jobs, launch
from workflows import publish


@pytest.fixture(autouse=True)
def chinese_terminal(monkeypatch, tmp_path, world, database):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url)


@pytest.fixture
def published(house, door) -> str:
    with house.app_context(), door("yangcheng", "admin") as work:
        return publish.publish(work, files()).package


def run(command, *words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_a_preview_says_whom_it_means_and_records_nothing(house, published):
    result = run(launch, published, "--tenant", "yangcheng", "--preview")
    assert result.exit_code == 0, result.output
    assert "报送方案" in result.output and "2024-10-31" in result.output and "什么都没有记录" in result.output
    assert "还没有专项行动" in run(campaigns, "--tenant", "yangcheng").output


def test_a_launch_is_listed_and_its_jobs_open_what_is_due(house, published):
    launched = run(launch, published, "--tenant", "yangcheng")
    assert launched.exit_code == 0 and "已启动：冬季安全检查" in launched.output
    done = run(jobs)
    assert done.exit_code == 0 and "0 项失败" in done.output, done.output
    listed = run(campaigns, "--tenant", "yangcheng").output
    assert "冬季安全检查" in listed and "running" in listed
    assert "执行了 0 项" in run(jobs).output, "what was done is not done again"


def test_what_is_not_published_is_named(house):
    result = run(launch, "nothing", "--tenant", "yangcheng")
    assert result.exit_code == 1 and "nothing" in result.output and "Traceback" not in result.output


def test_the_same_version_is_not_launched_twice(house, published):
    assert run(launch, published, "--tenant", "yangcheng").exit_code == 0
    again = run(launch, published, "--tenant", "yangcheng")
    assert again.exit_code == 1 and "正在运行" in again.output
