"""Every operation of the API, by every kind of holder, with own, foreign and unknown ids; and that no command is missing.

What `test_routes` asks of the pages is asked here of the API: a foreign id answers exactly like one that does not exist; no
answer holds what another county or a rival mine wrote; no row of theirs changes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tenants.access import GRANTS
from tests.web.county import County
from tests.web.program import ROOT, Program
from tests.web.swaps import made_up, subsets
from web.api.document import document
from web.api.operation import CARRIED, GUARDED
from web.entry import GUARDED as PAGES

pytestmark = pytest.mark.slow

# Routes that are no operations: the document, and the same for people.
OPEN = frozenset({"api_docs.openapi", "api_docs.read"})
# Commands of pages that programs do not need, and why.
NO_NEED = {
    "tables.export": "what is handed out as a sheet is an answer that the program has",
}
# Pages that everybody reads carry a form for those who may more; here that is an operation by itself.
STRICTER = frozenset({
    "api_notices.attach_to_campaign", "api_notices.attach_to_package", "api_notices.remove_from_campaign",
    "api_notices.remove_from_package", "api_campaigns.add_table",
})  # fmt: skip
OF_A_UNIT = frozenset({"task_id", "instance_id", "item_id", "file_id", "unit_id", "member_id"})
# Rows of the house that a request leaves beside its matter.
_BESIDE = frozenset({"receipt"})

Ask = Callable[[dict[str, str]], Any]
# endpoint -> what is sent, made of ids.
BODIES: dict[str, Ask] = {
    "api_tasks.save_draft": lambda ids: {"answers": {"file": ids["file_id"]}, "revision": 0},
    "api_tasks.change_draft": lambda ids: {"set": {"file": ids["file_id"]}, "revision": 0},
    "api_campaigns.settle": lambda ids: {"what": "actor", "key": "x", "units": [ids["unit_id"]]},
    "api_tasks.draw": lambda ids: {"field": "file"},
    "api_tasks.complete": lambda ids: {"answers": {"file": ids["file_id"]}},
    "api_campaigns.preview": lambda ids: {"package": ids["package_hash"]},
    "api_campaigns.launch": lambda ids: {"package": ids["package_hash"]},
    "api_deliveries.forward": lambda ids: {"to": ids["unit_id"]},
    "api_deliveries.resend": lambda ids: {"to": ids["unit_id"]},
    "api_deliveries.give_back": lambda ids: {"reason": "某"},
    "api_deliveries.withdraw": lambda ids: {"reason": "某"},
    "api_duties.preview": lambda ids: {"title": "某", "reason": "某", "by": "x", "form": ids["form"]},
    "api_duties.add": lambda ids: {"title": "某", "reason": "某", "by": "x", "form": ids["form"]},
    "api_duties.start": lambda ids: {"about": ids["unit_id"]},
    "api_duties.set_date": lambda ids: {"due": None, "reason": "某"},
    "api_instances.correct": lambda ids: {"reason": "某"},
    "api_packages.settle_conflicts": lambda ids: {"revision": 0},
    "api_packages.publish_merge": lambda ids: {"revision": 0},
    "api_packages.drop_merge": lambda ids: {"revision": 99},
    "api_packages.hand_down": lambda ids: {"to": [ids["unit_id"]]},
    "api_packages.ask_again": lambda ids: {"note": "某"},
    "api_packages.urge": lambda ids: {"further": True},
    "api_packages.publish": lambda ids: {"upload": ids["package_hash"][:32]},
    "api_units.add": lambda ids: {"name": "某", "kind": "mine", "parent_id": ids["unit_id"]},
    "api_units.preview": lambda ids: {"name": "某", "parent_id": ids["unit_id"]},
    "api_units.change": lambda ids: {"name": "某", "parent_id": ids["unit_id"]},
    "api_members.add": lambda ids: {"name": "某", "sign_in_name": "nobody-yet", "unit_id": ids["unit_id"]},
    "api_members.change": lambda ids: {"title": "某"},
    "api_campaigns.rehearse": lambda ids: {"package": ids["package_hash"]},
    "api_members.give_codes": lambda ids: {"members": [ids["member_id"]]},
    "api_units.take_units": lambda ids: {"upload": ids["package_hash"][:32], "mark": "x"},
    "api_members.take_people": lambda ids: {"upload": ids["package_hash"][:32], "mark": "x"},
    "api_campaigns.amend_campaign": lambda ids: {"package": ids["package_hash"], "seal": "x"},
    "api_templates.clone": lambda ids: {"seen": ids["package_hash"]},
    "api_templates.give": lambda ids: {"description": "某", "audience": "own", "level": "county"},
    "api_instances.change_version": lambda ids: {"package": ids["package_hash"], "seal": "x"},
    "api_calendar.preview": lambda ids: {"days": [{"day": "2024-12-25", "kind": "off"}]},
    "api_calendar.apply": lambda ids: {"days": [{"day": "2024-12-25", "kind": "off"}]},
}
FILES = frozenset({
    "api_tasks.upload", "api_packages.check", "api_units.check_units", "api_members.check_people",
    "api_notices.attach_to_campaign", "api_notices.attach_to_package", "api_tasks.read", "api_campaigns.add_table",
})  # fmt: skip
# endpoint -> a question that names ids.
ASKED: dict[str, Ask] = {
    "api_tasks.listed": lambda ids: {"campaign": ids["campaign_id"], "unit": ids["unit_id"]},
    "api_ledgers.lines": lambda ids: {"unit": ids["unit_id"]},
    "api_members.listed": lambda ids: {"unit": ids["unit_id"]},
    "api_campaigns.add_table": lambda ids: {"version": "2"},
    "api_campaigns.look_at_amendment": lambda ids: {"package": ids["package_hash"]},
    "api_instances.look_at_version": lambda ids: {"package": ids["package_hash"]},
    "api_audit.listed": lambda ids: {"who": ids["member_id"]},
}


@dataclass(frozen=True)
class Route:
    """One rule with one method."""

    rule: Rule
    method: str

    @property
    def parameters(self) -> set[str]:
        return set(self.rule.arguments)

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


@pytest.fixture
def routes(house) -> list[Route]:
    return all_of(house)


def all_of(house: Flask) -> list[Route]:
    """Return all operations; those that end something come last, so that the others still find it."""
    found = [
        Route(rule, method)
        for rule in house.url_map.iter_rules()
        if rule.rule.startswith(ROOT) and rule.endpoint not in OPEN
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(
        found,
        key=lambda route: route.endpoint.endswith(
            ("close", "deactivate", "remove_from_campaign", "withdraw")
        ),
    )


# --- nothing is missing, nothing is besides ---------------------------------------------------------------------------


def test_every_operation_goes_through_the_gate_and_asks_for_a_permission_that_somebody_has(routes):
    assert {route.endpoint for route in routes} == set(GUARDED)
    assert all(GRANTS.get(may) for may in GUARDED.values())


def test_every_command_of_the_pages_is_there_or_has_a_reason_not_to_be(house):
    commands = {
        rule.endpoint
        for rule in house.url_map.iter_rules()
        if rule.endpoint in PAGES and (rule.methods or set()) & {"POST", "PUT"}
    }
    carried = {page for pages in CARRIED.values() for page in pages}
    assert commands - carried - set(NO_NEED) == set()
    assert carried <= commands and set(NO_NEED) <= commands - carried


def test_an_operation_asks_for_what_the_page_asks_for():
    other = {
        endpoint: (may, PAGES[page])
        for endpoint, may in GUARDED.items()
        for page in CARRIED[endpoint]
        if PAGES[page] != may and endpoint not in STRICTER
    }
    assert other == {}


def test_every_operation_is_documented_with_all_that_it_may_answer(house, routes):
    found = document(house)
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }
    assert len(operations) == len(routes)
    for place, operation in operations.items():
        assert operation["summary"] and operation["operationId"] and operation["security"], place
        assert {"400", "401", "403", "406", "422", "429", "503"} <= operation["responses"].keys(), place
        writes = not place.startswith("GET")
        assert not writes or {"404", "409", "413", "415"} <= operation["responses"].keys(), place
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)


def test_every_operation_that_is_sent_something_has_a_body_here(house, routes):
    sent = {
        operation["operationId"]
        for methods in document(house)["paths"].values()
        for method, operation in methods.items()
        if method != "parameters" and "application/json" in operation.get("requestBody", {}).get("content", {})
    }  # fmt: skip
    assert {f"api_{name}" for name in sent} == set(BODIES), "give these operations a body in BODIES"


# --- who gets what -----------------------------------------------------------------------------------------------------


def test_a_foreign_id_answers_exactly_like_an_unknown_one(program, routes, counties, rows_of):
    """An administrator of Qinshui asks their own county for Yangcheng's things."""
    theirs, own = counties
    before = rows_of(theirs.tenant)
    asker = program("qs-admin")
    for route in routes:
        for swapped in subsets(route.parameters):
            foreign = ask_operation(
                asker, route, own, {name: theirs.values[name] for name in swapped}, theirs
            )
            if swapped or route.method == "GET" or foreign[0] >= 400:
                unknown = ask_operation(asker, route, own, {name: made_up(name) for name in swapped}, None)
                assert foreign == unknown, f"{route} tells foreign from unknown {swapped}"
            assert foreign[0] < 500, f"{route} {swapped}: {foreign}"
            assert theirs.canary not in foreign[1], f"{route} {swapped} shows what another county wrote"
    assert rows_of(theirs.tenant) == before, "rows of another county changed"


