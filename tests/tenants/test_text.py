"""Messages: one Chinese sentence, filled in whatever language the reader reads."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tenants.text import Message, packed, say, together, unpacked

ENGLISH = {
    "“{field}”必须填写": "“{field}” is required",
    "矿井名称": "Name of the mine",
    "没有{x}": "No {x}, no {x}",
}


def english(template: str) -> str:
    return ENGLISH.get(template, template)


def test_a_message_reads_as_chinese_by_itself():
    assert str(say("“{field}”必须填写", field="矿井名称")) == "“矿井名称”必须填写"


def test_it_is_translated_before_it_is_filled():
    assert say("“{field}”必须填写", field="松岭").render(english) == "“松岭” is required"


def test_a_message_within_a_message_is_translated_too():
    assert say("“{field}”必须填写", field=say("矿井名称")).render(english) == "“Name of the mine” is required"


def test_several_words_are_listed_as_the_reader_lists():
    listed = say("没有{x}", x=("甲", say("矿井名称"), 3))
    assert str(listed) == "没有甲、矿井名称、3"
    assert listed.render({**ENGLISH, "没有{x}": "No {x}", "、": ", "}.get) == "No 甲, Name of the mine, 3"


def test_a_place_may_be_filled_twice():
    assert say("没有{x}", x=1).render(english) == "No 1, no 1"


@given(st.text())
def test_what_a_user_wrote_reaches_nothing(written):
    assert say("见{place}", place=written).render() == f"见{written}"


def test_a_place_cannot_look_into_what_fills_it():
    assert str(say("{x.__class__}{x[0]}{x!r}", x="secret")) == "{x.__class__}{x[0]}{x!r}"


def test_a_value_that_looks_like_another_place_is_not_filled_again():
    assert str(say("{a}和{b}", a="{b}", b="秘密")) == "{b}和秘密"


def test_equal_messages_are_equal():
    assert say("没有{x}", x=1) == Message("没有{x}", {"x": 1}) != say("没有{x}", x=2)
    assert len({say("没有{x}", x=1), say("没有{x}", x=1)}) == 1


def test_a_list_of_words_is_joined_as_the_language_joins():
    assert str(together([say("一"), say("二"), say("三")])) == "一、二、三"
    assert together([say("一"), say("二")]).render(lambda text: text.replace("、", ", ")) == "一, 二"


def test_a_message_that_was_kept_is_said_in_any_language_later():
    message = say(
        "{n}、{field}", n=3, field=say("“{field}”必须填写", field=(say("矿井名称"), "x", Decimal("1.50")))
    )
    kept = json.loads(json.dumps(packed(message)))
    assert unpacked(kept).render(english) == message.render(english)
    assert str(unpacked(kept)) == "3、“矿井名称、x、1.50”必须填写"


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.tuples(inner) | st.builds(say, st.text(), x=inner)
    )
)
def test_whatever_a_message_holds_it_is_kept(value):
    message = say("“{field}”必须填写", field=value)
    assert str(unpacked(json.loads(json.dumps(packed(message))))) == str(message)
