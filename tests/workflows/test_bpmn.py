"""What is read from a drawing, and what is refused by name and id because nobody would carry it out."""

from __future__ import annotations

import pytest

from tenants.errors import Problem
from tests.workflows.drawn import HEAD, bpmn, draw, drawing
from workflows.bpmn import Event, Timer, read_process

START = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
FLOWS = (
    '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="a"/>'
    '<bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="e"/>'
)


def with_task(task: str, *more: str, outside: str = "") -> bytes:
    """A process start -> a -> end whose element `a` stands on line 4."""
    return bpmn(task, START, FLOWS, *more, outside=outside)


def problems_of(xml: bytes) -> list[Problem]:
    return read_process(xml, "processes/p.bpmn")[1]


def errors_of(xml: bytes) -> list[Problem]:
    drawing, problems = read_process(xml, "processes/p.bpmn")
    errors = [problem for problem in problems if problem.level == "error"]
    assert (drawing is None) == bool(errors)
    return errors


def test_camunda_attributes_are_read():
    task = (
        '<bpmn:userTask id="a" name="填报" camunda:formKey="work-plan" camunda:candidateGroups="office, ${to},office"'
        ' camunda:assignee="${starter}" camunda:dueDate="${due}" camunda:followUpDate="2024-11-20">'
        "<bpmn:documentation>按月填报</bpmn:documentation><bpmn:extensionElements><camunda:properties>"
        '<camunda:property name="status" value="整改中"/><camunda:property name="final" value="true"/>'
        "</camunda:properties></bpmn:extensionElements></bpmn:userTask>"
    )
    read, problems = read_process(with_task(task), "p.bpmn")
    assert problems == []
    node = read.nodes["a"]
    assert (node.kind, node.name, node.form, node.line) == ("userTask", "填报", "work-plan", 4)
    assert node.candidates == ("office", "to")
    assert (node.assignee, node.due, node.follow_up) == ("starter", "due", "2024-11-20")
    assert node.properties == {"status": "整改中", "final": "true"}
    assert node.documentation == "按月填报"
    assert read.reads == {"due", "office"}  # whoever is named may be a field that names a unit


def test_spiff_arena_extensions_are_read():
    task = (
        '<bpmn:userTask id="a"><bpmn:extensionElements><spiffworkflow:properties>'
        '<spiffworkflow:property name="formJsonSchemaFilename" value="work-plan-schema.json"/>'
        '<spiffworkflow:property name="formUiSchemaFilename" value="work-plan-uischema.json"/>'
        "</spiffworkflow:properties><spiffworkflow:instructionsForEndUser>请如实填报</spiffworkflow:instructionsForEndUser>"
        "</bpmn:extensionElements></bpmn:userTask>"
    )
    read, problems = read_process(with_task(task), "p.bpmn")
    assert problems == []
    assert (read.nodes["a"].form, read.nodes["a"].documentation) == ("work-plan", "请如实填报")
    folder = task.replace("work-plan-schema.json", "forms/self-check/schema.json").encode()
    assert read_process(with_task(folder.decode()), "p.bpmn")[0].nodes["a"].form == "self-check"


def test_events_timers_and_lanes_are_read():
    read = drawing(
        """
        s: startEvent
        a: userTask
        late: boundaryEvent on=a duration=P3D beside
        stop: boundaryEvent on=a signal=停产
        c: intermediateCatchEvent date='due + days(1)'
        t: intermediateThrowEvent message=上报
        off: endEvent terminate
        e: endEvent
        s -> a -> c -> t -> e
        late -> e
        stop -> off
        """
    )
    late, stop = read.nodes["late"], read.nodes["stop"]
    assert (late.attached_to, late.interrupting, late.timer) == ("a", False, Timer("duration", "P3D"))
    assert (stop.interrupting, stop.event) == (True, Event("signal", "停产"))
    assert read.nodes["t"].event == Event("message", "上报")
    assert read.nodes["off"].event == Event("terminate")
    assert read.reads == {"due"}
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l1" name="煤矿"><bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:childLaneSet>'
        '<bpmn:lane id="l2" name="矿长"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet></bpmn:lane>'
        '<bpmn:lane id="l3" name="办公室"><bpmn:flowNodeRef> e </bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    )
    read, _ = read_process(with_task('<bpmn:userTask id="a"/>', lanes), "p.bpmn")
    assert read.lanes == {"a": "矿长", "e": "办公室"}
    assert read.nodes["a"].lane == "矿长"


def test_conditions_are_ours_or_simple_braces():
    text = """
        s: startEvent
        a: userTask
        g: exclusiveGateway
        e: endEvent
        s -> a -> g
        g -> e if ${approved && level != 'low'}
        g -> a if count(隐患, 级别 == '重大') > 0
        g -> a else
    """
    read = drawing(text)
    conditions = [flow.condition for flow in read.outgoing["g"]]
    assert conditions[0] == "approved and level != 'low'"
    assert conditions[1] == "count(隐患, 级别 == '重大') > 0"
    assert {"approved", "level", "隐患"} <= read.reads
    assert "now" not in drawing(text.replace("approved", "now > due")).reads


