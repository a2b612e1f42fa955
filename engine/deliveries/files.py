"""Files that come along with what another authority sent or answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from engine.carriers import NotForUs
from forms import attachments
from forms.models import Attachment
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Unit


def copied(
    work: Work, sender: UUID, files: Iterable[Mapping[str, Any]], unit: Unit | None
) -> dict[str, Attachment]:
    """Copy files of another authority; return id there -> what was kept here. Raises NotForUs when one is gone.

    files: what `sealing.files_of` says of them. unit: whose they are here.
    """
    whose = unit.id if unit else None
    try:
        return {
            one["id"]: attachments.copy_from(work, sender, one["sha256"], one["name"], unit_id=whose)
            for one in files
        }
    except NotFound as gone:
        raise NotForUs(gone.what, gone.do) from gone


def ids_of(files: Mapping[str, Attachment]) -> dict[str, str]:
    """Return id there -> id here."""
    return {key: str(one.id) for key, one in files.items()}
