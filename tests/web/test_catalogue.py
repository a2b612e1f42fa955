"""The English catalogue: every text of the house is in it, and says the same with the same places."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "web" / "translations"
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%%")
CHINESE = re.compile(r"[\u4e00-\u9fff，。；：？！（）、]")
QUOTED = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\w.]+ == \S+|“[^”]*”|such as .*|For example .*|like .*")


@cache
def said() -> frozenset[str]:
    """Return every text that the code says to a user."""
    with (TRANSLATIONS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")
    keywords = {"say": None, "_": None, "gettext": None, "plural": (1, 1)}
    found = extract_from_dir(
        str(ROOT),
        methods,
        options,
        keywords=keywords,
        directory_filter=lambda path: not Path(path).name.startswith("."),
    )
    return frozenset(message if isinstance(message, str) else message[0] for _, _, message, _, _ in found)


@cache
def catalogue() -> Catalog:
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def first(text: str | tuple[str, ...]) -> str:
    """Return the text of a message; one that counts things has two, which are the same in Chinese."""
    return text if isinstance(text, str) else text[0]


def every(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def test_every_text_has_its_english():
    known = {first(message.id) for message in catalogue() if message.id and all(every(message.string))}
    assert not sorted(said() - known)


def test_no_english_is_left_over():
    assert not sorted({first(message.id) for message in catalogue() if message.id} - said())


def test_what_counts_says_one_thing_and_many():
    counted = [message for message in catalogue() if isinstance(message.id, tuple)]
    assert counted and all(len(message.string) == 2 for message in counted)
    assert not [m.id for m in catalogue() if any("(s)" in words for words in every(m.string))]


def test_nothing_is_guessed():
    assert not [message.id for message in catalogue() if message.id and message.fuzzy]


def test_the_places_are_the_same():
    def places(text: str) -> set[str]:
        return set(PLACE.findall(text))

    wrong = {
        first(m.id): words
        for m in catalogue()
        for words in every(m.string)
        if m.id and places(first(m.id)) != places(words)
    }
    assert not wrong


def test_the_english_is_english():
    """Chinese stays only in examples of what an author would write."""
    wrong = {
        first(m.id): words
        for m in catalogue()
        for words in every(m.string)
        if m.id and CHINESE.search(QUOTED.sub("", words))
    }
    assert not wrong


@pytest.mark.parametrize(
    "path", ["/signin", "/account", "/t/yangcheng/inbox", "/t/yangcheng/units", "/t/yangcheng/members"]
)
def test_a_page_in_english_has_no_chinese_but_names(visit, path):
    """Needs the compiled catalogue: `make setup` makes it."""
    visitor = visit("admin") if path != "/signin" else visit()
    visitor.post("/language", {"language": "en"})
    page = re.sub(r"<(script|style)\b.*?</\1>", "", visitor.get(path).text, flags=re.S)
    page = re.sub(r'value="[^"]*"', "", page)
    left = {text.strip() for text in re.findall(r">([^<]+)<", page) if CHINESE.search(text)}
    names = re.compile(r"煤|县|矿|股|公司|甲|乙|丙|丁|戊|部长|队长|落实|中文|阳城|演示")
    assert not {text for text in left if not names.search(text)}
