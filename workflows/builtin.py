"""The packages that come with the house: every folder of the gallery, offered to each tenant for publishing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tenants.errors import NotFound
from tenants.text import say
from workflows.folder import gather
from workflows.marked_yaml import read_yaml
from workflows.package import CAMPAIGN, Package, read_files

GALLERY = Path(__file__).parent / "gallery"
# What is said of each of them where they are offered.
ABOUT = "about.yaml"


@dataclass(frozen=True)
class Offer:
    """A built-in package. name: of its folder. said: language -> for whom it is and what is in it."""

    name: str
    package: Package
    said: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4)
def offers(gallery: Path = GALLERY) -> tuple[Offer, ...]:
    """Return the built-in packages, by name. Read once: they do not change while the house runs."""
    found, about = [], _about(gallery / ABOUT)
    for folder in sorted(gallery.iterdir()):
        if (folder / CAMPAIGN).is_file():
            files, _problems = gather(folder)
            package = read_files(files)[0] if files else None
            if package is not None:
                found.append(Offer(folder.name, package, about.get(folder.name, {})))
    return tuple(found)


def _about(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Return name -> language -> what the house says of a package."""
    value = read_yaml(path.read_bytes(), path.name)[0] if path.is_file() else None
    return {str(name): dict(said) for name, said in value.items()} if isinstance(value, dict) else {}


def built_in(name: str) -> Package:
    """Return the built-in package of that name; raise NotFound."""
    for offer in offers():
        if offer.name == name:
            return offer.package
    raise NotFound(say("没有这个内置方案。"), say("请在方案列表中重新选择。"))
