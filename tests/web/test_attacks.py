"""What somebody who means harm sends: bodies, keys, dates and files that no page of ours makes, and what comes of them."""

from __future__ import annotations

import io
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from engine.models import Task
from forms import attachments
from forms.models import Attachment, Draft
from tenants import directory, trail
from tenants.errors import Forbidden
from tenants.models import AuditEntry, Member
from tests.web.county import PDF
from web.signin import safe_next
from workflows.archive import pack


@pytest.fixture
def two_tasks(open_work, world, county) -> tuple[str, str]:
    """The paths of two tasks of the pine mine."""
    query = select(Task.id).where(
        Task.desk_id == world.unit("pine"), Task.state == "open", Task.post.is_(None)
    )
    with open_work("yangcheng") as work:
        first, second = work.session.scalars(query.order_by(Task.id.desc()).limit(2))
    return f"/t/yangcheng/tasks/{first}", f"/t/yangcheng/tasks/{second}"


# --- idempotency keys ------------------------------------------------------------------------------------------------


def test_a_key_that_served_one_task_does_not_swallow_what_is_done_to_another(visit, two_tasks):
    first, second = two_tasks
    pine = visit("pine")
    assert pine.post(f"{first}/claim", {"key": "same"}).status_code == 303
    refused = pine.post(f"{second}/claim", {"key": "same"})
    assert refused.status_code == 409 and "没有执行" in refused.text
    saved = pine.send(
        f"{first}/draft", {"key": "same", "answers": {"说明": "写了很久"}, "revision": 0}, "PUT"
    )
    assert saved.status_code == 409 and "没有执行" in saved.json["what"]


def test_the_same_request_with_its_key_is_answered_once_more(visit, two_tasks):
    pine = visit("pine")
    answers = [pine.post(f"{two_tasks[0]}/claim", {"key": "again"}) for _ in range(2)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, two_tasks[0])}


def test_a_new_account_sent_twice_is_made_once_and_its_password_shown_once(visit, open_work, world):
    admin = visit("admin")
    form = {
        "name": "新来的",
        "sign_in_name": "newcomer",
        "unit": str(world.unit("pine")),
        "roles": "staff",
        "key": "new",
    }
    first, again = (admin.post("/t/yangcheng/members/new", form) for _ in range(2))
    assert first.status_code == 200 and again.status_code == 409
    with open_work("yangcheng") as work:
        made = select(func.count()).select_from(Member).where(Member.name == "新来的")
        assert work.session.scalar(made) == 1


# --- bodies and dates ------------------------------------------------------------------------------------------------

BODIES = {
    "endless list in the key": b'{"key":' + b"[" * 100_000,
    "half a character in the key": b'{"key":"\\ud800","answers":{}}',
    "NUL in the key": b'{"key":"\\u0000","answers":{}}',
    "revision in words": b'{"answers":{},"revision":"abc"}',
    "revision in a list": b'{"answers":{},"revision":[1]}',
    "revision with a fraction": b'{"answers":{},"revision":1.5}',
    "revision beyond the column": b'{"answers":{},"revision":9007199254740991}',
    "revision below nothing": b'{"answers":{},"revision":-1}',
    "four megabytes": b'{"answers":{"x":[' + b"1," * 2_000_000 + b"1]}}",
    "deep": b'{"answers":' + b'[{"":' * 20_000,
    "not UTF-8": b"\xff",
    "nothing": b"",
}


def test_a_body_that_no_page_makes_is_refused_with_a_word_and_is_no_fault(visit, two_tasks):
    pine = visit("pine")
    headers = {"X-CSRFToken": pine.token(), "Accept": "application/json", "Content-Type": "application/json"}
    for kind, body in BODIES.items():
        answer = pine.open(f"{two_tasks[0]}/draft", "PUT", data=body, headers=dict(headers))
        assert answer.status_code in (400, 413, 422), kind
        assert answer.json["what"] and answer.json["do"], kind


@pytest.mark.parametrize("target", ["http://[", "//[", "http://[::1", "//[evil]/", "/\t[", "//[/x"])
def test_an_address_with_odd_brackets_leads_nowhere_and_is_no_fault(target):
    assert safe_next(target) == ""


def test_a_day_that_no_time_zone_can_reckon_is_refused_where_it_is_typed(visit, open_work, world, county):
    with open_work("yangcheng") as work:
        directory.change_member(work, world.member("admin"), roles=["auditor", "staff", "tenant_admin"])
    admin = visit("admin")
    for day in ("0001-01-01", "9999-12-31"):
        for end in ("start", "end"):
            asked = {"step": "preview", end: day}
            launch = admin.post(f"/t/yangcheng/launch/{county.values['package_hash']}", asked)
            assert launch.status_code == 422 and "日期的写法不对" in launch.text
        duty = {
            "title": "自查",
            "reason": "县里要求",
            "by": "mines",
            "form": "x",
            "due": day,
            "step": "confirm",
        }
        added = admin.post(f"/t/yangcheng/campaigns/{county.values['campaign_id']}/duties/new", duty)
        assert added.status_code == 422 and "写法不对" in added.text
        for end in ("since", "until"):
            assert admin.get(f"/t/yangcheng/audit?{end}={day}").status_code == 200


