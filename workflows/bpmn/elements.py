"""Which elements and attributes are read, which are decoration, and which are refused: the allow-list.

What is on no list here is refused as well. An element that loads in silence and then does nothing is the worst kind of
support: the drawing promises something that nobody carries out.
"""

from __future__ import annotations

from tenants.text import Message, say
from workflows.bpmn.drawing import KINDS

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREFIXES = {BPMN: "bpmn", CAMUNDA: "camunda", SPIFF: "spiffworkflow"}

MAX_NODES = 500
MAX_FLOWS = 2_000
MAX_NESTING = 8  # embedded subprocesses inside one another

# Drawn for the reader; they carry no behaviour of their own.
DECORATION = frozenset(
    {
        "documentation",
        "extensionElements",
        "incoming",
        "outgoing",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "dataInputAssociation",
        "dataOutputAssociation",
        "property",
        "auditing",
        "monitoring",
        "laneSet",
    }
)
# Read where they stand, by `read`.
PARTS = frozenset(
    {
        "sequenceFlow",
        "conditionExpression",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
    }
)
EVENT_DEFINITIONS = {
    "timerEventDefinition": "timer",
    "signalEventDefinition": "signal",
    "messageEventDefinition": "message",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "terminateEventDefinition": "terminate",
}
# Which definitions each kind of event may have.
EVENTS_ALLOWED = {
    "startEvent": frozenset({"none", "signal", "message"}),
    "endEvent": frozenset({"none", "signal", "message", "error", "escalation", "terminate"}),
    "intermediateCatchEvent": frozenset({"timer", "signal", "message"}),
    "intermediateThrowEvent": frozenset({"none", "signal", "message", "escalation"}),
    "boundaryEvent": frozenset({"timer", "signal", "message", "error", "escalation"}),
}
DEFINITIONS_ROOT = frozenset(
    {
        "process",
        "collaboration",
        "signal",
        "message",
        "error",
        "escalation",
        "category",
        "extensionElements",
        "documentation",
        "itemDefinition",
        "dataStore",
    }
)

_USER_TASK = say("请改为用户任务（userTask），由人办理。")
_LATER = say("请暂时改用已支持的元素。")
_REFUSED: dict[str, tuple[Message, Message]] = {
    "task": (say("未指明类型的任务"), _USER_TASK),
    "scriptTask": (say("脚本任务"), say("本系统不在流程中执行脚本；请把计算写成表单的计算字段或分支条件。")),
    "serviceTask": (say("服务任务"), _USER_TASK),
    "sendTask": (say("发送任务"), say("请改为消息抛出事件（intermediateThrowEvent）。")),
    "receiveTask": (say("接收任务"), say("请改为消息捕获事件（intermediateCatchEvent）。")),
    "transaction": (say("事务子流程"), say("请改为普通子流程（subProcess）。")),
    "adHocSubProcess": (say("临时子流程"), say("请画出各步骤的先后关系。")),
    "complexGateway": (say("复杂网关"), say("请改用排他、包容或并行网关。")),
    "behavior": (say("多实例的 behavior"), say("请用完成条件（completionCondition）写明何时结束。")),
    "complexBehaviorDefinition": (
        say("多实例的 complexBehaviorDefinition"),
        say("请用完成条件（completionCondition）写明何时结束。"),
    ),
    "eventSubProcess": (say("事件子流程"), say("请改用边界事件。")),
    "cancelEventDefinition": (say("取消事件"), say("请改用终止结束事件。")),
    "compensateEventDefinition": (say("补偿事件"), say("请把补救工作画成普通任务。")),
    "conditionalEventDefinition": (say("条件事件"), say("请改用排他网关或信号事件。")),
    "linkEventDefinition": (say("链接事件"), say("请直接画出连线。")),
    "potentialOwner": (say("potentialOwner 人员分配"), say("请改用 camunda:candidateGroups 填写责任主体。")),
    "humanPerformer": (say("humanPerformer 人员分配"), say("请改用 camunda:candidateGroups 填写责任主体。")),
    "performer": (say("performer 人员分配"), say("请改用 camunda:candidateGroups 填写责任主体。")),
    "ioSpecification": (say("输入输出映射"), say("请删去；填报内容由表单决定。")),
    "resourceRole": (say("resourceRole 人员分配"), say("请改用 camunda:candidateGroups 填写责任主体。")),
    "choreography": (say("编排图"), say("请画成协作图或单个流程。")),
    "globalUserTask": (say("全局任务"), _USER_TASK),
}

