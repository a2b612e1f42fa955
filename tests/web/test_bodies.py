"""Ids inside what is sent: a thing of another authority, named in an otherwise sound body, is refused as one that never existed.

Which fields name things stands in the API's own document; a new one fails here until it has a case.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import tasks
from engine.deliveries import forwarding
from engine.deliveries.models import Delivery
from engine.duties import start_on_demand
from engine.models import Campaign, Task
from forms import attachments
from tenants.errors import Invalid
from tests.engine.test_deliveries import upward
from tests.forms.files import png
from tests.web.neighbours import OWN_PACKAGE
from tests.web.swaps import changed, made_up
from web.api.document import document
from workflows import pending
from workflows.models import PackageVersion

pytestmark = pytest.mark.slow
# Texts that name a thing of the authority, beside those fields that say so by their format.
NAMING = frozenset({"package", "upload"})


@dataclass(frozen=True)
class Case:
    """One field of one operation. names: whose value it takes. body: what is sent, with the value in it."""

    place: str
    names: str
    body: Callable[[Any], Mapping[str, Any]]


CASES = {
    ("api_campaigns.preview", "package"): Case("POST /campaigns/preview", "package_hash", lambda one: {"package": one}),
    ("api_campaigns.launch", "package"): Case("POST /campaigns", "package_hash", lambda one: {"package": one}),
    ("api_campaigns.rehearse", "package"): Case("POST /campaigns/rehearsal", "package_hash", lambda one: {"package": one}),
    ("api_campaigns.amend_campaign", "package"): Case(
        "POST /campaigns/{campaign_id}/amendment", "package_hash", lambda one: {"package": one, "seal": "x"}
    ),
    ("api_campaigns.settle", "units"): Case(
        "PUT /campaigns/{open_campaign}/settled", "unit_id", lambda one: {"what": "actor", "key": "picked", "units": [one]}
    ),
    ("api_deliveries.forward", "to"): Case("POST /deliveries/{arrived}/forward", "beside", lambda one: {"to": one}),
    ("api_deliveries.resend", "to"): Case("POST /deliveries/{sent}/resend", "beside", lambda one: {"to": one}),
    ("api_duties.start", "about"): Case(
        "POST /campaigns/{campaign_id}/duties/admonition/start", "unit_id", lambda one: {"about": one}
    ),
    ("api_instances.change_version", "package"): Case(
        "POST /instances/{instance_id}/version", "package_hash", lambda one: {"package": one, "seal": "x"}
    ),
    ("api_packages.hand_down", "to"): Case("POST /packages/{package_hash}/handed", "below", lambda one: {"to": [one]}),
    ("api_packages.publish", "upload"): Case("POST /packages", "upload", lambda one: {"upload": one}),
    ("api_units.add", "parent_id"): Case(
        "POST /units", "unit_id", lambda one: {"name": "某", "kind": "mine", "parent_id": one}
    ),
    ("api_units.change", "parent_id"): Case("PATCH /units/{own_unit}", "unit_id", lambda one: {"parent_id": one}),
    ("api_units.preview", "parent_id"): Case(
        "POST /units/{own_unit}/preview", "unit_id", lambda one: {"name": "某", "parent_id": one}
    ),
    ("api_units.take_units", "upload"): Case("POST /units/import", "upload", lambda one: {"upload": one, "mark": "x", "name": "a.csv"}),
    ("api_members.add", "unit_id"): Case(
        "POST /members", "unit_id", lambda one: {"name": "某", "sign_in_name": "nobody-yet", "unit_id": one}
    ),
    ("api_members.give_codes", "members"): Case("POST /members/codes", "member_id", lambda one: {"members": [one]}),
    ("api_members.take_people", "upload"): Case("POST /members/import", "upload", lambda one: {"upload": one, "mark": "x", "name": "a.csv"}),
}  # fmt: skip


def named(house) -> Iterator[tuple[str, str]]:
    """Yield (operation, field) of everything in a body that names a thing."""
    whole = document(house)
    parts = whole["components"]["schemas"]

    def over(schema: Mapping[str, Any], name: str) -> Iterator[str]:
        schema = parts[schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
        if schema.get("format") == "uuid" or name in NAMING:
            yield name
        for key, one in schema.get("properties", {}).items():
            yield from over(one, key)
        for one in (*filter(None, [schema.get("items")]), *schema.get("anyOf", ()), *schema.get("allOf", ())):
            yield from over(one, name)

    for methods in whole["paths"].values():
        for method, operation in methods.items():
            if method != "parameters":
                sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                for name in dict.fromkeys(over(sent.get("schema", {}), "")):
                    yield f"api_{operation['operationId']}", name


def test_every_field_that_names_a_thing_has_a_case_here(house):
    assert set(named(house)) == set(CASES), "give these fields a case in CASES"


@pytest.fixture
def things(neighbours, door) -> tuple[dict[str, str], dict[str, str]]:
    """What the superior has, and what the county and others have, each by the names that cases use."""
    own, victim = neighbours.strangers["city-admin"], neighbours.victim
    with door("jincheng", "city-admin") as work:
        package = work.session.scalars(
            select(PackageVersion.hash).where(PackageVersion.package == OWN_PACKAGE)
        ).one()
        launched = work.session.scalars(select(Campaign.id).where(Campaign.package_hash == package)).one()
        bureau, upload = neighbours.world.unit("bureau", "jincheng"), pending.keep(work, _zipped())
        arrived = work.session.scalars(
            select(Delivery.id).where(Delivery.side == "in", Delivery.title.contains("向市局报告"))
        ).one()
    with door("yangcheng", "admin") as work:
        theirs = work.session.scalars(
            select(PackageVersion.hash).where(PackageVersion.package == "own-winter")
        ).one()
        their_upload = pending.keep(work, _zipped())
    here = {
        **own.values, "arrived": str(arrived), "beside": str(neighbours.world.tenants["shanxi"]),
        "package_hash": package, "open_campaign": str(launched), "own_unit": str(bureau), "upload": upload,
        "below": str(neighbours.world.tenants["yangcheng"]),
    }  # fmt: skip
    there = {
        **victim.values, "package_hash": theirs, "upload": their_upload, "below": str(neighbours.world.tenants["faraway"]),
        "beside": str(neighbours.world.tenants["faraway"]),
    }  # fmt: skip
    return here, there


@pytest.mark.parametrize("field", CASES, ids="-".join)
def test_a_foreign_thing_in_a_body_is_refused_as_one_that_never_existed(
    program, things, door, rows_of, field
):
    case, (own, theirs), asker = CASES[field], things, program("city-admin")
    if "{sent}" in case.place:
        with door("jincheng", "city-admin") as work:
            own["sent"] = str(forwarding.forward(work, UUID(own["arrived"]), UUID(own["beside"])).id)
    before = rows_of("yangcheng", house=True)
    method, path = case.place.format_map(own).split()

    def ask(value: str) -> tuple[int, str]:
        answer = asker.send(method, path, case.body(value))
        return answer.status_code, answer.text.replace(value, "…")

    foreign, nothing = ask(theirs[case.names]), ask(_nothing(case.names))
    assert foreign == nothing and foreign[0] in (404, 422), foreign
    # The body is sound but for that: with a thing of one's own it is answered otherwise.
    sound = ask(own[case.names])
    assert sound[0] in (200, 201, 409) or sound != foreign, sound
    assert changed(before, rows_of("yangcheng", house=True)) == set()


def test_a_foreign_file_in_the_answers_is_refused_as_one_that_never_existed(neighbours, door, rows_of):
    before = rows_of("yangcheng", house=True)
    with door("jincheng", "city-admin") as work:
        launched = work.session.scalars(select(Campaign.id).where(Campaign.title == "冬季煤矿安全行动")).one()
        instance = start_on_demand(work, launched, "upward")
        assert instance is not None
        task = work.session.scalars(select(Task.id).where(Task.instance_id == instance.id)).one()
    said = []
    for file in (neighbours.victim.values["file_id"], made_up("file_id")):
        with pytest.raises(Invalid) as refusal, door("jincheng", "city-admin") as work:
            tasks.complete(work, task, {"正文": "见照片。", "照片": file})
        said.append([str(one.what) for one in refusal.value.problems])
    assert said[0] == said[1] != []
    with door("jincheng", "city-admin") as work:
        own = attachments.store(work, io.BytesIO(png()), "a.png", unit_id=work.actor.unit_id, task_id=task)
        tasks.complete(work, task, {"正文": "见照片。", "照片": str(own.id)})
    assert changed(before, rows_of("yangcheng", house=True)) == set()


def _nothing(names: str) -> str:
    if names == "upload":
        return "f" * 32
    return made_up(names if names == "package_hash" else "an_id")


def _zipped() -> bytes:
    """Return a package that nobody has published yet, as an upload."""
    text = upward()["campaign.yaml"].decode().replace("id: winter-2024", "id: sent-winter")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in {**upward(), "campaign.yaml": text.encode()}.items():
            archive.writestr(path, content)
    return made.getvalue()
