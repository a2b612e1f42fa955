"""The pages of administration, used as an administrator uses them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from engine.models import Instance
from tenants import workdays
from tenants.models import Unit
from tenants.statutory import LAST_ANNOUNCED
from tests.world import PASSWORD

P = "/t/yangcheng"


class TestUnits:
    """The tree of units."""

    def test_a_unit_is_added_and_found(self, visit, world, look):
        visitor = visit("admin")
        form = {
            "name": "新柏煤矿",
            "kind": "mine",
            "status": "建设",
            "parent": str(world.unit("north")),
            "attribute_output": "45",
        }
        assert visitor.post(f"{P}/units/new", form).status_code == 303
        assert (
            "新柏煤矿" in visitor.get(f"{P}/units?q=新柏").text
            and "松岭" not in visitor.get(f"{P}/units?q=新柏").text
        )
        unit = look(lambda work: work.session.scalars(select(Unit).where(Unit.name == "新柏煤矿")).one())
        assert unit.attributes == {"output": 45} and unit.parent_id == world.unit("north")

    def test_what_the_form_does_not_ask_stays(self, visit, world, look):
        form = {
            "name": "松岭煤矿",
            "kind": "mine",
            "status": "停产",
            "parent": str(world.unit("north")),
            "step": "save",
        }
        assert visit("admin").post(f"{P}/units/{world.unit('pine')}", form).status_code == 303
        unit = look(lambda work: work.session.get_one(Unit, (work.tenant.id, world.unit("pine"))))
        assert unit.status == "停产" and unit.attributes == {"method": "井工", "output": 90, "shifts": 3}

    def test_a_zero_is_shown_and_stays(self, visit, world, look):
        visitor, mine = visit("admin"), f"{P}/units/{world.unit('pine')}"
        form = {
            "name": "松岭煤矿",
            "kind": "mine",
            "status": "生产",
            "parent": str(world.unit("north")),
            "step": "save",
        }
        assert visitor.post(mine, {**form, "attribute_shifts": "0"}).status_code == 303
        shown = re.search(r'name="attribute_shifts" value="([^"]*)"', visitor.get(mine).text)[1]
        assert visitor.post(mine, {**form, "attribute_shifts": shown}).status_code == 303
        unit = look(lambda work: work.session.get_one(Unit, (work.tenant.id, world.unit("pine"))))
        assert shown == "0" and unit.attributes["shifts"] == 0

    @pytest.mark.parametrize("value", ["很多", "-1", "nan", "inf", "1e999"])
    def test_an_output_is_a_number(self, visit, world, value):
        form = {
            "name": "松岭煤矿",
            "kind": "mine",
            "status": "生产",
            "attribute_output": value,
            "step": "save",
        }
        answer = visit("admin").post(f"{P}/units/{world.unit('pine')}", form)
        assert answer.status_code == 422 and value in answer.text

    def test_a_unit_with_others_below_it_is_not_deactivated(self, visit, world, look):
        visitor = visit("admin")
        assert visitor.post(f"{P}/units/{world.unit('pine')}/deactivate").status_code == 409
        assert visitor.post(f"{P}/units/{world.unit('pine-dig')}/deactivate").status_code == 303
        assert visitor.post(f"{P}/units/{world.unit('pine')}/deactivate").status_code == 303
        assert not look(lambda work: work.session.get_one(Unit, (work.tenant.id, world.unit("pine")))).active

    def test_a_unit_does_not_go_below_itself(self, visit, world):
        form = {"name": "松岭煤矿", "kind": "mine", "parent": str(world.unit("pine-dig")), "step": "save"}
        assert visit("admin").post(f"{P}/units/{world.unit('pine')}", form).status_code == 409


def codes_in(page):
    """Return the one-time codes that a page shows."""
    return re.findall(r">((?:[2-9A-HJKMNP-Z]{5}-){2}[2-9A-HJKMNP-Z]{5})<", page)


class TestMembers:
    """People and their accounts."""

    def new(self, world, **more):
        return {
            "name": "新人甲", "sign_in_name": "xin.ren", "unit": str(world.unit("pine")), "post": "-", "roles": "staff", **more
        }  # fmt: skip

    def test_a_new_member_gets_a_code_that_is_shown_once(self, visit, world):
        visitor = visit("admin")
        shown = visitor.post(f"{P}/members/new", self.new(world, key="k1"))
        assert shown.status_code == 200
        (code,) = codes_in(shown.text)
        assert visitor.post(f"{P}/members/new", self.new(world, key="k1")).status_code == 409
        assert code not in visitor.get(f"{P}/members").text
        newcomer = visit("xin.ren", code)
        assert newcomer.get("/").location == "/account/password"

    def test_a_login_of_another_county_is_just_taken(self, visit, world):
        answer = visit("admin").post(f"{P}/members/new", self.new(world, sign_in_name="willow"))
        assert answer.status_code == 409
        assert "柳湾" not in answer.text and "沁水" not in answer.text
        assert "新人甲" in answer.text  # what was typed is kept

    def test_an_account_of_this_county_gets_another_post(self, visit, world):
        visitor = visit("admin")
        form = self.new(world, sign_in_name="creek", name="石溪矿长")
        answer = visitor.post(f"{P}/members/new", form)
        assert answer.status_code == 303
        assert "石溪煤矿" in visitor.get(answer.location).text  # among the other posts
        assert visit().sign_in("creek", PASSWORD).status_code == 303

    def test_a_post_and_roles_are_changed(self, visit, world):
        visitor = visit("admin")
        form = {"name": "松岭矿长", "post": "mine_head", "roles": ["staff", "author"]}
        assert visitor.post(f"{P}/members/{world.member('pine')}", form).status_code == 303
        assert visit("pine").get(f"{P}/packages").status_code == 200

    def test_a_code_is_shown_once_and_ends_the_sessions(self, visit, world):
        pine = visit("pine")
        shown = visit("admin").post(f"{P}/members/{world.member('pine')}/code")
        (code,) = codes_in(shown.text)
        assert not pine.signed_in and visit().sign_in("pine", PASSWORD).status_code == 422
        assert visit("pine", code).get("/").location == "/account/password"

    def test_nobody_gives_a_code_to_themselves(self, visit, world):
        visitor = visit("admin")
        assert visitor.post(f"{P}/members/{world.member('admin')}/code").status_code == 409
        assert visitor.get(f"{P}/members").status_code == 200

    def test_many_get_their_slips_at_once(self, visit, world):
        visitor = visit("admin")
        listed = visitor.get(f"{P}/members/codes?which=all").text
        assert listed.count('name="member"') == 9  # all but one's own
        form = {
            "which": "all",
            "member": [str(world.member("pine")), str(world.member("creek"))],
            "key": "k1",
        }
        shown = visitor.post(f"{P}/members/codes", form)
        codes = codes_in(shown.text)
        assert len(codes) == len(set(codes)) == 2 and "http://localhost/signin" in shown.text
        assert shown.headers["Cache-Control"] == "no-store"
        again = visitor.post(f"{P}/members/codes", form)
        assert again.status_code == 409 and not codes_in(again.text)
        assert "松岭矿长" in visitor.get(f"{P}/members/codes").text  # who has not used it

    def test_all_that_are_listed_are_the_ones_that_were_seen(self, visit, world):
        visitor = visit("admin")
        form = {"which": "all", "all": "8"}
        assert visitor.post(f"{P}/members/codes", form).status_code == 409
        assert len(codes_in(visitor.post(f"{P}/members/codes", {**form, "all": "9"}).text)) == 9

    def test_a_stranger_s_post_and_none_at_all_get_no_code(self, visit, world):
        visitor = visit("admin")
        for chosen, status in ([str(world.member("willow"))], 404), ([], 422), (["x"], 422):
            assert visitor.post(f"{P}/members/codes", {"member": chosen}).status_code == status
        assert visit().sign_in("willow", PASSWORD).status_code == 303

    def test_whoever_is_deactivated_is_out_at_once(self, visit, world):
        pine = visit("pine")
        assert pine.get(f"{P}/inbox").status_code == 200
        assert visit("admin").post(f"{P}/members/{world.member('pine')}/deactivate").status_code == 303
        assert pine.get(f"{P}/inbox").status_code == 404

    def test_an_administrator_stays_one(self, visit, world):
        visitor = visit("admin")
        assert visitor.post(f"{P}/members/{world.member('admin')}/deactivate").status_code == 409
        answer = visitor.post(
            f"{P}/members/{world.member('admin')}", {"name": "管理员甲", "post": "-", "roles": "staff"}
        )
        assert answer.status_code == 409

    def test_the_list_is_searched(self, visit):
        page = visit("admin").get(f"{P}/members?q=松岭").text
        assert "松岭矿长" in page and "石溪矿长" not in page


class TestCalendar:
    """The working calendar."""

    def test_a_day_is_set_and_taken_back(self, visit, look):
        visitor = visit("admin")
        day = date(2024, 11, 1)
        answer = visitor.post(
            f"{P}/calendar", {"step": "add", "date": "2024-11-01", "kind": "holiday", "name": "停电检修"}
        )
        assert answer.status_code == 303 and "停电检修" in visitor.get(answer.location).text
        assert not look(lambda work: workdays.calendar_of(work, 2024, 2024)).is_working(day)
        assert visitor.post(f"{P}/calendar", {"step": "remove", "date": "2024-11-01"}).status_code == 303
        assert "停电检修" not in visitor.get(f"{P}/calendar?year=2024").text

    def test_the_announced_holidays_are_shown(self, visit):
        assert "国庆节" in visit("admin").get(f"{P}/calendar?year=2024").text

    def test_a_year_without_an_announcement_says_so(self, visit):
        year = LAST_ANNOUNCED + 1
        assert "尚未公布" in visit("admin").get(f"{P}/calendar?year={year}").text


class TestAudit:
    """The trail."""

    def test_the_auditor_reads_what_the_administrator_did_in_words(self, visit, world):
        form = {
            "name": "松岭煤矿",
            "kind": "mine",
            "status": "停产",
            "parent": str(world.unit("north")),
            "step": "save",
        }
        visit("admin").post(f"{P}/units/{world.unit('pine')}", form)
        auditor = visit("auditor")
        page = auditor.get(f"{P}/audit?q=修改单位").text
        assert "管理员甲" in page and "修改单位" in page and "松岭煤矿" in page and "停产" in page
        assert "没有符合条件" in auditor.get(f"{P}/audit?until=2020-01-01").text
        assert "修改单位" in auditor.get(f"{P}/audit?who={world.member('admin')}&since=2024-01-01").text

    def test_the_administrator_does_not(self, visit):
        assert visit("admin").get(f"{P}/audit").status_code == 403


class TestRunningCampaigns:
    """A mine stops and resumes while a campaign runs."""

    @pytest.fixture
    def mine(self, county, world):
        return f"{P}/units/{world.unit('pine')}"

    def test_first_one_sees_what_falls_away_then_it_falls_away_and_comes_back(self, visit, world, mine, look):
        def owed(work):
            running = select(Instance.title).where(
                Instance.unit_id == world.unit("pine"), Instance.state == "running"
            )
            return sorted(work.session.scalars(running.where(Instance.duty != "")))

        admin, form = visit("admin"), {"name": "松岭煤矿", "kind": "mine", "parent": str(world.unit("north"))}
        before = look(owed)
        shown = admin.post(mine, {**form, "status": "停产", "step": "preview"})
        assert shown.status_code == 200 and "不再需要" in shown.text
        assert look(owed) == before
        answer = admin.post(mine, {**form, "status": "停产", "step": "save"})
        assert answer.status_code == 303 and "撤销了" in admin.get(answer.location).text
        assert look(owed) != before
        shown = admin.post(mine, {**form, "status": "生产", "step": "preview"})
        assert "将下达" in shown.text
        answer = admin.post(mine, {**form, "status": "生产", "step": "save"})
        assert "下达了" in admin.get(answer.location).text
        assert {title for title in before if "canary" not in title} <= set(look(owed))

    def test_a_change_that_touches_nothing_is_carried_out_at_once(self, visit, world, mine):
        form = {"name": "松岭煤矿", "kind": "mine", "parent": str(world.unit("north")), "status": "生产"}
        assert (
            visit("admin").post(mine, {**form, "attribute_shifts": "4", "step": "preview"}).status_code == 303
        )

    def test_where_a_second_person_comes_tasks_are_to_be_claimed_and_the_inbox_says_so(
        self, visit, world, mine
    ):
        before = visit("pine").get(f"{P}/inbox").text
        form = {
            "name": "新人甲",
            "sign_in_name": "xin.ren",
            "unit": str(world.unit("pine")),
            "post": "-",
            "roles": "staff",
        }
        assert visit("admin").post(f"{P}/members/new", form).status_code == 200
        page = visit("pine").get(f"{P}/inbox").text
        counts = r"(\d+)项待办、(\d+)项可认领，(没有逾期|其中\d+项已逾期)"
        assert not re.search(counts, before) and int(re.search(counts, page)[2]) > 0
        assert "都办完了" not in page

    def test_an_incident_is_seen_and_taken_up_again(self, visit, mine):
        admin = visit("admin")
        page = admin.get(f"{P}/incidents").text
        path = re.search(r'action="([^"]+/retry)"', page)[1]
        assert admin.post(path).status_code == 303
        assert "没有异常" in admin.get(f"{P}/incidents").text
        assert "canary" in admin.get(f"{P}/incidents?state=closed").text
        assert admin.post(path).status_code == 404


def test_before_a_second_person_is_added_it_is_said_what_becomes_of_the_tasks(visit):
    admin = visit("admin")
    for page in (f"{P}/members/new", f"{P}/members/import"):
        assert "有了第二个人，任务转到“可认领”" in admin.get(page).text
