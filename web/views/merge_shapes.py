"""What the page of a merge shows: what both sides changed, each conflict with its sides, what is wrong, what would happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from engine.foreseen import Foreseen
from tenants import access
from tenants.db import Work
from tenants.text import Message, say
from web.views.merge_words import Readable
from web.words import problem_words, said
from workflows.bases import FILE, GALLERY, HANDED, Origin, origin_of
from workflows.copies import newer
from workflows.merge import Change, Conflict, diff
from workflows.merging import Merging, own_version, under_way
from workflows.models import PackageVersion
from workflows.package import CAMPAIGN

KINDS: Mapping[str, Message] = {
    "added": say("新增"), "removed": say("删去"), "changed": say("改动"), "moved": say("移动"), "layout": say("图上的位置"),
    "deleted_here": say("这里删去，那里改动"), "deleted_there": say("那里删去，这里改动"), "order": say("先后"),
}  # fmt: skip
_BOTH: Mapping[str, Message] = {
    "changed": say("两边都改了"), "added": say("两边都新增"), "moved": say("移动并改动"), "order": say("先后不同"),
    "deleted_here": say("本级删去，新版改动"), "deleted_there": say("新版删去，本级改动"),
}  # fmt: skip
_FATES: Mapping[str, tuple[Message, str]] = {
    "blocked": (say("接不上，按原方案办完"), "bad"), "stays": (say("按原方案办完"), "warn"), "moves": (say("改按新方案"), "ok"),
}  # fmt: skip
# The name and the number of a copy are its own.
_OWN = {("id",), ("version",)}
_SHOWN = 8


def origin_words(origin: Origin | None) -> str:
    """Return where a package came from."""
    if origin is None:
        return ""
    words = {
        HANDED: say("{name}下达", name=origin.name), GALLERY: say("取自{name}的模板", name=origin.name),
        FILE: say("{name}的方案，随文件带来", name=origin.name),
    }  # fmt: skip
    return said(words.get(origin.kind) or say("系统内置"))


def upstream_shape(work: Work, row: PackageVersion) -> dict[str, Any] | None:
    """Return what a package's page says of where it came from, and whether a newer version is there; None for one's own."""
    if row.base_hash is None:
        return None
    latest, own = newer(work, row), own_version(work, row.package)
    going = under_way(work, row.package) if latest is not None else None
    may = access.may(work.viewer, "package.publish")
    return {
        "from": origin_words(origin_of(row)), "changed": row.base_hash != row.hash,
        "base": url_for("packages.show", package_hash=row.base_hash),
        "newer": _version(latest) if latest else None,
        "newest": _version(own) if own is not None and own.hash != row.hash else None,
        "may_merge": bool(may and latest and own is not None and own.hash == row.hash),
        "going": {"href": url_for("packages.merging", merge_id=going.id), "by": going.changed_name, "at": going.changed_at}
        if going and may else None,
    }  # fmt: skip


def merge_shape(found: Merging, effects: Iterable[Foreseen], *, stale: bool) -> dict[str, Any]:
    """Return a merge as its page and its operation of the API say it."""
    words = Readable(found.mine, found.theirs, found.base)
    row = found.row
    conflicts = [_conflict(found, one, words) for one in found.all.conflicts]
    return {
        "id": row.id, "revision": row.revision, "state": row.state, "version": row.version, "title": found.mine.title,
        "stale": stale, "ready": found.ready and not stale, "left": sum(not one["take"] for one in conflicts),
        "by": row.changed_name, "at": row.changed_at, "started_by": row.started_name, "started_at": row.started_at,
        "from": origin_words(origin_of(found.own[2])),
        "base": _version(found.own[0]), "mine": _version(found.own[1]), "theirs": _version(found.own[2]),
        "made": url_for("packages.show", package_hash=row.made_hash) if row.made_hash else "",
        "conflicts": conflicts,
        "upstream": _changes(diff(found.base.files, found.theirs.files), words, found.all.conflicts),
        "local": _changes(diff(found.base.files, found.mine.files), words, found.all.conflicts),
        "problems": [problem_words(one) for one in (*found.problems, *found.held)],
        "effects": [_effect(one) for one in effects],
    }  # fmt: skip


def _version(row: PackageVersion) -> dict[str, Any]:
    return {
        "hash": row.hash, "version": row.version, "at": row.came_at or row.published_at,
        "href": url_for("packages.show", package_hash=row.hash),
    }  # fmt: skip


def _conflict(found: Merging, one: Conflict, words: Readable) -> dict[str, Any]:
    key = one.place[-1] if one.place else ""
    chosen = found.chosen.get(one.id)
    unread = found.unread.get(one.id)
    sides = (
        ("base", _("原版"), one.base),
        ("mine", _("本级的"), one.mine),
        ("theirs", _("新版的"), one.theirs),
    )
    text = next((side.text for side in (one.mine, one.theirs, one.base) if side is not None), "")
    return {
        "id": one.id, "file": one.file, "place": list(one.place), "what": words.called(one.file, one.what),
        "kind": said(_BOTH[one.kind]),
        "take": chosen.take if chosen else "", "text": chosen.text if chosen and chosen.take == "edit" else text,
        "unread": problem_words(unread) if unread else None, "renamed": one.renamed,
        "may_edit": found.may_edit(one),
        "sides": [
            {"key": side, "name": name, "lines": words.lines(shown, key, one.file), "text": shown.text if shown else None}
            for side, name, shown in sides
        ],
    }  # fmt: skip


def _changes(
    changes: Iterable[Change], words: Readable, conflicts: Iterable[Conflict]
) -> list[dict[str, Any]]:
    """Return what one side changed. asked: both did, so that somebody has to choose."""
    asked = [(one.file, one.place) for one in conflicts]
    return [
        {
            "file": one.file, "what": said(one.what), "kind": said(KINDS[one.kind]),
            "before": words.one_line(one.before, _key(one), one.file) if one.kind not in ("layout", "moved") else "",
            "after": words.one_line(one.after, _key(one), one.file) if one.kind not in ("layout", "moved") else "",
            "asked": any(_touch(one, file, place) for file, place in asked),
        }
        for one in changes
        if one.file != CAMPAIGN or one.place not in _OWN
    ]  # fmt: skip


def _touch(one: Change, file: str, place: tuple[str, ...]) -> bool:
    """Tell whether a change is what a conflict is about, a part of it, or has it as a part; a form's files go together."""
    if file != one.file:
        return not place and one.file.startswith(f"{file}/")
    return place == one.place[: len(place)] or one.place == place[: len(one.place)]


def _key(one: Change) -> str:
    return one.place[-1] if one.place else ""


def _effect(one: Foreseen) -> dict[str, Any]:
    return {
        "campaign": one.title, "version": one.version, "counts": dict(one.counts),
        "href": url_for("campaigns.show", campaign_id=one.campaign_id),
        "problem": problem_words(one.problem) if one.problem else None,
        "groups": [
            {
                "what": group.what, "words": said(_FATES[group.what][0]), "tone": _FATES[group.what][1], "title": group.title,
                "n": len(group.units), "why": [said(why) for why in group.why], "notes": [said(note) for note in group.notes],
                "names": list(group.units[:_SHOWN]), "more": list(group.units[_SHOWN:]),
            }
            for group in one.groups
        ],
    }  # fmt: skip
