"""The built-in packages, each read once for all tests that look at it: a package is never changed, so it may be shared."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tenants.errors import Problem
from workflows import builtin, folder
from workflows.check import examine
from workflows.elements import Package

GALLERY = Path(builtin.__file__).parent / "gallery"
PACKAGES = sorted(path.parent.name for path in GALLERY.glob("*/campaign.yaml"))
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def examined(name: str) -> tuple[Package, tuple[Problem, ...]]:
    """Return a package and everything that is wrong with it."""
    files, problems = folder.gather(GALLERY / name)
    assert files is not None and not problems
    package, problems = examine(files)
    assert package is not None
    return package, tuple(problems)


@cache
def told(file: Path) -> Any:
    """Return what a YAML file says; not to be changed."""
    return yaml.load(file.read_text("utf-8"), Loader=_LOADER)
