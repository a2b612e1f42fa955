from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.merge.order import weave


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "found"),
    [
        ("abc", "abc", "axbc", "axbc"),
        ("abc", "aybc", "axbc", "ayxbc"),
        ("abc", "abc", "cab", "cab"),
        ("abc", "bac", "abcx", "bacx"),
        ("abc", "ac", "abc", "abc"),
        ("", "ab", "xy", "abxy"),
        ("abc", "zabc", "bca", "zbca"),
    ],
)
def test_new_ones_stand_behind_the_one_they_follow_and_mine_come_first(
    base: str, mine: str, theirs: str, found: str
) -> None:
    assert "".join(weave(base, mine, theirs).keys) == found


def test_both_moving_the_same_is_a_clash_and_both_adding_in_one_place_a_meeting() -> None:
    assert weave("abc", "bac", "cab").clash and not weave("abc", "bac", "bac").clash
    assert weave("ab", "axb", "ayb").met and not weave("ab", "axb", "aby").met


_keys = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(_keys, _keys, _keys)
def test_every_key_of_either_side_is_there_once(base: list[str], mine: list[str], theirs: list[str]) -> None:
    found = weave(base, mine, theirs).keys
    assert len(set(found)) == len(found) and set(found) == {*mine, *theirs}


@given(_keys, _keys)
def test_what_one_side_left_alone_follows_the_other(base: list[str], mine: list[str]) -> None:
    both = [key for key in mine if key in base]
    assert [key for key in weave(base, mine, base).keys if key in both] == both
    assert [key for key in weave(base, base, mine).keys if key in both] == both
