"""An instance in mid-course goes on under another version of its drawing, or is told why it does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process import Model, ProcessStuck, Step, advance, cross, fit, signal, wake
from tests.engine.blocks import KINDS, Block, blocks, files_of
from tests.engine.test_process_random import BOUNDED, Ours, play
from tests.engine.walking import NOW, Walk
from tests.workflows.drawn import drawing
from workflows.bpmn import Drawing, read_process

OLD = """
    s: startEvent
    fill: userTask
    late: boundaryEvent on=fill duration=P3D beside
    told: endEvent
    review: userTask
    ok: exclusiveGateway
    done: endEvent
    s -> fill -> review -> ok
    late -> told
    ok -> done if accepted == True
    ok -> fill else
"""


def model(text: str, others: dict[str, str] | None = None) -> Model:
    drawings = {key: drawing(other, key) for key, other in (others or {}).items()}
    return Model.of({"p": drawing(text), **drawings}, "p")


def why(walk: Walk, text: str, **others: str) -> dict[str, str]:
    return {
        one.node: str(one.why) for one in fit(walk.model, model(text, others), walk.step.state, NOW).unfit
    }


def test_an_open_task_goes_on_under_the_new_version_with_the_same_token():
    walk = Walk(OLD)
    new = model(
        OLD.replace("fill -> review -> ok", "fill -> sign -> review -> ok").replace(
            "review: userTask", "review: userTask\nsign: userTask"
        )
    )
    token = walk.token("fill")
    step = cross(walk.model, new, walk.step.state, {}, NOW)
    assert step.opened == () and step.closed == () and step.entered == ()
    after = advance(new, step.state, token, {}, NOW)
    assert [one.node_id for one in after.opened] == ["sign"]


def test_what_was_answered_stays():
    walk = Walk(OLD)
    walk.do("fill", accepted=True)
    new = model(OLD.replace("accepted == True", "accepted != False"))
    step = cross(walk.model, new, walk.step.state, {}, NOW)
    assert step.data["accepted"] is True
    assert advance(new, step.state, walk.token("review"), {"accepted": True}, NOW).ended


def test_a_step_that_the_new_version_has_no_more_does_not_fit():
    walk = Walk(OLD)
    walk.do("fill")
    assert list(why(walk, "s: startEvent\nfill: userTask\ndone: endEvent\ns -> fill -> done")) == ["review"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: userTask", "a: intermediateCatchEvent signal=x"),
        ("a: userTask", "a: userTask times=3"),
        ("a: intermediateCatchEvent signal=x", "a: intermediateCatchEvent signal=y"),
        ("a: intermediateCatchEvent signal=x", "a: intermediateCatchEvent duration=P1D"),
        ("a: callActivity calls=k takes='*'", "a: callActivity calls=m takes='*'"),
    ],
)
def test_a_step_that_means_something_else_does_not_fit(before, after):
    text = "s: startEvent\n{}\ne: endEvent\ns -> a -> e"
    others = dict.fromkeys(("k", "m"), "s: startEvent\nw: userTask\ne: endEvent\ns -> w -> e")
    walk = Walk(text.format(before), others)
    assert "a" in why(walk, text.format(after), **others)
    assert why(walk, text.format(before), **others) == {}


def test_a_branch_that_waits_for_others_does_not_fit_where_others_come():
    text = "s: startEvent\nf: parallelGateway\na: userTask\nb: userTask\nj: parallelGateway\ne: endEvent\ns -> f -> a -> j -> e\nf -> b -> j"
    walk = Walk(text)
    walk.do("a")
    more = text.replace("f -> b -> j", "f -> b -> j\nf -> c -> j").replace(
        "b: userTask", "b: userTask\nc: userTask"
    )
    assert "j" in why(walk, more)
    assert why(walk, text) == {}


def test_a_reminder_that_is_no_more_ends_and_one_that_is_new_is_told_of():
    walk = Walk(OLD)
    assert walk.step.timers
    without = (
        OLD.replace("late: boundaryEvent on=fill duration=P3D beside\n", "")
        .replace("late -> told\n", "")
        .replace("told: endEvent\n", "")
    )
    found = fit(walk.model, model(without), walk.step.state, NOW)
    assert found.unfit == () and found.gone == ("late",)
    step = cross(walk.model, model(without), walk.step.state, {}, NOW)
    assert step.timers == ()
    back = Walk(without)
    assert fit(back.model, model(OLD), back.step.state, NOW).new == ("late",)


def test_a_timer_that_is_written_otherwise_follows():
    walk = Walk(OLD)
    new = model(OLD.replace("P3D", "P10D"))
    step = cross(walk.model, new, walk.step.state, {}, NOW)
    assert [one.at for one in step.timers] == [NOW + timedelta(days=10)]
    assert wake(new, step.state, NOW + timedelta(days=5)).entered == ()


def test_a_timer_that_reads_what_the_campaign_gives_follows_it():
    text = OLD.replace("duration=P3D", "date='due + days(1)'")
    walk = Walk(text, due=date(2024, 11, 5))
    step = cross(walk.model, model(text), walk.step.state, {"due": date(2024, 11, 20)}, NOW)
    assert step.data["due"] == date(2024, 11, 20) and step.timers[0].at.date() == date(2024, 11, 21)


def test_what_only_the_new_version_reads_is_handed_in():
    walk = Walk(OLD)
    new = model(OLD.replace("accepted == True", "score > 3"))
    step = cross(walk.model, new, walk.step.state, {"score": 5, "nobody": 1}, NOW)
    assert step.data["score"] == 5 and "nobody" not in step.data


def test_several_in_mid_course_cross_over_together():
    text = "s: startEvent\na: userTask times=3\ne: endEvent\ns -> a -> e"
    walk = Walk(text)
    walk.complete(next(iter(walk.tasks)))
    new = model(text + "\n".replace("", ""))
    step = cross(walk.model, new, walk.step.state, {}, NOW)
    for token in list(walk.tasks):
        step = advance(new, step.state, token, {}, NOW)
    assert step.ended


def test_a_called_process_in_mid_course_crosses_over_where_it_still_fits():
    inside = "s: startEvent\nw: userTask\ne: endEvent\ns -> w -> e"
    text = "s: startEvent\nk: callActivity calls=c takes='*'\ne: endEvent\ns -> k -> e"
    walk = Walk(text, {"c": inside})
    assert why(walk, text, c=inside.replace("w", "v")) != {}
    longer = inside.replace("w -> e", "w -> x -> e").replace("w: userTask", "w: userTask\nx: userTask")
    assert why(walk, text, c=longer) == {}
    new = model(text, {"c": longer})
    step = cross(walk.model, new, walk.step.state, {}, NOW)
    assert [one.node_id for one in advance(new, step.state, walk.token("w"), {}, NOW).opened] == ["x"]


def test_who_waits_for_a_name_still_hears_it():
    text = "s: startEvent\nc: intermediateCatchEvent signal=go\nt: userTask\ne: endEvent\ns -> c -> t -> e"
    walk = Walk(text)
    step = cross(walk.model, model(text), walk.step.state, {}, NOW)
    assert step.waits == walk.step.waits
    assert [one.node_id for one in signal(model(text), step.state, "go", {}, NOW).opened] == ["t"]


def test_what_does_not_fit_is_refused():
    walk = Walk(OLD)
    with pytest.raises(ProcessStuck):
        cross(
            walk.model,
            model("s: startEvent\nx: userTask\ne: endEvent\ns -> x -> e"),
            walk.step.state,
            {},
            NOW,
        )


class Crossing(Ours):
    """An instance that crosses over after every step, to the same drawing read anew: nobody may notice."""

    def _see(self, step: Step) -> Step:
        step = super()._see(step)
        if step.ended:
            return step
        again = Model.of(self.drawings, "p")
        assert fit(self.model, again, step.state, self.now).unfit == ()
        crossed = cross(self.model, again, step.state, {}, self.now)
        assert (crossed.timers, crossed.opened, crossed.closed) == (step.timers, (), ())
        self.model = again
        return replace(step, state=crossed.state)


@BOUNDED
@given(blocks(tuple(KINDS)[1:]), st.data())
def test_random_processes_that_cross_over_at_every_step_run_as_if_they_had_not(
    block: Block, data: st.DataObject
):
    play(data, files_of(block), Crossing)


class ThereAndBack(Ours):
    """An instance that goes over to another version at every second step, and back before the next: nobody may notice."""

    turn = 0

    def _see(self, step: Step) -> Step:
        step = super()._see(step)
        self.turn += 1
        if step.ended or self.turn % 2:
            return step
        other = Model.of(other_version(self.drawings), "p")
        if fit(self.model, other, step.state, self.now).unfit:
            return step
        there = cross(self.model, other, step.state, {}, self.now)
        assert (there.opened, there.closed) == ((), ())
        again = cross(self.model, self.model, step.state, {}, self.now)
        assert (again.timers, again.waits, again.opened, again.closed) == (step.timers, step.waits, (), ())
        return replace(step, state=again.state)


def other_version(drawings: Mapping[str, Drawing]) -> dict[str, Drawing]:
    """Return drawings whose steps have other names and whose timers take another time."""
    found = {}
    for key, old in drawings.items():
        xml = re.sub(rb'(<(?:bpmn:)?userTask [^>]*?)name="[^"]*"', rb'\1name="other"', old.xml)
        read, _ = read_process(re.sub(rb">P(\d)D<", rb">P9\1D<", xml), f"{key}.bpmn")
        assert read is not None
        found[key] = read
    return found


@BOUNDED
@given(blocks(tuple(KINDS)[1:]), st.data())
def test_random_processes_that_go_over_and_back_run_as_if_they_had_not(block: Block, data: st.DataObject):
    play(data, files_of(block), ThereAndBack)


class OverForSome(Ours):
    """An instance that goes over to a version that asks the same, at some steps for good and at some for a while."""

    turn = 0

    def _see(self, step: Step) -> Step:
        step = super()._see(step)
        self.turn += 1
        if step.ended or not self.turn % 3:
            return step
        again = Model.of(self.drawings, "p")
        there = cross(self.model, again, step.state, {}, self.now)
        if self.turn % 3 == 1:
            self.model = again
            return replace(step, state=there.state)
        return replace(step, state=cross(self.model, self.model, step.state, {}, self.now).state)


@BOUNDED
@given(blocks(tuple(KINDS)[1:]), st.data())
def test_random_processes_that_go_over_and_sometimes_back_run_as_if_they_had_not(
    block: Block, data: st.DataObject
):
    play(data, files_of(block), OverForSome)
