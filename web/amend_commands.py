"""`luoshi amend`, `luoshi amendments`: a new version of a notice for a running campaign or one instance, at the terminal."""

from __future__ import annotations

from uuid import UUID

import click

from engine import amend as amending
from engine import amend_fleet, amend_listing, amend_one
from engine.amend import Effects
from engine.amend_one import Outlook
from tenants.db import Work
from tenants.text import Message, say
from web.campaign_commands import published_hash
from web.tenant_commands import table
from web.terminal import as_house, opened, tell, translation

_MARKS = {"blocked": "!", "stays": "=", "moves": ">"}
_WORDS = {"blocked": say("接不上，按原方案办完"), "stays": say("按原方案办完"), "moves": say("改按新方案")}

_STATES = {
    ("running", "over"): say("正在迁移"), ("paused", "over"): say("已暂停"), ("done", "over"): say("已迁移"),
    ("running", "back"): say("正在退回"), ("paused", "back"): say("已暂停"), ("done", "back"): say("已撤回"),
}  # fmt: skip


@click.command()
@click.argument("campaign", type=click.UUID)
@click.argument("package")
@click.option("--tenant", required=True, help="Short name of the tenant.")
@click.option("--version", help="Which version of PACKAGE; the newest when not given.")
@click.option("--preview", is_flag=True, help="Only say what would move, stay or be blocked, and why.")
@click.option("--seal", default="", help="Of the preview that was looked at; without it nothing is done.")
@click.option("--instance", type=click.UUID, help="Only this instance, as a trial; the campaign stays.")
def amend(
    campaign: UUID,
    package: str,
    tenant: str,
    version: str | None,
    preview: bool,
    seal: str,
    instance: UUID | None,
) -> None:
    """Let the running CAMPAIGN (its id, see `luoshi campaigns`) go on under another version, or a PACKAGE that amends it.

    Without --seal it is a preview: each open matter that moves (>), stays (=) or is blocked (!), and why; and the seal by which
    the same is then carried out. Exit code: 0 shown or done, 1 refused, 2 wrong usage.
    """
    with opened(), as_house(tenant, reads=preview or not seal) as work:
        target = published_hash(work, package, version)
        if instance is not None:
            _one(work, instance, target, "" if preview else seal)
            return
        if preview or not seal:
            _show(amending.preview(work, campaign, target))
            return
        effects = amending.apply(work, campaign, target, seal)
        _counts(effects, say("已改按 {version} 版。", version=effects.package.version))


@click.command()
@click.argument("campaign", type=click.UUID)
@click.option("--tenant", required=True, help="Short name of the tenant.")
@click.option("--pause", "do", flag_value="pause", help="Let the run at work wait.")
@click.option("--resume", "do", flag_value="resume", help="Let the paused run go on.")
@click.option("--again", "do", flag_value="again", help="Try once more what failed in the last run.")
@click.option(
    "--take-back",
    "do",
    flag_value="take_back",
    help="Undo the last run for all that nobody has gone on with.",
)
@click.option("--instance", type=click.UUID, help="With --take-back: only this instance.")
def amendments(campaign: UUID, tenant: str, do: str | None, instance: UUID | None) -> None:
    """List how far the runs are in which the CAMPAIGN's instances went over to other versions; or steer the last one.

    Exit code: 0 shown or done, 1 refused, 2 wrong usage.
    """
    if instance is not None and do != "take_back":
        raise click.UsageError("--instance goes with --take-back")
    with opened(), as_house(tenant, reads=do is None) as work:
        if instance is not None:
            amend_one.take_back(work, instance)
        elif do is not None:
            _steer(work, campaign, do)
        _list(work, campaign)


def _steer(work: Work, campaign: UUID, do: str) -> None:
    last = next((run for run in amend_listing.runs(work, campaign) if run.whole), None)
    if last is None:
        raise click.ClickException("this campaign was never amended")
    acts = {
        "pause": amend_fleet.pause,
        "resume": amend_fleet.resume,
        "again": amend_fleet.again,
        "take_back": amending.take_back,
    }
    acts[do](work, last.id)


def _list(work: Work, campaign: UUID) -> None:
    translate = translation()
    heads = (say("迁移"), say("状态"), say("迁移进度"), say("失败"), say("时间"))
    lines = [[head.render(translate) for head in heads]]
    failed = []
    for run in amend_listing.runs(work, campaign):
        found = amend_listing.progress(work, run)
        number = found.counts.get("failed", 0)
        state = _STATES[run.state, run.direction].render(translate)
        name = f"{run.former_version} → {run.version}"
        lines.append(
            [name, state, f"{found.done} / {found.total}", str(number), f"{run.started_at:%Y-%m-%d %H:%M}"]
        )
        failed += amend_listing.lines(work, run, "failed")[0] if number else []
    table(lines)
    for line in failed:
        click.echo(f"! {line.unit} {line.title}: {'; '.join(why.render(translate) for why in line.why)}")


def _one(work: Work, instance: UUID, target: str, seal: str) -> None:
    """Show what becomes of one instance, or let it go over by the seal of what was shown."""
    if seal:
        done = amend_one.apply(work, instance, target, seal)
        tell(say("已迁移到 {version} 版；下一步办理之前可以退回。", version=done.after.version))
        return
    found: Outlook = amend_one.preview(work, instance, target)
    translate = translation()
    click.echo(
        f"{_MARKS[found.verdict.what]} {found.instance.title}: {_WORDS[found.verdict.what].render(translate)}"
    )
    for words in (*found.verdict.why, *found.verdict.notes):
        click.echo(f"    {words.render(translate)}")
    tell(say("只是预览，什么都没有记录。确认执行：--seal {seal}", seal=found.seal))


def _show(effects: Effects) -> None:
    translate = translation()
    for one in effects.groups:
        click.echo(f"{_MARKS[one.what]} {one.title}: {_WORDS[one.what].render(translate)} ({len(one.units)})")
        for words in (*one.why, *one.notes):
            click.echo(f"    {words.render(translate)}")
        click.echo(f"    {', '.join(filter(None, one.units))}")
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


COMMANDS: tuple[click.Command, ...] = (amend, amendments)
