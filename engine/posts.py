"""A post that is given up: what its holder had claimed goes back to the desk."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update

from engine.models import Task
from tenants import directory
from tenants.db import Work


def deactivate(work: Work, member_id: UUID) -> int:
    """Deactivate a member and return how many claimed tasks went back to their desks."""
    directory.change_member(work, member_id, active=False)
    claimed = (Task.claimed_by == member_id, Task.state == "open")
    count = work.session.scalar(select(func.count()).select_from(Task).where(*claimed)) or 0
    work.session.execute(update(Task).where(*claimed).values(claimed_by=None, claimed_name=None))
    return count
