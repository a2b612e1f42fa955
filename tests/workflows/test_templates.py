"""Templates: given to others by an explicit act, cloned, taken back; nobody sees what was not meant for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from tenants.db import system_work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import AuditEntry, ReportingLine, Template, TemplatePart, Tenant
from tests.workflows.drawn import draw
from tests.workflows.small import CAMPAIGN, campaign, files, package
from tests.world import Door
from workflows import archive, builtin, publish, template_search, templates
from workflows.template_search import Wanted
from workflows.template_terms import Terms

TERMS = Terms("冬季检查用，井工和露天矿都适合。", "all", "county", "煤矿", "冬季 安全检查 winter")
RAISED = files(**{"campaign.yaml": CAMPAIGN.replace("version: 1.0.0", "version: 1.1.0")})


def give(
    open_work: Door, tenant: str = "yangcheng", login: str | None = "admin", data=None, **terms
) -> Template:
    """Publish a package and give it away."""
    with open_work(tenant, login) as work:
        row = publish.publish(work, data or files())
        return templates.publish_template(work, row.hash, replace(TERMS, **terms))


def seen(open_work: Door, tenant: str, login: str | None = None, **wanted) -> list[str]:
    with open_work(tenant, login, reads=True) as work:
        return [row.publisher for row in template_search.search(work, Wanted(**wanted)).rows]


def test_what_is_given_to_all_is_found_looked_at_and_cloned_exactly(open_work: Door):
    key = give(open_work).id
    with open_work("qinshui", "qs-admin", reads=True) as work:
        row, opened = templates.opened(work, key)
        assert (row.publisher, row.version, opened.hash) == ("阳城县", "1.0.0", package().hash)
    with open_work("qinshui", "qs-admin") as work:
        version = templates.clone(work, key, package().hash)
        assert publish.load(work, version.hash).files == files()
        assert (version.base_hash, version.origin["name"], version.origin["key"]) == (
            version.hash,
            "阳城县",
            str(key),
        )
    with open_work("yangcheng", "admin", reads=True) as work:
        assert templates.found(work, key).clones == 1


def test_a_clone_is_told_once_in_each_trail_and_never_who_cloned_it(open_work: Door):
    key = give(open_work).id
    with open_work("qinshui", "qs-admin") as work:
        templates.clone(work, key)
        trail = select(AuditEntry.action).where(AuditEntry.action.like("template.%"))
        assert work.session.scalars(trail).all() == ["template.clone"]
    with open_work("yangcheng", "admin", reads=True) as work:
        told = work.session.scalars(select(AuditEntry).where(AuditEntry.action.like("template.%"))).all()
        assert [one.action for one in told] == ["template.publish"]
        assert not any("沁水" in str(vars(row)) for row in work.session.scalars(select(Template)))


@pytest.mark.parametrize(
    ("publisher", "audience", "reader", "sees"),
    [
        ("yangcheng", "all", "qinshui", True),
        ("yangcheng", "own", "qinshui", False),
        ("yangcheng", "own", "jincheng", False),
        ("shanxi", "own", "yangcheng", False),
        ("yangcheng", "own", "yangcheng", True),
        ("yangcheng", "below", "qinshui", False),
        ("yangcheng", "chain", "qinshui", False),
        ("yangcheng", "chain", "jincheng", True),
        ("yangcheng", "chain", "shanxi", True),
        ("yangcheng", "below", "shanxi", False),
        ("shanxi", "below", "qinshui", True),
        ("shanxi", "below", "jincheng", True),
        ("jincheng", "below", "shanxi", False),
        ("jincheng", "below", "jincheng", True),
    ],
)  # fmt: skip
def test_it_is_seen_by_those_to_whom_it_was_given(open_work: Door, publisher, audience, reader, sees):
    key = give(open_work, publisher, None, audience=audience).id
    assert bool(seen(open_work, reader)) is sees
    with open_work(reader) as work:
        if sees:
            assert templates.opened(work, key)[0].id == key
        else:
            for door in (templates.opened, templates.clone, templates.zipped):
                with pytest.raises(NotFound):
                    door(work, key)


def test_what_was_taken_back_is_gone_and_clones_stay(open_work: Door):
    key = give(open_work).id
    with open_work("qinshui", "qs-admin") as work:
        clone = templates.clone(work, key).hash
    with open_work("qinshui", "qs-admin") as work, pytest.raises(NotFound):
        templates.withdraw(work, key)
    with open_work("yangcheng", "admin") as work:
        templates.withdraw(work, key)
    assert seen(open_work, "qinshui") == seen(open_work, "yangcheng") == []
    for tenant, login in (("qinshui", "qs-admin"), ("yangcheng", "admin")):
        for door in (templates.opened, templates.zipped, templates.withdraw):
            with open_work(tenant, login) as work, pytest.raises(NotFound):
                door(work, key)
    with open_work("qinshui", "qs-admin", reads=True) as work:
        assert publish.load(work, clone).files == files()
        assert work.session.scalars(select(TemplatePart.id)).all() == []
    assert give(open_work).id == key and seen(open_work, "qinshui") == ["阳城县"]


def test_a_new_version_takes_the_place_of_the_one_before_and_clones_learn_of_it(open_work: Door):
    key = give(open_work).id
    with open_work("qinshui", "qs-admin") as work:
        first = templates.clone(work, key)
    assert give(open_work, data=RAISED).id == key
    with open_work("qinshui", "qs-admin") as work:
        gone_on = templates.cloned_from(work, first.origin["key"])
        assert (
            gone_on is not None and gone_on.version == "1.1.0" and not templates.is_here(work, gone_on.hash)
        )
        with pytest.raises(Conflict, match=r"1\.1\.0"):
            templates.clone(work, key, first.hash)
        assert templates.clone(work, key).version == "1.1.0"
        assert templates.is_here(work, gone_on.hash)
    with open_work("yangcheng", "admin") as work:
        templates.withdraw(work, key)
    with open_work("qinshui", "qs-admin", reads=True) as work:
        assert templates.cloned_from(work, first.origin["key"]) is None


def test_the_same_version_again_leads_to_the_one_that_is_here(open_work: Door):
    key = give(open_work).id
    with open_work("qinshui", "qs-admin") as work:
        first = templates.clone(work, key)
    with open_work("qinshui", "qs-admin") as work, pytest.raises(templates.AlreadyHere) as refused:
        templates.clone(work, key)
    assert refused.value.facts["hash"] == first.hash
    with open_work("yangcheng", "admin", reads=True) as work:
        assert templates.found(work, key).clones == 1


def test_an_own_package_of_that_name_is_not_mixed_with_it(open_work: Door):
    with open_work("qinshui", "qs-admin") as work:
        publish.publish(work, campaign("title: 冬季安全检查", "title: 我们自己的检查"))
    key = give(open_work).id
    with open_work("qinshui", "qs-admin") as work, pytest.raises(Conflict) as refused:
        templates.clone(work, key)
    assert "我们自己的检查" in str(refused.value) and "campaign.yaml" in str(refused.value.do)
    with open_work("qinshui", "qs-admin", reads=True) as work:
        assert len(publish.versions(work)) == 1


def test_what_it_calls_goes_with_it(open_work: Door):
    inner = draw("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e", "inner")
    call = draw(
        "s: startEvent\nk: callActivity calls=small-2024@1.0.0/inner\ne: endEvent\ns -> k -> e", "report"
    )
    called = files(**{"processes/inner.bpmn": inner.decode()})
    renamed = CAMPAIGN.replace("id: small-2024", "id: caller")
    caller = files(**{"campaign.yaml": renamed, "processes/report.bpmn": call.decode()})
    with open_work("yangcheng", "admin") as work:
        publish.publish(work, called)
    key = give(open_work, data=caller).id
    with open_work("qinshui", "qs-admin") as work:
        _row, opened = templates.opened(work, key)
        assert opened.library.keys() == {"small-2024@1.0.0"}
        version = templates.clone(work, key)
        assert version.uses.keys() == {"small-2024@1.0.0"}
        assert {row.package for row in publish.versions(work)} == {"small-2024", "caller"}
        assert archive.unpack(templates.zipped(work, key)[1])[0] == caller


def test_only_an_administrator_gives_away_and_only_who_writes_packages_clones(open_work: Door):
    with open_work("yangcheng", "author") as work:
        row = publish.publish(work, files())
        with pytest.raises(Forbidden):
            templates.publish_template(work, row.hash, TERMS)
    key = give(open_work).id
    for login in ("clerk", "pine"):
        with open_work("yangcheng", login, reads=True) as work, pytest.raises(Forbidden):
            templates.found(work, key)
    with open_work("yangcheng", "auditor") as work:
        assert templates.found(work, key)
        for door in (templates.clone, templates.withdraw):
            with pytest.raises(Forbidden):
                door(work, key)


def test_terms_that_say_too_little_or_too_much_are_refused_all_at_once(open_work: Door):
    with open_work("yangcheng", "admin") as work:
        row = publish.publish(work, files())
        wrong = Terms(" \x00\u200b ", "friends", "galaxy", "行" * 41, "词" * 201)
        with pytest.raises(Invalid) as refused:
            templates.publish_template(work, row.hash, wrong)
        assert {one.where for one in refused.value.problems} == {
            "description",
            "audience",
            "level",
            "field",
            "keywords",
        }
        assert work.session.scalars(select(Template)).all() == []


def test_what_comes_with_the_house_is_not_given_away_again(open_work: Door):
    with open_work("yangcheng", "admin") as work:
        row = publish.publish(work, dict(builtin.offers()[0].package.files))
        with pytest.raises(Conflict):
            templates.publish_template(work, row.hash, TERMS)


def test_what_nobody_has_cannot_be_given(open_work: Door):
    with open_work("yangcheng", "admin") as work:
        publish.publish(work, files())
    with open_work("qinshui", "qs-admin") as work, pytest.raises(NotFound):
        templates.publish_template(work, package().hash, TERMS)


def test_a_template_outlives_its_publisher(open_work: Door):
    key = give(open_work, "shanxi", None).id
    with system_work() as session:
        session.execute(update(Tenant).where(Tenant.slug == "jincheng").values(parent_id=None))
        session.execute(delete(ReportingLine))
        session.execute(delete(Tenant).where(Tenant.slug == "shanxi"))
    with open_work("qinshui", "qs-admin") as work:
        assert [row.publisher for row in template_search.search(work, Wanted()).rows] == ["山西省"]
        assert templates.clone(work, key).origin["name"] == "山西省"


def test_content_that_was_tampered_with_is_not_opened(open_work: Door):
    key = give(open_work, data=RAISED).id
    with system_work() as session:
        session.execute(update(TemplatePart).values(content=archive.pack(files()), hash="0" * 64))
        session.execute(update(Template).values(hash="0" * 64))
    with open_work("qinshui", "qs-admin") as work, pytest.raises(Invalid, match="封存"):
        templates.opened(work, key)


def test_what_comes_with_the_house_is_taken_once_and_is_no_obstacle_to_what_others_made_of_it(
    open_work: Door,
):
    offer = builtin.offers()[0]
    with open_work("qinshui", "qs-admin") as work:
        assert templates.take_built_in(work, offer.name).hash == offer.package.hash
        with pytest.raises(templates.AlreadyHere):
            templates.take_built_in(work, offer.name)
        with pytest.raises(NotFound):
            templates.take_built_in(work, "../engine")
        templates.require_room(work, offer.package.id, "0" * 64)


def test_of_each_package_of_the_house_it_is_said_for_whom_it_is_in_both_languages():
    for offer in builtin.offers():
        assert offer.said.keys() == {"zh", "en"} and all(len(text) > 20 for text in offer.said.values()), (
            offer.name
        )
