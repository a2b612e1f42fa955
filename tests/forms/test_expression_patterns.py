"""Patterns: only those that server and browser read alike, and that no text slows down, are accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expression import (
    check_pattern,
)
from forms.expression.pattern import compiled
from tests.examples import examples
from tests.forms.expression_twins import Browser


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?P<n>a)", "(?<n>a)", "(?i)a", "(?i:a)", "(?#x)", r"(a)\1", r"\k<n>",
        r"\s", r"\S", r"\pL", r"\p{Han}", r"\u4e00", r"\x{4E00}", r"\x41", r"\A", r"\z", r"\Z", r"\Q*\E", r"\C", r"\-",
        "[[:alpha:]]", "[]a]", "[]", "[^]", "[a", "a]", "a{", "a}", "{1}", "a{,3}", "a{3,1}", "a{1001}", "a{1,1001}",
        "*a", "+", "?", "a**", "a++", "a???", "a{2}{3}", "^*", r"\b+", "|*", "(*)", "(", ")", "(a", "a)", "\\",
        r"[\d-z]", r"[a-\d]", "[z-a]", "[a-b-c]", r"[\s]", r"[\b]", r"[a-\n]",
        "(a+)+", "(a*)*", "(a|b)*", "(a|aa)+", "((a+))+", "(a+b)*", "(a?){2,}", "(a{1,3})*", "(?:a+){2}", "((a|b)c)+",
        "(a{500}){500}", "a" * 501,
    ],
)  # fmt: skip
def test_a_pattern_that_browser_and_server_read_differently_is_refused(pattern: str) -> None:
    assert str(check_pattern(pattern))


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a", "甲矿", "[一-龥]+", r"\d{6}", r"\w+-\d+", "^[0-9]{18}$", "(a|b)", "(ab)+", "(?:ab)*", "(a|b)?", "[a-z-]", "[-a]",
        r"[\]\[\\^]", "[^a]", "[a^]", r"\.\*\/\(\)", "a.*b", "a??", "a{2,3}?", r"\bword\b", "1[3-9][0-9]{9}", "[0-9A-Z]{18}",
        "()", "(|a)", "-", ",", "a-b", r"[\d_]", r"[0-9.%/]+",
    ],
)  # fmt: skip
def test_a_pattern_of_the_common_part_is_accepted(pattern: str) -> None:
    assert check_pattern(pattern) is None


PIECES = [*"ab1-^$.|()[]{}*+?\\,甲", "\\d", "\\w", "\\.", "[a-c]", "{2}", "{1,2}", "(?:", "[^1]"]


@examples(300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=8),
    st.text("abc1-甲.\n", max_size=6),
)  # fmt: skip
def test_whatever_pattern_is_accepted_means_the_same_in_both(
    browser_twin: Browser, pieces: list[str], text: str
) -> None:
    pattern = "".join(pieces)
    if check_pattern(pattern) is not None:
        return
    shape = compiled(pattern)
    assert shape is not None
    tree = ["call", "matches", ["text", text], ["text", pattern]]
    assert browser_twin.says(tree, {}) == (shape.fullmatch(text) is not None), pattern
