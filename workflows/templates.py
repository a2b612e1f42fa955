"""Templates: packages that an authority gives to others by an explicit act, and takes back again.

A template is a sealed copy: the exact files of one published version and of those that it calls, and what its publisher says of
it. It holds nothing else of the publisher's, and says nothing of who cloned it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from tenants import access, audit
from tenants.base import id_in, new_id
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound, TooLarge
from tenants.models import Template, TemplatePart
from tenants.text import say
from workflows import archive, builtin, manifest, parsed, publish, received
from workflows.bases import GALLERY, LIBRARY, Origin
from workflows.copies import adopt
from workflows.library import Find, among, with_library
from workflows.models import PackageVersion
from workflows.package import Package, hash_of
from workflows.template_search import shown_to, words_of_template
from workflows.template_terms import Terms, checked

# So many templates one authority may have, and so large may one be, zipped.
MOST, LARGEST = 200, 20_000_000


class AlreadyHere(Conflict):
    """The very version that was to be cloned is here. hash: of it."""

    code = "already_here"


def publish_template(work: Work, package_hash: str, terms: Terms) -> Template:
    """Give a published version to others, in place of an earlier version of the same package.

    Raises Forbidden, NotFound, Invalid for terms that say too little, Conflict for what the house gives to everybody itself.
    """
    access.require(work.viewer, "template.publish")
    version = version_to_give(work, package_hash)
    terms = checked(terms)
    packages = packages_of(work, version)
    zips = [archive.pack(one.files) for one in packages]
    if sum(map(len, zips)) > LARGEST:
        raise TooLarge(
            say("模板压缩后超过 {max} MB", max=LARGEST // 1_000_000),
            say("请去掉与方案无关的文件后发布新版本。"),
        )
    row = _own(work, version.package) or _fresh(work, version.package)
    package = packages[-1]
    row.publisher, row.audience, row.level = work.tenant.name, terms.audience, terms.level
    row.version, row.hash, row.title = version.version, version.hash, version.title
    row.description, row.field, row.keywords = terms.description, terms.field, terms.keywords
    row.title_en, row.issuer, row.words = words_of_template(package, row)
    row.published_at, row.withdrawn_at = work.now, None
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(say("有人正在同时发布这个模板。"), say("请稍候再试。")) from error
    work.session.execute(delete(TemplatePart).where(TemplatePart.template_id == row.id))
    work.session.add_all(
        TemplatePart(template_id=row.id, place=place, hash=one.hash, content=data)
        for place, (one, data) in enumerate(zip(packages, zips, strict=True))
    )
    work.session.flush()
    audit.record(
        work, "template.publish", "package_version", version.id, title=version.title, version=version.version,
        audience=terms.audience, hash=version.hash,
    )  # fmt: skip
    return row


def withdraw(work: Work, template_id: UUID) -> Template:
    """Take a template back: nobody finds it any more, its content is removed here; what was cloned stays. Raises NotFound."""
    access.require(work.viewer, "template.publish")
    query = select(Template).where(
        Template.id == template_id, Template.publisher_id == work.tenant.id, Template.withdrawn_at.is_(None)
    )
    row = work.session.scalar(query.with_for_update())
    if row is None:
        raise not_found()
    row.withdrawn_at = work.now
    work.session.execute(delete(TemplatePart).where(TemplatePart.template_id == row.id))
    work.session.flush()
    audit.record(
        work, "template.withdraw", "template", row.id, title=row.title, version=row.version, hash=row.hash
    )
    return row


def found(work: Work, template_id: UUID) -> Template:
    """Return a template that this authority may see; raise NotFound."""
    access.require(work.viewer, "package.read")
    row = work.session.scalar(select(Template).where(Template.id == template_id, shown_to(work)))
    if row is None:
        raise not_found()
    return row


def opened(work: Work, template_id: UUID) -> tuple[Template, Package]:
    """Return a template with its package, to be looked at; raise NotFound."""
    row = found(work, template_id)
    return row, _packages(work, row)[-1]


def clone(work: Work, template_id: UUID, seen: str = "") -> PackageVersion:
    """Make a template a version of this authority's own, which remembers where it came from. seen: hash of what was looked at.

    Raises Forbidden, NotFound, AlreadyHere, Conflict when the template has changed since or an own package has its name.
    """
    access.require(work.viewer, "package.publish")
    row = found(work, template_id)
    if row.publisher_id == work.tenant.id:
        raise Conflict(say("这个模板是本单位自己发布的。"), say("请在方案包里直接使用原来的方案。"))
    if seen and seen != row.hash:
        raise Conflict(
            say("模板刚刚换成了 {version} 版，没有克隆。", version=row.version), say("请看过新版后再克隆。")
        )
    require_room(work, row.package, row.hash)
    *called, package = _packages(work, row)
    for one in called:
        if not _here(work, one.hash):
            require_room(work, one.id, one.hash)
            adopt(work, one.files, origin=_origin(row))
    version = adopt(work, package.files, origin=_origin(row))
    counted = update(Template).where(Template.id == row.id).values(clones=Template.clones + 1)
    work.session.execute(counted, execution_options={"synchronize_session": False})
    audit.record(
        work, "template.clone", "package_version", version.id, title=version.title, version=version.version,
        name=row.publisher, hash=row.hash,
    )  # fmt: skip
    return version


def take_built_in(work: Work, name: str) -> PackageVersion:
    """Make a package that comes with the house a version of this authority's own. Raises as `clone`."""
    access.require(work.viewer, "package.publish")
    package = built_in(name).package
    require_room(work, package.id, package.hash)
    return adopt(work, package.files, origin=Origin(LIBRARY))


