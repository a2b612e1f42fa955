"""Uploads that were checked and wait for somebody to say "publish": kept for an hour, for the one who sent them.

Kept on disk and not in the form, so that what is published is what was checked. A name holds the tenant, the member and a
random token: with anybody else's token one finds nothing.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from pathlib import Path

from tenants.clock import machine_now
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say

LIFE = timedelta(hours=1)
_TOKEN = re.compile(r"[0-9a-f]{32}")


def keep(work: Work, data: bytes) -> str:
    """Keep an upload and return its token. Older uploads of this member, and everybody's that are over, are removed."""
    folder = _folder(work)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.iterdir():
        if path.name.startswith(_owner(work)) or _over(path):
            path.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    path = folder / f"{_owner(work)}{token}"
    path.touch(mode=0o600)
    path.write_bytes(data)
    return token


def take(work: Work, token: str) -> bytes:
    """Return the upload of this member with that token; raise NotFound when there is none, or it is over."""
    path = _folder(work) / f"{_owner(work)}{token}"
    if not _TOKEN.fullmatch(token) or not path.is_file() or _over(path):
        raise NotFound(say("上传的文件已经过期。"), say("请重新上传并检查。"))
    return path.read_bytes()


def drop(work: Work, token: str) -> None:
    """Remove an upload that is needed no more."""
    if _TOKEN.fullmatch(token):
        (_folder(work) / f"{_owner(work)}{token}").unlink(missing_ok=True)


def _folder(work: Work) -> Path:
    return work.store / "pending"


def _owner(work: Work) -> str:
    member = work.actor.member_id
    return f"{work.tenant.id.hex}-{member.hex if member else 'house'}-"


def _over(path: Path) -> bool:
    try:
        return machine_now().timestamp() - path.stat().st_mtime > LIFE.total_seconds()
    except FileNotFoundError:
        return True
