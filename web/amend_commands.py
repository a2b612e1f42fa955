"""`luoshi amend`: a new version of a notice for a running campaign, at the terminal."""

from __future__ import annotations

from uuid import UUID

import click

from engine import amend as amending
from engine.amend import Effects
from tenants.text import Message, say
from web.campaign_commands import published_hash
from web.terminal import as_house, opened, tell, translation

_MARKS = {"blocked": "!", "stays": "=", "moves": ">"}
_WORDS = {"blocked": say("接不上，按原方案办完"), "stays": say("按原方案办完"), "moves": say("改按新方案")}


@click.command()
@click.argument("campaign", type=click.UUID)
@click.argument("package")
@click.option("--tenant", required=True, help="Short name of the tenant.")
@click.option("--version", help="Which version of PACKAGE; the newest when not given.")
@click.option("--preview", is_flag=True, help="Only say what would move, stay or be blocked, and why.")
@click.option("--seal", default="", help="Of the preview that was looked at; without it nothing is done.")
def amend(campaign: UUID, package: str, tenant: str, version: str | None, preview: bool, seal: str) -> None:
    """Let the running CAMPAIGN (its id, see `luoshi campaigns`) go on under another version, or a PACKAGE that amends it.

    Without --seal it is a preview: each open matter that moves (>), stays (=) or is blocked (!), and why; and the seal by which
    the same is then carried out. Exit code: 0 shown or done, 1 refused, 2 wrong usage.
    """
    with opened(), as_house(tenant, reads=preview or not seal) as work:
        target = published_hash(work, package, version)
        if preview or not seal:
            _show(amending.preview(work, campaign, target))
            return
        effects = amending.apply(work, campaign, target, seal)
        _counts(effects, say("已改按 {version} 版。", version=effects.package.version))


def _show(effects: Effects) -> None:
    translate = translation()
    for one in effects.groups:
        click.echo(f"{_MARKS[one.what]} {one.title}: {_WORDS[one.what].render(translate)} ({len(one.units)})")
        for words in (*one.why, *one.notes):
            click.echo(f"    {words.render(translate)}")
        click.echo(f"    {', '.join(one.units)}")
    if effects.dropped:
        tell(say("不再下达：{titles}", titles=tuple(effects.dropped)))
    if effects.added:
        tell(say("新增任务：{titles}", titles=tuple(effects.added)))
    _counts(effects, say("只是预览，什么都没有记录。确认执行：--seal {seal}", seal=effects.seal))


def _counts(effects: Effects, last: Message) -> None:
    tell(
        say(
            "{moves} 项改按新方案，{stays} 项按原方案办完，{blocked} 项接不上。",
            moves=effects.count("moves"), stays=effects.count("stays"), blocked=effects.count("blocked"),
        )
    )  # fmt: skip
    tell(last)


COMMANDS: tuple[click.Command, ...] = (amend,)
