"""What a member puts down at a task before completing it: a draft of the answers, files that the answers may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO
from uuid import UUID

from engine.tasks import gather, require_workable
from forms import attachments, drafts
from forms.models import Attachment, Draft
from tenants.db import Work


def keep(work: Work, task_id: UUID, answers: Mapping[str, Any], revision: int) -> Draft:
    """Keep what was written so far, also when somebody else was faster: nobody's text is lost to that.

    revision: of the draft that it rests on, 0 for none. Raises NotFound, Forbidden, and what `forms.drafts.save` does.
    """
    desk = gather(work, task_id)
    if desk.task.state == "open":
        require_workable(work, desk.task)
    return drafts.save(work, task_id, answers, revision)


def attach(work: Work, task_id: UUID, stream: BinaryIO, name: str) -> Attachment:
    """Take in a file for a task. Raises NotFound, TaskClosed, Forbidden, and what `forms.attachments.store` does."""
    desk = gather(work, task_id)
    require_workable(work, desk.task)
    return attachments.store(work, stream, name, unit_id=work.actor.unit_id, task_id=task_id)
