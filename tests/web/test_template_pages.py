"""The gallery, as administrators use it: found, looked at, cloned, given to others, taken back."""

from __future__ import annotations

import io
import re

import pytest

from tests.workflows.small import campaign, files
from workflows import archive, builtin, publish, templates
from workflows.package import hash_of
from workflows.template_terms import Terms

P, Q = "/t/yangcheng", "/t/qinshui"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ 7*7 }} ${7*7} \u202e冬季检查'
TERMS = {
    "description": "冬季检查用。",
    "audience": "all",
    "level": "county",
    "field": "煤矿",
    "keywords": "冬季 winter",
    "sure": "yes",
}
BUILT_IN = "yangcheng-2024-hundred-days"


@pytest.fixture
def own(door):
    """A package of Yangcheng's own."""
    with door("yangcheng", "admin") as work:
        return publish.publish(work, files()).hash


@pytest.fixture
def given(door, own):
    """The same, given to everybody."""

    def give(**terms: str) -> str:
        with door("yangcheng", "admin") as work:
            said = {
                "description": "冬季检查用。",
                "audience": "all",
                "level": "county",
                "field": "煤矿",
                "keywords": "冬季",
            }
            return str(templates.publish_template(work, own, Terms(**{**said, **terms})).id)

    return give


def test_from_giving_to_cloning_and_taking_back(visit, own):
    admin, neighbour = visit("admin"), visit("qs-admin")
    assert f"{P}/packages/{own}/template" in admin.get(f"{P}/packages/{own}").text
    before = admin.get(f"{P}/packages/{own}/template").text
    assert "campaign.yaml" in before and "clauses.yaml" in before
    sent = admin.post(f"{P}/packages/{own}/template", {**TERMS, "key": "k"})
    assert sent.status_code == 303
    there = sent.location.replace(P, Q)
    assert "冬季安全检查" in neighbour.get(f"{Q}/templates").text
    for tab in ("read", "calendar", "processes", "forms", "clauses", "files"):
        page = neighbour.get(f"{there}?tab={tab}")
        assert page.status_code == 200 and "冬季检查用。" in page.text and "克隆到本单位" in page.text
    cloned = neighbour.post(f"{there}/clone", {"seen": own})
    assert cloned.status_code == 303 and cloned.location.startswith(f"{Q}/packages/{own}")
    landed = neighbour.get(cloned.location).text
    assert "已克隆到本单位" in landed and "克隆自阳城县发布的模板" in landed and "接下来" in landed
    assert "克隆1次" in admin.get(sent.location).text
    gone = admin.post(f"{sent.location}/withdraw")
    assert gone.location == f"{P}/templates?own=yes"
    assert neighbour.get(there).status_code == 404 and neighbour.post(f"{there}/clone").status_code == 404
    assert "克隆自阳城县发布的模板" in neighbour.get(f"{Q}/packages/{own}").text


def test_the_calendar_tells_the_months_with_ones_own_units(visit, given):
    page = visit("qs-admin").get(f"{Q}/templates/{given()}?tab=calendar")
    assert 'class="ls-month"' in page.text and "?tab=calendar&amp;month=2024-12#calendar" in page.text
    moved = visit("qs-admin").get(f"{Q}/templates/{given()}?tab=calendar&start=2026-03-01&end=2026-05-31")
    assert "2026-03" in moved.text
    wrong = visit("qs-admin").get(f"{Q}/templates/{given()}?tab=calendar&start=gestern")
    assert wrong.status_code == 200 and "日期的写法不对" in wrong.text


