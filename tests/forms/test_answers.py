"""What comes in as bytes is bounded and clean, or refused with a word that does not repeat it."""

from __future__ import annotations

import json

import pytest

from forms.answers import Unreadable, canonical, digest, parse_answers, pointer
from tenants.errors import Invalid, Refusal, TooLarge
from tests.effort import counted


def test_plain_answers_arrive_as_they_were_sent():
    sent = {
        "矿井": "松岭煤矿",
        "人数": 12,
        "产量": 3.25,
        "停产": False,
        "清单": [{"级别": "重大"}],
        "无": None,
    }
    assert parse_answers(json.dumps(sent).encode()) == sent


@pytest.mark.parametrize(
    ("raw", "refusal", "status"),
    [
        (b'{"a": NaN}', Invalid, 422),
        (b'{"a": -Infinity}', Invalid, 422),
        (b'{"a": 1e400}', Invalid, 422),
        (b'{"a": ' + b"9" * 5000 + b"}", Invalid, 422),
        (b'{"a": 1' + b"0" * 400 + b"}", Invalid, 422),
        (b'{"a": 9007199254740993}', Invalid, 422),
        (b'{"a": "x\\u0000y"}', Invalid, 422),
        (b'{"a": "bell\\u0007"}', Invalid, 422),
        (b'{"a\\u0000": 1}', Invalid, 422),
        (b'{"a": "\\ud83d"}', Invalid, 422),
        (b'{"a": "\xff\xfe"}', Unreadable, 400),
        (b'{"a": 1, "a": 2}', Unreadable, 400),
        (b'{"a": ', Unreadable, 400),
        (b'["a"]', Unreadable, 400),
        (b'"secret"', Unreadable, 400),
        (b"", Unreadable, 400),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", TooLarge, 413),
        (b"[" * 100_000, TooLarge, 413),
        (b'{"a": [' + b"1," * 20_000 + b"1]}", TooLarge, 413),
        (b'{"a": "' + b"x" * 1_100_000 + b'"}', TooLarge, 413),
    ],
)
def test_what_cannot_be_stored_is_refused_with_a_clear_word(raw: bytes, refusal: type[Refusal], status: int):
    with pytest.raises(refusal) as caught:
        parse_answers(raw)
    assert caught.value.status == status
    said = f"{caught.value.what}{caught.value.do}"
    assert said.endswith("。") and "999" not in said and "bell" not in said and "secret" not in said


def test_a_control_character_is_reported_with_its_place():
    with pytest.raises(Invalid) as caught:
        parse_answers(b'{"rows": [{"a": "fine"}, {"a/b": "\\u0001"}]}')
    assert [problem.where for problem in caught.value.problems] == ["/rows/1/a~1b"]


def test_line_breaks_pasted_from_word_are_kept_as_line_breaks():
    assert parse_answers('{"a": "第一行\\u000b第二行\\u2028第三行"}'.encode()) == {
        "a": "第一行\n第二行\n第三行"
    }


@pytest.mark.parametrize(
    "raw", [b'{"a": "' + b'\\"' * 400_000, b'"' * 1_000_000, b'""' * 500_000, b"\\" * 1_000_000]
)
def test_hostile_bytes_are_refused_in_no_time(raw: bytes):
    with pytest.raises(Refusal), counted(at_most=10 * len(raw)):
        parse_answers(raw)


def test_equal_answers_have_one_text_and_one_hash():
    assert canonical({"b": 1.0, "a": [2.50]}) == '{"a":[2.5],"b":1}' == canonical({"a": [2.5], "b": 1})
    assert digest(canonical({"a": 1})) != digest(canonical({"a": "1"}))


def test_a_place_is_written_as_a_json_pointer():
    assert pointer(("hazards", 0, "级别")) == "/hazards/0/级别"
    assert pointer(("a/b", "c~d")) == "/a~1b/c~0d" and pointer(()) == ""
