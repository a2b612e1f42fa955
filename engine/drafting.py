"""What a member puts down at a task before completing it: a draft of the answers, files that the answers may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO
from uuid import UUID

from engine import checktables
from engine.tasks import Desk, gather, require_workable
from forms import attachments, drafts
from forms.changes import Changes
from forms.datasets import DataSet, thinned
from forms.models import Attachment, Draft
from forms.validation import form_of
from tenants.db import Work


def keep(
    work: Work,
    task_id: UUID,
    answers: Mapping[str, Any],
    revision: int,
    seen: Mapping[str, str] | None = None,
) -> Draft:
    """Keep what was written so far, also when somebody else was faster: nobody's text is lost to that.

    revision: of the draft that it rests on, 0 for none. seen: table -> token of the version that the page shows.
    Raises NotFound, Forbidden, and what `forms.drafts.save` does.
    """
    desk = _desk(work, task_id)
    sets = _begun(work, desk, seen)
    kept = thinned(form_of(desk.form.schema).listed, answers, sets) if desk.form and sets else answers
    return drafts.save(work, task_id, kept, revision)


def change(
    work: Work,
    task_id: UUID,
    changes: Changes,
    revision: int,
    seen: Mapping[str, str] | None = None,
    begun: Mapping[str, Any] | None = None,
) -> Draft:
    """Keep what changed since the draft of that revision, as `keep` keeps all of it; at revision 0, since the form `begun`."""
    desk = _desk(work, task_id)
    sets = _begun(work, desk, seen)
    asked = form_of(desk.form.schema).listed if desk.form else ()
    keys = {one.field: sets[one.table].key for one in asked if one.table in sets}
    return drafts.patch(work, task_id, changes, revision, keys=keys, begun=begun)


def attach(work: Work, task_id: UUID, stream: BinaryIO, name: str) -> Attachment:
    """Take in a file for a task. Raises NotFound, TaskClosed, Forbidden, and what `forms.attachments.store` does."""
    desk = gather(work, task_id)
    require_workable(work, desk.task)
    return attachments.store(work, stream, name, unit_id=work.actor.unit_id, task_id=task_id)


def _desk(work: Work, task_id: UUID) -> Desk:
    desk = gather(work, task_id)
    if desk.task.state == "open":
        require_workable(work, desk.task)
    return desk


def _begun(work: Work, desk: Desk, seen: Mapping[str, str] | None) -> Mapping[str, DataSet]:
    """Return the check tables that the form asks about; from the first draft on the instance keeps to their versions."""
    asked = form_of(desk.form.schema).listed if desk.form else ()
    if not asked:
        return {}
    return checktables.begin(work, desk.running, asked, desk.about or desk.unit, desk.instance.id, seen)
