"""A package that was taken over remembers where it came from, and keeps to what is locked, by whichever door it comes in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.workflows.copied import CITY, FIRST, LOCKS, OWN, SECOND, handed, relaxed, renamed
from tests.world import Door
from workflows.bases import GALLERY, LIBRARY, LockBroken, Origin, origin_of
from workflows.copies import adopt, newer
from workflows.models import PackageVersion
from workflows.package import hash_of
from workflows.publish import export, load, publish, require_choices, versions


@pytest.fixture
def taken(open_work: Door) -> Door:
    """The county has what its superior handed down, and its own version of it."""
    with open_work("yangcheng", "author") as work:
        adopt(work, FIRST, origin=handed())
        publish(work, OWN)
    return open_work


def _row(work, files) -> PackageVersion:
    return work.session.scalars(select(PackageVersion).where(PackageVersion.hash == hash_of(files))).one()


def test_what_is_taken_over_is_its_own_base_and_what_is_made_of_it_carries_that_on(taken: Door):
    with taken("yangcheng", reads=True) as work:
        first, own = _row(work, FIRST), _row(work, OWN)
        assert (first.base_hash, own.base_hash) == (first.hash, first.hash)
        assert origin_of(own) == origin_of(first) == handed()
        assert load(work, own.base_hash).files == FIRST


def test_what_is_the_tenants_own_has_no_base(open_work: Door):
    with open_work("yangcheng", "author") as work:
        row = publish(work, FIRST)
        assert row.base_hash is None and newer(work, row) is None and origin_of(row) is None


def test_a_relaxed_date_is_refused_with_the_element_the_lock_whose_it_is_and_the_remedy(taken: Door):
    with taken("yangcheng", "author") as work, pytest.raises(LockBroken) as refused:
        publish(work, relaxed())
    (problem,) = refused.value.problems
    assert problem.where == "duties.self_check.due" and problem.file == "campaign.yaml"
    assert "自查自改" in str(problem.what) and "只能改严" in str(problem.what) and CITY in str(problem.what)
    assert (
        "2024-11-25" in str(problem.what)
        and "改回上级的日期" in str(problem.do)
        and refused.value.status == 422
    )
    with taken("yangcheng", reads=True) as work:
        assert len(versions(work, "small-2024")) == 2


def test_a_stricter_date_is_let_in(taken: Door):
    stricter = {
        **OWN,
        "campaign.yaml": OWN["campaign.yaml"]
        .replace(b"2024-11-20", b"2024-11-15")
        .replace(b"1.0.1", b"1.0.2"),
    }
    with taken("yangcheng", "author") as work:
        assert publish(work, stricter).base_hash == hash_of(FIRST)


@pytest.mark.parametrize(
    "shed",
    [
        lambda files: {
            **files,
            "campaign.yaml": files["campaign.yaml"].replace(LOCKS.encode(), b'locks: {"*": free}'),
        },
        renamed,
        lambda files: renamed(
            {**files, "campaign.yaml": files["campaign.yaml"].replace(LOCKS.encode(), b'locks: {"*": free}')}
        ),
    ],
    ids=["without its locks", "under another id", "both"],
)
def test_a_copy_does_not_shed_its_locks(taken: Door, shed):
    with taken("yangcheng", "author") as work, pytest.raises(LockBroken):
        publish(work, shed(relaxed()))


def test_another_id_is_let_in_when_it_keeps_to_the_locks_and_remembers_its_base(taken: Door):
    with taken("yangcheng", "author") as work:
        assert publish(work, renamed(OWN)).base_hash == hash_of(FIRST)


def test_a_campaign_of_another_notice_is_not_bound_by_what_it_borrows(taken: Door):
    text = relaxed()["campaign.yaml"].decode().replace("某应急发〔2024〕1号", "某应急发〔2025〕9号")
    with taken("yangcheng", "author") as work:
        assert publish(work, renamed({**relaxed(), "campaign.yaml": text.encode()})).base_hash is None


def test_what_the_superior_hands_down_itself_is_bound_by_nothing(taken: Door):
    later = {
        **SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"due: phases.self_check.end", b"due: 2025-01-10")
    }  # fmt: skip
    with taken("yangcheng", "author") as work:
        assert adopt(work, later, origin=handed("2")).base_hash == hash_of(later)


def test_a_template_of_somebody_else_does_not_loosen_what_the_superior_handed_down(taken: Door):
    origin = Origin(GALLERY, "别的县", "00000000-0000-7000-8000-000000000009", "t")
    with taken("yangcheng", "author") as work, pytest.raises(LockBroken):
        adopt(work, relaxed(), origin=origin)


def test_the_houses_own_packages_bind_nobody_and_what_comes_back_is_ones_own(open_work: Door):
    with open_work("yangcheng", "author") as work:
        adopt(work, FIRST, origin=Origin(LIBRARY))
        assert publish(work, relaxed()).base_hash == hash_of(FIRST)
        own = Origin(GALLERY, "阳城县", str(work.tenant.id), "t")
        assert adopt(work, OWN, origin=own).base_hash == hash_of(FIRST)


def test_a_newer_version_is_offered_to_what_was_made_of_the_older(taken: Door):
    with taken("yangcheng", "author") as work:
        assert newer(work, _row(work, OWN)) is None
        second = adopt(work, SECOND, origin=handed("2"))
        assert newer(work, _row(work, OWN)) is second and newer(work, _row(work, FIRST)) is second
        assert newer(work, second) is None


def test_a_copy_made_after_the_newer_one_came_in_says_itself_which_it_was_made_of(taken: Door):
    again = {**OWN, "campaign.yaml": OWN["campaign.yaml"].replace(b"1.0.1", b"1.0.2")}
    fresh = {**SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"1.1.0", b"1.1.1")}
    with taken("yangcheng", "author") as work:
        adopt(work, SECOND, origin=handed("2"))
        assert publish(work, again).base_hash == hash_of(FIRST)
        assert publish(work, fresh).base_hash == hash_of(SECOND)
        # It never goes back behind what it was made of last.
        back = {**OWN, "campaign.yaml": OWN["campaign.yaml"].replace(b"1.0.1", b"1.1.2")}
        assert publish(work, back).base_hash == hash_of(SECOND)


def test_what_comes_in_under_a_number_that_is_taken_stands_beside_it(open_work: Door):
    with open_work("yangcheng", "author") as work:
        kept = publish(work, OWN)
        theirs = {**SECOND, "campaign.yaml": SECOND["campaign.yaml"].replace(b"1.1.0", b"1.0.1")}
        row = adopt(work, theirs, origin=handed())
        assert (kept.version, row.version) == ("1.0.1", f"1.0.1+{row.hash[:8]}")
        assert load(work, row.hash).version == "1.0.1"


def test_another_tenant_knows_nothing_of_it(taken: Door):
    with taken("qinshui") as work:
        assert publish(work, relaxed()).base_hash is None


def test_an_export_brought_in_again_is_the_same_version(taken: Door):
    with taken("yangcheng", "author") as work:
        assert export(work, hash_of(OWN)) and publish(work, OWN).base_hash == hash_of(FIRST)


def test_a_launch_does_not_put_a_locked_date_later_than_the_superior_allows(open_work: Door):
    text = (
        FIRST["campaign.yaml"]
        .decode()
        .replace("duties.self_check.due: tighten", "duties.monthly: tighten, phases: mandatory")
    )
    text = text.replace("end: 2024-11-25", "end: period.end - days(64)")
    locked = {**FIRST, "campaign.yaml": text.encode()}
    with open_work("yangcheng", "author") as work:
        key = adopt(work, locked, origin=handed()).hash
        require_choices(work, key, {"disputed": {"monthly": "drop"}, "title": "本县的"})
        with pytest.raises(LockBroken) as refused:
            require_choices(work, key, {"end": "2025-03-31"})
    assert {one.where for one in refused.value.problems} == {"phases.self_check.end"}
    assert CITY in str(refused.value.what) and "2024-11-25" in str(refused.value.problems[0].what)
    with open_work("qinshui") as work:
        require_choices(work, publish(work, locked).hash, {"end": "2025-03-31"})  # its own
