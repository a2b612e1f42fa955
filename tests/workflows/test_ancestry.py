"""A copy's zip brings what the copy was made of: it may be merged elsewhere, and cannot be made to say more than is so."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from tenants.errors import Invalid
from tests.workflows.small import CAMPAIGN, campaign, files, package
from tests.world import Door
from workflows import ancestry, archive, manifest, merges, publish, templates
from workflows.bases import FILE, GALLERY, HANDED, LockBroken, Origin, origin_of
from workflows.copies import adopt, newer
from workflows.models import PackageVersion
from workflows.package import hash_of
from workflows.template_terms import Terms

COPY = files(**{"campaign.yaml": CAMPAIGN.replace("1.0.0", "1.0.1").replace("报送月报", "报送每月情况")})
NEXT = files(**{"campaign.yaml": CAMPAIGN.replace("1.0.0", "2.0.0").replace("自查自改", "全面自查")})


def exported(open_work: Door, origin: Origin | None = None) -> bytes:
    """Return the zip of a copy that Yangcheng made of what came to it."""
    with open_work("yangcheng", "author") as work:
        adopt(work, files(), origin=origin or Origin(GALLERY, "某省", "0" * 32, "x"))
        copy = publish.publish(work, COPY)
        assert copy.base_hash == package().hash
        return ancestry.export_copy(work, copy.hash)


def sent_in(open_work: Door, data: bytes, tenant: str = "qinshui", login: str = "qs-admin") -> PackageVersion:
    inside, _ = archive.unpack_all(data)
    assert inside is not None
    with open_work(tenant, login) as work:
        ancestor, problems = ancestry.taken(inside)
        manifest.taken(inside)
        assert problems == []
        return ancestry.publish_copy(work, inside, ancestor)


def test_what_goes_out_and_comes_in_is_the_same_package_with_its_origin(open_work: Door):
    row = sent_in(open_work, exported(open_work))
    assert (row.hash, row.base_hash) == (hash_of(COPY), package().hash)
    with open_work("qinshui", "qs-admin", reads=True) as work:
        assert publish.load(work, package().hash).files == files()
        assert (origin_of(row).kind, origin_of(row).name) == (FILE, "某省")


def test_what_was_made_of_nothing_brings_nothing(open_work: Door):
    with open_work("yangcheng", "author") as work:
        row = publish.publish(work, files())
        assert archive.unpack_all(ancestry.export_copy(work, row.hash))[0] == files()


def test_a_copy_of_a_template_is_merged_elsewhere_with_the_templates_next_version(open_work: Door):
    with open_work("jincheng") as work:
        key = templates.publish_template(
            work, publish.publish(work, files()).hash, Terms("某", "all", "county")
        ).id
    with open_work("yangcheng", "author") as work:
        templates.clone(work, key)
        data = ancestry.export_copy(work, publish.publish(work, COPY).hash)
    row = sent_in(open_work, data)
    assert (origin_of(row).kind, origin_of(row).name) == (GALLERY, "晋城市")
    with open_work("jincheng") as work:
        templates.publish_template(work, publish.publish(work, NEXT).hash, Terms("某", "all", "county"))
    with open_work("qinshui", "qs-admin") as work:
        theirs = templates.clone(work, key)
        mine = work.session.scalars(select(PackageVersion).where(PackageVersion.hash == row.hash)).one()
        assert newer(work, mine).hash == theirs.hash
        assert merges.begin(work, mine.hash).base_hash == package().hash


def test_a_file_never_says_that_a_superior_handed_something_down(open_work: Door):
    city = str(open_work.world.tenants["jincheng"])
    row = sent_in(open_work, exported(open_work, Origin(HANDED, "晋城市", city, "1")))
    assert origin_of(row).kind == FILE


def test_what_really_came_in_is_not_replaced_by_what_a_file_says(open_work: Door):
    """Nobody gets rid of a lock by a zip that brings a template without it."""
    locked = campaign('"*": free', '"*": mandatory')
    with open_work("qinshui", "qs-admin") as work:
        adopt(work, locked, origin=Origin(HANDED, "晋城市", str(open_work.world.tenants["jincheng"]), "1"))
    with pytest.raises(LockBroken):
        sent_in(open_work, exported(open_work))
    with open_work("qinshui", "qs-admin", reads=True) as work:
        assert [row.hash for row in publish.versions(work)] == [hash_of(locked)]


def test_ones_own_package_stays_ones_own(open_work: Door):
    with open_work("qinshui", "qs-admin") as work:
        publish.publish(work, campaign("title: 冬季安全检查", "title: 我们的检查"))
    row = sent_in(open_work, exported(open_work))
    assert row.base_hash is None


def test_its_locks_come_with_it(open_work: Door):
    inside, _ = archive.unpack_all(exported(open_work))
    locked = campaign('"*": free', '"*": mandatory')
    forged = {**{k: v for k, v in inside.items() if k not in (archive.ORIGIN, archive.BASE)},
              **ancestry.written(hash_of(locked), Origin(FILE, "某省"), locked)}  # fmt: skip
    with pytest.raises(LockBroken):
        sent_in(open_work, archive.pack(forged))


BOMB = archive.pack({"campaign.yaml": b"0" * 40_000_000})


@pytest.mark.parametrize(
    "changed",
    [
        {archive.ORIGIN: None}, {archive.BASE: None}, {archive.ORIGIN: b"\xff"}, {archive.ORIGIN: b"[]"}, {archive.ORIGIN: b'{"made_of": []}'},
        {archive.ORIGIN: b"[" * 9_000}, {archive.ORIGIN: b" " * 20_000}, {archive.BASE: b"no zip"}, {archive.BASE: archive.pack(COPY)},
        {archive.BASE: BOMB}, {archive.BASE: b""},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_warning_and_the_package_is_sound_without_it(open_work: Door, changed):
    inside, _ = archive.unpack_all(exported(open_work))
    for name, data in changed.items():
        inside.pop(name) if data is None else inside.update({name: data})
    ancestor, (problem,) = ancestry.taken(inside)
    assert ancestor is None and problem.level == "warning" and "原版" in str(problem.what)
    assert inside == COPY


@pytest.mark.parametrize("field", ["hash", "kind", "name", "tenant_id", "key"])
def test_names_that_are_none_are_not_taken(field):
    said = json.loads(ancestry.written(package().hash, Origin(FILE, "某省"), files())[archive.ORIGIN])
    said["made_of"][field] = "x\u202e" * 60
    ancestor, problems = ancestry.taken(
        {archive.ORIGIN: json.dumps(said).encode(), archive.BASE: archive.pack(files())}
    )
    assert ancestor is None and len(problems) == 1


def test_a_base_that_is_no_sound_package_is_left_aside(open_work: Door):
    broken = campaign("to: office, form: plan", "to: office, form: plna")
    beside = ancestry.written(hash_of(broken), Origin(FILE, "某省"), broken)
    row = sent_in(open_work, archive.pack({**COPY, **beside}))
    assert row.base_hash is None


def test_a_copy_with_problems_is_refused_and_nothing_is_kept(open_work: Door):
    wrong = {**files(), "campaign.yaml": CAMPAIGN.replace("form: plan", "form: plna").encode()}
    beside = ancestry.written(package().hash, Origin(FILE, "某省"), files())
    with pytest.raises(Invalid):
        sent_in(open_work, archive.pack({**wrong, **beside}))
    with open_work("qinshui", "qs-admin", reads=True) as work:
        assert publish.versions(work) == []
