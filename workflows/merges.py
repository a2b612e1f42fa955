"""The commands of a merge that people work on: begin, choose, give up, publish.

What is chosen is kept with every click. Whoever changes a merge names the revision that was read; a later one is never written
over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenants import access, audit
from tenants.base import new_id
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound, Problem, TooLarge
from tenants.text import say
from workflows.copies import newer
from workflows.merge import Choice
from workflows.merge.numbering import next_number
from workflows.merging import Merging, may_edit, newer_than, own_version, sides, standing, under_way
from workflows.models import PackageMerge, PackageVersion
from workflows.publish import load, publish, versions

MAX_TEXT, MAX_TEXTS = 100_000, 1_000_000


def begin(work: Work, package_hash: str) -> PackageMerge:
    """Begin to bring what has come in anew into the tenant's own version with that hash; one that is under way goes on.

    What was chosen in one whose versions are not the newest any more is taken along, where the same conflict is still there.
    Raises Forbidden, NotFound, Conflict when there is nothing to merge.
    """
    access.require(work.viewer, "package.publish")
    load(work, package_hash)
    mine = work.session.scalars(select(PackageVersion).where(PackageVersion.hash == package_hash)).one()
    newest = own_version(work, mine.package)
    if newest is None:
        raise Conflict(say("这里没有改动过，不用合并。"), say("请直接使用新版本。"))
    if newest.hash != mine.hash:
        what = say("这里已经有更新的 {version} 版。", version=newest.version)
        raise Conflict(what, say("请打开那一版再合并。"))
    theirs = newer(work, mine)
    if theirs is None or mine.base_hash is None:
        raise Conflict(say("没有比所依据的更新的版本。"), say("收到新版本后再合并。"))
    before = under_way(work, mine.package)
    if before is not None and (before.mine_hash, before.theirs_hash) == (mine.hash, theirs.hash):
        return before
    row = PackageMerge(
        id=new_id(), package=mine.package, base_hash=mine.base_hash, mine_hash=mine.hash, theirs_hash=theirs.hash,
        choices=dict(before.choices) if before else {}, version="", revision=0, state="open", started_at=work.now,
        started_name=work.actor.name, changed_at=work.now, changed_name=work.actor.name,
    )  # fmt: skip
    row.version = next_number(
        {one.version for one in versions(work, mine.package)}, mine.version, theirs.version
    )
    if before is not None:
        _end(work, before, "dropped")
    try:
        work.session.add(row)
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(say("有人正在开始合并。"), say("请刷新页面。")) from error
    if before is not None:
        row.choices = _still_there(work, row)
    audit.record(
        work, "merge.begin", "package_version", mine.id, title=mine.title, version=mine.version, theirs=theirs.version
    )  # fmt: skip
    return row


def look(work: Work, merge_id: UUID) -> Merging:
    """Return a merge as it stands. Raises Forbidden, NotFound."""
    access.require(work.viewer, "package.publish")
    row = work.session.get(PackageMerge, (work.tenant.id, merge_id))
    if row is None:
        raise NotFound(say("没有找到这次合并。"), say("请从方案页面重新打开。"))
    return standing(work, row)


def choose(
    work: Work, merge_id: UUID, revision: int, choices: Mapping[str, Choice | None], version: str | None = None, *, rest: str = ""
) -> PackageMerge:  # fmt: skip
    """Settle conflicts, id -> choice, None = not settled again; version: what the merged one is to be called.

    rest: mine or theirs, for all conflicts that nobody has settled. An edited text that cannot be read is kept all the same, and
    told whenever it is looked at. Raises Forbidden, NotFound, Conflict when it was changed since that revision, Invalid for a
    conflict that is not there, TooLarge.
    """
    row = _hold(work, merge_id, revision)
    # Other writers may wait meanwhile: nothing is worked out here that is not needed to say yes or no.
    *packages, whole = sides(work, row)
    known = {one.id: one for one in whole.conflicts}
    wrong = [key for key in choices if key not in known]
    if wrong:
        do = say("请刷新页面，按最新的冲突清单选择。")
        raise Invalid(problems=[Problem(say("没有这处冲突"), do, where=key[:200]) for key in wrong])
    edited = (key for key, one in choices.items() if one is not None and one.take == "edit")
    if not all(may_edit(known[key], *packages) for key in edited):
        raise Invalid(say("这一处只能选用一边的。"), say("请选用本级的或新版的。"))
    kept: dict[str, Any] = dict(row.choices)
    if rest:
        kept |= {key: {"take": rest, "text": ""} for key in known if key not in kept}
    for key, one in choices.items():
        if one is None:
            kept.pop(key, None)
        else:
            kept[key] = {"take": one.take, "text": one.text}
    texts = [len(one["text"]) for one in kept.values()]
    if max(texts, default=0) > MAX_TEXT or sum(texts) > MAX_TEXTS:
        raise TooLarge(say("改写的内容超过 {max} 字。", max=MAX_TEXT), say("请缩短后再保存。"))
    row.choices = kept
    if version is not None:
        row.version = version.strip()[:40]
    _changed(work, row)
    return row


def drop(work: Work, merge_id: UUID, revision: int) -> PackageMerge:
    """Give a merge up; the tenant's own version stays as it is. Raises as `choose`."""
    row = _hold(work, merge_id, revision)
    _end(work, row, "dropped")
    audit.record(work, "merge.drop", "package_merge", row.id, package=row.package, version=row.version)
    return row


