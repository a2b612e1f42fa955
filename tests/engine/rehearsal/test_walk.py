"""The happy path of a process in virtual time."""

from __future__ import annotations

from engine.rehearsal import make_stage
from engine.rehearsal.walk import Walks
from tenants.calendar import Calendar
from tests.engine.package import START, process, task
from tests.engine.rehearsal.staged import EXAMPLES, cast, day, package
from workflows.package import read_files
from workflows.schedule import Occurrence


def walked(
    duty: str, *, opens: str = "2024-11-01", due: str | None = "2024-11-25", examples=EXAMPLES, processes=None
):
    made = package(examples=examples)
    if processes:
        files = dict(made.files) | {f"processes/{key}.bpmn": text.encode() for key, text in processes.items()}
        again, _ = read_files(files)
        assert again is not None
        made = again
    staged = make_stage(made, cast(), calendar=Calendar())
    one = Occurrence(duty, 1, day(opens), day(due) if due else None)
    mine = next(unit for unit in staged.cast.units() if unit.kind == "mine")
    return Walks(staged).of(made.duties[duty], one, mine, None)


def test_each_step_is_done_on_its_last_day_and_what_follows_at_once():
    walk = walked("self_check")
    assert [(did.node, did.day) for did in walk.steps] == [
        ("fill", day("2024-11-25")),
        ("sign", day("2024-11-25")),
    ]
    assert walk.stopped is None


def test_a_step_with_a_date_of_its_own_is_done_then():
    walk = walked("answer", due=None, opens="2024-11-12")
    assert [(did.node, did.day) for did in walk.steps] == [("fill", day("2024-11-15"))]
    assert [(name, on) for name, _, on in walk.thrown] == [("replied", day("2024-11-15"))]


def test_without_any_date_a_step_has_none():
    assert [did.day for did in walked("open_ended", due=None).steps] == [None]


def test_a_task_is_done_before_a_timer_would_take_it_away():
    """A reminder after a day, an urge after two, and the office takes over after three."""
    walk = walked("watch", due="2024-11-25")
    assert [(did.node, did.day) for did in walk.steps] == [
        ("urge", day("2024-11-03")), ("fill", day("2024-11-04")), ("remind", day("2024-11-25")),
    ]  # fmt: skip


def test_examples_that_send_a_report_back_for_ever_stop_the_walk():
    walk = walked("self_check", examples=EXAMPLES | {"verdict": {"结论": "退回"}})
    assert "反复" in str(walk.stopped)


def test_a_process_that_cannot_go_on_says_why():
    choose = {"choice": {"去向": "上"}}
    assert walked("choose", due=None, examples=EXAMPLES | choose).stopped is not None


def test_a_process_that_waits_for_a_timer_alone_goes_on_when_it_fires():
    pause = process(
        "duty", START,
        '<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        task("fill", "by"), '<bpmn:endEvent id="done"/>', flows="start -> pause\npause -> fill\nfill -> done",
    )  # fmt: skip
    walk = walked("open_ended", due="2024-11-03", processes={"duty": pause})
    assert [did.day for did in walk.steps] == [day("2024-11-06")]


def test_the_way_is_the_same_another_day_where_no_date_is_read():
    made = make_stage(package(), cast(), calendar=Calendar())
    walks = Walks(made)
    duty = made.package.duties["daily"]
    for number in range(30):
        on = day(f"2024-11-{number + 1:02}")
        (did,) = walks.of(duty, Occurrence("daily", number + 1, on, on), None, None).steps
        assert did.day == on
    assert walks.walked == 1


def test_a_process_with_timers_is_walked_anew_each_day():
    made = make_stage(package(), cast(), calendar=Calendar())
    walks = Walks(made)
    for on in ("2024-11-01", "2024-11-02"):
        walks.of(made.package.duties["watch"], Occurrence("watch", 1, day(on), day(on)), None, None)
    assert walks.walked == 2


def test_what_is_done_several_times_and_in_called_processes_is_walked():
    several = process(
        "duty", START, task("fill", "by"),
        '<bpmn:callActivity id="call" calledElement="read"/>',
        '<bpmn:userTask id="each" name="each" camunda:formKey="plan" camunda:candidateGroups="office">'
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true" camunda:collection="hazards" camunda:elementVariable="one"/>'
        "</bpmn:userTask>",
        '<bpmn:endEvent id="done"/>', flows="start -> fill\nfill -> call\ncall -> each\neach -> done",
    )  # fmt: skip
    read = process(
        "read",
        START,
        task("look", "office", "verdict"),
        '<bpmn:endEvent id="done"/>',
        flows="start -> look\nlook -> done",
    )
    rows = {"hazards": [{"描述": "一", "级别": "一般"}, {"描述": "二", "级别": "一般"}]}
    walk = walked(
        "deep",
        due="2025-01-20",
        processes={"duty": several, "read": read},
        examples=EXAMPLES | {"self-check": rows},
    )
    assert walk.stopped is None
    assert [(did.node, did.called) for did in walk.steps] == [
        ("fill", ""),
        ("look", "read"),
        ("each", ""),
        ("each", ""),
    ]
    assert not walk.skipped
    bare = walked(
        "deep",
        due="2025-01-20",
        processes={"duty": several, "read": read},
        examples=EXAMPLES | {"self-check": {"hazards": []}},
    )
    assert bare.stopped is None and bare.skipped == ("each",)
