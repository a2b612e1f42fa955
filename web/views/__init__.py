"""The pages inside a tenant, one module for each noun."""

from __future__ import annotations

from web.health import pages
from web.views import (
    amending,  # noqa: F401  (it adds its page to the campaigns' blueprint)
    audit,
    calendar,
    campaigns,
    carried,  # noqa: F401  (it adds its page to the campaigns' blueprint)
    checktables,  # noqa: F401  (it adds its pages to the campaigns' blueprint)
    deliveries,
    dossiers,
    draws,  # noqa: F401  (to the campaigns' and the tasks')
    duty_pages,  # noqa: F401  (so does this one)
    files,
    handing_down,  # noqa: F401  (it adds its pages to the packages')
    inbox,
    incidents,
    instances,  # noqa: F401  (and this one)
    launch,
    members,
    merges,  # noqa: F401  (and this one, to the packages')
    migrating,  # noqa: F401  (and this one, to the campaigns')
    notices,  # noqa: F401  (and this one, to the packages' as well)
    packages,
    rehearsal,
    reporting,  # noqa: F401  (and this one)
    roster,
    settling,  # noqa: F401  (and this one, to the campaigns')
    tables,
    tasks,
    templates,
    tracing,  # noqa: F401  (as the notices do)
    units,
)

BLUEPRINTS = (
    inbox.inbox, tasks.tasks, tables.sheets, files.files, dossiers.dossier, deliveries.deliveries,
    campaigns.campaigns, launch.launch, packages.packages,
    templates.templates, rehearsal.rehearsal, units.units, members.members, roster.roster, calendar.calendar, audit.audit,
    incidents.incidents, pages,
)  # fmt: skip
