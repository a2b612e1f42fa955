"""The notice itself beside a campaign: put there, replaced, taken away, read."""

from __future__ import annotations

import io
from contextlib import ExitStack
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select

from engine import notices
from engine.models import Campaign
from engine.notices import Beside
from forms import attachments
from forms.filetypes import UnwantedFile
from forms.incoming import Incoming
from forms.models import Attachment
from tenants.errors import Conflict, Forbidden, NotFound
from tenants.models import AuditEntry
from tests.forms.files import office, png
from tests.notice_files import TEXT, as_docx, as_pdf
from workflows.notice_file import NoticeText


def attach(story, data=None, *, login="author", name="通知.docx", package=False):
    beside = Beside(package_hash=story.package) if package else Beside(campaign_id=story.launched)
    stream = io.BytesIO(as_docx() if data is None else data)
    with ExitStack() as stack:
        with story.open_work("yangcheng", login, reads=True) as work:
            taken = stack.enter_context(notices.taken_in(work, beside, stream, name))
        with story.open_work("yangcheng", login) as work:
            return notices.attach(work, beside, taken)


def reading(story, login="pine"):
    """Return the campaign's notice as somebody reads it; None when there is none."""
    with story.open_work("yangcheng", login, reads=True) as work:
        version = notices.of_campaign(work, work.session.get_one(Campaign, (work.tenant.id, story.launched)))
        return notices.read(work, version) if version else None


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (as_docx(), "通知.docx"),
        (as_pdf(), "通知.pdf"),
        (TEXT.encode(), "通知.txt"),
        (TEXT.encode("gb18030"), "x.doc"),
    ],
)
def test_a_notice_is_put_beside_a_campaign_and_everybody_in_it_reads_it(running_story, data, name):
    assert reading(running_story) is None
    attach(running_story, data, name=name)
    for login in ("pine", "clerk", "reader"):
        found = reading(running_story, login)
        [place] = found.places("二（二）")
        assert "每月月底前" in "".join(one.text for one in found.paragraphs[place.first - 1 : place.last])
        assert found.places("二（七）") == ()
    with running_story.open_work("yangcheng", "pine", reads=True) as work:
        stored = notices.file(work, found.version.document.id)
        assert stored.path.read_bytes() == data and stored.name.endswith((".docx", ".pdf", ".txt"))


def test_the_packages_notice_stands_beside_its_campaigns_until_they_have_their_own(story):
    attach(story, TEXT.encode(), package=True, name="方案.txt")
    story.launch()
    assert reading(story).version.file.name == "方案.txt"
    attach(story, name="县里的.docx")
    assert reading(story).version.file.name == "县里的.docx"
    with story.open_work("yangcheng", "author") as work:
        current = notices.of_campaign(work, work.session.scalars(select(Campaign)).one())
        notices.remove(work, Beside(campaign_id=story.launched), current.document.id)
    assert reading(story).version.file.name == "方案.txt"


def test_what_is_replaced_or_removed_is_kept_and_told(running_story):
    first = attach(running_story, TEXT.encode(), name="一.txt")
    second = attach(running_story, name="二.docx")
    beside = Beside(campaign_id=running_story.launched)
    with running_story.open_work("yangcheng", "author") as work:
        with pytest.raises(Conflict):
            notices.remove(work, beside, first.id)
        notices.remove(work, beside, second.id)
    assert reading(running_story) is None
    with running_story.open_work("yangcheng", "pine", reads=True) as work:
        kept = notices.earlier(work, beside)
        assert [(one.file.name, one.document.state) for one in kept] == [
            ("二.docx", "removed"), ("一.txt", "replaced"),
        ]  # fmt: skip
        assert notices.file(work, first.id).path.read_bytes() == TEXT.encode()
    told = [e.action for e in running_story.rows(select(AuditEntry)) if e.action.startswith("notice.")]
    assert told == ["notice.attach", "notice.attach", "notice.remove"]


def test_a_file_that_cannot_be_read_is_kept_and_says_so(running_story):
    scan = as_pdf(" \n")
    attach(running_story, scan, name="扫描.pdf")
    found = reading(running_story)
    assert found.paragraphs == () and found.version.document.trouble == "no_text"


@pytest.mark.parametrize(
    "data",
    [b"MZ program", b"<html><script>x</script></html>", png(), office("xl/workbook.xml"), b"", b"\x00\x01"],
)
def test_what_is_no_notice_is_not_taken(running_story, data):
    with pytest.raises(UnwantedFile):
        attach(running_story, data)
    assert reading(running_story) is None


@pytest.mark.parametrize("login", ["pine", "clerk", "reader", "auditor"])
def test_only_those_who_steer_put_it_there_or_take_it_away(running_story, login):
    with pytest.raises(Forbidden):
        attach(running_story, login=login)
    document = attach(running_story)
    with running_story.open_work("yangcheng", login) as work, pytest.raises(Forbidden):
        notices.remove(work, Beside(campaign_id=running_story.launched), document.id)


def test_to_another_county_it_is_not_there(running_story):
    document = attach(running_story)
    with running_story.open_work("qinshui", "qs-admin") as work:
        with pytest.raises(NotFound):
            notices.file(work, document.id)
        for beside in (
            Beside(campaign_id=running_story.launched),
            Beside(package_hash=running_story.package),
        ):
            taken = notices.taken_in(work, beside, io.BytesIO(as_docx()), "x.docx")
            with pytest.raises(NotFound), taken:
                pass
            taken = notices.Taken(cast(Incoming, None), "x.docx", NoticeText(()))
            with pytest.raises(NotFound):
                notices.attach(work, beside, taken)


def test_what_only_stands_beside_a_package_is_for_those_who_read_packages(story):
    document = attach(story, package=True)
    with story.open_work("yangcheng", "pine") as work, pytest.raises(NotFound):
        notices.file(work, document.id)
    story.launch()
    with story.open_work("yangcheng", "pine") as work:
        assert notices.file(work, document.id).size


def test_a_notice_is_never_swept_and_never_named_by_answers(running_story):
    document = attach(running_story)
    running_story.clock.move(days=30)
    with running_story.open_work("yangcheng") as work:
        attachments.sweep(work)
        attachments.sweep(work)
        assert work.session.get(Attachment, (work.tenant.id, document.attachment_id)) is not None
        assert str(document.attachment_id) not in attachments.usable(work, document.id, document.id)
    with running_story.open_work("yangcheng", "pine") as work:
        assert notices.file(work, document.id).path.is_file()
    assert running_story.clock.at - document.added_at >= timedelta(days=30)


def test_who_left_nothing_beside_a_campaign_left_nothing_in_the_store(running_story):
    beside, files = Beside(campaign_id=running_story.launched), io.BytesIO(as_docx())
    with running_story.open_work("yangcheng", "author", reads=True) as work:
        with notices.taken_in(work, beside, files, "x.docx") as taken:
            assert taken.file.path.is_file() and taken.text.paragraphs
        assert not [path for path in work.store.rglob("*") if path.is_file()]
