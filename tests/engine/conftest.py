"""A campaign to tell stories of."""

from __future__ import annotations

import pytest

from tests.engine.story import Story, begun


@pytest.fixture
def story(open_work, clock) -> Story:
    """The package is published; nothing is launched yet."""
    return begun(open_work, clock)


@pytest.fixture
def running_story(story) -> Story:
    """The campaign was launched on the first of November and has opened what is due."""
    story.launch()
    assert not story.errors
    return story
