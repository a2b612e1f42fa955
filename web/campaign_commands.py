"""Campaigns at the terminal: launch one, see how they stand, run what is due where no worker does."""

from __future__ import annotations

from uuid import UUID

import click
from sqlalchemy import func, select

from engine import campaigns as running_campaigns
from engine.campaigns import Plan
from engine.models import Campaign, Instance, Task
from tenants import outbox
from tenants.db import Work, system_work
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


COMMANDS: tuple[click.Command, ...] = (launch, campaigns, jobs)
