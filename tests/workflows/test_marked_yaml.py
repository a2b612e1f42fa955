"""YAML with lines, and nothing clever in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from tests.effort import counted, must_end
from workflows import marked_yaml
from workflows.marked_yaml import read_yaml

GALLERY = Path(marked_yaml.__file__).parent / "gallery"


def refusal(text: str) -> str:
    value, problems = read_yaml(text.encode(), "f.yaml")
    assert problems, f"nothing was found in {text[:40]!r}, which gave {value!r}"
    return f"{problems[0].line} {problems[0].what} {problems[0].do}"


def test_words_stay_words_and_numbers_and_dates_are_read():
    value, problems = read_yaml(b"on: yes\nn: 3\nd: 1.50\nday: 2024-10-31\nnothing:\n'2': x\n", "f.yaml")
    assert not problems
    assert value == {
        "on": "yes",
        "n": 3,
        "d": Decimal("1.50"),
        "day": date(2024, 10, 31),
        "nothing": None,
        "2": "x",
    }


def test_every_key_and_item_knows_its_line():
    value, _ = read_yaml(b"a: 1\n\nb:\n  c: 2\n  d: [x,\n    y]\n", "f.yaml")
    assert value.lines == {"a": 1, "b": 3}
    assert value["b"].lines == {"c": 4, "d": 5}
    assert value["b"]["d"].lines == [5, 6]


def test_a_day_that_does_not_exist_stays_text():
    assert read_yaml(b"d: 2024-02-30", "f.yaml")[0] == {"d": "2024-02-30"}


def test_a_key_given_twice_is_refused_and_says_where_the_first_stands():
    assert refusal("a: 1\nb: 2\na: 3").startswith("3 “a”写了两次，前一次在第 1 行")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("标题：甲\nid: 1", "冒号请用半角"),
        ("title:甲\nid: 1", "冒号后面要空一格"),
        ("a:\n\tb: 1", "不要用 Tab"),
        ("a: [1, 2", "是否成对"),
        ("a: 1\n---\nb: 2", "只写一份"),
        ("a: !!python/object/apply:os.system [id]", "请删去以“!”开头的标记"),
        ("a: *nowhere", "&nowhere"),
        ("? [a, b]\n: 1", "名称写成一个词"),
        ("a: \x01", "看不见的字符"),
        ('a: "\\0"', "重新输入这一处"),
        ('a: "\\uD800"', "重新输入这一处"),
    ],
)
def test_mistakes_that_people_make_get_a_remedy(text: str, remedy: str):
    assert remedy in refusal(text)


def test_other_encodings_are_refused_with_the_line():
    value, problems = read_yaml("a: 1\nb: 煤矿".encode("gb18030"), "f.yaml")
    assert value is None
    assert problems[0].line == 2
    assert "UTF-8" in str(problems[0].do)


def test_nesting_and_bombs_of_aliases_cost_no_time():
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    with must_end(), counted(at_most=50_000):
        assert "嵌套超过" in refusal("[" * 100_000)
        assert "内容超过" in refusal(bomb)
        assert "没有出处" in refusal("a: &a [*a]")
        assert "字节" in refusal("a: " + "x" * 1_000_001)


@pytest.mark.parametrize("text", ["? " * 400_000, "- " * 400_000, "{" * 900_000, "&a " * 300_000, "a:\n " * 200_000,
                                  "- a\n" * 200_000, "'" + "x" * 900_000, "[a, " * 200_000, "#" * 900_000, "a: |\n" + "  b\n" * 200_000])  # fmt: skip
def test_a_megabyte_of_anything_is_read_or_refused_in_a_moment(text: str):
    with must_end(), counted(at_most=15 * len(text)):
        read_yaml(text.encode(), "f.yaml")


def test_both_of_the_librarys_parsers_read_the_same(monkeypatch):
    """Where PyYAML was built without libyaml its own parser reads."""
    files = [path.read_bytes() for path in sorted(GALLERY.glob("*/campaign.yaml"))]
    files += [
        b"on: yes\nd: 1.50\n'2': x\n# c\nq: \"a\\nb\"\nl: [x,\n  {y: z}]\nt: |\n  a\n  b\n",
        b"a: [1, 2",
        b"a:\n\tb: 1",
    ]

    def read(data: bytes) -> object:
        value, problems = read_yaml(data, "f.yaml")
        return value, getattr(value, "lines", None), bool(problems)

    ours = [read(data) for data in files]
    monkeypatch.setattr(marked_yaml, "LOADER", yaml.SafeLoader)
    assert [read(data) for data in files] == ours
