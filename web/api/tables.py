"""The tables of a task's form as sheets: the template, and a filled one read into rows to be handed in as answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Asks, Body, File, Many, Open, Said, Text
from web.api.operation import operation
from web.api.tasks import tasks
from web.views import tables as page

_TABLES = "/tasks/<uuid:task_id>/tables"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TableAsks(Asks):
    """Which table of the form."""

    at = Text(
        200, load_default="", metadata={"description": str(say("表格的位置，例如 /hazards；不写是第一个"))}
    )


class SheetBody(Body):
    """A filled sheet, as XLSX or CSV."""

    file = File(required=True)


class RowsShape(Answer):
    """What a sheet says: rows as answers take them; headings that no field has; columns that are not read."""

    rows = Many(Open())
    strange = Many(Said(), data_key="unknown")  # a schema has an `unknown` of its own
    skipped = Many(Said())


@operation(
    tasks,
    "GET",
    f"{_TABLES}/template",
    may="work.see",
    summary=say("表单中一个表格的 Excel 模板"),
    content=XLSX,
    asks=TableAsks,
)
def template(work: Work, asked: dict[str, Any], task_id: UUID) -> Response:
    """Hand out the sheet to be filled for a table of a task's form."""
    return page.blank_sheet(work, task_id, asked["at"])


@operation(
    tasks, "POST", f"{_TABLES}/read", may="task.work", summary=say("把填好的 Excel 或 CSV 读成表格的行"), answer=RowsShape,
    asks=TableAsks, file=SheetBody, reads=True, does=("tables.read",),
    note=say("什么都不记录：读出的行由程序写进答案提交。有问题时一次列出全部，精确到行和列。"),
)  # fmt: skip
def read(work: Work, asked: dict[str, Any], sent: dict[str, Any], task_id: UUID) -> Any:
    """Read a filled sheet into rows of the table, or say everything that is wrong with it."""
    filled, _shown = page.filled_sheet(work, task_id, asked["at"], sent["file"])
    return {"rows": filled.rows, "strange": filled.unknown, "skipped": filled.skipped}
