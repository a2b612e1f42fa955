"""Every route of the application, by every kind of person, with own, foreign and unknown ids.

A foreign id must answer exactly like one that does not exist; no page may hold what another county or a rival mine wrote;
no row of theirs may change. A new route is covered without a word, or fails for want of a value for its parameters.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tenants.access import GRANTS
from tests.web.county import County
from tests.web.swaps import made_up, subsets
from tests.web.visitor import Visitor
from web.entry import GUARDED

pytestmark = pytest.mark.slow

INSIDE = "/t/<tenant>"
# Parameters whose things belong to a unit: a rival mine must not see them. The others belong to the whole tenant.
OF_A_UNIT = frozenset({"task_id", "instance_id", "item_id", "file_id", "unit_id", "member_id"})
# Reached only by those who are signed out, or without any tenant: what they may show has tests of its own.
OUTSIDE = frozenset({
    "home", "static", "auth.signin", "auth.signout", "auth.language", "auth.posts", "auth.account", "auth.password",
    "tokens.index", "tokens.revoke", "tokens.end_all", "clock.move", "health.show", "pages.about",
})  # fmt: skip


@dataclass(frozen=True)
class Route:
    """One rule with one method."""

    rule: Rule
    method: str

    @property
    def parameters(self) -> set[str]:
        return set(self.rule.arguments) - {"tenant"}

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


@pytest.fixture
def routes(house) -> list[Route]:
    return inside(house)


def inside(house: Flask) -> list[Route]:
    """Return all routes inside a tenant; those that end something come last, so that the others still find it."""
    found = [
        Route(rule, method)
        for rule in house.url_map.iter_rules()
        if rule.rule.startswith(INSIDE)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda route: route.rule.endpoint.endswith(("close", "deactivate", "withdraw")))


# --- every route goes through the entry --------------------------------------------------------------------------------


def test_every_route_inside_a_tenant_opens_its_work_and_asks_for_a_permission(routes):
    assert {route.rule.endpoint for route in routes} == set(GUARDED)


def test_every_permission_that_is_asked_for_is_granted_to_somebody():
    assert all(GRANTS.get(may) for may in GUARDED.values())


def test_no_route_stands_outside_without_being_known(house):
    # Those of the API stand in `test_api_routes`.
    known = (INSIDE, "/api/v1/")
    outside = {rule.endpoint for rule in house.url_map.iter_rules() if not rule.rule.startswith(known)}
    assert outside == OUTSIDE


def test_every_change_is_a_post_or_a_put(routes):
    assert {route.method for route in routes} <= {"GET", "POST", "PUT"}


def test_every_parameter_of_every_route_is_known_here(routes, counties):
    known = set(counties[0].values)
    missing = {str(route): route.parameters - known for route in routes if route.parameters - known}
    assert not missing, f"give these parameters a value in tests/web/county.py: {missing}"


# --- who gets what -----------------------------------------------------------------------------------------------------


def test_a_foreign_id_answers_exactly_like_an_unknown_one(visit, routes, counties, rows_of):
    """An administrator of Qinshui asks their own county for Yangcheng's things."""
    theirs, own = counties
    before = rows_of(theirs.tenant)
    visitor = visit("qs-admin")
    for route in routes:
        for swapped in subsets(route.parameters):
            foreign = ask_page(visitor, route, own, {name: theirs.values[name] for name in swapped}, theirs)
            if (
                swapped or route.method == "GET" or foreign[0] >= 400
            ):  # what was carried out is not asked for twice
                unknown = ask_page(visitor, route, own, {name: made_up(name) for name in swapped}, None)
                assert foreign == unknown, f"{route} tells foreign from unknown {swapped}"
            assert foreign[0] < 500, f"{route} {swapped}: {foreign}"
            assert theirs.canary not in foreign[1], f"{route} {swapped} shows what another county wrote"
    assert rows_of(theirs.tenant) == before, "rows of another county changed"


def test_another_county_is_as_if_it_were_not(visit, routes, counties, rows_of):
    """An administrator of Qinshui asks Yangcheng itself."""
    theirs, _own = counties
    before = rows_of(theirs.tenant)
    visitor = visit("qs-admin")
    for route in routes:
        there = ask_page(visitor, route, theirs, {}, theirs)
        nowhere = ask_page(visitor, route, theirs, {}, theirs, tenant="nowhere")
        assert there == nowhere and there[0] == 404, f"{route}: {there} != {nowhere}"
    assert rows_of(theirs.tenant) == before


def test_a_rival_mines_things_answer_exactly_like_unknown_ones(visit, routes, counties, rows_of):
    """The clerk of a neighbouring mine asks for this mine's things; the campaign is the same."""
    county, _other = counties
    before = rows_of(county.tenant)
    visitor = visit("plain")
    for route in routes:
        own = {"unit_id", "member_id"}
        shared = ask_page(visitor, route, county, {}, county) if not route.parameters & OF_A_UNIT else None
        assert shared is None or county.canary not in shared[1], f"{route} shows what a rival mine wrote"
        for name in route.parameters & OF_A_UNIT:
            rival = ask_page(visitor, route, county, {}, county)
            unknown = ask_page(visitor, route, county, {name: made_up(name)}, county)
            assert rival == unknown, f"{route} tells a rival's {name} from an unknown one"
            assert county.canary not in rival[1]
            assert rival[0] in (403, 404) or own & route.parameters
    after = rows_of(county.tenant)
    assert {name: rows for name, rows in after.items() if rows != before[name]}.keys() <= {"receipt"}


