"""What the columns of a roster are called and may hold, and how a cell is read: shared by units, people and authorities."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tenants.base import json_text
from tenants.errors import Invalid, Problem
from tenants.sheets import MOST_PROBLEMS, Column, Row, Sheet, Value, as_text
from tenants.text import Message, say

YES, NO = ("是", "yes", "y", "true", "1", "在用"), ("否", "no", "n", "false", "0", "停用")


@dataclass(frozen=True)
class Field:
    """One column. heading: as written; key: its English name; also: what else it may be called. note: for the template."""

    key: str
    heading: str
    note: Message
    also: tuple[str, ...] = ()
    width: int = 16

    @property
    def names(self) -> tuple[str, ...]:
        return (self.heading, self.key, *self.also)


@dataclass
class Reading:
    """A table being read: its columns, and what is found wrong on the way."""

    sheet: Sheet
    fields: Sequence[Field]
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._places = {one.key: self.sheet.column(*one.names) for one in self.fields}

    def has(self, key: str) -> bool:
        """Tell whether the table has this column: what it has not stays as it is."""
        return self._places[key] is not None

    def others(self) -> list[tuple[int, str]]:
        """Return the columns besides, with their headings."""
        used = set(self._places.values())
        return [(n, heading) for n, heading in enumerate(self.sheet.headings) if heading and n not in used]

    def complain(self, row: Row | int, key: str | int | None, what: Message, do: Message) -> None:
        """Note what is wrong with a cell; key: of a field, or the number of a column.

        Raises Invalid when there is so much wrong that nobody reads on.
        """
        place = self._places[key] if isinstance(key, str) else key
        self.problems.append(self.sheet.problem(row, place, what, do))
        if len(self.problems) >= MOST_PROBLEMS:
            self.finish()

    def value(self, row: Row, key: str) -> Value:
        """Return what stands in the cell of a field."""
        place = self._places[key]
        return row.cells[place] if place is not None else None

    def text(self, row: Row, key: str, longest: int = 200) -> str:
        """Return a cell as text; a number that lost digits, or too much text, is a problem."""
        return self.text_at(row, self._places[key], longest)

    def text_at(self, row: Row, place: int | None, longest: int = 200) -> str:
        """Return the text in the cell of a column by its number."""
        if place is None:
            return ""
        try:
            found = as_text(row.cells[place]).strip()
        except ValueError:
            self.complain(row, place, say("这个数字超过 15 位，表格软件已经改动了它的末尾。"),
                          say("请先把这一列设为文本格式，再重新填写。"))  # fmt: skip
            return ""
        if len(found) > longest:
            self.complain(row, place, say("内容太长，最多 {count} 个字。", count=longest), say("请缩短。"))
        return found[:longest]

    def choice(
        self, row: Row, key: str, choices: Mapping[str, Message | str], more: Collection[str] = ()
    ) -> str | None:
        """Return the key of one of the choices, given by its key or its Chinese word; None for what is none of them.

        more: other values, taken as they are.
        """
        found = self.text(row, key, 64)
        if not found or found in choices or found in more:
            return found
        by_word = {str(words): value for value, words in choices.items()}
        if found in by_word:
            return by_word[found]
        offered = tuple([*(str(words) for words in choices.values()), *sorted(set(more) - set(choices))][:20])
        what, do = say("不能填“{value}”。", value=found[:20]), say("可以填：{choices}。", choices=offered)
        self.complain(row, key, what, do)
        return None

    def yes(self, row: Row, key: str) -> bool | None:
        """Return whether a cell says yes or no; None when it is empty."""
        found = self.text(row, key, 64).casefold()
        if not found:
            return None
        if found not in (*YES, *NO):
            self.complain(
                row,
                key,
                say("不能填“{value}”。", value=found[:20]),
                say("可以填：{choices}。", choices=("是", "否")),
            )
        return found in YES

    def finish(self) -> None:
        """Raise Invalid with everything that was found wrong, in the order of the table."""
        if self.problems:
            found = sorted(self.problems, key=lambda one: (one.line, len(one.where), one.where))
            what = say("表格里有 {count} 处问题，什么都没有导入。", count=len(found))
            if len(found) >= MOST_PROBLEMS:
                what = say("表格里的问题不少于 {count} 处，什么都没有导入。", count=len(found))
            raise Invalid(what, say("请按行列改正后重新上传。"), problems=found)


def need(reading: Reading, *keys: str) -> None:
    """Raise Invalid unless the table has all of these columns."""
    missing = [one for one in reading.fields if one.key in keys and not reading.has(one.key)]
    if missing:
        names = tuple(one.heading for one in missing)
        reading.complain(
            reading.sheet.heading_row, None, say("缺少列：{names}。", names=names),
            say("请下载模板，按模板的列标题填写。"),
        )  # fmt: skip
        reading.finish()


def known_headings(fields: Iterable[Field]) -> set[str]:
    """Return what the columns may be called, for `read_sheet`."""
    return {name for one in fields for name in one.names}


def columns(
    fields: Sequence[Field], choices: Mapping[str, Sequence[str]], strict: Collection[str] = ()
) -> list[Column]:
    """Return the columns of a table to be written; choices: key -> what to offer; strict: keys that take nothing else."""
    return [
        Column(
            one.heading, width=one.width, note=str(one.note), choices=tuple(choices.get(one.key, ())),
            strict=one.key in strict,
        )
        for one in fields
    ]  # fmt: skip


def notes(fields: Sequence[Field], closing: Sequence[Message]) -> list[list[str]]:
    """Return the sheet that explains the columns of a template."""
    lines = [["列", "怎么填", "英文列名"], *([one.heading, str(one.note), one.key] for one in fields)]
    return [*lines, [""], *([str(line)] for line in closing)]


def marked(*parts: object) -> str:
    """Return a hash of plain values."""
    return hashlib.sha256(json_text(parts).encode()).hexdigest()
