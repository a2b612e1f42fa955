"""Campaigns at the terminal: launch one, hand one down, see how they stand, run what is due where no worker does."""

from __future__ import annotations

from uuid import UUID

import click
from sqlalchemy import func, select

from engine import campaigns as running_campaigns
from engine.campaigns import Plan
from engine.cascade import down
from engine.cascade.choosing import Choice
from engine.models import Campaign, Instance, Task
from tenants import founding, outbox
from tenants.db import Work, system_work
from tenants.directory import LEVELS
from tenants.text import say
from web.house import house
from web.jobs import run_job
from web.tenant_commands import table
from web.terminal import as_house, opened, tell, translation
from workflows import publish as publishing

_WHERE = click.option("--tenant", required=True, help="Short name of the tenant.")
_ROUND = 500


@click.command()
@click.argument("package")
@_WHERE
@click.option("--version", help="Which version; the newest when not given.")
@click.option("--preview", is_flag=True, help="Only say what would be created for whom.")
def launch(package: str, tenant: str, version: str | None, preview: bool) -> None:
    """Launch a published PACKAGE in a tenant, as the page does when nothing is chosen on it.

    Who is meant is looked up when each duty opens. Exit code: 0 launched, 1 refused, 2 wrong usage.
    """
    with opened(), as_house(tenant, reads=preview) as work:
        package_hash = published_hash(work, package, version)
        _tell_plan(running_campaigns.preview(work, package_hash))
        if preview:
            tell(say("只是预览，什么都没有记录。"))
            return
        campaign = running_campaigns.launch(work, package_hash)
        tell(say("已启动：{title}（{id}）。", title=campaign.title, id=str(campaign.id)))


def published_hash(work: Work, package: str, version: str | None) -> str:
    """Return the hash of a published version; the newest when none is named. Raises ClickException when there is none."""
    rows = [row for row in publishing.versions(work, package) if version in (None, row.version)]
    if not rows:
        raise click.ClickException(
            f"{work.tenant.slug} has published no such package: {package} {version or ''}".rstrip()
        )
    return rows[0].hash


def _tell_plan(plan: Plan) -> None:
    heads = [say("任务"), say("单位数"), say("到期日")]
    lines = [[head.render(translation()) for head in heads]]
    for planned in plan.duties:
        days = [one.due.isoformat() for one in planned.occurrences if one.due is not None]
        shown = f"{', '.join(days[:3])}{' …' if len(days) > 3 else ''}" or "—"
        lines.append([planned.duty.title, str(len(planned.units)), shown])
    table(lines)


@click.command("hand-down")
@click.argument("package")
@_WHERE
@click.option("--version", help="Which version; the newest when not given.")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(LEVELS),
    help="To all below of this level; may be repeated.",
)
@click.option(
    "--selector",
    default="",
    help="To all below for whom this condition holds, such as \"starts_with(code, '1405')\".",
)
@click.option("--to", "slugs", multiple=True, help="To the tenant of this short name; may be repeated.")
@click.option(
    "--through", default="", help="The level down to which authorities in between pass it on at once."
)
@click.option("--note", default="", help="What there is to say to them.")
@click.option("--preview", is_flag=True, help="Only say who is meant.")
def hand_down(
    package: str, tenant: str, version: str | None, levels: tuple[str, ...], selector: str, slugs: tuple[str, ...],
    through: str, note: str, preview: bool,
) -> None:  # fmt: skip
    """Hand a published PACKAGE down to authorities below a tenant: by level, by a condition, or by name.

    Whoever has this version already is left out; levels and conditions count for those who come later, too. Exit code: 0 it is on
    its way, 1 refused, 2 wrong usage.
    """
    with opened():
        with system_work(reads=True) as session:
            listed = tuple(founding.tenant(session, slug).id for slug in slugs)
        with as_house(tenant, reads=preview) as work:
            package_hash = published_hash(work, package, version)
            choice = Choice(levels, selector, listed)
            if preview:
                names = [one.name for one in down.whom(work, choice).children]
                tell(say("只是预览，什么都没有记录。"))
            else:
                names = [
                    row.other_name
                    for row in down.hand_down(work, package_hash, choice, note, through=through)
                ]
                tell(say("已下达给 {n} 个单位。", n=len(names)))
            for name in names:
                click.echo(f"  {name}")


@click.command()
@_WHERE
def campaigns(tenant: str) -> None:
    """List a tenant's campaigns, with how many instances are under way and how many tasks are open."""
    with opened(), as_house(tenant, reads=True) as work:
        heads = [say("编号"), say("行动"), say("版本"), say("状态"), say("在办事项"), say("待办任务")]
        lines = [[head.render(translation()) for head in heads]]
        for one in running_campaigns.listed(work):
            lines.append(
                [str(one.id), one.title, one.version, one.state, *(str(n) for n in _open(work, one))]
            )
        if len(lines) == 1:
            tell(say("还没有专项行动。"))
            return
        table(lines)


def _open(work: Work, campaign: Campaign) -> tuple[int, int]:
    instances = select(func.count()).select_from(Instance).where(
        Instance.campaign_id == campaign.id, Instance.state.in_(("running", "stuck"))
    )  # fmt: skip
    tasks = (
        select(func.count()).select_from(Task).where(Task.campaign_id == campaign.id, Task.state == "open")
    )
    return work.session.scalar(instances) or 0, work.session.scalar(tasks) or 0


@click.command()
def jobs() -> None:
    """Run everything that is due now, here and one after the other: for a machine without a worker.

    Exit code: 0 all of it ran, 1 some failed; what failed is tried again later and becomes an incident in the end.
    """
    done, failed = 0, set[UUID]()
    with opened():
        while due := _due(failed):
            for tenant_id, job_id in due:
                try:
                    run_job(str(tenant_id), str(job_id))
                    done += 1
                except (
                    Exception
                ) as error:  # one that fails must not hold up the others; it is noted with the job
                    failed.add(job_id)
                    click.echo(f"{job_id}: {type(error).__name__}: {error}", err=True)
    tell(say("执行了 {n} 项，{failed} 项失败。", n=done, failed=len(failed)))
    raise SystemExit(1 if failed else 0)


def _due(failed: set[UUID]) -> list[tuple[UUID, UUID]]:
    with system_work(reads=True) as session:
        due = outbox.due(session, house().clock.now(), _ROUND + len(failed))
    return [one for one in due if one[1] not in failed]


COMMANDS: tuple[click.Command, ...] = (launch, hand_down, campaigns, jobs)