def test_drawings_forms_and_files_are_there_before_cloning(visit, given):
    key, visitor = given(), visit("qs-admin")
    drawing = visitor.get(f"{Q}/templates/{key}/processes/report.bpmn")
    assert drawing.mimetype == "application/xml" and drawing.data == files()["processes/report.bpmn"]
    assert 'data-island="form"' in visitor.get(f"{Q}/templates/{key}/forms/plan").text
    exported = visitor.get(f"{Q}/templates/{key}/export.zip")
    assert archive.unpack(exported.data)[0] == files()
    assert exported.headers["Content-Disposition"].startswith("attachment")
    for path in ("processes/none.bpmn", "forms/none"):
        assert visitor.get(f"{Q}/templates/{key}/{path}").status_code == 404


def test_templates_of_the_house_are_looked_at_and_taken_with_one_button(visit):
    visitor = visit("author")
    listed = visitor.get(f"{P}/templates").text
    assert all(f"{P}/templates/{offer.name}" in listed for offer in builtin.offers())
    page = visitor.get(f"{P}/templates/{BUILT_IN}")
    assert page.status_code == 200 and "随系统提供" in page.text
    assert visitor.get(f"{P}/templates/{BUILT_IN}/export.zip").status_code == 200
    first, again = (visitor.post(f"{P}/templates/{BUILT_IN}/clone") for _ in range(2))
    assert first.location.split("?")[0] == again.location
    assert "已经在本单位的方案包里" in visitor.get(again.location).text
    assert visitor.get(f"{P}/templates/no-such").status_code == 404
    assert visitor.post(f"{P}/templates/no-such/clone").status_code == 404


@pytest.mark.parametrize(
    ("query", "sees"),
    [
        ("q=winter", True), ("q=%E5%86%AC%E5%AD%A3+%E7%85%A4%E7%9F%BF", True), ("q=desert", False), ("level=county", True), ("level=city", False), ("q=" + "x" * 5_000, False), ("q=" + "+".join(["煤矿"] * 300), True), ("page=999999999", False), ("page=x&sort=%27", True),
        ("sort=clones", True), ("own=yes", False), ("q=%25", False),
    ],
)  # fmt: skip
def test_whatever_is_looked_for_is_answered(visit, given, query, sees):
    key = given(keywords="冬季 winter")
    page = visit("qs-admin").get(f"{Q}/templates?{query}")
    assert page.status_code == 200 and (f"/templates/{key}" in page.text) is sees


def test_the_houses_own_are_found_in_either_language(visit):
    english = visit("reader")
    english.post("/language", {"language": "en", "next": "/"})
    for visitor, word, name in (
        (visit("reader"), "百日", BUILT_IN),
        (english, "hundred-day", BUILT_IN),
        (english, "百日", BUILT_IN),
    ):
        found = visitor.get(f"{P}/templates?q={word}").text
        assert f"/templates/{name}" in found and "/templates/shanyin" not in found


def test_what_a_publisher_writes_is_text_wherever_it_stands(visit, given, door):
    key = given(description=HOSTILE, field="<b>煤</b>", keywords="<i>x</i>")
    for path in ("templates", f"templates/{key}"):
        page = visit("qs-admin").get(f"{Q}/{path}").text
        assert (
            "<script>alert" not in page
            and "onerror=alert(1)>" not in page
            and "<b>煤" not in page
            and "<i>x" not in page
        )
        assert "\u202e" not in page and "{{ 7*7 }}" in page and "&lt;script&gt;" in page


def test_nothing_is_given_before_somebody_looked(visit, own, look):
    answer = visit("admin").post(f"{P}/packages/{own}/template", {**TERMS, "sure": ""})
    assert (
        answer.status_code == 422
        and "请看过文件清单后勾选确认" in answer.text
        and "冬季检查用。" in answer.text
    )
    assert look(lambda work: templates.own(work, "small-2024")) is None


def test_terms_that_say_nothing_are_asked_for_again(visit, own):
    answer = visit("admin").post(f"{P}/packages/{own}/template", {"sure": "yes", "audience": "x"})
    assert answer.status_code == 422 and "没有写说明" in answer.text and "没有选择给谁看" in answer.text


