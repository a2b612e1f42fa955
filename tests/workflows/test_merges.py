"""A merge that people work on: nothing that was chosen is lost, nobody writes over another, and only what is whole is published."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tenants.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from tenants.models import AuditEntry
from tests.workflows.copied import CONFLICTS, FIRST, LOCKS, OWN, SECOND, handed, relaxed
from tests.world import Door
from workflows import merges
from workflows.bases import GALLERY, LockBroken, Origin
from workflows.copies import adopt, newer
from workflows.merge import Choice
from workflows.models import PackageVersion
from workflows.package import hash_of
from workflows.publish import load, publish

PLAN = "campaign.yaml#duties/plan/title"


@pytest.fixture
def taken(open_work: Door) -> Door:
    """The superior's next version has come in beside what the county made of the first."""
    with open_work("yangcheng", "author") as work:
        adopt(work, FIRST, origin=handed())
        publish(work, OWN)
    with open_work("yangcheng") as work:
        adopt(work, SECOND, origin=handed("2"))
    return open_work


@pytest.fixture
def merge_id(taken: Door):
    with taken("yangcheng", "author") as work:
        return merges.begin(work, hash_of(OWN)).id


def _choose(door: Door, merge_id, revision, version=None, login="author", **takes):
    with door("yangcheng", login) as work:
        found = merges.look(work, merge_id)
        keys = {one.file: one.id for one in found.all.conflicts}
        choices = {
            keys[path]: one if isinstance(one, Choice) or one is None else Choice(one)
            for path, one in ((key.replace("__", "/"), one) for key, one in takes.items())
        }
        merges.choose(work, merge_id, revision, choices, version)
        return merges.look(work, merge_id)


def _all(take: str) -> dict[str, Choice]:
    return {path: Choice(take) for path in CONFLICTS}


def test_every_kind_of_file_has_its_conflict_and_what_only_one_changed_is_not_asked(taken: Door, merge_id):
    with taken("yangcheng", "author", reads=True) as work:
        found = merges.look(work, merge_id)
        assert {one.file: True for one in found.all.conflicts} == dict.fromkeys(CONFLICTS, True)
        for one in found.all.conflicts:
            assert CONFLICTS[one.file] in str(one.what)
        assert found.left == 5 and not found.ready and found.row.version == "1.1.1"
        text = found.files["campaign.yaml"].decode()
    assert "title: 报送每月进展" in text and "due: 2024-11-20" in text and "version: 1.1.1" in text


def test_what_is_chosen_is_published_and_stands_on_the_newer_version_from_now_on(taken: Door, merge_id):
    found = _choose(
        taken, merge_id, 0,
        **{"campaign.yaml": Choice("edit", "报送本县实施方案"), "processes/duty.bpmn": "theirs", "decisions/grade.dmn": "mine",
           "forms/plan/schema.json": "theirs", "tables/checks.csv": Choice("edit", "人员全部持证上岗")},
    )  # fmt: skip
    assert found.ready and found.row.revision == 1
    with taken("yangcheng", "author") as work:
        made = merges.finish(work, merge_id, 1)
        files = {path: data.decode() for path, data in load(work, made.hash).files.items()}
        assert (made.version, made.base_hash) == ("1.1.1", hash_of(SECOND)) and newer(work, made) is None
        action = select(AuditEntry.action).where(AuditEntry.action == "package.merge")
        assert work.session.scalars(action).all() == ["package.merge"]
    assert "报送本县实施方案" in files["campaign.yaml"] and "2024-11-20" in files["campaign.yaml"]
    assert 'name="办理并签字"' in files["processes/duty.bpmn"] and 'x="300"' in files["processes/duty.bpmn"]
    assert (
        "<text>3</text>" in files["decisions/grade.dmn"] and "<text>20</text>" in files["decisions/grade.dmn"]
    )
    assert "方案全文" in files["forms/plan/schema.json"]
    assert "人员全部持证上岗" in files["tables/checks.csv"] and "证照齐全有效" in files["tables/checks.csv"]