_TITLES: dict[str, Message] = {
    "userTask": say("用户任务"),
    "manualTask": say("手工任务"),
    "businessRuleTask": say("业务规则任务"),
    "subProcess": say("子流程"),
    "callActivity": say("调用活动"),
    "startEvent": say("开始事件"),
    "endEvent": say("结束事件"),
    "intermediateCatchEvent": say("中间捕获事件"),
    "intermediateThrowEvent": say("中间抛出事件"),
    "boundaryEvent": say("边界事件"),
    "exclusiveGateway": say("排他网关"),
    "parallelGateway": say("并行网关"),
    "inclusiveGateway": say("包容网关"),
    "eventBasedGateway": say("事件网关"),
}

# Attributes of BPMN elements that change nothing here.
_PLAIN_ATTRIBUTES = frozenset(
    {
        "id",
        "name",
        "isExecutable",
        "isClosed",
        "processType",
        "default",
        "attachedToRef",
        "cancelActivity",
        "sourceRef",
        "targetRef",
        "gatewayDirection",
        "implementation",
        "isInterrupting",
        "instantiate",
        "eventGatewayType",
        "triggeredByEvent",
        "isImmediate",
        "parallelMultiple",
        "startQuantity",
        "completionQuantity",
        "isForCompensation",
        "definitionalCollaborationRef",
        "language",
        "evaluatesToTypeRef",
        "signalRef",
        "messageRef",
        "errorRef",
        "escalationRef",
        "calledElement",
        "isSequential",
        "behavior",
        "testBefore",
        "loopMaximum",
    }
)
# Attributes that mean something only with a value that we do not carry out: name -> the values that mean nothing.
PLAIN_VALUES = {
    "isForCompensation": frozenset({"false"}),
    "startQuantity": frozenset({"1"}),
    "completionQuantity": frozenset({"1"}),
    "parallelMultiple": frozenset({"false"}),
    "instantiate": frozenset({"false"}),
    "eventGatewayType": frozenset({"Exclusive"}),
}

CAMUNDA_READ = frozenset({"formKey", "formRef", "candidateGroups", "assignee", "dueDate", "followUpDate"})
# Read where they stand: element -> attributes.
CAMUNDA_ELSEWHERE = {
    "callActivity": frozenset({"calledElementBinding", "calledElementVersion", "calledElementVersionTag"}),
    "multiInstanceLoopCharacteristics": frozenset({"collection", "elementVariable"}),
    "errorEventDefinition": frozenset({"errorCodeVariable"}),
    "escalationEventDefinition": frozenset({"escalationCodeVariable"}),
}
# Read on business rule tasks, by `deciding`.
CAMUNDA_DECIDING = frozenset({"decisionRef", "resultVariable", "mapDecisionResult", "decisionRefBinding"})
# How another engine runs or stores the process: no meaning here, and none lost.
CAMUNDA_PLAIN = frozenset(
    {
        "asyncBefore",
        "asyncAfter",
        "exclusive",
        "jobPriority",
        "taskPriority",
        "historyTimeToLive",
        "versionTag",
        "isStartableInTasklist",
        "formRefBinding",
        "formRefVersion",
        "initiator",
    }
)
SPIFF_READ = frozenset({"properties", "property", "instructionsForEndUser", "calledDecisionId"})
SPIFF_PLAIN = frozenset(
    {
        "unitTests",
        "unitTest",
        "inputJson",
        "expectedOutputJson",
        "category",
        "processModelDisplayName",
        "guestConfirmation",
        "taskMetadataValues",
        "taskMetadataValue",
    }
)


def title(kind: str) -> Message:
    """Return what people call a node of that kind."""
    return _TITLES.get(kind, say("元素"))


def refusal(name: str) -> tuple[Message, Message]:
    """Return what to call the unsupported BPMN element `name`, and what to do instead."""
    title, remedy = _REFUSED.get(name, (None, _LATER))
    if title is None:
        return say("元素 {name} 暂不支持（not yet supported）。", name=name), remedy
    return say("{title}（{name}）暂不支持（not yet supported）。", title=title, name=name), remedy


def is_supported(name: str) -> bool:
    """Return whether a BPMN element of that name may stand inside a process or one of its elements."""
    return name in KINDS or name in DECORATION or name in PARTS or name in EVENT_DEFINITIONS


def is_plain_attribute(name: str) -> bool:
    """Return whether an unprefixed attribute is read, or has no meaning at run time."""
    return name in _PLAIN_ATTRIBUTES


def prefixed(namespace: str, name: str) -> str:
    """Return the name as people write it: `camunda:formKey`."""
    prefix = PREFIXES.get(namespace)
    return f"{prefix}:{name}" if prefix else (f"{{{namespace}}}{name}" if namespace else name)
