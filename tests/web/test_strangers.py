"""Every route, as somebody of the superior, of a town below and of an authority far away: nothing of a county is there for them.

What a member of another authority is answered when they name something of the county is, byte for byte, what they are answered
when they name what never existed, and no row of the county changes. A superior is a stranger, too: it has what was delivered to
it, and nothing else. A new route is covered without a word, or fails for want of a value for its parameters.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.deliveries.models import Delivery
from tests.web import test_api_routes as operations
from tests.web import test_routes as pages
from tests.web.neighbours import STRANGERS, Neighbours
from tests.web.swaps import changed, made_up, subsets

pytestmark = pytest.mark.slow


def walk(ask, routes, asker, neighbours: Neighbours, login: str) -> list[str]:
    """Ask for the county's things along every route; return where they are told from what never existed."""
    victim, own = neighbours.victim, neighbours.strangers[login]
    found = []
    for route in routes:
        for swapped in subsets(route.parameters):
            theirs = {name: victim.values[name] for name in swapped}
            foreign = ask(asker, route, own, theirs, victim)
            if foreign[0] >= 500 or victim.canary in foreign[1]:
                found.append(f"{route} {sorted(swapped)}: {foreign}")
            # What was carried out is not asked for twice.
            if swapped or route.method == "GET" or foreign[0] >= 400:
                nothing = ask(asker, route, own, {name: made_up(name) for name in swapped}, None)
                if foreign != nothing:
                    found.append(f"{route} {sorted(swapped)}:\n  {foreign}\n  {nothing}")
    return found


@pytest.mark.parametrize("login", STRANGERS)
def test_no_page_tells_the_countys_things_from_what_never_existed(house, visit, neighbours, rows_of, login):
    before = rows_of("yangcheng", house=True)
    assert walk(pages.ask_page, pages.inside(house), visit(login), neighbours, login) == []
    assert changed(before, rows_of("yangcheng", house=True)) == set()


@pytest.mark.parametrize("login", STRANGERS)
def test_no_operation_tells_the_countys_things_from_what_never_existed(
    house, program, neighbours, rows_of, login
):
    before = rows_of("yangcheng", house=True)
    assert walk(operations.ask_operation, operations.all_of(house), program(login), neighbours, login) == []
    assert changed(before, rows_of("yangcheng", house=True)) == set()


@pytest.mark.parametrize("login", [*STRANGERS, *(mine for *_, mine in STRANGERS.values())])
def test_the_county_itself_is_not_there(house, visit, neighbours, rows_of, login):
    before, visitor = rows_of("yangcheng", house=True), visit(login)
    for route in pages.inside(house):
        there = pages.ask_page(visitor, route, neighbours.victim, {}, neighbours.victim)
        nowhere = pages.ask_page(visitor, route, neighbours.victim, {}, neighbours.victim, tenant="nowhere")
        differs = [
            pair
            for pair in zip(there[1].split("\n"), nowhere[1].split("\n"), strict=False)
            if pair[0] != pair[1]
        ]
        assert there == nowhere and there[0] == 404, f"{route}: {differs}"
    assert changed(before, rows_of("yangcheng", house=True)) == set()


def test_a_superior_has_what_was_delivered_to_it(visit, door, neighbours):
    with door("jincheng", reads=True) as work:
        row = work.session.scalars(select(Delivery).where(Delivery.side == "in")).one()
    page = visit("city-admin").get(f"/t/jincheng/instances/{row.instance_id}")
    assert page.status_code == 200 and "雨季三防已落实。" in page.text
    # Where it came from it has another number, under which nothing is known here.
    assert row.instance_id != neighbours.delivered
    assert visit("city-admin").get(f"/t/jincheng/instances/{neighbours.delivered}").status_code == 404
