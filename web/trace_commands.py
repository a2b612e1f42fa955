"""`luoshi trace PATH [--notice FILE] [--json]`: clauses and what carries them out, read from files; nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from tenants.text import Message, say
from web.package_commands import package_at
from web.terminal import tell, translation
from workflows.elements import Package
from workflows.notice_file import KINDS, read_notice
from workflows.notice_outline import Paragraph, outline
from workflows.notice_trace import Trace, Traced, as_json, trace_notice
from workflows.trace import ASKING, carried_by, uncovered

_TROUBLE: Mapping[str, Message] = {
    "unreadable": say("读不出通知的文字。请另存为 DOCX、PDF 或 TXT 后再试。"),
    "no_text": say("通知里没有文字，可能是扫描件。请换用电子文本。"),
    "too_long": say("通知太长，没有读取。请只用正文。"),
    "too_slow": say("读取通知用时太长，已停止。请另存为 TXT 后再试。"),
}
_KEYS = 60


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--notice",
    type=click.Path(path_type=Path),
    help="The notice itself (txt, docx, pdf): its own clauses are traced.",
)
@click.option("--json", "plain", is_flag=True, help="Print one object with `clauses` and `coverage`.")
def trace(path: Path, notice: Path | None, plain: bool) -> None:
    """List the notice's clauses, and which parts of the package at PATH carry out each.

    Without --notice the clauses are those that the package lists. With it they are found in the notice's own text, also those
    that the package forgot; shown are the clauses, which of them ask for something and by which words, and parts of the package
    that no clause asks for.

    Exit code: 0 every clause that asks is carried out or says why not, 1 some are not, 2 something could not be read.
    """
    package = package_at(path)
    if notice is None:
        _listed(package, plain)
    found = trace_notice(package, _read(notice))
    if plain:
        click.echo(json.dumps(as_json(found), ensure_ascii=False, indent=1))
    else:
        _show(found)
    raise SystemExit(1 if found.bare else 0)


def _read(notice: Path) -> tuple[Paragraph, ...]:
    kind = notice.suffix.lower().removeprefix(".")
    if not notice.is_file():
        _refuse(say("没有这个文件：{path}", path=str(notice)))
    text = read_notice(notice.resolve(), kind if kind in KINDS else "txt")
    if text.trouble:
        _refuse(_TROUBLE[text.trouble])
    return outline(text.paragraphs)


def _refuse(what: Message) -> NoReturn:
    click.echo(what.render(translation()), err=True)
    raise SystemExit(2)


def _show(found: Trace) -> None:
    """Print the clauses one by one, then what hangs in the air: clauses without elements, elements without a clause."""
    for one in found.clauses:
        title = one.gist or one.clause.title
        mark = "!" if not one.covered else "·" if one.asks else " "
        click.echo(f"{mark} {one.path}  {title}\n      → {_parts(one)}")
    if found.loose:
        tell(say("\n没有条款要求的内容："))
        for loose in found.loose:
            why = loose.reason or "、".join(loose.clauses)
            click.echo(f"  {loose.path}  {loose.title}: {why}")
    if found.strangers:
        tell(say("\n方案列出而通知里没有找到的条款：{paths}", paths="、".join(found.strangers)))
    tell(
        say(
            "\n共 {n} 条，{asking} 条提出要求，{bare} 条没有对应的内容。覆盖率 {share}%。",
            n=len(found.clauses), asking=len(found.asking), bare=len(found.bare), share=f"{found.coverage * 100:.4g}",
        )
    )  # fmt: skip


def _parts(one: Traced) -> str:
    if one.elements:
        return ", ".join(one.elements)
    translate = translation()
    if one.exempt:
        return say("无需对应：{why}", why=one.exempt).render(translate)
    if not one.asks:
        return say("没有提出要求").render(translate)
    words = "、".join(dict.fromkeys(cue.word for cue in one.cues if cue.word))[:_KEYS]
    return say("没有对应的内容（{words}）", words=words).render(translate)


def _listed(package: Package, plain: bool) -> NoReturn:
    """Trace the clauses that the package itself lists, and end."""
    carried, bare = carried_by(package), {clause.path for clause in uncovered(package)}
    asking = [clause for clause in package.clauses if clause.kind in ASKING]
    if plain:
        shape = {
            "clauses": [
                {"path": one.path, "asks": one in asking, "elements": list(carried[one.path]), "exempt": one.exempt}
                for one in package.clauses
            ],
            "asking": len(asking), "bare": sorted(bare), "coverage": round(1 - len(bare) / (len(asking) or 1), 4),
        }  # fmt: skip
        click.echo(json.dumps(shape, ensure_ascii=False, indent=1))
        raise SystemExit(1 if bare else 0)
    translate = translation()
    for clause in package.clauses:
        parts = ", ".join(carried[clause.path])
        if clause.path in bare:
            parts = say("没有对应的内容").render(translate)
        elif not parts and clause.exempt:
            parts = say("无需对应：{why}", why=clause.exempt).render(translate)
        click.echo(
            f"{'!' if clause.path in bare else ' '} {clause.path}  {clause.gist}\n      → {parts or '—'}"
        )
    tell(
        say("共 {n} 条，{bare} 条没有对应的内容。", n=len(package.clauses), bare=len(bare))
        if bare
        else say("共 {n} 条，都有对应的内容或说明了理由。", n=len(package.clauses))
    )
    raise SystemExit(1 if bare else 0)


COMMANDS: tuple[click.Command, ...] = (trace,)
