"""The texts of a drawing that are expressions: read once when the file is read, so that nothing unreadable is ever published."""

from __future__ import annotations

from forms.expression import Expression, ExpressionError, compile_expression, is_reserved
from tenants.text import Message, say
from workflows.bpmn.cycles import EVERY_MISSED, read_cycle
from workflows.bpmn.findings import Findings
from workflows.bpmn.timing import BadTiming, in_our_language, read_timing

MAX_CHARACTERS = 100_000  # of one file; compiled in about a second
# Given to every expression by the engine itself; it need not be kept in process data.
SUPPLIED = frozenset({"now", "today"})


class Texts:
    """Compiles texts, remembers which names they read, and reports those that do not compile."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.reads: set[str] = set()
        self.characters = 0

    def _within_budget(self, text: str, line: int, where: str) -> bool:
        within = self.characters <= MAX_CHARACTERS
        self.characters += len(text)
        if within and self.characters > MAX_CHARACTERS:
            self.findings.error(
                say("条件和时间表达式合计超过 {n} 个字符。", n=MAX_CHARACTERS), say("请简化。"), line, where
            )
        return self.characters <= MAX_CHARACTERS

    def condition(self, text: str, line: int, where: str) -> str | None:
        """Return the condition in our language, or None where it cannot be read (and the fault is found)."""
        return self._read(text, line, where, say("条件“{text}”有误", text=_short(text)))

    def value(self, text: str, line: int, where: str) -> str | None:
        """Return an expression that gives a list, a number or whatever else, or None where it cannot be read."""
        return self._read(text, line, where, say("表达式“{text}”有误", text=_short(text)))

    def name(self, text: str, line: int, where: str, *, reads: bool = False) -> bool:
        """Tell whether `text` can be the name of a value that the engine keeps; a fault is found where it cannot.

        reads: something reads it, so that an answer of that name is kept.
        """
        try:
            sound = compile_expression(text).tree == ["name", text] and (
                text == "item" or not is_reserved(text)
            )
        except ExpressionError:
            sound = False
        if not sound:
            self.findings.error(
                say("“{text}”不能作名称。", text=_short(text)),
                say("请用文字、数字和下划线，不用表达式里的函数名。"),
                line,
                where,
            )
        elif reads:
            self.reads.add(text)
        return sound

    def _read(self, text: str, line: int, where: str, what: Message) -> str | None:
        if not self._within_budget(text, line, where):
            return None
        try:
            translated = in_our_language(text)
            expression = compile_expression(translated)
        except ExpressionError as error:
            self.findings.error(
                say("{what}：{reason}。", what=what, reason=error.what),
                error.do,
                line + error.line - 1,
                where,
            )
            return None
        self.reads |= expression.names - SUPPLIED
        return translated

    def cycle(self, text: str, line: int, where: str) -> bool:
        """Tell whether `text` says a cycle; a fault is found where it does not."""
        if not self._within_budget(text, line, where):
            return False
        try:
            cycle = read_cycle(text)
        except BadTiming as error:
            self.findings.error(error.what, error.do, line, where)
            return False
        for rule in cycle.rules:
            self.reads |= rule.names - SUPPLIED
        self.reads.add(EVERY_MISSED)
        return True

    def time(self, text: str, line: int, where: str) -> object | None:
        """Return the timing that `text` says, or None where it says none (and the fault is found)."""
        if not self._within_budget(text, line, where):
            return None
        try:
            timing = read_timing(text)
        except BadTiming as error:
            self.findings.error(error.what, error.do, line, where)
            return None
        if isinstance(timing, Expression):
            self.reads |= timing.names - SUPPLIED
        return timing


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"