def test_choices_are_there_again_after_the_page_was_closed_and_may_be_taken_back(taken: Door, merge_id):
    _choose(taken, merge_id, 0, **{"campaign.yaml": "theirs"})
    with taken("yangcheng", "author") as work:
        assert merges.begin(work, hash_of(OWN)).id == merge_id  # the same goes on
        assert merges.look(work, merge_id).chosen == {PLAN: Choice("theirs")}
    assert _choose(taken, merge_id, 1, **{"campaign.yaml": None}).left == 5


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("campaign.yaml", "{{{"),
        ("forms/plan/schema.json", '"没有引号的结尾'),
        ("forms/plan/schema.json", '{"$ref": "file:///etc/passwd"'),
        ("processes/duty.bpmn", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
        ("decisions/grade.dmn", "</text></outputEntry><rule/>"),
    ],
)
def test_what_was_typed_and_cannot_be_read_is_kept_and_told_but_never_published(
    taken: Door, merge_id, path, text
):
    _choose(taken, merge_id, 0, **_all("mine"))
    found = _choose(taken, merge_id, 1, **{path: Choice("edit", text)})
    (key,) = [one.id for one in found.all.conflicts if one.file == path]
    assert found.chosen[key].text == text
    if not found.unread:  # it stands there as a text, and nothing else
        assert found.errors or all(b"passwd" not in data or b"&lt;" in data for data in found.files.values())
        return
    assert set(found.unread) == {key} and not found.ready
    with taken("yangcheng", "author") as work, pytest.raises(Invalid):
        merges.finish(work, merge_id, 2)


def test_two_people_do_not_write_over_each_other(taken: Door, merge_id):
    _choose(taken, merge_id, 0, **{"campaign.yaml": "theirs"})
    with pytest.raises(Conflict, match="改过这次合并"):
        _choose(taken, merge_id, 0, login="admin", **{"campaign.yaml": "mine"})
    for command in (merges.finish, merges.drop):
        with taken("yangcheng", "admin") as work, pytest.raises(Conflict):
            command(work, merge_id, 0)
    with taken("yangcheng", "author", reads=True) as work:
        assert merges.look(work, merge_id).chosen == {PLAN: Choice("theirs")}


def test_it_is_not_published_with_conflicts_a_used_number_or_a_broken_lock(taken: Door, merge_id):
    with taken("yangcheng", "author") as work, pytest.raises(Invalid, match="5 处冲突"):
        merges.finish(work, merge_id, 0)
    for revision, version in enumerate(("1.1.0", "latest", "")):
        found = _choose(taken, merge_id, revision, version, **_all("mine"))
        assert not found.ready and found.errors[0].where == "version"


def test_locks_of_the_newer_version_hold_for_what_is_merged(open_work: Door):
    stricter = {
        **SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"due: phases.self_check.end", b"due: 2024-11-10")
    }  # fmt: skip
    with open_work("yangcheng", "author") as work:
        adopt(work, FIRST, origin=handed())
        publish(work, OWN)
        adopt(work, stricter, origin=handed("2"))
        merge_id = merges.begin(work, hash_of(OWN)).id
    with open_work("yangcheng", "author") as work:
        whole = merges.look(work, merge_id).all
        merges.choose(work, merge_id, 0, {one.id: Choice("mine") for one in whole.conflicts})
        found = merges.look(work, merge_id)
        (held,) = found.held
        assert "2024-11-20" in str(held.what) and "只能改严" in str(held.what) and not found.ready
    with open_work("yangcheng", "author") as work, pytest.raises((Invalid, LockBroken)):
        merges.finish(work, merge_id, 1)
    with open_work("yangcheng", "author") as work:
        due = "campaign.yaml#duties/self_check/due"
        merges.choose(work, merge_id, 1, {due: Choice("theirs")})
        assert merges.look(work, merge_id).ready
        assert merges.finish(work, merge_id, 2).base_hash == hash_of(stricter)


def test_a_version_that_comes_in_meanwhile_takes_the_choices_along(taken: Door, merge_id):
    _choose(taken, merge_id, 0, **_all("theirs"))
    third = {**SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"version: 1.1.0", b"version: 1.2.0")}
    with taken("yangcheng") as work:
        adopt(work, third, origin=handed("3"))
    with taken("yangcheng", "author") as work, pytest.raises(Conflict, match="又有了新的版本"):
        merges.finish(work, merge_id, 1)
    with taken("yangcheng", "author") as work:
        again = merges.begin(work, hash_of(OWN))
        assert again.id != merge_id and merges.look(work, again.id).ready
        assert merges.finish(work, again.id, 0).version == "1.2.1"
    with taken("yangcheng", "author") as work, pytest.raises(Conflict, match="已经结束"):
        merges.choose(work, merge_id, 2, {})


def test_there_is_nothing_to_merge_without_an_own_version_or_a_newer_one(open_work: Door):
    with open_work("yangcheng", "author") as work:
        adopt(work, FIRST, origin=handed())
        adopt(work, SECOND, origin=handed("2"))
        with pytest.raises(Conflict, match="没有改动过"):
            merges.begin(work, hash_of(FIRST))
        own = publish(work, {**SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"1.1.0", b"1.1.1")})
        with pytest.raises(Conflict, match="没有比所依据的更新的版本"):
            merges.begin(work, own.hash)
        with pytest.raises(Conflict, match="已经有更新的"):
            merges.begin(work, hash_of(FIRST))


