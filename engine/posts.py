"""Posts that are given up: what their holders had claimed goes back to the desk."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update

from engine.models import Task
from tenants import directory
from tenants.base import batches
from tenants.db import Work
from tenants.models import Posting


def deactivate(work: Work, member_id: UUID) -> int:
    """Deactivate a member and return how many claimed tasks went back to their desks."""
    directory.change_member(work, member_id, active=False)
    return _put_back(work, [member_id])


def give_up(work: Work, member_ids: Sequence[UUID]) -> int:
    """Take members who are active no more out of the house's list of posts; return how many claimed tasks went back."""
    count = 0
    for some in batches(member_ids):
        # A list of the whole house: only one's own posts leave it, whatever ids are given.
        ours = (Posting.tenant_id == work.tenant.id, Posting.member_id.in_(some))
        work.session.execute(delete(Posting).where(*ours))
        count += _put_back(work, some)
    return count


def _put_back(work: Work, member_ids: Sequence[UUID]) -> int:
    claimed = (Task.claimed_by.in_(member_ids), Task.state == "open")
    count = work.session.scalar(select(func.count()).select_from(Task).where(*claimed)) or 0
    work.session.execute(update(Task).where(*claimed).values(claimed_by=None, claimed_name=None))
    return count
