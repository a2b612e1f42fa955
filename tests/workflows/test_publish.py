"""Published packages: exact, immutable, and each tenant's own."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tenants.errors import Forbidden, Invalid, NotFound
from tenants.models import AuditEntry
from tests.workflows.drawn import draw
from tests.workflows.small import CAMPAIGN, campaign, files, package
from tests.world import Door
from workflows import archive, publish
from workflows.models import PackageContent

RAISED = files(**{"campaign.yaml": CAMPAIGN.replace("version: 1.0.0", "version: 1.1.0")})


def test_what_is_published_comes_out_byte_for_byte(open_work: Door):
    with open_work("yangcheng", "author") as work:
        row = publish.publish(work, files())
        assert (row.package, row.version, row.hash) == ("small-2024", "1.0.0", package().hash)
    with open_work("yangcheng", "reader", reads=True) as work:
        assert publish.load(work, row.hash).duties.keys() == package().duties.keys()
        assert archive.unpack(publish.export(work, row.hash)) == (files(), [])


def test_publishing_the_same_again_changes_nothing(open_work: Door):
    with open_work("yangcheng", "author") as work:
        first = publish.publish(work, files())
    with open_work("yangcheng", "author") as work:
        assert publish.publish(work, files()).id == first.id
        trail = select(func.count()).where(
            AuditEntry.tenant_id == work.tenant.id, AuditEntry.action == "package.publish"
        )
        assert work.session.scalar(trail) == 1


def test_other_content_under_a_published_version_is_refused_with_the_remedy(open_work: Door):
    with open_work("yangcheng", "author") as work:
        publish.publish(work, files())
    with open_work("yangcheng", "author") as work, pytest.raises(publish.VersionTaken) as refused:
        publish.publish(work, campaign("title: 冬季安全检查", "title: 冬春安全检查"))
    assert "version 提高" in str(refused.value.do)


def test_versions_come_newest_first_and_share_what_did_not_change(open_work: Door):
    with open_work("yangcheng", "author") as work:
        publish.publish(work, files())
        publish.publish(work, RAISED)
    with open_work("yangcheng", reads=True) as work:
        assert [row.version for row in publish.versions(work, "small-2024")] == ["1.1.0", "1.0.0"]
        kept = work.session.scalar(select(func.count()).where(PackageContent.tenant_id == work.tenant.id))
        assert kept == len({*files().values(), *RAISED.values()})


def test_a_package_with_problems_is_not_published_and_all_of_them_are_named(open_work: Door):
    with open_work("yangcheng", "author") as work, pytest.raises(Invalid) as refused:
        publish.publish(
            work, campaign("by: mine, to: office, form: plan", "by: mines, to: offices, form: plna")
        )
    assert len(refused.value.problems) == 3
    with open_work("yangcheng", reads=True) as work:
        assert publish.versions(work) == []


def test_only_who_writes_packages_publishes_them(open_work: Door):
    with open_work("yangcheng", "clerk") as work, pytest.raises(Forbidden):
        publish.publish(work, files())
    with open_work("yangcheng", "pine") as work, pytest.raises(Forbidden):
        publish.export(work, package().hash)


def test_a_strangers_package_does_not_exist_even_when_the_process_has_it_in_memory(open_work: Door):
    with open_work("yangcheng", "author") as work:
        row = publish.publish(work, files())
        publish.load(work, row.hash)
    with open_work("qinshui", "qs-admin") as work:
        assert publish.versions(work) == []
        for door in (publish.load, publish.export):
            with pytest.raises(NotFound) as hidden:
                door(work, row.hash)
            with pytest.raises(NotFound) as unknown:
                door(work, "0" * 64)
            assert str(hidden.value) == str(unknown.value)


def test_two_tenants_publish_the_same_package_each_for_itself(open_work: Door):
    with open_work("yangcheng", "author") as work:
        ours = publish.publish(work, files())
    with open_work("qinshui", "qs-admin") as work:
        theirs = publish.publish(work, files())
        assert theirs.hash == ours.hash and theirs.id != ours.id
        assert archive.unpack(publish.export(work, theirs.hash))[0] == files()


def test_what_is_called_in_other_packages_is_found_when_it_is_published_and_frozen(open_work: Door):
    inner = draw("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e", "inner")
    call = draw(
        "s: startEvent\nk: callActivity calls=small-2024@1.0.0/inner\ne: endEvent\ns -> k -> e", "report"
    )
    theirs = files(**{"processes/inner.bpmn": inner.decode()})
    ours = files(
        **{
            "campaign.yaml": CAMPAIGN.replace("id: small-2024", "id: caller"),
            "processes/report.bpmn": call.decode(),
        }
    )
    with open_work("yangcheng", "author") as work, pytest.raises(Invalid) as refused:
        publish.publish(work, ours)
    assert any("small-2024@1.0.0" in str(problem.what) for problem in refused.value.problems)
    with open_work("yangcheng", "author") as work:
        library = publish.publish(work, theirs).hash
        row = publish.publish(work, ours)
        assert row.uses == {"small-2024@1.0.0": library}
    with open_work("yangcheng", "reader", reads=True) as work:
        caller, called = publish.load(work, row.hash), publish.load(work, library)
        assert caller.library["small-2024@1.0.0"].hash == library
        assert called.library == {}
    with open_work("qinshui", "qs-admin") as work, pytest.raises(Invalid):
        publish.publish(work, ours)  # a neighbour has not published it