def test_a_rival_mines_things_answer_exactly_like_unknown_ones(program, routes, counties, rows_of):
    """The clerk of a neighbouring mine asks for this mine's things; the campaign is the same."""
    county, _other = counties
    before = rows_of(county.tenant)
    asker = program("plain")
    for route in routes:
        if not route.parameters & OF_A_UNIT:
            shared = ask_operation(asker, route, county, {}, county)
            assert county.canary not in shared[1], f"{route} shows what a rival mine wrote"
        for name in route.parameters & OF_A_UNIT:
            rival = ask_operation(asker, route, county, {}, county)
            unknown = ask_operation(asker, route, county, {name: made_up(name)}, county)
            assert rival == unknown, f"{route} tells a rival's {name} from an unknown one"
            assert county.canary not in rival[1] and rival[0] in (403, 404)
    after = rows_of(county.tenant)
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed <= _BESIDE | {"audit_entry"}
    assert len(after["audit_entry"]) - len(before["audit_entry"]) == 1  # the token itself


def test_an_auditor_changes_nothing(program, routes, counties, rows_of):
    county, _other = counties
    asker = program("auditor")
    before = rows_of(county.tenant)
    for route in routes:
        status, _body = ask_operation(asker, route, county, {}, county)
        # Not every form has a table of which there is a template, nor is every report a roll-up.
        some = route.endpoint in ("api_tasks.template", "api_instances.rollup")
        there = (200, 403, 404) if some else (200, 403)
        assert status == 403 if route.method != "GET" else status in there, f"{route}: {status}"
    assert rows_of(county.tenant) == before
    assert asker.get("/audit").status_code == 200


