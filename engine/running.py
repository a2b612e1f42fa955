"""A running campaign with its package at hand: what every command of the engine gathers first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from engine.lineage import Place
from engine.models import Campaign, Task
from engine.process import Model, process_of
from engine.rows import AnyInstance
from tenants.calendar import Calendar
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from tenants.workdays import calendar_of
from workflows.bpmn import Drawing
from workflows.choices import offered
from workflows.dates import Dates
from workflows.elements import Duty
from workflows.package import Form, Package
from workflows.publish import load
from workflows.schedule import Setting, Span, known_phases

# Years around a campaign for which the calendar is put together; recurrences do not run further than their campaign.
_MARGIN = 1
# Standing duties go on after the campaign; they are planned this far.
STANDING = timedelta(days=365)
# The form that a process calls by this name is the duty's own.
OWN_FORM = "form"
# What expressions of a campaign may read besides their own data.
NAMES = frozenset({"unit", "about", "phases", "period", "notice", "today"})


@dataclass(frozen=True)
class Running:
    """A campaign, its package and what the tenant decided about it. calendar: instead of the tenant's own, to try one out."""

    work: Work
    campaign: Campaign
    package: Package
    calendar: Calendar | None = None

    @cached_property
    def setting(self) -> Setting:
        """Return what date rules are resolved against."""
        end = self.campaign.end or self.campaign.start
        calendar = self.calendar or calendar_of(self.work, *self.years)
        return Setting(
            self.package, calendar, self.campaign.choices, self.work.tenant.timezone, horizon=end + STANDING
        )

    @property
    def years(self) -> tuple[int, int]:
        """Return the first and the last year that the calendar has to know."""
        end = self.campaign.end or self.campaign.start
        return self.campaign.start.year - _MARGIN, end.year + _MARGIN

    @cached_property
    def dates(self) -> Dates:
        """Return the campaign's own dates, worked out."""
        return Dates(self.setting)

    @cached_property
    def phases(self) -> Mapping[str, Span]:
        return known_phases(self.setting)

    @cached_property
    def duties(self) -> Mapping[str, Duty]:
        """Return the duties of the notice and those that the tenant added."""
        added, unsettled = self.campaign.added, self.package.unsettled
        if not added and not unsettled:
            return self.package.duties
        chosen = self.campaign.choices.get("duties") or {}
        return {
            **self.package.duties,
            **{duty.id: settled(self.package, duty, chosen) for duty in unsettled},
            **{row["key"]: added_duty(row) for row in added},
        }

    def model(self, process: str) -> Model:
        """Return the parsed process, shared by all its instances."""
        found = self._models.get(process)
        if found is None:
            found = self._models[process] = model_of(self.package, process)
        return found

    @cached_property
    def _models(self) -> dict[str, Model]:
        return {}

    def missed(self, duty: str) -> str:
        """Return whether each missed time of a duty is made up for, or one stands for all: `each` or `once`."""
        every = self.duties[duty].every if duty in self.duties else None
        return every.missed if every is not None else "once"

    def package_of(self, called: str) -> Package:
        """Return the package that a called process comes from. called: as `Task.process`; empty = the campaign's own."""
        return package_of(self.package, called)

    def drawing(self, process: str, called: str = "") -> Drawing:
        """Return the drawing in which a step stands. process: the instance's; called: the task's, empty = the same."""
        return drawing_of(self.package, process, called)

    def form(self, duty: str, key: str, called: str = "") -> Form | None:
        """Return the form that a step asks for; `form` stands for the duty's own. None = the step asks nothing.

        called: the called process in which the step stands, as `Task.process`; the forms of its own package are meant.
        """
        return self.offering(form_of(self.package, self.duties.get(duty), key, called))

    def offering(self, form: Form | None) -> Form | None:
        """Return a form with the tenant's own lists of choices in it."""
        lists = self.campaign.choices.get("lists")
        return offered(form, lists) if form is not None and lists else form

    def form_filed(self, task: Task, form: str) -> Form | None:
        """Return the form of that id which was filed at a task."""
        return self.offering(self.package_of("" if task.form == OWN_FORM else task.process).forms.get(form))

    def names(self, unit: Place | None, about: Place | None, /, **more: object) -> dict[str, Any]:
        """Return the standard names that expressions of the campaign may read, and `more`, which come first."""
        return self.known(NAMES, unit, about, more)

    def known(
        self, wanted: Collection[str], unit: Place | None, about: Place | None, more: Mapping[str, object]
    ) -> dict[str, Any]:
        """Return those of the standard names that are wanted, and all of `more`. What nobody reads is not worked out."""
        return known_names(
            wanted, unit, about, more, package=self.package, phases=lambda: self.phases, today=self.work.today,
            period=(self.campaign.start, self.campaign.end),
        )  # fmt: skip

    @property
    def now(self) -> datetime:
        """Return the instant of the command in the tenant's zone, in which the days of timers begin."""
        return self.work.now.astimezone(self.work.zone)

    @cached_property
    def given(self) -> Mapping[str, Callable[..., object]]:
        """Return what expressions may call; the calendar is read when one does."""
        return {
            "add_workdays": lambda start, days: self.setting.calendar.add_working_days(start, days),
            "season": lambda name: self.dates.season(name),
        }