def test_one_side_is_taken_for_all_that_nobody_has_settled(taken: Door, merge_id):
    _choose(taken, merge_id, 0, **{"campaign.yaml": "mine"})
    with taken("yangcheng", "author") as work:
        merges.choose(work, merge_id, 1, {}, rest="theirs")
        takes = {key: one.take for key, one in merges.look(work, merge_id).chosen.items()}
    assert takes.pop(PLAN) == "mine" and list(takes.values()) == ["theirs"] * 4


def test_what_is_given_up_leaves_the_own_version_as_it_was_and_may_begin_anew(taken: Door, merge_id):
    with taken("yangcheng", "author") as work:
        merges.drop(work, merge_id, 0)
        assert merges.begin(work, hash_of(OWN)).id != merge_id
        own = work.session.scalars(select(PackageVersion).where(PackageVersion.hash == hash_of(OWN))).one()
        assert own.base_hash == hash_of(FIRST)


def test_strangers_and_those_who_may_not_publish_learn_nothing(taken: Door, merge_id):
    with taken("qinshui") as work:
        for attempt in (
            lambda: merges.look(work, merge_id),
            lambda: merges.choose(work, merge_id, 0, {}),
            lambda: merges.finish(work, merge_id, 0),
            lambda: merges.drop(work, merge_id, 0),
            lambda: merges.begin(work, hash_of(OWN)),
        ):
            with pytest.raises(NotFound):
                attempt()
    with taken("yangcheng", "reader", reads=True) as work, pytest.raises(Forbidden):
        merges.look(work, merge_id)


def test_a_choice_names_a_conflict_that_is_there_and_is_bounded(taken: Door, merge_id):
    with taken("yangcheng", "author") as work, pytest.raises(Invalid):
        merges.choose(work, merge_id, 0, {"../../etc/passwd": Choice("theirs")})
    with taken("yangcheng", "author") as work, pytest.raises(TooLarge):
        merges.choose(work, merge_id, 0, {PLAN: Choice("edit", "长" * 100_001)})


def test_what_only_one_side_can_have_is_not_written_anew(taken: Door):
    gone = {path: data for path, data in OWN.items() if not path.startswith("forms/fix/")}
    drawn = gone["processes/hazard.bpmn"].replace(b'camunda:formKey="fix"', b'camunda:formKey="verdict"')
    gone |= {"processes/hazard.bpmn": drawn.replace("已改".encode(), "通过".encode())}
    gone["campaign.yaml"] = gone["campaign.yaml"].replace(b"1.0.1", b"1.0.2")
    third = {
        **SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"1.1.0", b"1.2.0"),
        "forms/fix/schema.json": SECOND["forms/fix/schema.json"].replace("已改\"\n".encode(), "已经改好\"\n".encode()),
        "forms/fix/ui.json": b"{}",
    }  # fmt: skip
    with taken("yangcheng", "author") as work:
        adopt(work, third, origin=handed("3"))
        merge_id = merges.begin(work, publish(work, gone).hash).id
        found = merges.look(work, merge_id)
        (form,) = [one for one in found.all.conflicts if one.file == "forms/fix"]
        assert form.kind == "deleted_here" and not found.may_edit(form)
        with pytest.raises(Invalid, match="只能选用一边的"):
            merges.choose(work, merge_id, 0, {form.id: Choice("edit", "{}")})
        merges.choose(work, merge_id, 0, {form.id: Choice("theirs")})
        assert "forms/fix/schema.json" in merges.look(work, merge_id).files


def test_what_is_merged_with_another_authoritys_version_keeps_to_what_the_superior_has_handed_down_since(
    open_work: Door,
):
    def free(source):
        return {
            **source,
            "campaign.yaml": source["campaign.yaml"].replace(LOCKS.encode(), b'locks: {"*": free}'),
        }

    friend = Origin(GALLERY, "邻县", "00000000-0000-7000-8000-000000000009", "1")
    late = free(relaxed())
    with open_work("yangcheng", "author") as work:
        adopt(work, free(FIRST), origin=friend)
        publish(work, late)
        adopt(work, free(SECOND), origin=friend)
    with open_work("yangcheng") as work:
        adopt(work, FIRST, origin=handed())
    with open_work("yangcheng", "author") as work:
        key = merges.begin(work, hash_of(late)).id
        merges.choose(work, key, 0, {}, rest="mine")
    with open_work("yangcheng", "author") as work, pytest.raises((LockBroken, Invalid)):
        merges.finish(work, key, 1)
