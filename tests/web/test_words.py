"""What a reader reads where the house has a short name of its own."""

from __future__ import annotations

import pytest
from flask import Flask

from web.words import period_words


@pytest.mark.parametrize(
    ("period", "chinese", "english"),
    [
        ("2023-H1", "2023年上半年", "first half of 2023"),
        ("2023-H2", "2023年下半年", "second half of 2023"),
        ("2023-Q2", "2023年第2季度", "Q2 of 2023"),
        ("2024-W05", "2024年第5周", "week 5 of 2024"),
        ("2023-04", "2023-04", "2023-04"),
        ("青河县矿山监管局", "青河县矿山监管局", "青河县矿山监管局"),
        ("", "", ""),
    ],
)
def test_a_period_is_called_as_people_call_it(house: Flask, period: str, chinese: str, english: str) -> None:
    for language, words in (("zh", chinese), ("en", english)):
        with house.test_request_context("/", headers={"Accept-Language": language}):
            assert period_words(period) == words
