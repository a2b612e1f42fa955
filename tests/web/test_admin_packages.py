"""Packages are uploaded, checked, published and exported, as an administrator does it."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from tenants.models import AuditEntry
from tests.workflows import small
from tests.workflows.drawn import draw
from workflows import archive, builtin, pending, publish

P = "/t/yangcheng"


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
