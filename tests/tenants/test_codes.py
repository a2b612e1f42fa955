"""One-time codes: read without mistakes, never the same, kept as hashes."""

from __future__ import annotations

import pytest

from tenants import codes


def test_codes_are_never_the_same_and_hold_nothing_that_is_misread():
    made = {codes.make() for _ in range(200)}
    assert len(made) == 200 and not set("".join(made)) & set("0O1lIoi")
    assert all([len(part) for part in code.split("-")] == [5, 5, 5] for code in made)


def test_a_code_cannot_be_guessed():
    assert len(set(codes.ALPHABET)) ** 15 > 2**74


@pytest.mark.parametrize(
    "spelt",
    [
        str,
        str.lower,
        lambda code: f" {code} ",
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", "－"),
    ],
)
def test_it_fits_however_it_is_typed(spelt):
    code = codes.make()
    assert codes.fits(codes.sealed(code), spelt(code))


@pytest.mark.parametrize("kept", [None, "", "$", pytest.param(codes.sealed(codes.make()), id="another")])
@pytest.mark.parametrize("given", ["", "-", "x" * 10_000, "7KQ2M-XW9DA-HP4TC"])
def test_nothing_else_fits(kept, given):
    assert not codes.fits(kept, given)


def test_the_same_code_is_kept_differently_each_time():
    assert codes.sealed("7KQ2M") != codes.sealed("7KQ2M")
