"""Multi-instance, loops, call activities, errors and escalations, as BPMN, Camunda and spiff-arena write them."""

from __future__ import annotations

import pytest

from tests.workflows.drawn import bpmn, draw
from workflows.bpmn import read_process
from workflows.bpmn.drawing import Call, Drawing, Event, Loop, Passed

ENDS = ('<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>')
FLOWS = '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="a"/><bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="e"/>'
MULTI = "<bpmn:multiInstanceLoopCharacteristics {more}>{inner}</bpmn:multiInstanceLoopCharacteristics>"


def drawn(activity: str, *more: str, outside: str = "") -> Drawing:
    found, problems = read_process(bpmn(activity, *ENDS, FLOWS, *more, outside=outside), "p.bpmn")
    assert found is not None, [str(one.what) for one in problems]
    return found


def refused(activity: str, *more: str, outside: str = "") -> list[tuple[str, int, str]]:
    problems = read_process(bpmn(activity, *ENDS, FLOWS, *more, outside=outside), "p.bpmn")[1]
    return [(one.where, one.line, str(one.what)) for one in problems if one.level == "error"]


def task(inner: str, more: str = "", extension: str = "") -> str:
    return f'<bpmn:userTask id="a">{extension}{MULTI.format(inner=inner, more=more)}</bpmn:userTask>'


def test_camunda_s_collection_and_what_it_gathers():
    gather = (
        '<bpmn:extensionElements><camunda:properties><camunda:property name="outputCollection" value="all_"/>'
        '<camunda:property name="outputElement" value="mine, 结论"/></camunda:properties></bpmn:extensionElements>'
    )
    more = 'isSequential="true" camunda:collection="${煤矿.列表}" camunda:elementVariable="mine" camunda:asyncBefore="true"'
    until = "<bpmn:completionCondition>${nrOfCompletedInstances == 2}</bpmn:completionCondition>"
    drawing = drawn(task(until, more, gather))
    assert drawing.nodes["a"].loop == Loop(
        "sequential",
        over="煤矿.列表",
        item="mine",
        until="nrOfCompletedInstances == 2",
        gather="all_",
        result=("mine", "结论"),
    )
    assert {"煤矿", "结论"} <= drawing.reads


def test_spiff_arena_s_data_items():
    inner = (
        "<bpmn:loopDataInputRef>rows</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="row" name="row"/><bpmn:outputDataItem id="result" name="result"/>'
    )
    assert drawn(task(inner)).nodes["a"].loop == Loop(
        "parallel", over="rows", item="row", gather="results", result=("result",)
    )


def test_a_number_of_times_and_a_standard_loop():
    assert drawn(task("<bpmn:loopCardinality>${n}</bpmn:loopCardinality>")).nodes["a"].loop == Loop(
        "parallel", times="n"
    )
    loop = (
        '<bpmn:userTask id="a"><bpmn:standardLoopCharacteristics testBefore="true" loopMaximum="5">'
        "<bpmn:loopCondition>ok != True</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>"
    )
    assert drawn(loop).nodes["a"].loop == Loop("standard", times="5", again="ok != True", before=True)


@pytest.mark.parametrize(
    ("inner", "more", "said"),
    [
        ("", "", "没有写明对谁"),
        ("<bpmn:loopCardinality>3</bpmn:loopCardinality>", 'camunda:collection="x"', "同时写了"),
        ("<bpmn:loopCardinality>3</bpmn:loopCardinality>", 'camunda:elementVariable="x"', "却没有集合"),
        ("", 'camunda:collection="${f.size()}"', "表达式"),
        ("", 'camunda:collection="x" camunda:elementVariable="sum"', "不能作名称"),
        ("", 'camunda:collection="x" behavior="One"', "behavior"),
        ("<bpmn:complexBehaviorDefinition/>", 'camunda:collection="x"', "complexBehaviorDefinition"),
        ("<bpmn:loopDataOutputRef>y</bpmn:loopDataOutputRef>", 'camunda:collection="x"', "汇总到哪个名称"),
        ("<bpmn:completionCondition>exec('x')</bpmn:completionCondition>", 'camunda:collection="x"', "条件"),
        ("", 'camunda:collection="x" camunda:other="y"', "camunda:other"),
    ],
)
def test_a_loop_that_says_too_little_or_too_much_is_refused_by_id(inner: str, more: str, said: str):
    problems = refused(task(inner, more))
    assert problems and all(where == "a" for where, _, _ in problems)
    assert any(said in what for _, _, what in problems)


