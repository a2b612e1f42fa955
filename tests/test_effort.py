"""Counting what is done sees what costs, says the same every time, and stops what does not end."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time

import pytest

from tests.effort import counted, must_end, steps, until


def looped(times: int) -> int:
    found = 0
    for number in range(times):
        found += number
    return found


def gathered(times: int) -> list[int]:
    return [number for number in range(times) if number != 5]


def handed_on(times: int) -> list[int]:
    return list(number for number in range(times))  # noqa: C400 - a generator is meant


def asked(times: int) -> None:
    list(map(abs, range(times)))
    for number in range(times):
        abs(number)


def called(times: int) -> None:
    if times:
        called(times - 1)


@pytest.mark.parametrize("act", [looped, gathered, handed_on, asked, called])
def test_twice_the_work_is_twice_the_steps_and_the_same_again_the_same(act):
    one, two = steps(lambda: act(100)), steps(lambda: act(200))
    assert 1.8 * one < two < 2.2 * one and one >= 100
    assert steps(lambda: act(100)) == one


def test_what_a_count_within_a_count_finds_belongs_to_both():
    def both() -> int:
        return steps(lambda: looped(100)) + steps(lambda: looped(200))

    with counted() as outer:
        inner = both()
    assert inner <= outer.steps < inner + 100
    assert inner == both()


def test_who_asks_for_more_than_allowed_is_stopped_even_where_exceptions_are_swallowed():
    def for_ever() -> None:
        while True:
            try:
                looped(10)
            except Exception:
                continue

    with pytest.raises(pytest.fail.Exception, match="more than 10000 steps"), counted(at_most=10_000):
        for_ever()
    with pytest.raises(pytest.fail.Exception), counted(at_most=1_000), counted(at_most=10_000):
        looped(2_000)
    with counted(at_most=10_000):
        looped(1_000)
    assert sys.gettrace() is None or "effort" not in repr(sys.gettrace())


def test_another_profiler_goes_on_afterwards_and_what_fails_leaves_nothing_behind():
    seen: list[str] = []
    before = sys.getprofile(), sys.gettrace()

    def other(frame, happened, what):
        seen.append(happened)

    sys.setprofile(other)
    try:
        with pytest.raises(ZeroDivisionError), counted():
            looped(1 // 0)
        assert sys.getprofile() is other
    finally:
        sys.setprofile(before[0])
    assert seen and (sys.getprofile(), sys.gettrace()) == before


def test_other_threads_are_not_counted():
    alone = steps(lambda: looped(10))
    go, done = threading.Event(), threading.Event()

    def busy() -> None:
        go.wait()
        looped(10_000)
        done.set()

    person = threading.Thread(target=busy)
    person.start()
    with counted() as effort:
        looped(10)
        go.set()
        done.wait()
    person.join()
    assert alone <= effort.steps < alone + 200


def test_what_does_not_end_is_given_up_and_the_alarm_is_as_before():
    before = signal.getsignal(signal.SIGALRM)
    for act in (lambda: time.sleep(600), lambda: re.match("(a+)+$", "a" * 60 + "b")):
        with pytest.raises(pytest.fail.Exception, match="not come to an end"), must_end(0.05):
            act()
    with must_end():
        looped(10)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_what_is_waited_for_comes_or_is_said_never_to_come():
    seen: list[int] = []
    until(lambda: seen.append(1) or len(seen) == 3)
    with pytest.raises(pytest.fail.Exception, match="never came to that: 3"):
        until(lambda: False, lambda: str(len(seen)), patience=0.01)
