"""What is told of times is worked out from what was measured, round by round."""

from __future__ import annotations

import pytest

from engine.bench.claims import Part, at_least, at_most, measured, table
from engine.bench.timing import Times, interleaved

TIMES = Times({"slow": (0.004, 0.02, 0.006), "fast": (0.001, 0.01, 0.003)})


def test_ways_take_turns_and_getting_ready_is_not_what_is_counted():
    done: list[str] = []

    def way(name):
        def ready():
            done.append(f"ready {name}")
            return lambda: done.append(name)

        return ready

    times = interleaved({"a": way("a"), "b": way("b")}, 3, each=2)
    assert done[:8] == ["ready a", "a", "ready a", "a", "ready b", "b", "ready b", "b"]
    assert done.count("a") == (3 + 2) * 2  # two rounds warm up
    assert len(times.seconds["a"]) == len(times.seconds["b"]) == 3


def test_a_ratio_compares_rounds_and_not_medians():
    assert TIMES.middle("slow") == pytest.approx(6) and TIMES.middle("fast") == pytest.approx(3)
    assert TIMES.ratio("slow", "fast") == pytest.approx(2)
    low, high = TIMES.quartiles("slow")
    assert 4 <= low <= TIMES.middle("slow") <= high <= 20
    assert TIMES.each({"slow": 2, "fast": 1}).middle("slow") == pytest.approx(3)


def test_a_promise_is_kept_or_not_and_the_table_says_which():
    claims = (at_most("slow / fast", 2.0, 3), at_least("slow / fast", 2.0, 2.5))
    assert [claim.met for claim in claims] == [True, False]
    part = Part(
        "A thing", {"rounds": 3}, measured(TIMES, {"slow": "the slow way", "fast": "the fast way"}), claims
    )
    told = "\n".join(table([part]))
    assert "the slow way" in told and "6.000 ms" in told and "≤ 3: met" in told and "≥ 2.5: NOT MET" in told
    assert [claim["met"] for claim in part.plain()["claims"]] == [True, False]
