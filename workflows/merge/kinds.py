"""Which files are taken apart, and how. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workflows.marked_yaml import Mapped, read_yaml
from workflows.merge.csv_text import Csv
from workflows.merge.drawn import Drawn
from workflows.merge.formats import Format
from workflows.merge.json_text import Json
from workflows.merge.prose import Prose
from workflows.merge.texts import Text, read_text
from workflows.merge.tree import Node
from workflows.merge.yaml_text import Yaml
from workflows.package import CAMPAIGN

_CELLS = re.compile(r"tables/([^./]+)[^/]*\.csv")
# A text beyond this is merged as a whole.
MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class Read:
    """A file taken apart."""

    text: Text
    root: Node


def format_of(path: str, keys: Mapping[str, str]) -> Format | None:
    """Return how a file is taken apart; None = not at all. keys: table -> the column with the ids of its items."""
    if path.endswith((".bpmn", ".dmn")):
        return Drawn()
    if path.endswith((".yaml", ".yml")):
        return Yaml()
    if path.endswith(".json"):
        return Json()
    if path.endswith(".md"):
        return Prose()
    table = _CELLS.fullmatch(path)
    return Csv(keys.get(table[1], "编号")) if table else None


def read(format: Format, path: str, data: bytes) -> Read:
    """Take a file apart. Raises Unfit."""
    text = read_text(data, xml=isinstance(format, Drawn))
    return Read(text, format.read(text.text))


def columns_with_ids(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the column with the ids of each table's items, as campaign.yaml says."""
    value, _ = read_yaml(files.get(CAMPAIGN, b""), CAMPAIGN)
    tables = value.get("tables") if isinstance(value, Mapped) else None
    found = {}
    for table, said in tables.items() if isinstance(tables, dict) else ():
        columns = said.get("columns") if isinstance(said, dict) else None
        if isinstance(columns, dict) and isinstance(columns.get("id"), str):
            found[table] = columns["id"]
    return found
