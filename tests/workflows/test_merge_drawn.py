from __future__ import annotations

import re

from tests.workflows.tables import HEAD, table
from workflows.bpmn import read_process
from workflows.dmn import read_decisions
from workflows.merge import Choice, Merged, diff, merge, resolve

BPMN = """\
<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="fix" name="整改" isExecutable="true">
    <bpmn:startEvent id="start">
      <bpmn:outgoing>f1</bpmn:outgoing>
    </bpmn:startEvent>
    <!-- 第一步 -->
    <bpmn:userTask id="plan" name="定方案" camunda:formKey="form" camunda:candidateGroups="by" />
    <bpmn:userTask id="check" name="复查" camunda:formKey="form" camunda:candidateGroups="to">
      <bpmn:extensionElements>
        <camunda:properties>
          <camunda:property name="status" value="复查" />
        </camunda:properties>
      </bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:endEvent id="done" />
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="plan" />
    <bpmn:sequenceFlow id="f2" sourceRef="plan" targetRef="check" />
    <bpmn:sequenceFlow id="f3" sourceRef="check" targetRef="done" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="fix">
      <bpmndi:BPMNShape id="plan_di" bpmnElement="plan">
        <dc:Bounds x="100" y="100" width="120" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="check_di" bpmnElement="check">
        <dc:Bounds x="300" y="100" width="120" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="f2_di" bpmnElement="f2">
        <di:waypoint x="220" y="140" />
        <di:waypoint x="300" y="140" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
SIGN = '    <bpmn:userTask id="sign" name="签字" camunda:formKey="form" camunda:candidateGroups="by" />\n'
SIGN_SHAPE = """\
      <bpmndi:BPMNShape id="sign_di" bpmnElement="sign">
        <dc:Bounds x="500" y="100" width="120" height="80" />
      </bpmndi:BPMNShape>