def finish(work: Work, merge_id: UUID, revision: int) -> PackageVersion:
    """Publish what was merged as the tenant's new version, made of the newer one from now on.

    Raises as `choose`; Invalid while conflicts are left, with what is wrong with it, or with the locks that it breaks.
    """
    row = _hold(work, merge_id, revision)
    found = standing(work, row)
    if newer_than(work, found):
        raise Conflict(say("合并期间又有了新的版本。"), say("请重新开始合并；已经作出的选择会带过去。"))
    if found.left:
        raise Invalid(say("还有 {count} 处冲突没有选择。", count=found.left), say("请逐处选择后再发布。"))
    problems = [*found.unread.values(), *found.errors, *found.held]
    if problems:
        raise Invalid(say("合并的结果有 {count} 处问题，没有发布。", count=len(problems)), problems=problems)
    made = publish(work, found.files, base=found.own[2].hash)
    row.made_hash = made.hash
    _end(work, row, "done")
    audit.record(
        work, "package.merge", "package_version", made.id, title=made.title, version=made.version,
        mine=found.own[1].version, theirs=found.own[2].version, conflicts=len(found.chosen),
    )  # fmt: skip
    return made


def _still_there(work: Work, row: PackageMerge) -> dict[str, Any]:
    """Return the choices whose conflict is in this merge, too."""
    known = {one.id for one in sides(work, row)[3].conflicts}
    return {key: one for key, one in row.choices.items() if key in known}


def _hold(work: Work, merge_id: UUID, revision: int) -> PackageMerge:
    access.require(work.viewer, "package.publish")
    query = select(PackageMerge).where(PackageMerge.id == merge_id).with_for_update()
    row = work.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(say("没有找到这次合并。"), say("请从方案页面重新打开。"))
    if row.state != "open":
        raise Conflict(say("这次合并已经结束。"), say("请从方案页面查看最新版本。"))
    if row.revision != revision:
        what = say("{name}在您打开之后改过这次合并，您这一步没有保存。", name=row.changed_name)
        raise Conflict(what, say("请看过最新的选择后再作一次。"))
    return row


def _changed(work: Work, row: PackageMerge) -> None:
    row.revision, row.changed_at, row.changed_name = row.revision + 1, work.now, work.actor.name
    work.session.flush()


def _end(work: Work, row: PackageMerge, state: str) -> None:
    row.state, row.ended_at = state, work.now
    _changed(work, row)
