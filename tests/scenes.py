"""Scenes: what many tests begin with, played once in the small world and kept as a database that each of them gets a copy of.

A fixture whose name is in `PLAYS` finds the scene already in its database; see `database` in tests/conftest.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.world import Door

# The name of a fixture -> what plays its scene and returns what is known afterwards, which no test may change.
PLAYS: dict[str, Callable[[Door], Any]] = {}


@dataclass(frozen=True)
class Scene:
    """A scene that was played. told: what its play returned. store: the folder of the files that it left."""

    told: Any
    store: Path

    def bring_files(self, store: Path) -> None:
        """Lay copies of the scene's files into the folder of a test."""
        if self.store.is_dir():
            shutil.copytree(self.store, store, dirs_exist_ok=True)
