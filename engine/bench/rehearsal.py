"""What a rehearsal costs for each occurrence at ten years of a daily duty for 100 units, against one year of it, and its memory.

One long rehearsal is compared with short ones that begin and end meanwhile, each with all that comes before its first line.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from time import process_time

import orjson

from engine.rehearsal import Rehearsal, invent, make_stage
from tenants.calendar import Calendar
from workflows.package import Package, read_files

UNITS = 100
YEARS = 10

_CAMPAIGN = """\
format: luoshi/1
id: daily
version: 1.0.0
title: 每日排查
level: county
notice: {{issuer: 某局, number: 某发〔2024〕1号, issued: 2024-01-01}}
period: {{start: 2024-01-01, end: {end}}}
actors:
  mine: {{title: 各煤矿, unit: "kind == 'mine' and status in ['生产', '建设']"}}
  office: {{title: 办公室, post: office}}
duties:
  daily:
    title: 每日报告
    by: mine
    to: office
    form: note
    every: {{rule: FREQ=DAILY, start: period.start, end: period.end, opens: due}}
    words: 每日
    clause: 一
"""
_PROCESS = """\
<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
 id="d" targetNamespace="t"><bpmn:process id="report" isExecutable="true"><bpmn:startEvent id="start"/>
<bpmn:userTask id="fill" name="填报" camunda:formKey="form" camunda:candidateGroups="by"/>
<bpmn:userTask id="read" name="接收" camunda:formKey="note" camunda:candidateGroups="to"/><bpmn:endEvent id="done"/>
<bpmn:sequenceFlow id="a" sourceRef="start" targetRef="fill"/><bpmn:sequenceFlow id="b" sourceRef="fill" targetRef="read"/>
<bpmn:sequenceFlow id="c" sourceRef="read" targetRef="done"/></bpmn:process></bpmn:definitions>
"""


@dataclass(frozen=True)
class Cost:
    """years: of the long rehearsal. lines: told in it. ratio: of the two in `each`, the median over rounds.

    each: median microseconds of the processor for a line, peaks: traced memory in bytes; of one year and of the long one.
    """

    years: int
    lines: int
    each: tuple[float, float]
    ratio: float
    peaks: tuple[int, int]


def measure(rounds: int = 7, years: int = YEARS) -> Cost:
    """Measure both in turn; a round takes a second or two.

    Processor time: nothing is waited for here, and on a busy machine the clock on the wall measures the others.
    """
    one, long = _package(1), _package(years)
    few, many = _lines(one), _lines(long)
    each: list[tuple[float, float]] = []
    for _round in range(rounds):
        gc.collect()
        each.append((_seconds(one) / few * 1e6, _seconds(long) / many * 1e6))
    middle = (median(a for a, _ in each), median(b for _, b in each))
    return Cost(years, many, middle, median(b / a for a, b in each), (_peak(one), _peak(long)))


def _seconds(package: Package) -> float:
    began = process_time()
    _lines(package)
    return process_time() - began


def table(cost: Cost) -> Iterator[str]:
    """Yield the lines of a table of what was measured."""
    yield f"rehearsal: a daily report of {UNITS} units, {cost.lines:,} lines in {cost.years} years"
    yield f"  one year    {cost.each[0]:6.1f} µs a line   peak {cost.peaks[0] / 1e6:5.2f} MB"
    yield f"  {cost.years:<2} years    {cost.each[1]:6.1f} µs a line   peak {cost.peaks[1] / 1e6:5.2f} MB"
    yield f"  ratio       {cost.ratio:6.2f}   (at most 1.2)"


def _package(years: int) -> Package:
    end = date(2024 + years, 1, 1) - timedelta(days=1)
    files = {
        "campaign.yaml": _CAMPAIGN.format(end=end), "clauses.yaml": "- {path: 一, gist: 每日报告, kind: report}\n",
        "processes/report.bpmn": _PROCESS,
        "forms/note/schema.json": '{"type": "object", "properties": {"文": {"type": "string"}}}',
        "forms/note/example.json": '{"文": "无"}',
    }  # fmt: skip
    package, problems = read_files({path: text.encode() for path, text in files.items()})
    assert package is not None and not problems, problems
    return package


def _lines(package: Package) -> int:
    """Rehearse as `luoshi rehearse --json` does, with the load besides; return how many lines were told."""
    stage = make_stage(package, invent(package, {"mine": UNITS}), calendar=Calendar())
    return sum(1 for row in Rehearsal(stage).rows() if orjson.dumps(row))


def _peak(package: Package) -> int:
    gc.collect()
    tracemalloc.start()
    _lines(package)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def main() -> Iterator[str]:
    """Measure, and yield the table."""
    yield from table(measure())
