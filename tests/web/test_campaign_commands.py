"""`luoshi launch`, `hand-down`, `campaigns` and `jobs`, as whoever runs a machine meets them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from engine.cascade.models import HandedPackage
from tests.workflows.small import files
from web.campaign_commands import campaigns, hand_down, jobs, launch
from web.cli import main
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


def test_a_package_is_handed_down_by_level_condition_or_name(house, door):
    with house.app_context(), door("jincheng") as work:
        package = publish.publish(work, files()).package
    at = (package, "--tenant", "jincheng")
    shown = run(hand_down, *at, "--selector", "starts_with(name, '阳')", "--preview")
    assert shown.exit_code == 0 and "阳城县" in shown.output and "沁水县" not in shown.output, shown.output
    assert run(hand_down, *at).exit_code == 1
    wrong = run(hand_down, *at, "--selector", "level ==")
    assert wrong.exit_code == 1 and "条件写错了" in wrong.output and "Traceback" not in wrong.output
    one = run(hand_down, *at, "--to", "qinshui", "--note", "请抓紧。")
    assert one.exit_code == 0 and "已下达给 1 个单位。" in one.output and "沁水县" in one.output, one.output
    both = run(hand_down, *at, "--level", "county", "--through", "township")
    assert both.exit_code == 0 and "阳城县" in both.output and "沁水县" not in both.output
    assert run(hand_down, *at, "--to", "nowhere").exit_code == 1


def lasting() -> dict[str, bytes]:
    """Return a package whose campaign is not over on the day of the machine's clock."""
    given = files()
    return {**given, "campaign.yaml": given["campaign.yaml"].replace(b"end: 2025-01-28", b"end: 2099-01-28")}


def test_who_is_founded_later_at_the_terminal_is_handed_it_with_the_next_jobs(house, door):
    with house.app_context(), door("jincheng") as work:
        package = publish.publish(work, lasting()).package
    assert run(hand_down, package, "--tenant", "jincheng", "--level", "county").exit_code == 0
    added = run(
        main, "tenant", "add", "gaoping", "--name", "高平市", "--level", "county", "--parent", "jincheng"
    )
    assert added.exit_code == 0, added.output
    assert "0 项失败" in run(jobs).output
    with house.app_context(), door("jincheng", reads=True) as work:
        rows = work.session.scalars(select(HandedPackage.other_name).where(HandedPackage.side == "out"))
        assert set(rows) == {"阳城县", "沁水县", "高平市"}


def test_who_is_put_below_another_superior_by_a_table_is_handed_it_there(house, door, tmp_path):
    with house.app_context(), door("jincheng") as work:
        package = publish.publish(work, lasting()).package
    with house.app_context(), door("shanxi") as work:
        publish.publish(work, lasting())
    assert run(hand_down, package, "--tenant", "jincheng", "--level", "county").exit_code == 0
    assert (
        run(hand_down, package, "--tenant", "shanxi", "--level", "county", "--level", "city").exit_code == 0
    )
    table = tmp_path / "tenants.csv"
    table.write_text("简称,上级\nyangcheng,shanxi\n", "utf-8")
    assert run(main, "tenant", "import", table).exit_code == 0
    for _ in range(3):
        assert "0 项失败" in run(jobs).output
    states = {}
    for slug in ("jincheng", "shanxi"):
        with house.app_context(), door(slug, reads=True) as work:
            found = work.session.execute(
                select(HandedPackage.other_name, HandedPackage.state).where(HandedPackage.side == "out")
            )
            states[slug] = dict(found.tuples().all())
    assert states == {
        "jincheng": {"沁水县": "arrived", "阳城县": "gone"},
        "shanxi": {"晋城市": "arrived", "阳城县": "arrived"},
    }
