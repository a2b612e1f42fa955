"""A campaign to tell stories of."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.databases import Database
from tests.engine.days import in_winter
from tests.engine.story import Story, begun
from tests.scenes import PLAYS
from tests.world import Door, HandClock


@pytest.fixture
def story(open_work: Door, clock: HandClock) -> Story:
    """The package is published; nothing is launched yet."""
    return begun(open_work, clock)


def _launched(open_work: Door) -> tuple[str, UUID]:
    story = begun(open_work, open_work.clock)
    story.launch()
    assert not story.errors
    return story.package, story.launched


PLAYS["running_story"], PLAYS["winter_story"] = _launched, in_winter


@pytest.fixture
def running_story(database: Database, open_work: Door, clock: HandClock) -> Story:
    """The campaign was launched on the first of November and has opened what is due."""
    assert database.scene is not None
    package, campaign = database.scene.told
    return Story(open_work, clock, package, campaign)


@pytest.fixture
def winter_story(database: Database, open_work: Door, clock: HandClock) -> Story:
    """The same of a campaign whose dates lean on the calendar, in a county that has said when its winter is."""
    assert database.scene is not None
    package, campaign = database.scene.told
    return Story(open_work, clock, package, campaign)