def known_names(
    wanted: Collection[str],
    unit: Place | None,
    about: Place | None,
    more: Mapping[str, object],
    *,
    package: Package,
    phases: Callable[[], Mapping[str, Span]],
    period: tuple[date, date | None],
    today: date,
) -> dict[str, Any]:
    """Return those of the names in NAMES that are wanted, and all of `more`, which come first."""
    makers: dict[str, Callable[[], object]] = {
        "unit": lambda: unit.facts() if unit else None,
        "about": lambda: about.facts() if about else None,
        "phases": lambda: {key: span.names() for key, span in phases().items()},
        "period": lambda: {"start": period[0], "end": period[1]},
        "notice": lambda: {"issued": package.notice.issued, "issuer": package.notice.issuer},
        "today": lambda: today,
    }
    made = {name: make() for name, make in makers.items() if name in wanted and name not in more}
    return {**made, **more}


def package_of(package: Package, called: str) -> Package:
    """Return the package that a called process comes from. called: as `Task.process`; empty = the campaign's own."""
    source = called.rpartition("/")[0]
    return package.library[source] if source else package


def form_of(package: Package, duty: Duty | None, key: str | None, called: str = "") -> Form | None:
    """Return the form that a step asks for: as `Running.form`, of a package that need not run."""
    if key == OWN_FORM and duty is not None:
        return package.forms.get(duty.form or "")
    return package_of(package, called).forms.get(key or "")


def drawing_of(package: Package, process: str, called: str = "") -> Drawing:
    """Return the drawing in which a step stands. process: the instance's; called: the task's, empty = the same."""
    drawing = process_of(package_of(package, called).processes, called.rpartition("/")[2] or process)
    if drawing is None:
        raise KeyError(called or process)
    return drawing


def settled(package: Package, duty: Duty, choices: Mapping[str, Any]) -> Duty:
    """Return a duty of which the notice does not say who receives it, as the tenant has settled it; until then its author
    keeps it, and nobody has to accept it."""
    to = tuple(name for name in (choices.get(duty.id) or {}).get("to") or () if name in package.actors)
    if to or duty.process != "report" or "duty" not in package.processes:
        return replace(duty, to=to)
    return replace(duty, process="duty")


def added_duty(row: Mapping[str, Any]) -> Duty:
    """Return a duty that the tenant added, from how the campaign keeps it."""
    return Duty(
        id=row["key"], title=row["title"], by=tuple(row["by"]), to=tuple(row.get("to", ())), process=row["process"],
        form=row["form"], added=True, reason=row["reason"], words=row.get("words", ""),
    )  # fmt: skip


@lru_cache(maxsize=256)
def _model(package_hashes: tuple[str, ...], process: str, source: _Box) -> Model:
    package = source.package
    return Model.of(
        package.processes, process, {key: other.processes for key, other in package.library.items()}
    )


class _Box:
    """Carries a package past the cache's key: the hashes alone say which package it is."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Box)

    def __hash__(self) -> int:
        return 0


def model_of(package: Package, process: str) -> Model:
    """Return the parsed process of a package; parsed once per process of the machine and package hash.

    The packages that it calls count with their hashes: another tenant may have published something else under their names.
    """
    hashes = (package.hash, *(f"{key}={other.hash}" for key, other in sorted(package.library.items())))
    return _model(hashes, process, _Box(package))


def running(work: Work, campaign_id: UUID, *, lock: Literal["", "keep", "change"] = "") -> Running:
    """Gather a campaign of this tenant; raise NotFound.

    lock: `keep` = its state stays as it is until this transaction ends; `change` = this transaction alone may change it, or
    number its ledgers. Neither hinders rows that merely point to the campaign. Instances are locked before their campaign.
    """
    query = select(Campaign).where(Campaign.id == campaign_id)
    if lock:
        query = query.with_for_update(read=lock == "keep", key_share=lock == "change")
        query = query.execution_options(populate_existing=True)
    campaign = work.session.scalar(query)
    if campaign is None:
        raise NotFound(say("没有找到这项专项行动。"))
    return Running(work, campaign, load(work, campaign.package_hash))


def running_of(work: Work, instance: AnyInstance, *, lock: Literal["", "keep", "change"] = "") -> Running:
    """Gather the campaign of an instance under the version by which the instance goes on: as `running`."""
    return under(running(work, instance.campaign_id, lock=lock), instance.package_hash)


def under(live: Running, package_hash: str) -> Running:
    """Return a campaign under a version of its package. An instance that an amendment left behind goes on under its own."""
    if package_hash == live.package.hash:
        return live
    return Running(live.work, live.campaign, load(live.work, package_hash), live.calendar)


def in_force(live: Running, section: Literal["duties", "ledgers"], key: str, process: str) -> Running:
    """Return a campaign under the plan in force, where that has the duty or ledger with the same process; else as it is.

    What an instance that an amendment left behind brings about belongs to the plan by which all others go on.
    """
    now = under(live, live.campaign.package_hash)
    there = getattr(now.package, section).get(key)
    return now if there is not None and there.process == process else live


def lock_numbers(work: Work, campaign_id: UUID) -> None:
    """Let this transaction alone number the campaign's ledgers until it ends."""
    work.session.scalar(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update(key_share=True))


def day_end(work: Work, day: date | None, hour: time | None = None) -> datetime | None:
    """Return the instant from which what was due that local day is overdue: the first after it, or that hour of it."""
    if day is None:
        return None
    if hour is not None:
        return datetime.combine(day, hour, tzinfo=work.zone)
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=work.zone)


def day_start(work: Work, day: date) -> datetime:
    """Return the first instant of the local day."""
    return datetime.combine(day, time(0), tzinfo=work.zone)
