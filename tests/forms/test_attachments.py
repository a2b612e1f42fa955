"""Files beside the answers: bounded, kept once under their hash, given only to those who may have them, swept when unclaimed."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from forms import attachments, drafts, submissions
from forms.filetypes import UnwantedFile
from forms.incoming import StoreFull
from forms.models import Attachment
from tenants.db import Work
from tenants.errors import NotFound, TooLarge
from tests.forms.files import jpeg, pdf, png

PHOTOS = {
    "type": "object",
    "properties": {"照片": {"type": "array", "items": {"type": "string", "format": "attachment"}}},
}


def store(
    work: Work, content: bytes = b"", name: str = "现场.png", task_id: UUID | None = None
) -> Attachment:
    stream = io.BytesIO(content or png())
    return attachments.store(work, stream, name, unit_id=work.actor.unit_id, task_id=task_id)


def file_with(work: Work, row: Attachment, subject_id: UUID) -> None:
    submissions.make(
        work, form="f", schema=PHOTOS, answers={"照片": [str(row.id)]}, package_hash="h", subject_kind="instance",
        subject_id=subject_id, unit_id=work.actor.unit_id,
    )  # fmt: skip


def files_in(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def test_a_file_comes_back_byte_for_byte_under_the_users_name(open_work):
    with open_work("yangcheng", "pine") as work:
        row = store(work, png(), "隐患 现场照片.PNG")
        found = attachments.open(work, row.id)
    assert found.path.read_bytes() == png() and found.name == "隐患 现场照片.png"
    assert (found.media_type, found.size) == ("image/png", len(png()))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("报告.docx", "报告.docx.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\用户\\照片.png", "照片.png"),
        ("x\x00y\r\nSet-Cookie: a=b.png", "xySet-Cookie_ a=b.png"),
        ("照片\u202egnp.exe", "照片gnp.exe.png"),
        ("", "附件.png"),
        ("...", "附件.png"),
        ("长" * 500 + ".png", "长" * 120 + ".png"),
        ('a"b<c>.png', "a_b_c_.png"),
    ],
)
def test_a_hostile_name_becomes_a_harmless_one_that_ends_as_the_content_says(open_work, name: str, kept: str):
    with open_work("yangcheng", "pine") as work:
        assert store(work, png(), name).name == kept


def test_the_bytes_lie_under_their_hash_once_for_a_tenant(open_work, tmp_path: Path):
    with open_work("yangcheng", "pine") as work:
        first, second = store(work, name="a.png"), store(work, name="b.png")
        assert first.id != second.id and first.sha256 == second.sha256
        tenant = work.tenant.id
    (path,) = files_in(tmp_path / "store")
    assert path == tmp_path / "store" / str(tenant) / first.sha256[:2] / first.sha256
    with open_work("qinshui", "willow") as work:
        store(work)
    assert len(files_in(tmp_path / "store")) == 2


def test_a_refused_file_leaves_nothing_behind(open_work, tmp_path: Path):
    with open_work("yangcheng", "pine") as work:
        with pytest.raises(UnwantedFile):
            store(work, b"<svg onload='x'/>", "照片.png")
        assert work.session.scalar(select(Attachment)) is None
    assert files_in(tmp_path / "store") == []


class Endless(io.RawIOBase):
    """A stream that never ends, and counts how much was read of it."""

    read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        self.read_so_far += size
        return b"\xff\xd8\xff\xe0" * (size // 4)


def test_an_endless_stream_is_cut_off_at_the_limit(open_work, tmp_path: Path):
    stream = Endless()
    with open_work("yangcheng", "pine") as work, pytest.raises(TooLarge) as caught:
        attachments.store(work, stream, "x.jpg", unit_id=work.actor.unit_id)
    assert stream.read_so_far < 21 * 1024 * 1024 and "20 MB" in str(caught.value.what)
    assert files_in(tmp_path / "store") == []


@pytest.mark.parametrize(("size", "is_taken"), [(20_000_000, True), (20_000_001, False)])
def test_a_document_of_just_the_limit_is_taken_and_one_byte_more_is_not(open_work, size: int, is_taken: bool):
    body = b"%PDF-1.4\n" + b"\x00" * (size - len(pdf())) + pdf()[9:]
    with open_work("yangcheng", "pine") as work, contextlib.ExitStack() as stack:
        if not is_taken:
            stack.enter_context(pytest.raises(TooLarge, match="超过 20 MB"))
        assert store(work, body, "方案.pdf").size == size


def test_a_photo_has_a_lower_limit_than_a_document(open_work):
    with open_work("yangcheng", "pine") as work:
        with pytest.raises(TooLarge) as caught:
            store(work, jpeg(behind=b"\x00" * 11 * 1024 * 1024))
        assert "10 MB" in str(caught.value.what)
        body = b"%PDF-1.4\n" + b"\x00" * 11 * 1024 * 1024 + pdf()[9:]
        assert store(work, body, "方案.pdf").kind == "document"


def test_a_full_disk_is_a_refusal_not_a_crash(open_work, tmp_path: Path):
    (tmp_path / "store").write_text("a file where the folder should be")
    with open_work("yangcheng", "pine") as work, pytest.raises(StoreFull) as caught:
        store(work)
    assert caught.value.status == 507


def test_a_neighbouring_mine_and_another_county_find_nothing(open_work):
    with open_work("yangcheng", "pine") as work:
        row = store(work)
    for tenant, login in (
        ("yangcheng", "creek"),
        ("yangcheng", "plain"),
        ("qinshui", "willow"),
        ("qinshui", "qs-admin"),
    ):
        with open_work(tenant, login) as work:
            with pytest.raises(NotFound) as theirs:
                attachments.open(work, row.id)
            with pytest.raises(NotFound) as nobodys:
                attachments.open(work, uuid4())
            assert str(theirs.value) == str(nobodys.value)
    for login in ("pine", "north", "admin"):  # the mine, its company, the bureau
        with open_work("yangcheng", login) as work:
            assert attachments.open(work, row.id).size == row.size


def test_a_file_filed_with_something_one_may_see_may_be_had(open_work):
    subject = uuid4()
    with open_work("yangcheng", "clerk") as work:
        row = store(work)
        file_with(work, row, subject)
    with open_work("yangcheng", "pine") as work:
        assert (
            attachments.open(work, row.id, seen=lambda kind, id: (kind, id) == ("instance", subject)).id
            == row.id
        )
        with pytest.raises(NotFound):
            attachments.open(work, row.id, seen=lambda kind, id: False)


def test_answers_may_name_files_of_their_task_their_unit_and_their_subject_only(open_work):
    task, subject = uuid4(), uuid4()
    with open_work("yangcheng", "creek") as work:
        foreign, of_task = store(work), store(work, task_id=task)
    with open_work("yangcheng", "clerk") as work:
        filed = store(work)
        file_with(work, filed, subject)
    with open_work("yangcheng", "pine") as work:
        own, elsewhere = store(work), store(work)
        file_with(work, elsewhere, uuid4())
        found = attachments.usable(work, task, subject)
    assert set(found) == {str(own.id), str(of_task.id), str(filed.id)} and str(foreign.id) not in found
    assert found[str(own.id)].kind == "photo"


def test_files_nobody_claimed_go_after_seven_days_and_their_bytes_with_the_next_sweep(
    open_work, clock, tmp_path: Path
):
    kept_task = uuid4()
    with open_work("yangcheng", "pine") as work:
        filed, drafted, left = (
            store(work, png()),
            store(work, jpeg(), task_id=kept_task),
            store(work, pdf(), "x.pdf"),
        )
        file_with(work, filed, uuid4())
        drafts.save(work, kept_task, {"照片": [str(drafted.id)]}, 0)
    clock.move(days=6, hours=23)
    with open_work("yangcheng") as work:
        assert attachments.sweep(work) == 0
    clock.move(hours=2)
    with open_work("yangcheng") as work:
        assert attachments.sweep(work) == 1
        assert len(files_in(tmp_path / "store")) == 3
    with open_work("yangcheng") as work:
        assert attachments.sweep(work) == 0
        assert set(work.session.scalars(select(Attachment.id))) == {filed.id, drafted.id}
    assert {path.name for path in files_in(tmp_path / "store")} == {filed.sha256, drafted.sha256}
    assert left.sha256 not in {path.name for path in files_in(tmp_path / "store")}


def test_a_sweep_in_one_county_leaves_the_other_alone(open_work, clock, tmp_path: Path):
    with open_work("qinshui", "willow") as work:
        store(work)
    clock.move(days=30)
    for _ in range(2):
        with open_work("yangcheng") as work:
            attachments.sweep(work)
    assert len(files_in(tmp_path / "store")) == 1
