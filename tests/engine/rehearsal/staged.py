"""The engine's small campaign on a stage: its forms with examples, a few units, a calendar without holidays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.rehearsal import Cast, Rehearsal, Stage, make_stage
from engine.rehearsal.cast import Extra, place
from tenants.calendar import Calendar
from tests.engine.package import files
from workflows.elements import Package
from workflows.package import read_files

EXAMPLES = {
    "plan": {"正文": "已安排。"},
    "verdict": {"结论": "接收"},
    "self-check": {"hazards": [{"描述": "巷道积水", "级别": "一般"}]},
    "choice": {"去向": "右"},
    "rectified": {"结果": "已改"},
    "measured": {"瓦斯": 0.4, "班次": 2},
}


def package(changes: Mapping[str, str] = {}, examples: Mapping[str, Any] = EXAMPLES) -> Package:
    """Return the campaign; changes: old text of campaign.yaml -> new."""
    found = files()
    text = found["campaign.yaml"].decode()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    found["campaign.yaml"] = text.encode()
    for form, answers in examples.items():
        if f"forms/{form}/schema.json" in found:
            found[f"forms/{form}/example.json"] = json.dumps(answers, ensure_ascii=False).encode()
    made, problems = read_files(found)
    assert made is not None and not [one for one in problems if one.level == "error"], problems
    return made


def cast(mines: int = 2) -> Cast:
    """Return a bureau with an office, a company and its mines, a section in the first."""
    bureau = place(1, None, name="局", kind="bureau", attributes={"mandate": "all"})
    office = place(
        2, bureau, name="监管股", kind="office", attributes={"mandate": "all"}, posts=("leading_group",)
    )
    company = place(3, None, name="北山公司", kind="company")
    units: list[Extra] = [bureau, office, company]
    for number in range(mines):
        units.append(place(10 + number, company, name=f"{number + 1}号矿", kind="mine", status="生产"))
    if mines:
        units.append(place(5, units[3], name="采煤队", kind="section"))
    return Cast(units)


def stage(changes: Mapping[str, str] = {}, *, mines: int = 2, **more: Any) -> Stage:
    """Return the stage; more: what `make_stage` takes."""
    more.setdefault("calendar", Calendar())
    return make_stage(package(changes), cast(mines), **more)


def played(made: Stage) -> tuple[Rehearsal, list[dict[str, Any]]]:
    """Return a rehearsal that has gone through, and its lines as programs read them."""
    rehearsal = Rehearsal(made)
    return rehearsal, [line.row() for line in rehearsal.lines()]


def day(text: str) -> date:
    return date.fromisoformat(text)
