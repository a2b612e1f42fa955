"""The pages inside a tenant, one module for each noun."""

from __future__ import annotations

from web.health import pages
from web.views import duty_pages, instances  # noqa: F401  (they add their pages to the campaigns' blueprint)
from web.views.audit import audit
from web.views.calendar import calendar
from web.views.campaigns import campaigns
from web.views.files import files
from web.views.inbox import inbox
from web.views.incidents import incidents
from web.views.launch import launch
from web.views.members import members
from web.views.packages import packages
from web.views.tables import sheets
from web.views.tasks import tasks
from web.views.units import units

BLUEPRINTS = (
    inbox, tasks, sheets, files, campaigns, launch, packages, units, members, calendar, audit, incidents, pages,
)  # fmt: skip
