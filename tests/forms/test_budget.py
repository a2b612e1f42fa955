"""Steps are counted for the judgement that is going on, and for no other."""

from __future__ import annotations

import pytest

from forms.budget import Overrun, budget, spend


def test_steps_beyond_the_budget_stop_the_work():
    with budget(10):
        for _ in range(10):
            spend()
        with pytest.raises(Overrun):
            spend()


def test_without_a_budget_nothing_is_counted_and_an_inner_one_is_its_own():
    spend(10**9)
    with budget(5):
        with budget(100):
            spend(50)
        spend(5)