@pytest.mark.parametrize(
    "condition",
    [
        "().__class__.__base__.__subclasses__()",
        "__import__('os').system('x')",
        "random._os.system('x')",
        "'{0.__class__}'.format(x)",
        "f'{x.__class__}'",
        "[x for x in y]",
        "lambda: 1",
        "exec('x')",
        "open('/etc/passwd')",
        "9**9**9",
        "'a'*10**9",
        "${execution.getVariable('x')}",
        "${x.toString().length() > 3}",
        "#{bean.method()}",
        "x = 1",
        "(" * 5000,
        " + ".join(["x"] * 20_000),
        "",
        "   ",
    ],
)
def test_a_condition_that_is_no_expression_of_ours_is_refused_by_id(condition: str):
    xml = bpmn(
        START,
        '<bpmn:userTask id="a"/><bpmn:exclusiveGateway id="g" default="back"/>',
        '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="a"/><bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="g"/>',
        f'<bpmn:sequenceFlow id="yes" sourceRef="g" targetRef="e"><bpmn:conditionExpression><![CDATA[{condition}]]>'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
        '<bpmn:sequenceFlow id="back" sourceRef="g" targetRef="a"/>',
    )
    errors = [problem for problem in errors_of(xml) if problem.where == "yes"]
    assert errors
    assert errors[0].line == 7


@pytest.mark.parametrize(
    "text", ["__import__('os')", "R3/PT1H", "P1X", "", "exec('x')", "[1", "P-1D", "2024-13-01"]
)
@pytest.mark.parametrize("kind", ["duration", "date"])
def test_a_timer_that_names_no_time_is_refused_by_id(kind: str, text: str):
    xml = draw(
        f"s: startEvent\nc: intermediateCatchEvent {kind}={text!r}\ne: endEvent\ns -> c -> e".replace(
            "'[1'", "[1"
        )
    )
    assert [problem.where for problem in errors_of(xml)] == ["c"]


UNSUPPORTED = {
    "task": "未指明类型",
    "scriptTask": "脚本任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "transaction": "事务",
    "adHocSubProcess": "临时子流程",
    "complexGateway": "复杂网关",
    "somethingNew": "somethingNew",
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_an_element_that_nobody_carries_out_is_refused_by_name_and_id(name: str):
    errors = errors_of(with_task(f'<bpmn:{name} id="a" name="x"/>'))
    assert (errors[0].where, errors[0].line, errors[0].file) == ("a", 4, "processes/p.bpmn")
    assert UNSUPPORTED[name] in str(errors[0].what)
    assert "not yet supported" in str(errors[0].what)
    assert str(errors[0].do)


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        ('<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>', "多实例没有写明对谁、办几次"),
        ("<bpmn:standardLoopCharacteristics/>", "循环没有写明何时停止"),
        ("<bpmn:ioSpecification/>", "输入输出映射"),
        ("<bpmn:potentialOwner/>", "potentialOwner"),
        ("<bpmn:humanPerformer/>", "humanPerformer"),
        ('<bpmn:userTask id="nested"/>', "userTask"),
        (
            "<bpmn:extensionElements><camunda:executionListener/></bpmn:extensionElements>",
            "camunda:executionListener",
        ),
        ("<bpmn:extensionElements><camunda:inputOutput/></bpmn:extensionElements>", "camunda:inputOutput"),
        ("<bpmn:extensionElements><camunda:formData/></bpmn:extensionElements>", "camunda:formData"),
        (
            "<bpmn:extensionElements><spiffworkflow:preScript/></bpmn:extensionElements>",
            "spiffworkflow:preScript",
        ),
        ("<bpmn:extensionElements><camunda:property value='x'/></bpmn:extensionElements>", "属性没有名称"),
        ("<bpmn:dataInputAssociation><bpmn:transformation/></bpmn:dataInputAssociation>", "transformation"),
    ],
)
def test_a_part_of_a_task_that_nobody_carries_out_is_refused_by_name(inner: str, name: str):
    errors = errors_of(with_task(f'<bpmn:userTask id="a">{inner}</bpmn:userTask>'))
    assert name in str(errors[0].what)
    assert errors[0].line == 4


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ('camunda:candidateUsers="x"', "camunda:candidateUsers"),
        ('camunda:class="org.x.Y"', "camunda:class"),
        ('isForCompensation="true"', "isForCompensation"),
        ('completionQuantity="2"', "completionQuantity"),
        ('camunda:dueDate="__import__(1)"', "时间表达式"),
        ('camunda:dueDate="P0D"', "一分钟"),
    ],
)
def test_an_attribute_that_nobody_carries_out_is_refused_by_name(attribute: str, name: str):
    errors = errors_of(with_task(f'<bpmn:userTask id="a" {attribute}/>'))
    assert name in str(errors[0].what)
    assert errors[0].where == "a"


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("<bpmn:errorEventDefinition/>", "错误事件暂不支持"),
        ("<bpmn:escalationEventDefinition/>", "升级事件暂不支持"),
        ("<bpmn:compensateEventDefinition/>", "补偿事件"),
        ("<bpmn:conditionalEventDefinition/>", "条件事件"),
        ("<bpmn:linkEventDefinition/>", "链接事件"),
        ("<bpmn:cancelEventDefinition/>", "取消事件"),
        ("<bpmn:timerEventDefinition/>", "定时器没有写明时间"),
        (
            "<bpmn:timerEventDefinition><bpmn:timeCycle>0 0 8 * * ?</bpmn:timeCycle></bpmn:timerEventDefinition>",
            "cron 表达式“0 0 8 * * ?”暂不支持",
        ),
        (
            "<bpmn:timerEventDefinition><bpmn:timeDuration>2024-11-25</bpmn:timeDuration></bpmn:timerEventDefinition>",
            "不是时长",
        ),
        (
            "<bpmn:timerEventDefinition><bpmn:timeDate>P3D</bpmn:timeDate></bpmn:timerEventDefinition>",
            "不是日期",
        ),
        ("<bpmn:signalEventDefinition/>", "信号事件没有指明信号"),
        ('<bpmn:signalEventDefinition signalRef="none"/>', "不存在"),
        ('<bpmn:messageEventDefinition messageRef="nameless"/>', "没有名称"),
        ("<bpmn:terminateEventDefinition/>", "终止事件"),
        ("", "没有写明等什么"),
        ("<bpmn:timerEventDefinition/><bpmn:signalEventDefinition/>", "一种定义"),
    ],
)
def test_an_event_that_waits_for_nothing_we_know_is_refused(definition: str, name: str):
    event = f'<bpmn:intermediateCatchEvent id="a">{definition}</bpmn:intermediateCatchEvent>'
    errors = errors_of(with_task(event, outside='<bpmn:message id="nameless"/>'))
    assert any(name in str(problem.what) for problem in errors)
    assert {problem.where for problem in errors} <= {"a", "nameless"}


