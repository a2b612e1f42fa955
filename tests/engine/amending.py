"""An amended notice: the package with other words, published, looked at and carried out."""

from __future__ import annotations

from engine import amend
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import Story
from workflows.publish import publish

TEXT = {"type": "string", "title": "正文"}


def amended(*changes: tuple[str, str], version: str = "1.1.0", **more: str) -> dict[str, bytes]:
    """Return the package with other words in campaign.yaml, and other files (`processes__watch`, `forms__plan`)."""
    text = CAMPAIGN.replace("version: 1.0.0", f"version: {version}")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    found = files() | {"campaign.yaml": text.encode()}
    for name, content in more.items():
        kind, _, key = name.partition("__")
        key = key.replace("_", "-")
        found[f"processes/{key}.bpmn" if kind == "processes" else f"forms/{key}/schema.json"] = (
            content.encode()
        )
    return found


LATER = (
    "self_check: {title: 自查, start: 2024-11-01, end: 2024-11-25",
    "self_check: {title: 自查, start: 2024-11-01, end: 2024-12-05",
)
NO_RULES = (
    "  open_ended: {title: 完善制度, by: mine, form: plan, start: phases.self_check.start, clause: 一}\n",
    "",
)


def published(story: Story, found: dict[str, bytes]) -> str:
    with story.open_work("yangcheng", "admin") as work:
        return publish(work, found).hash


def preview(story: Story, package: str) -> amend.Effects:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        return amend.preview(work, story.launched, package)


def carry_out(story: Story, package: str) -> amend.Effects:
    seen = preview(story, package).seal
    with story.open_work("yangcheng", "admin") as work:
        found = amend.apply(work, story.launched, package, seen)
    story.ring()
    assert not story.errors
    return found


def fates(effects: amend.Effects) -> dict[str, tuple[str, str]]:
    return {one.title: (one.what, "；".join(map(str, (*one.why, *one.notes)))) for one in effects.groups}


def by_duty(story: Story, package: str) -> dict[str, set[bool]]:
    found: dict[str, set[bool]] = {}
    for one in story.instances():
        if one.state in ("running", "stuck"):
            found.setdefault(one.duty or one.ledger, set()).add(one.package_hash == package)
    return found
