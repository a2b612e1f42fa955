"""The notice beside its configuration, as whoever writes packages sees it."""

from __future__ import annotations

import re

import pytest

from tests.web.test_notice_page import send

P = "/t/yangcheng"
NOTICE = (
    "关于行动的通知\n为做好工作，通知如下。\n一、形势\n有所好转。\n五、要求\n（三）报送\n各煤矿要每月报送进展。\n"
    "（九）另外。各煤矿必须逐条登记。\n某县应急管理局\n2024年10月28日\n"
)


@pytest.fixture
def package(county) -> str:
    return f"{P}/packages/{county.values['package_hash']}"


def test_without_a_notice_the_page_says_where_to_put_one(visit, package):
    page = visit("author").get(f"{package}/trace")
    assert (
        page.status_code == 200
        and "没有可以对照的通知原文" in page.text
        and f'href="{package}/notice"' in page.text
    )


def test_a_clause_shows_what_carries_it_out_and_an_element_its_clauses(visit, package):
    send(visit("author"), f"{package}/notice", NOTICE.encode(), "通知.txt")
    page = visit("author").get(f"{package}/trace").text
    clause = re.search(r'id="(c\d+)"[^>]*data-name="五（三）" data-ties="([^"]*)">(.*?)</div>', page, re.S)
    assert "<mark>要每月报送</mark>" in clause[3] and ">报送工作方案</a>" in clause[3]
    for tie in clause[2].split():
        element = re.search(rf'id="{tie}"[^>]*data-ties="([^"]*)"', page)
        assert clause[1] in element[1].split()


def test_an_asking_clause_that_nothing_carries_out_is_marked_and_can_be_picked_out(visit, package):
    send(visit("author"), f"{package}/notice", NOTICE.encode(), "通知.txt")
    page = visit("author").get(f"{package}/trace").text
    assert re.search(r'class="ls-trace-one[^"]*ls-trace-bare"[^>]*data-name="五（九）"', page)
    assert not re.search(r'class="ls-trace-one[^"]*ls-trace-bare"[^>]*data-name="一"', page)
    assert "100%" not in page
    only = visit("author").get(f"{package}/trace?only=bare").text
    assert 'data-name="五（九）"' in only and 'data-name="五（三）"' not in only


def test_what_stands_in_the_notice_is_shown_and_never_run(visit, package):
    nasty = NOTICE.replace("逐条", "<img src=x onerror=alert(1)>'\"><b>逐条</b>") + "说明。\n" * 50
    assert send(visit("author"), f"{package}/notice", nasty.encode(), "通知.txt").status_code == 303
    page = visit("author").get(f"{package}/trace").text
    assert "&lt;img src=x" in page and "<img src=x" not in page and "<b>逐条" not in page


def test_only_who_may_read_packages_sees_it(visit, county, package):
    for where in (f"{package}/trace", f"{P}/campaigns/{county.values['campaign_id']}/trace"):
        assert visit("author").get(where).status_code == 200
        assert visit("pine").get(where).status_code == 403
    assert visit("author").get(f"{P}/packages/{'0' * 64}/trace").status_code == 404


def test_the_notice_leads_there_for_those_who_may(visit, county):
    where = f"{P}/campaigns/{county.values['campaign_id']}/notice"
    send(visit("author"), where, NOTICE.encode(), "通知.txt")
    link = f'href="{P}/campaigns/{county.values["campaign_id"]}/trace"'
    assert link in visit("author").get(where).text and link not in visit("pine").get(where).text


def test_a_file_without_text_is_no_notice_to_hold_against_anything(visit, package):
    send(visit("author"), f"{package}/notice", b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n", "通知.pdf")
    assert "没有可以对照的通知原文" in visit("author").get(f"{package}/trace").text