"""
FILE = "processes/fix.bpmn"


def three(mine: str, theirs: str, base: str = BPMN, file: str = FILE) -> Merged:
    return merge(*({file: text.encode()} for text in (base, mine, theirs)))


def text_of(merged: Merged) -> str:
    return next(iter(merged.files.values())).decode()


def changed(*changes: tuple[str, str], text: str = BPMN) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def signed(text: str = BPMN) -> str:
    """Return the drawing with a step put in before its end, as a modeler would."""
    return changed(
        ("    <bpmn:endEvent", SIGN + "    <bpmn:endEvent"), ('sourceRef="check" targetRef="done" />', 'sourceRef="check" targetRef="sign" />\n    <bpmn:sequenceFlow id="f4" sourceRef="sign" targetRef="done" />'),
        ("      <bpmndi:BPMNEdge", SIGN_SHAPE + "      <bpmndi:BPMNEdge"), text=text,
    )  # fmt: skip


def test_a_name_here_and_a_form_there_meet_in_one_task() -> None:
    merged = three(
        changed(("定方案", "制定方案")),
        changed(
            ('formKey="form" camunda:candidateGroups="by"', 'formKey="plan" camunda:candidateGroups="by"')
        ),
    )
    assert not merged.conflicts
    assert text_of(merged) == changed(
        ("定方案", "制定方案"),
        ('formKey="form" camunda:candidateGroups="by"', 'formKey="plan" camunda:candidateGroups="by"'),
    )


def test_their_new_step_comes_with_its_flows_and_stands_where_they_drew_it() -> None:
    mine = changed(('x="100" y="100"', 'x="130" y="160"'), ("定方案", "制定方案"))
    merged = three(mine, signed())
    assert not merged.conflicts
    assert text_of(merged) == signed(mine)
    assert read_process(text_of(merged).encode(), FILE)[0] is not None


def test_my_drawing_stays_where_both_have_moved_things() -> None:
    theirs = signed(changed(('x="100" y="100"', 'x="10" y="10"'), ('x="300" y="100"', 'x="310" y="10"')))
    mine = changed(('x="300" y="100"', 'x="300" y="300"'))
    found = text_of(three(mine, theirs))
    assert 'x="100" y="100"' in found and 'x="300" y="300"' in found and 'x="500" y="100"' in found


def test_their_drawing_is_taken_where_i_have_moved_nothing() -> None:
    theirs = changed(('x="100" y="100"', 'x="10" y="10"'))
    assert 'x="10" y="10"' in text_of(three(changed(("定方案", "制定方案")), theirs))


def test_what_is_gone_is_drawn_no_more() -> None:
    gone = re.sub(r"    <bpmn:userTask id=\"check\".*?</bpmn:userTask>\n", "", BPMN, flags=re.DOTALL)
    gone = changed(
        ('    <bpmn:sequenceFlow id="f2" sourceRef="plan" targetRef="check" />\n', ""),
        ('sourceRef="check"', 'sourceRef="plan"'),
        text=gone,
    )
    found = text_of(three(changed(('x="300" y="100"', 'x="300" y="300"')), gone))
    assert "check" not in found and "f2_di" not in found and 'bpmnElement="plan"' in found


def test_a_step_that_one_side_removed_and_the_other_changed_is_a_conflict() -> None:
    gone = re.sub(r"    <bpmn:userTask id=\"check\".*?</bpmn:userTask>\n", "", BPMN, flags=re.DOTALL)
    merged = three(changed(('value="复查"', 'value="复查中"')), gone)
    (one,) = merged.conflicts
    assert (one.kind, one.place) == ("deleted_there", ("#fix", "#check"))
    assert str(one.what) == "“整改”里的用户任务“复查”" and one.theirs is None
    assert "复查中" in text_of(merged) and 'bpmnElement="check"' in text_of(merged)
    assert "复查" not in text_of(resolve(merged, {one.id: Choice("theirs")})).replace("<!--", "")


def test_a_value_that_both_changed_is_settled_by_writing_it() -> None:
    merged = three(changed(('name="定方案"', 'name="甲"')), changed(('name="定方案"', 'name="乙"')))
    (one,) = merged.conflicts
    assert str(one.what) == "“整改”里的用户任务“甲”的名称"
    assert 'name="丙 &amp; 丁"' in text_of(resolve(merged, {one.id: Choice("edit", "丙 & 丁")}))


def _inside(text: str) -> str:
    """Return the drawing with the task `plan` put into a subprocess."""
    task = re.search(r"    <bpmn:userTask id=\"plan\"[^\n]*\n", text)
    assert task
    inner = f'    <bpmn:subProcess id="part" name="部分">\n  {task.group()}    </bpmn:subProcess>\n'
    return (
        text.replace(task.group(), inner)
        .replace('targetRef="plan"', 'targetRef="part"')
        .replace('sourceRef="plan"', 'sourceRef="part"')
    )


def test_a_step_put_elsewhere_there_and_changed_here_is_never_there_twice_nor_lost() -> None:
    mine = changed(("定方案", "制定方案"))
    merged = three(mine, _inside(BPMN))
    found = text_of(merged)
    assert merged.conflicts and found.count('id="plan"') == 1 and "制定方案" in found
    taken = text_of(resolve(merged, {one.id: Choice("theirs") for one in merged.conflicts}))
    assert taken.count('id="plan"') == 1 and 'id="part"' in taken
    clean = three(changed(("复查", "再查")), _inside(BPMN))
    assert not clean.conflicts and text_of(clean).count('id="plan"') == 1 and "再查" in text_of(clean)


def test_other_prefixes_and_another_tool_make_no_difference() -> None:
    theirs = signed().replace("bpmn:", "semantic:").replace("xmlns:bpmn=", "xmlns:semantic=")
    theirs = theirs.replace("camunda:", "c7:").replace("xmlns:camunda=", "xmlns:c7=")
    found = text_of(three(changed(("定方案", "制定方案")), theirs))
    assert SIGN in found and "semantic" not in found and "制定方案" in found


def test_a_namespace_that_my_file_does_not_know_comes_with_what_needs_it() -> None:
    base = re.sub(
        r' xmlns:camunda="[^"]*"',
        "",
        re.sub(
            r' camunda:\w+="[^"]*"',
            "",
            re.sub(
                r"      <bpmn:extensionElements>.*?</bpmn:extensionElements>\n", "", BPMN, flags=re.DOTALL
            ),
        ),
    )
    theirs = base.replace(' id="d"', ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d"').replace(
        'name="复查"', 'name="复查" camunda:formKey="form"'
    )
    merged = three(base.replace("定方案", "制定方案"), theirs, base)
    assert not merged.conflicts
    drawing, _ = read_process(text_of(merged).encode(), FILE)
    assert drawing is not None and drawing.nodes["check"].form == "form"


def test_where_things_are_drawn_is_one_change_of_its_file() -> None:
    before = {FILE: BPMN.encode()}
    kinds = [
        one.kind for one in diff(before, {FILE: changed(('x="100"', 'x="1"'), ('x="300"', 'x="3"')).encode()})
    ]
    assert kinds == ["layout"]
    found = [
        f"{one.kind} {one.what}" for one in diff(before, {FILE: signed().encode()}) if one.kind != "layout"
    ]
    assert sorted(found) == [
        "added “整改”里的用户任务“签字”", "added “整改”里的连线“f4”", "changed “整改”里的连线“f3”的终点",
    ]  # fmt: skip


# --- decisions ------------------------------------------------------------------------------------------------------------

ROWS = [["> 1", "'重大'"], ["<= 1", "'一般'"]]


def dmn(inputs: list[str], rows: list[list[str]], policy: str = "UNIQUE") -> str:
    return HEAD + table("grade", inputs, ["级别"], rows, policy) + "</definitions>\n"


def test_rules_of_both_sides_are_there_once() -> None:
    base = dmn(["瓦斯"], ROWS)
    mine = base.replace("&gt; 1", "&gt; 1.5")
    theirs = base.replace("一般", "较小")
    merged = three(mine, theirs, base, "decisions/grade.dmn")
    assert not merged.conflicts and text_of(merged) == mine.replace("一般", "较小")


def test_a_cell_that_both_changed_is_a_conflict_at_its_rule() -> None:
    base = dmn(["瓦斯"], ROWS)
    (one,) = three(
        base.replace("一般", "甲"), base.replace("一般", "乙"), base, "decisions/grade.dmn"
    ).conflicts
    assert one.mine is not None and one.mine.value == "'甲'" and "第2条规则" in str(one.what)


def test_a_new_rule_stands_under_new_columns_and_says_nothing_there() -> None:
    base = dmn(["瓦斯"], ROWS)
    rule = re.findall(r"\s*<rule.*?</rule>", base, re.DOTALL)[-1]
    mine = base.replace(rule, rule + re.sub(r'id="([^"]*)"', r'id="my_\1"', rule).replace("&lt;= 1", "0"))
    theirs = dmn(["瓦斯", "水害"], [["> 1", "true", "'重大'"], ["<= 1", "-", "'一般'"]])
    merged = three(mine, theirs, base, "decisions/grade.dmn")
    decisions, problems = read_decisions(text_of(merged).encode(), "decisions/grade.dmn")
    assert not merged.conflicts, [one.id for one in merged.conflicts]
    assert not problems, [str(one.what) for one in problems]
    assert len(decisions[0].rows) == 3 and len(decisions[0].inputs) == 2


def test_where_the_first_rule_counts_two_new_ones_in_one_place_are_put_in_order_by_a_person() -> None:
    def base(policy: str) -> str:
        return dmn(["瓦斯"], ROWS, policy)

    def added(text: str, key: str) -> str:
        rule = re.findall(r"\s*<rule.*?</rule>", text, re.DOTALL)[-1]
        return text.replace(rule, rule + re.sub(r'id="([^"]*)"', rf'id="{key}_\1"', rule))

    merged = three(
        added(base("FIRST"), "my"), added(base("FIRST"), "their"), base("FIRST"), "decisions/grade.dmn"
    )
    (one,) = merged.conflicts
    assert one.kind == "order" and "决策表" in str(one.what)
    assert text_of(merged).index('id="my_r') < text_of(merged).index('id="their_r')
    taken = text_of(resolve(merged, {one.id: Choice("theirs")}))
    assert taken.index('id="their_r') < taken.index('id="my_r')
    assert not three(
        added(base("UNIQUE"), "my"), added(base("UNIQUE"), "their"), base("UNIQUE"), "decisions/grade.dmn"
    ).conflicts