def test_an_auditor_changes_nothing(visit, routes, counties, rows_of):
    county, _other = counties
    before = rows_of(county.tenant)
    visitor = visit("auditor")
    for route in routes:
        status, _body = ask_page(visitor, route, county, {}, county)
        # Who works no tasks has no inbox: its address leads on to the trail.
        # A table is handed out when its address also says which; nothing else here does.
        there = (200, 403, 404) if route.rule.endpoint.startswith("tables.") else (200, 403)
        reading = (302,) if route.rule.endpoint == "inbox.show" else there
        assert status == 403 if route.method != "GET" else status in reading, f"{route}: {status}"
    assert visitor.get("/t/yangcheng/inbox").location.endswith("/t/yangcheng/audit")
    assert rows_of(county.tenant) == before
    assert visitor.get("/t/yangcheng/audit").status_code == 200


def test_nobody_gets_in_without_signing_in(visit, routes, counties, rows_of):
    county, _other = counties
    before = rows_of(county.tenant)
    visitor = visit()
    for route in routes:
        status, body = ask_page(visitor, route, county, {}, county)
        assert status == 302 if route.method == "GET" else status == 401, f"{route}: {status}"
        assert county.canary not in body
    assert rows_of(county.tenant) == before


def test_no_change_is_made_without_the_token(visit, routes, counties, rows_of):
    county, _other = counties
    before = rows_of(county.tenant)
    visitor = visit("admin")
    for route in routes:
        if route.method != "GET":
            answer = visitor.open(
                _path(route, county, {}, county.tenant), route.method, data={"confirm": "yes"}
            )
            assert answer.status_code == 400, str(route)
    assert rows_of(county.tenant) == before


@pytest.mark.parametrize("login", ["admin", "pine", "clerk", "reader", "author"])
def test_nothing_breaks_for_those_who_belong_there(visit, routes, counties, login):
    """Own ids, by people of the county: an answer or a refusal, never a fault; and their own things are there."""
    county, other = counties
    visitor = visit(login)
    for route in routes:
        status, body = ask_page(visitor, route, county, {}, county)
        assert status < 500, f"{route}: {status}"
        assert other.canary not in body
    if login in ("admin", "pine"):
        county_again = visitor.get(f"/t/yangcheng/instances/{county.values['instance_id']}")
        assert county_again.status_code == 200


# --- how ---------------------------------------------------------------------------------------------------------------

# Headers that differ from one answer to the next.
_PASSING = frozenset({"Set-Cookie", "Date", "Content-Length", "ETag", "Last-Modified"})
_TOKENS = re.compile(
    r'(csrf_token" value|csrf-token" content|name="key" value)="[^"]*"|&#34;csrf&#34;: ?&#34;[^&]*|"csrf": ?"[^"]*"'
    r"|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,64}"
)


def ask_page(
    visitor: Visitor,
    route: Route,
    county: County,
    swapped: dict[str, str],
    named: County | None,
    tenant: str = "",
) -> tuple[int, str]:
    """Send the request and return (status, body) without what differs from one request to the next.

    swapped: parameters with another value than the county's own. named: whose ids stand in the body; None = nobody's.
    """
    path = _path(route, county, swapped, tenant or county.tenant)
    if route.method == "GET":
        answer = visitor.get(path)
    elif route.rule.endpoint in ("tasks.draft", "tasks.draft_changes", "tasks.complete"):
        body = {"answers": {"file": _named(named, "file_id")}, "version": 0, "revision": 0}
        answer = visitor.send(path, body, route.method)
    elif route.rule.endpoint in (
        "tasks.upload",
        "packages.upload",
        "tables.read",
        "roster.check_units",
        "roster.check_people",
    ):
        sent = {"file": (io.BytesIO(b"%PDF-1.4 no zip"), "a.pdf"), "field": "/x"}
        answer = visitor.post(path, sent, content_type="multipart/form-data")
    else:
        answer = visitor.post(path, _form(named))
    if answer.status_code == 303:
        visitor.get("/account")  # shows what was said of it, so that the next page does not
    # What was asked for is named in links; ids are what we sent ourselves, so they tell nothing.
    body = _TOKENS.sub("…", _written(answer)).replace(path, "…").replace(tenant or county.tenant, "…")
    return answer.status_code, body


def _written(answer: TestResponse) -> str:
    """Return everything that an answer says: its headers, its body, and what is in a zip."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name not in _PASSING)
    if answer.mimetype == "application/zip" or answer.mimetype.endswith("spreadsheetml.sheet"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
    else:
        parts = [answer.data]
    return "\n".join([headers, *(part.decode(errors="replace") for part in parts)])


def _form(named: County | None) -> dict[str, str]:
    """Return a form that names things of a county wherever some form of ours names one."""
    names = {
        "unit": "unit_id",
        "parent": "unit_id",
        "about": "unit_id",
        "member": "member_id",
        "post": "member_id",
    }
    return {field: _named(named, name) for field, name in names.items()} | {
        "name": "某", "sign_in_name": "nobody-yet", "kind": "mine", "version": "0", "step": "preview", "date": "2024-11-05",
        "upload": _named(named, "package_hash")[:32], "roles": "staff",
    }  # fmt: skip


def _named(county: County | None, name: str) -> str:
    return county.values[name] if county else made_up(name)


def _path(route: Route, county: County, swapped: dict[str, str], tenant: str) -> str:
    values = {name: swapped.get(name, county.values[name]) for name in route.parameters}
    if route.rule.endpoint == "campaigns.start" and "duty" not in swapped:
        values["duty"] = county.values["start_duty"]
    path = route.rule.rule.replace("<tenant>", tenant)
    for name, value in values.items():
        path = re.sub(rf"<(\w+:)?{name}>", value, path)
    assert "<" not in path, path
    return path