# --- other people's desks --------------------------------------------------------------------------------------------


def test_who_only_sees_a_task_leaves_neither_files_nor_drafts_at_it(visit, open_work, world, two_tasks):
    path = two_tasks[0]
    task_id = UUID(path.rsplit("/", 1)[1])
    with open_work("yangcheng") as work:
        moved = update(Task).where(Task.id == task_id).values(desk_id=world.unit("bureau"))
        work.session.execute(moved)
    pine = visit("pine")
    assert pine.get(path).status_code == 200
    sent = pine.post(f"{path}/files", {"file": (io.BytesIO(PDF), "塞进来.pdf")})
    draft = pine.send(f"{path}/draft", {"answers": {"说明": "塞进来"}, "revision": 0}, "PUT")
    assert sent.status_code == draft.status_code == 403
    with open_work("yangcheng") as work:
        for column in (Attachment.task_id, Draft.task_id):
            assert task_id not in work.session.scalars(select(column)).all()


def test_an_auditor_inside_a_mine_reads_the_trail_of_that_mine_alone(open_work, world, county):
    with open_work("yangcheng") as work:
        directory.change_member(work, world.member("pine"), roles=["auditor", "staff"])
    with open_work("yangcheng", "admin") as work:
        attachments.store(work, io.BytesIO(PDF), "局里的.pdf", unit_id=world.unit("bureau"))
    with open_work("yangcheng", "pine") as work:
        found, total = trail.read(work, trail.Filters())
        own = work.viewer.units or frozenset()
        people = {member for member, _name in trail.people(work)}
    assert found and {entry.unit_id for entry in found} <= own
    assert world.member("pine") in people and world.member("admin") not in people
    with open_work("yangcheng", "plain") as work, pytest.raises(Forbidden):
        trail.read(work, trail.Filters())
    with open_work("yangcheng") as work:
        assert total < (work.session.scalar(select(func.count()).select_from(AuditEntry)) or 0)


# --- packages --------------------------------------------------------------------------------------------------------


def test_a_drawing_opened_by_itself_runs_nothing_and_leads_nowhere(visit, county):
    admin, values = visit("admin"), county.values
    paths = (
        f"packages/{values['package_hash']}/processes/{values['process']}.bpmn",
        f"tasks/{values['task_id']}/drawing.bpmn",
        f"instances/{values['instance_id']}/drawing.bpmn",
    )
    for path in paths:
        answer = admin.get(f"/t/yangcheng/{path}")
        assert answer.status_code == 200 and answer.mimetype == "application/xml"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_while_a_package_is_checked_everybody_else_goes_on_writing(visit, open_work, monkeypatch):
    packages = sys.modules["web.views.packages"]
    look = packages.examine

    def meanwhile(*given, **more):
        with open_work("yangcheng", "pine") as work:
            mine = update(Member).where(Member.id == work.actor.member_id)
            work.session.execute(mine.values(title="写得进"))
        return look(*given, **more)

    monkeypatch.setattr(packages, "examine", meanwhile)
    file = (io.BytesIO(pack({"campaign.yaml": b"id: x\n"})), "x.zip")
    assert visit("author").post("/t/yangcheng/packages/check", {"file": file}).status_code == 422
    with open_work("yangcheng", "pine") as work:
        assert work.actor.title == "写得进"


def test_a_package_with_more_to_read_than_anybody_wrote_is_refused_before_it_is_read(visit):
    form = (
        b'{"type": "object", "description": "'
        + random.Random(1).randbytes(450_000).hex().encode() * 2
        + b'"}'
    )
    files = {f"forms/f{n}/schema.json": form.replace(b"object", b"obj%d" % n) for n in range(6)}
    archive = pack({"campaign.yaml": b"id: x\n", **files})
    answer = visit("author").post("/t/yangcheng/packages/check", {"file": (io.BytesIO(archive), "x.zip")})
    assert answer.status_code == 422 and "合计超过" in answer.text


# --- two at once -----------------------------------------------------------------------------------------------------


def test_of_several_who_take_the_same_name_at_once_one_gets_it_and_the_others_are_told(program, house):
    writers = [program("admin") for _ in range(6)]
    unit = writers[0].get("/units").json["units"][0]["id"]
    for number in range(3):
        new = {"name": "甲", "sign_in_name": f"same-{number}", "unit_id": unit}
        with ThreadPoolExecutor(len(writers)) as pool:
            answers = list(pool.map(lambda one: one.post("/members", new), writers))  # noqa: B023
        assert sorted(one.status_code for one in answers) == [201] + [409] * (len(writers) - 1)
