"""What a rehearsal costs is measured. How long it takes is for `luoshi bench`; here only what a busy machine does not change."""

from __future__ import annotations

import pytest

from engine.bench.rehearsal import UNITS, measure, table


@pytest.mark.slow
def test_more_years_take_no_more_memory_and_every_line_is_told():
    cost = measure(rounds=1, years=2)
    assert cost.lines == UNITS * 731  # 2024 has 366 days
    # What grows is the load, a number for each role and week: less than a byte for each line that is told.
    assert cost.peaks[1] - cost.peaks[0] < UNITS * 365
    assert any("ratio" in line for line in table(cost))
