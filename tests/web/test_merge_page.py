"""A newer version of what a package was made of: its page says so, and the merge is worked on there, or by a program."""

from __future__ import annotations

import html
import io
import re

import pytest
from click.testing import CliRunner

from engine import campaigns
from tests.workflows.copied import CITY, FIRST, OWN, SECOND, handed, relaxed
from web.package_commands import publish as publish_command
from workflows import archive, merges
from workflows.copies import adopt
from workflows.package import hash_of
from workflows.publish import publish, versions

P = "/t/yangcheng"
MINE = hash_of(OWN)


@pytest.fixture
def copied(house, door):
    """The county has its own version of what the city handed down, and the city's next one has come in."""
    with door("yangcheng", "author") as work:
        adopt(work, FIRST, origin=handed())
        publish(work, OWN)
    with door("yangcheng") as work:
        adopt(work, SECOND, origin=handed("2"))


@pytest.fixture
def merge(visit, copied) -> str:
    """The address of a merge that the author has begun."""
    return visit("author").post(f"{P}/packages/{MINE}/merge", {}).location


def _sent(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def _conflicts(page: str) -> list[str]:
    return list(
        dict.fromkeys(html.unescape(one) for one in re.findall(r'name="conflict" value="([^"]*)"', page))
    )


def test_the_package_says_that_there_is_a_newer_version_and_leads_to_the_merge(visit, copied):
    author = visit("author")
    page = author.get(f"{P}/packages/{MINE}").text
    assert "有新版本 1.1.0" in page and f"{CITY}下达" in page and f"{P}/packages/{MINE}/merge" in page
    pristine = author.get(f"{P}/packages/{hash_of(FIRST)}").text
    assert "有新版本 1.1.0" in pristine and "本级最新的是 1.0.1 版" in pristine and "/merge" not in pristine
    assert "有新版本" not in author.get(f"{P}/packages/{hash_of(SECOND)}").text
    assert "有新版本" in author.get(f"{P}/packages").text
    answer = author.post(f"{P}/packages/{MINE}/merge", {})
    assert answer.status_code == 303
    assert "继续合并" in author.get(f"{P}/packages/{MINE}").text
    assert "/merge" not in visit("reader").get(f"{P}/packages/{MINE}").text


def test_sides_stand_beside_each_other_in_words(visit, merge):
    page = visit("author").get(merge).text
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    for words in (
        "任务“报送本县方案”的名称", "报送实施方案", "用户任务“本县办理”的名称", "办理并签字", "决策“定级”第1条规则的“限期”",
        "表单“plan”的字段“本县方案”的名称", "方案全文", "A01-002", "人员持证上岗", "原版", "本级", "新版", "还有5处没有选择",
    ):  # fmt: skip
        assert words in text, words
    assert len(_conflicts(page)) == 5 and 'name="do" value="publish" disabled' in page


def test_each_choice_is_kept_at_once_and_the_whole_is_published(visit, merge):
    author = visit("author")
    conflicts = _conflicts(author.get(merge).text)
    takes = {"forms/": "edit", "campaign.yaml": "theirs"}
    for revision, conflict in enumerate(conflicts):
        take = next((take for start, take in takes.items() if conflict.startswith(start)), "mine")
        sent = {
            "revision": revision,
            "conflict": conflict,
            "take": take,
            "n": str(revision + 1),
            "text": '"改写的标题"',
        }
        answer = author.post(merge, sent)
        assert answer.status_code == 303 and f"#conflict-{revision + 1}" in answer.location
        assert "改写的标题" in author.get(merge).text or take != "edit"
    page = author.get(merge).text
    assert "还有" not in page.split('id="publish"')[1] and "没有正在进行的行动用到它" in page
    answer = author.post(merge, {"revision": _sent(page, "revision"), "do": "publish", "version": "1.2.0"})
    assert answer.status_code == 303 and "已合并，发布为 1.2.0 版" in author.get(answer.location).text
    shown = author.get(answer.location).text
    assert "有新版本" not in shown
    assert "已经合并并发布" in author.get(merge).text


def test_a_stale_choice_says_who_was_there_before_and_keeps_what_was_typed(visit, merge):
    author, admin = visit("author"), visit("admin")
    page = admin.get(merge).text
    conflict = _conflicts(page)[0]
    author.post(merge, {"revision": "0", "conflict": conflict, "take": "theirs"})
    typed = "一段写了很久的文字"
    again = admin.post(merge, {"revision": "0", "conflict": conflict, "take": "edit", "text": typed})
    assert again.status_code == 409 and "改过这次合并" in again.text and typed in again.text
    assert _sent(again.text, "revision") == "1"


def test_what_cannot_be_read_is_told_beside_its_conflict_and_nothing_typed_is_lost(visit, merge):
    author = visit("author")
    conflict = next(key for key in _conflicts(author.get(merge).text) if key.startswith("forms/"))
    answer = author.post(merge, {"revision": "0", "conflict": conflict, "take": "edit", "text": '"没有结尾'})
    page = author.get(answer.location).text
    assert "改写的内容读不出来" in page and "没有结尾" in page and "您写的已经保存" in page
    refused = author.post(merge, {"revision": "1", "do": "publish", "version": "1.2.0"})
    assert refused.status_code == 422 and 'role="alert"' in refused.text


@pytest.mark.parametrize(
    "sent",
    [
        {"revision": "x", "conflict": "campaign.yaml#title", "take": "mine"},
        {"revision": "0", "conflict": "../../etc/passwd", "take": "mine"},
        {"revision": "0", "take": "everything"},
        {"revision": "99999999999999999999", "do": "drop"},
        {"do": "publish"},
        {},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(visit, merge, sent):
    author = visit("author")
    assert author.post(merge, sent).status_code in (409, 422)
    assert _sent(author.get(merge).text, "revision") == "0"


def test_only_who_publishes_sees_a_merge_and_strangers_find_none(visit, merge):
    assert visit("reader").get(merge).status_code == 403
    assert visit("reader").post(merge, {"revision": "0", "do": "drop"}).status_code == 403
    assert visit("qs-admin").get(merge.replace("yangcheng", "qinshui")).status_code == 404
    assert visit("qs-admin").get(merge).status_code == 404


def test_it_may_be_given_up(visit, merge):
    author = visit("author")
    answer = author.post(merge, {"revision": "0", "do": "drop", "version": "1.1.1"})
    assert "已放弃合并" in author.get(answer.location).text
    assert "这次合并已经放弃" in author.get(merge).text


def test_what_would_become_of_what_is_under_way_is_shown_before_it_is_published(visit, copied, door):
    with door("yangcheng", "author") as work:
        campaign = campaigns.launch(work, MINE).id
    author = visit("author")
    merge = author.post(f"{P}/packages/{MINE}/merge", {}).location
    assert "对正在办理的影响" not in author.get(merge).text
    author.post(merge, {"revision": "0", "rest": "theirs"})
    page = author.get(merge).text
    assert f"{P}/campaigns/{campaign}" in page and "项改按新方案" in page
    answer = author.post(merge, {"revision": "1", "do": "publish", "version": "1.1.1"})
    made = answer.location.rpartition("/")[2]
    # Publishing leaves the campaign as it runs; its own page offers the version.
    amend = author.get(f"{P}/campaigns/{campaign}/amend").text
    assert made in amend


# --- locks, door by door -----------------------------------------------------------------------------------------------


def test_an_upload_that_relaxes_a_lock_is_told_so_before_and_refused_when_published(visit, copied, door):
    author = visit("author")
    data = archive.pack(relaxed())
    answer = author.post(f"{P}/packages/check", {"file": (io.BytesIO(data), "copy.zip")})
    assert answer.status_code == 422
    assert "自查自改" in answer.text and "只能改严" in answer.text and CITY in answer.text
    with door("yangcheng", reads=True) as work:
        assert len(versions(work, "small-2024")) == 3


def test_a_program_meets_the_same_lock(program, copied):
    api = program("author")
    data = archive.pack(relaxed())
    answer = api.post("/packages/check", data={"file": (io.BytesIO(data), "copy.zip")})
    assert answer.status_code == 200 and answer.json["sound"] is False and answer.json["upload"] is None
    assert any(CITY in one["what"] for one in answer.json["problems"])


def test_the_terminal_meets_the_same_lock(copied, database, monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url)
    target = tmp_path / "copy.zip"
    target.write_bytes(archive.pack(relaxed()))
    answer = CliRunner().invoke(publish_command, [str(target), "--tenant", "yangcheng"])
    assert answer.exit_code != 0 and "只能改严" in answer.output and CITY in answer.output


# --- by a program --------------------------------------------------------------------------------------------------------


def test_a_program_begins_chooses_and_publishes(program, copied):
    api = program("author")
    upstream = api.get(f"/packages/{MINE}").json["upstream"]
    assert (upstream["origin"], upstream["changed"], upstream["may_merge"]) == (f"{CITY}下达", True, True)
    assert upstream["newer"]["version"] == "1.1.0"
    begun = api.post(f"/packages/{MINE}/merge", {})
    assert begun.status_code == 201, begun.json
    merge, where = begun.json, f"/merges/{begun.json['id']}"
    assert merge["left"] == 5 and not merge["ready"] and merge["version"] == "1.1.1"
    choices = [{"conflict": one["id"], "take": "theirs"} for one in merge["conflicts"]]
    settled = api.post(f"{where}/choices", {"revision": 0, "choices": choices}).json
    assert settled["ready"] and settled["revision"] == 1 and settled["effects"] == []
    stale = api.post(f"{where}/choices", {"revision": 0, "choices": choices})
    assert stale.status_code == 409
    made = api.post(f"{where}/publish", {"revision": 1})
    assert made.status_code == 201 and made.json["version"] == "1.1.1"
    assert api.get(where).json["state"] == "done"


def test_a_program_gives_up(program, copied, door):
    api = program("author")
    where = f"/merges/{api.post(f'/packages/{MINE}/merge', {}).json['id']}"
    assert api.post(f"{where}/drop", {"revision": 0}).json["state"] == "dropped"
    with door("yangcheng", "author", reads=True) as work:
        assert merges.under_way(work, "small-2024") is None