def test_a_token_for_reading_changes_nothing(program, routes, counties, rows_of):
    county, _other = counties
    asker = program("admin", read_only=True)
    before = rows_of(county.tenant)
    for route in routes:
        status, _body = ask_operation(asker, route, county, {}, county)
        assert status < 500, f"{route}: {status}"
    assert rows_of(county.tenant) == before


def test_nobody_gets_in_without_a_token(program, routes, counties, rows_of):
    county, _other = counties
    before = rows_of(county.tenant)
    asker = program()
    for route in routes:
        status, body = ask_operation(asker, route, county, {}, county)
        assert status == 401, f"{route}: {status}"
        assert county.canary not in body
    assert rows_of(county.tenant) == before


@pytest.mark.parametrize("login", ["admin", "pine", "clerk", "reader", "author"])
def test_nothing_breaks_for_those_who_belong_there(program, routes, counties, login):
    """Own ids, by people of the county: an answer or a refusal, never a fault."""
    county, other = counties
    asker = program(login)
    for route in routes:
        status, body = ask_operation(asker, route, county, {}, county)
        assert status < 500, f"{route}: {status}"
        assert other.canary not in body
    if login in ("admin", "pine"):
        assert asker.get(f"/instances/{county.values['instance_id']}").status_code == 200


# --- how ---------------------------------------------------------------------------------------------------------------

_PASSING = frozenset({"Date", "Content-Length", "ETag", "Last-Modified"})
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,64}")


def ask_operation(
    asker: Program, route: Route, county: County, swapped: dict[str, str], named: County | None
) -> tuple[int, str]:
    """Send the request and return (status, body) without ids, which are what we sent ourselves.

    swapped: parameters with another value than the county's own. named: whose ids stand in the body; None = nobody's.
    """
    path = _path(route, county, swapped)
    # Contents of a package have the same names everywhere; only ids are swapped.
    whose = {
        name: (named.values[name] if named else made_up(name))
        for name in county.values
        if name.endswith("_id")
    }
    ids = {**county.values, **whose}
    if route.endpoint in FILES:
        sent: dict[str, Any] = {"data": {"file": (io.BytesIO(b"%PDF-1.4 no zip"), "a.pdf")}}
    elif route.endpoint in BODIES:
        sent = {"json": BODIES[route.endpoint](ids)}
    else:
        sent = {"query_string": ASKED[route.endpoint](ids)} if route.endpoint in ASKED else {}
    answer = asker.open(path.removeprefix(ROOT), route.method, **sent)
    return answer.status_code, _IDS.sub("…", _written(answer)).replace(path, "…")


def _written(answer: TestResponse) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name not in _PASSING)
    parts = [answer.data]
    if answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
    return "\n".join([headers, *(part.decode(errors="replace") for part in parts)])


def _path(route: Route, county: County, swapped: dict[str, str]) -> str:
    values = {**county.values, **swapped}
    if route.endpoint == "api_duties.start" and "duty" not in swapped:
        values["duty"] = county.values["start_duty"]
    path = route.rule.rule
    for name in route.parameters:
        path = re.sub(rf"<(\w+:)?{name}>", values[name], path)
    assert "<" not in path, f"give the parameters of {path} a value in tests/web/county.py"
    return path
