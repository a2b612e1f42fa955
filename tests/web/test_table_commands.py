"""`luoshi table`: a check table comes from Excel into a package, or every mistake of it is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenants.sheets import write_xlsx
from tests.checklists import SMALL, files
from web.table_commands import table
from workflows.package import read_folder

HEADS = ["编号", "分区", "检查内容"]


@pytest.fixture(autouse=True)
def chinese_terminal(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, data in files(SMALL).items():
        (tmp_path / "package" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "package" / path).write_bytes(data)
    return tmp_path / "package"


def put(folder: Path, rows: list[list[str]], *words: str) -> Result:
    book = folder.parent / "检查表.xlsx"
    book.write_bytes(write_xlsx(HEADS, rows))
    return CliRunner().invoke(table, [str(folder), "mine_check", str(book), "--variant", "open_pit", *words])


def test_a_workbook_becomes_the_packages_table(folder: Path) -> None:
    result = put(folder, [["B01-001", "01 安全管理", "边坡稳定"], ["B01-009", "01 安全管理", "排土场"]])
    assert (
        result.exit_code == 0
        and "2 项；新增 1、删去 1、改动 1" in result.output
        and "version" in result.output
    )
    package, problems = read_folder(folder)
    assert package is not None and not problems
    assert list(package.datasets["mine_check"]["open_pit"].items) == ["B01-001", "B01-009"]


def test_mistakes_are_named_and_nothing_is_written(folder: Path) -> None:
    before = (folder / "tables" / "mine_check.open_pit.csv").read_bytes()
    result = put(folder, [["B01-001", "01 安全管理", "边坡"], ["B01-001", "01 安全管理", ""]])
    assert result.exit_code == 1 and "第 3 行“编号”列" in result.output
    result = put(folder, [["B01-001", "01 安全管理", "边坡"]])
    assert result.exit_code == 1 and "有 1 项，应有 2 项" in result.output
    assert (folder / "tables" / "mine_check.open_pit.csv").read_bytes() == before
    assert put(folder, [["B01-001", "01 安全管理", "边坡"]], "--anyway").exit_code == 0


def test_a_table_that_is_not_there_is_said(folder: Path) -> None:
    result = CliRunner().invoke(table, [str(folder), "mine_chek", str(folder / "campaign.yaml")])
    assert result.exit_code == 2 and "mine_check" in result.output