def built_in(name: str) -> builtin.Offer:
    """Return a package that comes with the house, by its name in the gallery; raise NotFound as for any template."""
    for offer in builtin.offers():
        if offer.name == name:
            return offer
    raise not_found()


def require_room(work: Work, package: str, package_hash: str) -> None:
    """Raise AlreadyHere when the version is here, Conflict when a package of this authority's own making has its name."""
    here = _here(work, package_hash)
    if here is not None:
        raise AlreadyHere(
            say("这个版本已经在本单位的方案包里，没有重复克隆。"), say("请直接使用已有的版本。"),
            hash=here.hash,
        )  # fmt: skip
    given = [offer.package.hash for offer in builtin.offers()]
    own = select(PackageVersion.title).where(
        PackageVersion.package == package,
        PackageVersion.base_hash.is_(None),
        PackageVersion.hash.not_in(given),
    )
    title = work.session.scalar(own.limit(1))
    if title is not None:
        raise Conflict(
            say(
                "本单位已有自己编制的方案“{title}”，编号也是“{id}”，克隆进来会和它混在一起。",
                title=title,
                id=package,
            ),
            say("请导出这个模板，把 campaign.yaml 里的 id 改成别的编号，再上传发布。"),
        )


def version_to_give(work: Work, package_hash: str) -> PackageVersion:
    """Return the version that is to be given away. Raises NotFound, Conflict for what comes with the house."""
    version = _here(work, package_hash)
    if version is None or received.is_received(version.package):
        raise NotFound(say("没有找到这个方案版本。"), say("请在方案列表中重新选择。"))
    if any(offer.package.hash == package_hash for offer in builtin.offers()):
        raise Conflict(
            say("这个方案随系统提供，各单位在模板库里都看得到。"), say("按本地情况改过的版本才需要发布。")
        )
    return version


def packages_of(work: Work, version: PackageVersion) -> list[Package]:
    """Return what goes out with a version: the packages that it calls, those first that others need, and then itself."""
    called = select(PackageVersion).where(PackageVersion.hash.in_(version.uses.values()))
    rows = sorted(work.session.scalars(called), key=lambda row: (len(row.uses), row.package, row.version))
    return [publish.load(work, row.hash) for row in (*rows, version)]


def zipped(work: Work, template_id: UUID) -> tuple[Template, bytes]:
    """Return a template's package as a zip of its exact files, as a package of one's own is exported. Raises NotFound."""
    row, package = opened(work, template_id)
    uses = {key: other.hash for key, other in package.library.items()}
    return row, archive.pack({**package.files, **manifest.written(uses)})


def own(work: Work, package: str) -> Template | None:
    """Return what this authority has published of a package, if it is to be seen at present."""
    query = select(Template).where(
        Template.publisher_id == work.tenant.id, Template.package == package, Template.withdrawn_at.is_(None)
    )
    return work.session.scalar(query)


def cloned_from(work: Work, key: str) -> Template | None:
    """Return the template of that id, as it is now; None when it is not to be seen any more. key: of an origin."""
    wanted = id_in(key)
    return (
        work.session.scalar(select(Template).where(Template.id == wanted, shown_to(work))) if wanted else None
    )


def is_here(work: Work, package_hash: str) -> bool:
    """Tell whether this authority has that version."""
    return _here(work, package_hash) is not None


def not_found() -> NotFound:
    return NotFound(say("没有这个模板，或者已经撤回。"), say("请在模板库中重新选择。"))


def _own(work: Work, package: str) -> Template | None:
    query = select(Template).where(Template.publisher_id == work.tenant.id, Template.package == package)
    return work.session.scalar(query.with_for_update())


def _fresh(work: Work, package: str) -> Template:
    count = select(func.count()).select_from(Template).where(Template.publisher_id == work.tenant.id)
    if (work.session.scalar(count) or 0) >= MOST:
        raise Conflict(say("本单位发布的模板已有 {max} 个。", max=MOST), say("请先撤回不再需要的。"))
    row = Template(id=new_id(), publisher_id=work.tenant.id, package=package, clones=0)
    work.session.add(row)
    return row


def _here(work: Work, package_hash: str) -> PackageVersion | None:
    return work.session.scalar(select(PackageVersion).where(PackageVersion.hash == package_hash))


def _origin(row: Template) -> Origin:
    return Origin(GALLERY, row.publisher, str(row.publisher_id), str(row.id))


def _packages(work: Work, row: Template) -> list[Package]:
    """Return what a template consists of, the package itself last, with those that it calls at hand."""
    query = (
        select(TemplatePart.hash, TemplatePart.id)
        .where(TemplatePart.template_id == row.id)
        .order_by(TemplatePart.place)
    )
    read: list[Package] = []
    for part in work.session.execute(query):
        find: Find = among(read)
        one = parsed.package(part.hash, row.title, partial(_files, work, part.id, row))
        read.append(with_library(one, find))
    if not read or read[-1].hash != row.hash:
        raise not_found()
    return read


def _files(work: Work, part_id: UUID, row: Template) -> Mapping[str, bytes]:
    part = work.session.get_one(TemplatePart, part_id)
    files, _problems = archive.unpack(part.content)
    if files is None or hash_of(files) != part.hash:
        raise Invalid(say("模板“{title}”的内容与封存时不一致，打不开。", title=row.title))
    return files