def test_a_loop_marker_on_a_gateway_is_refused():
    gateway = f'<bpmn:exclusiveGateway id="a">{MULTI.format(inner="", more="")}</bpmn:exclusiveGateway>'
    assert "循环标记" in refused(gateway)[0][2]


def call(attributes: str, inner: str = "") -> str:
    extension = f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>" if inner else ""
    return f'<bpmn:callActivity id="a" {attributes}>{extension}</bpmn:callActivity>'


def test_a_call_names_a_process_of_the_package_or_of_another_by_its_version():
    everything = {"takes_all": True, "gives_all": True}
    assert drawn(call('calledElement="check"')).nodes["a"].call == Call("check", **everything)
    for attributes in (
        'calledElement="checks@1.2.0/inspect"',
        'calledElement="checks/inspect" camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="1.2.0"',
        'calledElement="checks/inspect" camunda:calledElementBinding="version" camunda:calledElementVersion="1.2.0"',
    ):
        found = drawn(call(attributes)).nodes["a"].call
        assert found == Call("inspect", "checks", "1.2.0", **everything)
        assert found.source == "checks@1.2.0"
    assert drawn(call('calledElement="check" camunda:calledElementBinding="deployment"')).nodes["a"].call


def test_what_goes_in_and_comes_out():
    inner = (
        '<camunda:in businessKey="#{execution.processBusinessKey}"/><camunda:in source="a" target="b"/>'
        '<camunda:in sourceExpression="${x.y}" target="due"/><camunda:out variables="all"/><camunda:out source="c" target="d"/>'
    )
    found = drawn(call('calledElement="check"', inner)).nodes["a"].call
    assert found == Call(
        "check", takes=(Passed("a", "b"), Passed("x.y", "due")), gives=(Passed("c", "d"),), gives_all=True
    )


@pytest.mark.parametrize(
    ("attributes", "inner", "said"),
    [
        ("", "", "没有写明调用哪个流程"),
        ('calledElement="${x}"', "", "不是流程的编号"),
        ('calledElement="checks/inspect"', "", "没有写明确切的版本"),
        ('calledElement="checks@latest/inspect"', "", "没有写明确切的版本"),
        (
            'calledElement="inspect" camunda:calledElementBinding="version" camunda:calledElementVersion="2"',
            "",
            "不用写版本",
        ),
        ('calledElement="x" camunda:variableMappingClass="org.Y"', "", "variableMappingClass"),
        ('calledElement="x" camunda:calledElementTenantId="t"', "", "calledElementTenantId"),
        ('calledElement="x"', '<camunda:in source="a"/>', "没有写明从哪个名称"),
        ('calledElement="x"', '<camunda:in variables="all" local="true"/>', "没有写明从哪个名称"),
        ('calledElement="x"', '<camunda:in source="a" target="unit"/>', "不能在调用时改写"),
        ('calledElement="x"', '<camunda:out source="a" target="due"/>', "不能在调用时改写"),
        ('calledElement="x"', '<camunda:out source="[1" target="b"/>', "表达式"),
    ],
)
def test_a_call_that_says_too_little_or_too_much_is_refused_by_id(attributes: str, inner: str, said: str):
    problems = refused(call(attributes, inner))
    assert problems and all(where == "a" for where, _, _ in problems)
    assert any(said in what for _, _, what in problems)


