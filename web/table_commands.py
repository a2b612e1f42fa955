"""`luoshi table`: a check table from Excel or CSV into a package folder, every mistake named by row and column."""

from __future__ import annotations

from pathlib import Path

import click

from tenants.text import say
from web.terminal import show, tell
from workflows.command import files_at
from workflows.datasets import as_csv, read_dataset
from workflows.package import read_files


@click.command("table")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--variant", default="", help="For which of the table's variants.")
@click.option(
    "--anyway", is_flag=True, help="Also when the numbers of areas and items are not those of the notice."
)
def table(folder: Path, name: str, file: Path, variant: str, anyway: bool) -> None:
    """Put the check table in FILE (xlsx or csv) into the package at FOLDER as its table NAME.

    Says how many items are new, gone and changed. Exit code: 0 done, 1 the file has problems, 2 there is no such table.
    """
    files, problems = files_at(folder)
    package = read_files(files)[0] if files is not None else None
    known = package.tables.get(name) if package is not None else None
    if package is None or known is None or variant not in known.variants:
        names = (
            tuple(f"{key} {' '.join(one.variants)}".strip() for key, one in package.tables.items())
            if package
            else ()
        )
        show(problems, err=True)
        tell(say("方案里没有这张检查表。可用的有：{names}。", names=names or "—"))
        raise SystemExit(2)
    data, wrong = read_dataset(file.read_bytes(), file.name, known, variant)
    show(wrong)
    if data is None or (wrong and not anyway):
        raise SystemExit(1)
    now = package.datasets.get(name, {}).get(variant)
    before = now.items if now else {}
    path = folder / known.path(variant)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(as_csv(data))
    tell(
        say(
            "已写入 {path}：{areas} 个分区，{items} 项；新增 {added}、删去 {gone}、改动 {changed}。",
            path=str(path), areas=len(data.areas), items=len(data.items), added=len(data.items.keys() - before.keys()),
            gone=len(before.keys() - data.items.keys()),
            changed=sum(before[key] != item for key, item in data.items.items() if key in before),
        )
    )  # fmt: skip
    if now is not None and now.token != data.token:
        tell(say("内容有改动：请改 campaign.yaml 里这张表的 version 和方案的 version，再发布。"))


COMMANDS = (table,)
