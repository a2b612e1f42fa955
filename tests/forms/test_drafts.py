"""Drafts are kept as they are, for one person and one task, and no window overwrites another in silence."""

from __future__ import annotations

from uuid import uuid4

import pytest

from forms import drafts
from forms.drafts import DraftMoved
from tenants.errors import Forbidden, TooLarge

TASK = uuid4()


def test_a_draft_comes_back_as_it_was_left_right_or_wrong(open_work, clock):
    with open_work("yangcheng", "pine") as work:
        assert drafts.load(work, TASK) is None
        assert drafts.save(work, TASK, {"产量": "十二", "行": [{}]}, 0).revision == 1
    with open_work("yangcheng", "pine") as work:
        draft = drafts.load(work, TASK)
        assert draft.answers == {"产量": "十二", "行": [{}]} and draft.saved_at == clock.now()


def test_each_save_moves_the_revision_on(open_work, clock):
    with open_work("yangcheng", "pine") as work:
        drafts.save(work, TASK, {"a": 1}, 0)
    clock.move(seconds=2)
    with open_work("yangcheng", "pine") as work:
        draft = drafts.save(work, TASK, {"a": 2}, 1)
        assert (draft.revision, draft.answers, draft.saved_at) == (2, {"a": 2}, clock.now())


@pytest.mark.parametrize("stale", [0, 1, 7])
def test_a_stale_window_is_told_and_overwrites_nothing(open_work, stale: int):
    with open_work("yangcheng", "pine") as work:
        drafts.save(work, TASK, {"a": "first"}, 0)
        drafts.save(work, TASK, {"a": "second"}, 1)
    with open_work("yangcheng", "pine") as work:
        with pytest.raises(DraftMoved) as caught:
            drafts.save(work, TASK, {"a": "stale"}, stale)
        assert caught.value.facts["revision"] == 2 and "09:00:00" in str(caught.value.what)
        assert drafts.load(work, TASK).answers == {"a": "second"}


def test_a_window_that_goes_on_writing_after_filing_is_told_to_copy_its_text(open_work):
    with open_work("yangcheng", "pine") as work:
        drafts.save(work, TASK, {"a": 1}, 0)
        drafts.forget(work, TASK)
        with pytest.raises(DraftMoved) as caught:
            drafts.save(work, TASK, {"a": 2}, 1)
        assert "复制" in str(caught.value.do) and drafts.load(work, TASK) is None


def test_each_person_has_a_draft_of_their_own(open_work):
    with open_work("yangcheng", "pine") as work:
        drafts.save(work, TASK, {"a": "pine"}, 0)
    with open_work("yangcheng", "creek") as work:
        assert drafts.load(work, TASK) is None
        drafts.save(work, TASK, {"a": "creek"}, 0)
        drafts.forget(work, TASK)
    with open_work("yangcheng", "pine") as work:
        assert drafts.load(work, TASK).answers == {"a": "pine"}


def test_a_draft_beyond_any_form_is_refused_and_the_last_one_stays(open_work):
    with open_work("yangcheng", "pine") as work:
        drafts.save(work, TASK, {"a": 1}, 0)
        with pytest.raises(TooLarge):
            drafts.save(work, TASK, {"a": "长" * 400_000}, 1)
        assert drafts.load(work, TASK).revision == 1


def test_the_house_itself_writes_no_drafts(open_work):
    with open_work("yangcheng") as work, pytest.raises(Forbidden):
        drafts.save(work, TASK, {}, 0)


def test_drafts_untouched_for_over_a_year_are_swept(open_work, clock):
    with open_work("yangcheng", "pine") as work:
        drafts.save(work, TASK, {"a": 1}, 0)
    clock.move(days=399)
    with open_work("yangcheng") as work:
        assert drafts.sweep(work) == 0
    clock.move(days=2)
    with open_work("yangcheng") as work:
        assert drafts.sweep(work) == 1
