"""An unannounced inspection: nothing that the mine can open, page or answer to a program, is any different while it goes on."""

from __future__ import annotations

import html
import re

from engine import drafting
from tenants import directory
from tests.checklists import SMALL
from tests.checklists import files as checks
from tests.engine.story import Story, begun
from tests.engine.test_checktables import answers

P = "/t/yangcheng"
# What is another at every look: keys of forms and requests.
_KEYS = re.compile(
    r'((?:csrf_token|key)" value="|csrf-token" content="|"(?:csrf|idempotencyKey|request)": ?")[^"]+'
)
_LINKS = re.compile(rf'href="({P}/[^"#]*)"')
INDICATORS = """\
indicators:
  inspected: {title: 检查数, value: "count(inspection)", target: ">= 0", clause: 二}
"""


def files() -> dict[str, bytes]:
    """Return the campaign of check tables, its inspections hidden from the mine."""
    found = checks(SMALL)
    text = found["campaign.yaml"].decode().replace("post: inspector", "post: leading_group")
    text = text.replace(
        "on: {demand: office, about: mine}", "on: {demand: office, about: mine}, hidden: about"
    )
    found["campaign.yaml"] = (text + INDICATORS).encode()
    return found


def everything(visitor, program, story: Story, world) -> dict[str, str]:
    """Return whatever somebody finds who follows every link, and asks as a program."""
    campaign = f"/campaigns/{story.launched}"
    more = ("audit", f"units/{world.unit('pine')}/file", "lists", f"{campaign[1:]}/duties/inspection")
    todo, found = [f"{P}/inbox", f"{P}/campaigns", *(f"{P}/{path}" for path in more)], {}
    while todo:
        path = todo.pop()
        if path in found or len(found) > 150:
            continue
        answer = visitor.get(path)
        found[path] = _KEYS.sub(r"\1", answer.text if answer.mimetype == "text/html" else answer.mimetype)
        todo += map(html.unescape, _LINKS.findall(found[path]))
    for path in ("", "/duties", "/ledgers", "/ledgers/hazards", "/indicators", "/duties/inspection"):
        found[f"api{path}"] = _KEYS.sub(r"\1", program.get(campaign + path).text)
    for path in ("/tasks", "/audit", "/campaigns"):
        found[f"api{path} "] = _KEYS.sub(r"\1", program.get(path).text)
    return found


def test_a_mine_finds_no_trace_of_its_inspection(open_work, clock, house, visit, program, world) -> None:
    story = begun(open_work, clock, files())
    story.launch()
    with open_work("yangcheng") as work:
        directory.change_member(work, world.member("pine"), roles=["auditor", "readonly", "staff"])
    mine = visit("pine"), program("pine"), story, world
    before = everything(*mine)
    assert len(before) > 30 and "松岭煤矿" in before[f"{P}/inbox"]

    story.demand("clerk", "inspection", "pine")
    task = story.find("clerk", "inspection")
    with open_work("yangcheng", "clerk") as work:
        drafting.keep(work, task.id, {"检查日期": "2024-11-01"}, 0)
    assert differing(before, everything(*mine)) == []

    story.do("clerk", "inspection", answers=answers())
    story.ring()
    assert differing(before, everything(*mine)) == []


def differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