def test_own_information_is_pointed_out_before(visit, door):
    with door("yangcheng", "admin") as work:
        key = publish.publish(work, files(**{"README.md": "松岭煤矿 13800138000"})).hash
    page = visit("admin").get(f"{P}/packages/{key}/template").text
    assert "松岭煤矿" in page and "13800138000" in page and "有2处像是本单位自己的信息" in page


def test_a_newer_version_is_told_to_those_who_cloned(visit, given, door):
    key, neighbour = given(), visit("qs-admin")
    cloned = neighbour.post(f"{Q}/templates/{key}/clone").location.split("?")[0]
    with door("yangcheng", "admin") as work:
        newer = publish.publish(work, campaign("version: 1.0.0", "version: 1.1.0"))
        templates.publish_template(work, newer.hash, Terms("改过。", "all", "county"))
    assert "模板有新版1.1.0" in neighbour.get(cloned).text
    stale = neighbour.post(f"{Q}/templates/{key}/clone", {"seen": hash_of(files())})
    assert stale.status_code == 409 and "1.1.0" in stale.text


def test_a_name_that_is_taken_is_said_before_anybody_tries(visit, given, door):
    key = given()
    with door("qinshui", "qs-admin") as work:
        publish.publish(work, campaign("title: 冬季安全检查", "title: 我们的检查"))
    page = visit("qs-admin").get(f"{Q}/templates/{key}").text
    assert "我们的检查" in page and "混在一起" in page and "克隆到本单位" not in page
    assert visit("qs-admin").post(f"{Q}/templates/{key}/clone").status_code == 409


def test_who_may_do_what(visit, given, own):
    key = given()
    for login, looks, clones, gives in (
        ("admin", 200, 409, 200),
        ("author", 200, 409, 403),
        ("auditor", 200, 403, 403),
        ("reader", 200, 403, 403),
        ("clerk", 403, 403, 403),
    ):
        visitor = visit(login)
        assert visitor.get(f"{P}/templates").status_code == looks
        assert visitor.get(f"{P}/templates/{key}").status_code == looks
        assert visitor.post(f"{P}/templates/{key}/clone").status_code == clones
        assert visitor.get(f"{P}/packages/{own}/template").status_code == gives
        if login != "admin":
            assert visitor.post(f"{P}/templates/{key}/withdraw").status_code == 403


def test_a_template_not_meant_for_one_answers_like_none(visit, given):
    key, unknown = given(audience="below"), "019301a0-0000-7000-8000-000000000000"
    visitor = visit("qs-admin")
    for path in ("", "/export.zip", "/forms/plan", "/processes/report.bpmn"):
        theirs, none = (visitor.get(f"{Q}/templates/{one}{path}") for one in (key, unknown))
        assert theirs.status_code == none.status_code == 404
        said = [re.sub(rf"{key}|{unknown}|csrf[^>]*>", "", answer.text) for answer in (theirs, none)]
        assert said[0] == said[1]
    for command in ("clone", "withdraw"):
        assert visitor.post(f"{Q}/templates/{key}/{command}").status_code == 404


def test_pressing_clone_twice_clones_once(visit, given, look):
    key, visitor = given(), visit("qs-admin")
    answers = [visitor.post(f"{Q}/templates/{key}/clone", {"key": "twice"}) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert look(lambda work: templates.own(work, "small-2024").clones) == 1


def test_what_was_exported_there_comes_in_here_by_hand_as_well(visit, given, own):
    exported = visit("qs-admin").get(f"{Q}/templates/{given()}/export.zip").data
    form = {"file": (io.BytesIO(exported), "模板.zip")}
    checked = visit("qs-admin").post(f"{Q}/packages/check", form, content_type="multipart/form-data")
    token = re.search(r'name="upload" value="([0-9a-f]+)"', checked.text)
    assert token is not None
    sent = visit("qs-admin").post(f"{Q}/packages/publish", {"upload": token[1]})
    assert sent.location == f"{Q}/packages/{own}"
