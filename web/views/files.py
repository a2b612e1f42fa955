"""Files to download: never shown inside a page of ours."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from engine import history
from forms import attachments
from tenants.db import Work
from tenants.errors import NotFound
from web.entry import page
from web.handing import handed

files = Blueprint("files", __name__)


@page(files, "/files/<uuid:file_id>", "", may="work.see")
def download(work: Work, file_id: UUID) -> Response:
    """Hand out a file to whoever may see what it was filed for."""

    def seen(kind: str, subject_id: UUID) -> bool:
        if kind != "instance":
            return False
        try:
            history.instance(work, subject_id)
        except NotFound:
            return False
        return True

    found = attachments.open(work, file_id, seen=seen)
    return handed(found.path, found.media_type, found.name)