def test_an_event_subprocess_is_refused():
    xml = with_task('<bpmn:userTask id="a"/>', '<bpmn:subProcess id="ev" triggeredByEvent="true"/>')
    assert any("事件子流程" in str(problem.what) and problem.where == "ev" for problem in errors_of(xml))


def test_what_is_drawn_for_the_reader_is_passed_over_and_what_may_mean_something_is_said():
    decoration = (
        '<bpmn:textAnnotation id="n"><bpmn:text>注</bpmn:text></bpmn:textAnnotation><bpmn:group id="gr"/>'
        '<bpmn:association id="as" sourceRef="n" targetRef="a"/><bpmn:dataObject id="do"/>'
        '<bpmn:dataObjectReference id="dr" dataObjectRef="do"/><bpmn:dataStoreReference id="ds"/>'
    )
    assert problems_of(with_task('<bpmn:userTask id="a"/>', decoration)) == []
    odd = '<bpmn:userTask id="a" xmlns:z="urn:z" z:x="1"><bpmn:extensionElements><z:y/></bpmn:extensionElements></bpmn:userTask>'
    assert [(p.level, p.where) for p in problems_of(with_task(odd))] == [("warning", "a"), ("warning", "a")]


def test_one_process_of_a_file_runs():
    sound = with_task('<bpmn:userTask id="a"/>').decode()
    assert problems_of(sound.replace('isExecutable="true"', 'isExecutable="false"').encode()) == []
    pool = '<bpmn:process id="q"><bpmn:userTask id="x"/></bpmn:process></bpmn:definitions>'
    other = sound.replace("</bpmn:definitions>", pool)
    assert [p.level for p in problems_of(other.encode())] == ["warning"]
    assert "q" in str(errors_of(other.replace('id="q"', 'id="q" isExecutable="true"').encode())[0].do)
    assert errors_of(other.replace(' isExecutable="true"', "").encode())
    assert errors_of((HEAD + "</bpmn:definitions>").encode())
    assert errors_of(b'<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/"/>')


@pytest.mark.parametrize("name", ["填报", "1a", "a b", "a:b", "x" * 101, ""])
def test_ids_are_ascii_and_unique(name: str):
    assert errors_of(with_task(f'<bpmn:userTask id="{name}"/>'.replace('id="a"', f'id="{name}"')))
    twice = errors_of(with_task('<bpmn:userTask id="a"/>', '<bpmn:userTask id="a"/>'))
    assert ["重复" in str(problem.what) for problem in twice] == [True]


def test_lines_are_those_on_which_an_element_begins():
    task = '<bpmn:userTask\n id="a"\n name="填报"\n/>\n<bpmn:scriptTask\n id="b"/>'
    problems = problems_of(with_task(task))
    assert {problem.where: problem.line for problem in problems}["b"] == 8


def test_every_problem_is_named_at_once():
    xml = with_task(
        '<bpmn:scriptTask id="a"/>',
        '<bpmn:serviceTask id="b"/>',
        '<bpmn:userTask id="填报"/>',
        '<bpmn:intermediateCatchEvent id="c"><bpmn:signalEventDefinition/></bpmn:intermediateCatchEvent>',
        '<bpmn:sequenceFlow id="f9" sourceRef="nowhere" targetRef="c"/>',
    )
    assert {problem.where for problem in errors_of(xml)} >= {"a", "b", "填报", "c", "f9"}
