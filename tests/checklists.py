"""A campaign about a check table: filled by each mine itself, then by an inspector. Its items are invented."""

from __future__ import annotations

import json

from engine import campaigns
from tenants import outbox
from tenants.db import system_work
from tests.workflows.small import bpmn
from web import config, demo, house
from web.jobs import run_job
from workflows.publish import publish

# Variant -> (areas, items): as many as real tables have.
SIZES = {"underground": (13, 465), "open_pit": (16, 326), "other": (15, 210)}
SMALL = {"underground": (2, 5), "open_pit": (1, 2), "other": (1, 1)}
_AREAS = ("安全管理", "通风", "瓦斯防治", "顶板", "机电", "运输", "防治水", "防灭火", "粉尘", "爆破", "监测监控", "应急救援", "职业健康",
          "边坡", "排土场", "尾矿库")  # fmt: skip

CAMPAIGN = """\
format: luoshi/1
id: checks-2023
version: 1.0.0
title: 矿山综合整治检查
level: county
notice: {issuer: 某县应急管理局, number: 某应急发〔2023〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-06-30}
actors:
  office: {title: 检查工作组, post: inspector}
  mine: {title: 各煤矿, unit: "kind == 'mine' and status in ['生产', '建设']"}
duties:
  self_check: {title: 对照检查表自查, by: mine, process: check, form: self-check, clause: 一}
  inspection: {title: 对照检查表检查, by: office, process: check, form: inspection, on: {demand: office, about: mine}, clause: 二}
  spot_check: {title: 抽查, by: office, process: check, form: spot-check, on: {demand: office, about: mine}, clause: 二}
ledgers:
  hazards:
    title: 不合格项
    process: hazard
    form: fix
    title_field: 检查内容
    columns: [检查内容, 问题描述]
    from_rows: [{rows: self-check.检查结果, when: "结果 == '不合格'"}]
    states: [待整改, 已整改]
    clause: 一
tables:
  mine_check:
    title: 安全检查表
    version: "2023-08"
    variants:
      underground: {title: 井工煤矿, unit: "method == '井工'"@underground}
      open_pit: {title: 露天煤矿, unit: "method == '露天'"@open_pit}
      other: {title: 其他矿山@other}
    clause: 一
"""
CLAUSES = """\
- {path: 一, gist: 逐项自查, kind: duty}
- {path: 二, gist: 逐项检查, kind: duty}
"""
TEXT = {"type": "string", "readOnly": True}
RESULT = {"type": "string", "title": "结果", "enum": ["合格", "不合格", "不适用"]}
THEN = {
    "properties": {
        "问题描述": {"type": "string", "title": "问题描述", "maxLength": 200},
        "照片": {"type": "array", "title": "照片", "items": {"type": "string", "format": "attachment", "x-accept": ["photo"]}},
    },
    "required": ["问题描述"],
}  # fmt: skip
ROW = {
    "type": "object",
    "required": ["编号", "结果"],
    "properties": {
        "编号": {**TEXT, "title": "编号"},
        "检查内容": {**TEXT, "title": "检查内容"},
        "结果": RESULT,
    },
    "if": {"properties": {"结果": {"const": "不合格"}}, "required": ["结果"]},
    "then": THEN,
}
COUNTED = "count(检查结果, 结果 == '不合格')"


def form(**more: object) -> str:
    table = {"type": "array", "title": "检查结果", "x-table": "mine_check", "items": ROW, **more}
    properties = {
        "检查日期": {"type": "string", "title": "检查日期", "format": "date"},
        "检查结果": table,
        "不合格数": {"type": "integer", "title": "不合格数", "readOnly": True, "x-computed": COUNTED},
        "备注": {"type": "string", "title": "备注", "maxLength": 500},
    }  # fmt: skip
    schema = {"type": "object", "required": ["检查日期", "检查结果"], "properties": properties}
    return json.dumps(schema, ensure_ascii=False)


def table(areas: int, items: int, *, mark: str = "A", since: str = "") -> str:
    """Return a table of so many areas and items as CSV. since: put behind each text, for another version."""
    lines = ["编号,分区,检查内容,检查依据"]
    for number in range(items):
        area = number * areas // items
        name = f"{area + 1:02} {_AREAS[area % len(_AREAS)]}"
        key = f"{mark}{area + 1:02}-{number + 1:03}"
        text = f"第{number + 1}项：{_AREAS[area % len(_AREAS)]}的制度、设备和现场符合要求，记录齐全{since}"
        lines.append(f"{key},{name},{text},安全规程第{number % 90 + 1}条")
    return "\n".join(lines) + "\n"


def files(sizes: dict[str, tuple[int, int]] = SIZES) -> dict[str, bytes]:
    """Return the package with tables of these sizes."""
    campaign = CAMPAIGN
    for variant, (areas, items) in sizes.items():
        campaign = campaign.replace(f"@{variant}", f", areas: {areas}, items: {items}")
    fill = 'camunda:formKey="form" camunda:candidateGroups="by"'
    fixed = {"type": "object", "properties": {"措施": {"type": "string", "title": "整改措施"}}}
    texts = {
        "campaign.yaml": campaign, "clauses.yaml": CLAUSES, "processes/check.bpmn": bpmn("check", [("fill", fill)]),
        "processes/hazard.bpmn": bpmn("hazard", [("fix", 'camunda:formKey="fix" camunda:candidateGroups="about"')]),
        "forms/self-check/schema.json": form(), "forms/inspection/schema.json": form(),
        "forms/spot-check/schema.json": form(**{"x-partial": True}),
        "forms/fix/schema.json": json.dumps(fixed, ensure_ascii=False),
    }  # fmt: skip
    for mark, (variant, (areas, items)) in zip("ABC", sizes.items(), strict=True):
        texts[f"tables/mine_check.{variant}.csv"] = table(areas, items, mark=mark)
    return {path: text.encode() for path, text in texts.items()}


def prepare() -> None:
    """Load the demonstration into the house of the surroundings, with this campaign running in its first county."""
    settings = config.read()
    house.make_database(settings)
    app = house.bare_app(settings)
    demo.load(app, launched=False)
    with app.app_context():
        with demo.admin_work("yangcheng", "yc") as work:
            campaigns.launch(work, publish(work, files()).hash)
        with system_work(reads=True) as globals_:
            due = outbox.due(globals_, house.house().clock.now(), limit=1000)
        for tenant, job in due:
            run_job(str(tenant), str(job))
