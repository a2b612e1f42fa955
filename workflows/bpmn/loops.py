"""How often an activity is done: multi-instance and standard loops, as BPMN, Camunda and spiff-arena write them."""

from __future__ import annotations

from collections.abc import Mapping

from tenants.text import Message, say
from workflows.bpmn.drawing import ACTIVITIES, Loop
from workflows.bpmn.elements import BPMN, CAMUNDA, refusal, title
from workflows.bpmn.extensions import check_plain
from workflows.bpmn.findings import Findings
from workflows.bpmn.texts import Texts
from workflows.bpmn.xml import Element

MULTIPLE, STANDARD = "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"
LOOPS = frozenset({MULTIPLE, STANDARD})
# Names that each of the repeated may read, as in Camunda; the counter begins at 0.
COUNTS = frozenset({"loopCounter", "nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"})
# BPMN has no way to say what of each is gathered but one data item; Camunda 7 has none at all. Camunda 8's words, as properties.
GATHER, RESULT = "outputCollection", "outputElement"
_PARTS = frozenset(
    {
        "loopCardinality",
        "completionCondition",
        "loopDataInputRef",
        "loopDataOutputRef",
        "inputDataItem",
        "outputDataItem",
        "loopCondition",
        "documentation",
        "extensionElements",
    }
)


def loop_of(element: Element, properties: Mapping[str, str], texts: Texts, findings: Findings) -> Loop | None:
    """Return how often an activity is done; None = once. Faults are found. properties: those beside BPMN."""
    owner = element.get("id")
    found = [child for child in element.children if child.namespace == BPMN and child.name in LOOPS]
    if not found:
        return None
    if len(found) > 1 or element.name not in ACTIVITIES:
        findings.error(
            say("{title}上的循环标记多余。", title=title(element.name)),
            say("循环标记只能写在活动上，且只写一个。"),
            found[-1].line,
            owner,
        )
        return None
    marker = found[0]
    check_plain(marker, owner, findings)
    for part in marker.children:
        if part.namespace == BPMN and part.name not in _PARTS:
            findings.error(*refusal(part.name), part.line, owner)
    reading = _Reading(marker, owner, texts, findings)
    return reading.standard() if marker.name == STANDARD else reading.multiple(properties)


class _Reading:
    """One loop marker."""

    def __init__(self, marker: Element, owner: str, texts: Texts, findings: Findings) -> None:
        self.marker, self.owner, self.texts, self.findings = marker, owner, texts, findings

    def standard(self) -> Loop | None:
        most = self.marker.get("loopMaximum").strip() or None
        again = self._condition("loopCondition")
        if most is None and again is None:
            self._fault(
                say("循环没有写明何时停止。"), say("请写循环条件（loopCondition）或最多几次（loopMaximum）。")
            )
            return None
        if most is not None:
            most = self.texts.value(most, self.marker.line, self.owner)
        before = self.marker.get("testBefore") == "true"
        return Loop("standard", times=most, again=again, before=before)

    def multiple(self, properties: Mapping[str, str]) -> Loop | None:
        behavior = self.marker.get("behavior")
        if behavior not in ("", "All"):
            self.findings.error(*refusal("behavior"), self.marker.line, self.owner)
        times, over = self._value("loopCardinality"), self._over()
        if (times is None) == (over is None):
            if not self._written("loopCardinality") and not self._over_text():
                self._fault(
                    say("多实例没有写明对谁、办几次。"),
                    say("请写集合（collection）或次数（loopCardinality）。"),
                )
            elif self._written("loopCardinality") and self._over_text():
                self._fault(say("多实例同时写了集合和次数。"), say("请只留一种。"))
            return None
        gather, result = self._gathering(properties)
        return Loop(
            "sequential" if self.marker.get("isSequential") == "true" else "parallel",
            times=times,
            over=over,
            item=self._item(over is not None),
            until=self._condition("completionCondition"),
            gather=gather,
            result=result,
        )

    def _item(self, listed: bool) -> str:
        written = self.marker.get("{" + CAMUNDA + "}elementVariable").strip() or self._named("inputDataItem")
        if written and not listed:
            self._fault(say("写了元素变量，却没有集合。"), say("请写集合，或删去元素变量。"))
        return self._name(written)

    def _gathering(self, properties: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        gather = self._text("loopDataOutputRef") or properties.get(GATHER, "")
        result = self._named("outputDataItem") or properties.get(RESULT, "")
        if bool(gather) != bool(result):
            self._fault(
                say("多实例的结果要同时写明汇总到哪个名称、每次取什么。"),
                say("请写 loopDataOutputRef 和 outputDataItem，或属性 outputCollection 和 outputElement。"),
            )
            return "", ()
        names = [part.strip() for part in result.split(",")]
        if len(names) > 1 and all(name.isidentifier() for name in names):
            texts = tuple(self._name(name, reads=True) for name in names)
        else:
            texts = (self.texts.value(result, self.marker.line, self.owner) or "",) if result else ()
        return self._name(gather), texts

    def _over_text(self) -> str:
        return self.marker.get("{" + CAMUNDA + "}collection").strip() or self._text("loopDataInputRef")

    def _over(self) -> str | None:
        text = self._over_text()
        return self.texts.value(text, self.marker.line, self.owner) if text else None

    def _value(self, part: str) -> str | None:
        element = self._part(part)
        return self.texts.value(element.text, element.line, self.owner) if element is not None else None

    def _condition(self, part: str) -> str | None:
        element = self._part(part)
        if element is None or not element.text.strip():
            return None
        return self.texts.condition(element.text, element.line, self.owner)

    def _part(self, name: str) -> Element | None:
        return self.marker.first(BPMN, name)

    def _written(self, name: str) -> bool:
        return self._part(name) is not None

    def _text(self, name: str) -> str:
        element = self._part(name)
        return element.text.strip() if element is not None else ""

    def _named(self, name: str) -> str:
        element = self._part(name)
        return (element.get("name") or element.get("id")).strip() if element is not None else ""

    def _name(self, text: str, *, reads: bool = False) -> str:
        if text:
            self.texts.name(text, self.marker.line, self.owner, reads=reads)
        return text

    def _fault(self, what: Message, do: Message) -> None:
        self.findings.error(what, do, self.marker.line, self.owner)