SUB = '<bpmn:subProcess id="a"><bpmn:startEvent id="s1"/><bpmn:userTask id="t"/>{end}'
SUB += '<bpmn:sequenceFlow id="g1" sourceRef="s1" targetRef="t"/><bpmn:sequenceFlow id="g2" sourceRef="t" targetRef="x"/></bpmn:subProcess>'
CODES = '<bpmn:error id="e1" name="违法行为" errorCode="E1"/><bpmn:error id="e2" name="只有名称"/><bpmn:escalation id="u1"/>'


def test_errors_are_known_by_their_code_and_a_border_without_one_catches_all():
    end = '<bpmn:endEvent id="x"><bpmn:errorEventDefinition errorRef="e1"/></bpmn:endEvent>'
    border = '<bpmn:boundaryEvent id="{id}" attachedToRef="a"><bpmn:errorEventDefinition {more}/></bpmn:boundaryEvent>'
    border += '<bpmn:sequenceFlow id="h{id}" sourceRef="{id}" targetRef="e"/>'
    drawing = drawn(
        SUB.format(end=end),
        border.format(id="b1", more='errorRef="e1" camunda:errorCodeVariable="代码"'),
        border.format(id="b2", more='errorRef="e2"'),
        border.format(id="b3", more=""),
        outside=CODES,
    )
    events = [drawing.nodes[key].event for key in ("x", "b1", "b2", "b3")]
    assert events == [
        Event("error", "E1"), Event("error", "E1", "代码"), Event("error", "只有名称"), Event("error", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("end", "more", "said"),
    [
        ("<bpmn:errorEventDefinition/>", "", "错误事件没有写明代码"),
        ('<bpmn:errorEventDefinition errorRef="none"/>', "", "不存在"),
        ('<bpmn:escalationEventDefinition escalationRef="u1"/>', "", "升级事件没有写明代码"),
        (
            "",
            '<bpmn:boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>',
            "总是中断",
        ),
        (
            "",
            '<bpmn:boundaryEvent id="b" attachedToRef="a"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
            '<bpmn:boundaryEvent id="c" attachedToRef="a"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>',
            "已经接住同样的",
        ),
        (
            "",
            '<bpmn:boundaryEvent id="b" attachedToRef="a"><bpmn:errorEventDefinition errorMessage="x"/></bpmn:boundaryEvent>',
            "",
        ),
    ],
)
def test_an_error_that_nobody_could_tell_or_catch_is_refused(end: str, more: str, said: str):
    sub = SUB.format(end=f'<bpmn:endEvent id="x">{end}</bpmn:endEvent>')
    leave = "".join(
        f'<bpmn:sequenceFlow id="h{key}" sourceRef="{key}" targetRef="e"/>'
        for key in "bc"
        if f'id="{key}"' in more
    )
    problems = refused(sub, more + leave, outside=CODES)
    assert any(said in what for _, _, what in problems) if said else problems == []


def test_an_error_border_on_a_task_never_fires_and_is_refused():
    text = "s: startEvent\na: userTask\nt: boundaryEvent on=a error=E\ne: endEvent\ns -> a -> e\nt -> e"
    problems = [str(one.what) for one in read_process(draw(text), "p")[1]]
    assert problems == ["错误和升级只会从子流程或调用活动里出来。"]


def test_a_circle_through_an_error_that_is_thrown_at_once_is_refused():
    text = """
        s: startEvent
        m: exclusiveGateway
        u: subProcess
        us: startEvent in=u
        ux: endEvent in=u error=E
        t: boundaryEvent on=u error=E
        e: endEvent
        us -> ux
        s -> m -> u -> e
        t -> m
    """
    assert any("绕圈" in str(one.what) for one in read_process(draw(text), "p")[1])
    waits = text.replace("us -> ux", "us -> w -> ux") + "\nw: userTask in=u"
    assert read_process(draw(waits), "p")[1] == []
