"""The whole measurement on one database, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bench import completing, forks, inboxes, launching
from engine.bench.claims import Part
from engine.bench.ground import Ground
from engine.bench.sizes import Sizes


def on_database(ground: Ground, sizes: Sizes) -> Iterator[Part]:
    """Yield each part as it has been measured. The tables fill up on the way; the order is part of the measurement."""
    ground.settle()
    yield from completing.parts(ground, sizes)
    yield from launching.parts(ground, sizes)
    yield from inboxes.parts(ground, sizes)


def without_database(sizes: Sizes) -> Iterator[Part]:
    """Yield what the engine alone costs."""
    yield from forks.parts(sizes)
