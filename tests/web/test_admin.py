"""The pages of administration, used as an administrator uses them."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from engine.models import Instance
from tenants import workdays
from tenants.db import unit_of_work
from tenants.models import AuditEntry, Unit
from tenants.statutory import LAST_ANNOUNCED
from tests.workflows import small
from tests.workflows.drawn import draw
from tests.world import PASSWORD
from workflows import archive, builtin, pending, publish

P = "/t/yangcheng"


@pytest.fixture
def look(house, world, clock, config):
    """Look at what became of it, as the house: `look(lambda work: ...)`. No context stays open for the visitors to share."""

    def run(read):
        with (
            house.app_context(),
            unit_of_work(
                "yangcheng", None, clock=clock, store=config.store, reads=True, as_house=True
            ) as work,
        ):
            return read(work)

    return run


def published(work) -> int:
    return len(work.session.scalars(select(AuditEntry).where(AuditEntry.action == "package.publish")).all())


def zipped(**changed: bytes | None) -> dict:
    """Return a form with the first built-in package in a zip; changed: path (with __ for /, ___ for .) -> other content."""
    files = dict(builtin.offers()[0].package.files)
    for path, data in changed.items():
        name = path.replace("___", ".").replace("__", "/")
        files.pop(name, None)
        if data is not None:
            files[name] = data
    return {"file": (io.BytesIO(archive.pack(files)), "方案.zip")}


def upload(visitor, form):
    return visitor.post(f"{P}/packages/check", form, content_type="multipart/form-data")


def token_in(page: str) -> str:
    found = re.search(r'name="upload" value="([0-9a-f]+)"', page)
    assert found, "the page offers nothing to publish"
    return found[1]


class TestPackages:
    """From a zip to a published package."""

    def test_a_sound_package_is_checked_then_published_then_shown(self, visit):
        visitor = visit("author")
        checked = upload(visitor, zipped())
        assert checked.status_code == 200
        published = visitor.post(f"{P}/packages/publish", {"upload": token_in(checked.text), "key": "k1"})
        assert published.status_code == 303
        title = builtin.offers()[0].package.title
        for tab in ("read", "processes", "forms", "clauses", "files"):
            page = visitor.get(f"{published.location}?tab={tab}")
            assert page.status_code == 200 and title in page.text
        assert title in visitor.get(f"{P}/packages").text

    def test_nothing_is_published_by_checking(self, visit, look):
        upload(visit("author"), zipped())
        assert look(published) == 0

    def test_pressing_publish_twice_publishes_once(self, visit, look):
        visitor = visit("author")
        form = {"upload": token_in(upload(visitor, zipped()).text), "key": "k1"}
        answers = [visitor.post(f"{P}/packages/publish", form) for _ in range(2)]
        assert answers[0].location == answers[1].location
        assert look(published) == 1

    def test_problems_are_shown_with_file_line_and_remedy_and_nothing_can_be_published(self, visit):
        broken = builtin.offers()[0].package.files["campaign.yaml"].replace(b"\nduties:", b"\ndutys:", 1)
        answer = upload(visit("author"), zipped(campaign___yaml=broken))
        assert answer.status_code == 422 and 'name="upload"' not in answer.text
        assert re.search(r"campaign\.yaml:\d+", answer.text) and "duties" in answer.text

    @pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04broken"])
    def test_what_is_no_zip_is_said_to_be_none(self, visit, data):
        answer = upload(visit("author"), {"file": (io.BytesIO(data), "方案.zip")})
        assert answer.status_code == 422 and 'name="upload"' not in answer.text

    def test_without_a_file_one_is_asked_for_it(self, visit):
        assert visit("author").post(f"{P}/packages/check").status_code == 409

    def test_an_upload_belongs_to_whoever_sent_it(self, visit):
        token = token_in(upload(visit("author"), zipped()).text)
        assert visit("admin").post(f"{P}/packages/publish", {"upload": token}).status_code == 404
        assert visit("qs-admin").post("/t/qinshui/packages/publish", {"upload": token}).status_code == 404

    @pytest.mark.parametrize("token", ["", "0" * 32, "../../etc/passwd", "x" * 32, "0" * 31])
    def test_a_made_up_token_leads_nowhere(self, visit, token):
        assert visit("author").post(f"{P}/packages/publish", {"upload": token}).status_code == 404

    def test_an_upload_does_not_wait_for_ever(self, visit, monkeypatch):
        visitor = visit("author")
        token = token_in(upload(visitor, zipped()).text)
        monkeypatch.setattr(pending, "LIFE", -pending.LIFE)
        assert visitor.post(f"{P}/packages/publish", {"upload": token}).status_code == 404

    def test_a_built_in_package_is_published_with_one_button(self, visit):
        visitor = visit("admin")
        offer = builtin.offers()[0]
        assert offer.package.title in visitor.get(f"{P}/packages").text
        answer = visitor.post(f"{P}/packages/publish", {"builtin": offer.name})
        assert answer.location == f"{P}/packages/{offer.package.hash}"
        assert f'name="builtin" value="{offer.name}"' not in visitor.get(f"{P}/packages").text
        assert visitor.post(f"{P}/packages/publish", {"builtin": "../engine"}).status_code == 404

    def test_what_is_exported_is_what_was_published(self, visit):
        visitor = visit("admin")
        package = builtin.offers()[0].package
        visitor.post(f"{P}/packages/publish", {"builtin": builtin.offers()[0].name})
        answer = visitor.get(f"{P}/packages/{package.hash}/export.zip")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert archive.unpack(answer.data)[0] == package.files

    def test_a_package_that_calls_another_says_so_and_is_taken_in_only_where_that_one_is(self, visit, door):
        inner = draw("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e", "inner")
        call = draw(
            "s: startEvent\nk: callActivity calls=small-2024@1.0.0/inner\ne: endEvent\ns -> k -> e", "report"
        )
        called = small.files(**{"processes/inner.bpmn": inner.decode()})
        renamed = small.CAMPAIGN.replace("id: small-2024", "id: caller")
        caller = small.files(**{"campaign.yaml": renamed, "processes/report.bpmn": call.decode()})
        with door("yangcheng", "author") as work:
            library, row = publish.publish(work, called).hash, publish.publish(work, caller)
        page = visit("reader").get(f"{P}/packages/{row.hash}").text
        assert "它还用到1个别的方案" in page and f"{P}/packages/{library}" in page
        exported = visit("reader").get(f"{P}/packages/{row.hash}/export.zip").data
        assert archive.unpack(exported)[0] == caller
        neighbour = visit("qs-admin")

        def check():
            form = {"file": (io.BytesIO(exported), "方案.zip")}
            return neighbour.post("/t/qinshui/packages/check", form, content_type="multipart/form-data")

        refused = check()
        assert refused.status_code == 422 and "这个方案要用到 small-2024@1.0.0，这里还没有" in refused.text
        with door("qinshui", "qs-admin") as work:
            publish.publish(work, called)
        taken = check()
        assert taken.status_code == 200 and "calls.json" not in taken.text
        sent = neighbour.post("/t/qinshui/packages/publish", {"upload": token_in(taken.text)})
        assert sent.location == f"/t/qinshui/packages/{row.hash}"

    def test_drawings_and_forms_are_there_to_look_at(self, visit):
        visitor = visit("reader")
        visit("admin").post(f"{P}/packages/publish", {"builtin": builtin.offers()[0].name})
        package = builtin.offers()[0].package
        for process in package.processes:
            drawing = visitor.get(f"{P}/packages/{package.hash}/processes/{process}.bpmn")
            assert drawing.mimetype == "application/xml" and drawing.data == package.processes[process].xml
        for form in package.forms:
            assert 'data-island="form"' in visitor.get(f"{P}/packages/{package.hash}/forms/{form}").text

    def test_a_clerk_publishes_nothing(self, visit):
        assert upload(visit("clerk"), zipped()).status_code == 403


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
