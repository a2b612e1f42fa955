"""SpiffWorkflow's evaluator, replaced: our expressions, compiled when the model was built, and nothing else.

The stock engine hands model text to eval and exec in some fifteen places. Here there is no way from text to code: what reaches
this class is an Expression made by `forms.expression`, and whatever else arrives is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine

from engine.process.errors import ProcessStuck
from forms.expression import EvaluationError, Expression, plain
from tenants.text import say
from workflows.bpmn import BadTiming, Timing, moment_of


class Given(dict[str, Callable[..., object]]):
    """Functions that expressions may call, and lists besides the data of a process that they may read. lists: never kept."""

    def __init__(
        self, functions: Mapping[str, Callable[..., object]], lists: Mapping[str, Sequence[object]]
    ) -> None:
        super().__init__(functions)
        self.lists = lists


class NoText:
    """Stands where SpiffWorkflow keeps its environment of eval and exec."""

    def evaluate(self, expression: object, context: object, external_context: object = None) -> NoReturn:
        raise ProcessStuck(say("流程中的文字不能作为程序执行。"))

    execute = call_service = evaluate


_NO_TEXT = NoText()
# So much of an expression is told when it cannot be worked out, in characters.
_SHOWN = 200


class ExpressionEngine(PythonScriptEngine):
    """Evaluates conditions, times and values over what a scope may read, and `now` and `today` besides."""

    def __init__(self, now: datetime, given: Mapping[str, Callable[..., object]]) -> None:
        self.environment = _NO_TEXT  # all that the library's own constructor would set
        self.now = now
        self.given = given
        self.lists: Mapping[str, object] = given.lists if isinstance(given, Given) else {}

    def with_now(self, names: Mapping[str, object]) -> dict[str, object]:
        return {**self.lists, **names, "now": self.now, "today": self.now.date()}

    def evaluate(self, task: Any, expression: object, external_context: object = None) -> bool:
        """Return whether a condition holds. Raises ProcessStuck unless it gives true, false or nothing."""
        return self.holds(task.workflow.names(), expression, task.task_spec.name)

    def holds(self, names: Mapping[str, object], expression: object, node: str) -> bool:
        """Return whether a condition holds for these names. Raises ProcessStuck unless it gives true, false or nothing."""
        if not isinstance(expression, Expression):
            raise ProcessStuck(say("流程中的文字不能作为程序执行。"), node)
        try:
            value = expression.evaluate(self.with_now(names), self.given)
        except EvaluationError as error:
            words = say(
                "条件“{text}”无法计算：{reason}。", text=expression.source[:_SHOWN], reason=error.what
            )
            raise ProcessStuck(words, node, error.do) from None
        if value is not None and not isinstance(value, bool):
            raise ProcessStuck(
                say("条件的结果不是“是”或“否”。"), node, say("请把条件写成比较，如 人数 > 0。")
            )
        return bool(value)

    def value(self, names: Mapping[str, object], expression: Expression, node: str) -> object:
        """Return what an expression gives, as process data may hold it. Raises ProcessStuck."""
        try:
            value = expression.evaluate(self.with_now(names), self.given)
            plain(value)  # a period has no place in process data
        except EvaluationError as error:
            words = say(
                "表达式“{text}”无法计算：{reason}。", text=expression.source[:_SHOWN], reason=error.what
            )
            raise ProcessStuck(words, node, error.do) from None
        return value

    def moment(self, token: Any, timing: Timing, since: datetime) -> datetime | None:
        """Return the moment (UTC) at which a timer armed at `since` fires; None = never (an undated duty)."""
        names = {**token.workflow.names(), "now": since, "today": since.date()}
        try:
            return moment_of(timing, names, since, self.given)
        except (BadTiming, EvaluationError) as error:
            raise ProcessStuck(
                say("定时器的时间无法确定：{reason}", reason=error.what), token.task_spec.name, error.do
            ) from None

    def execute(self, task: Any, script: object, external_context: object = None) -> NoReturn:
        raise ProcessStuck(say("本系统不在流程中执行脚本。"), task.task_spec.name)

    def call_service(self, task: Any, **kwargs: object) -> NoReturn:
        raise ProcessStuck(say("本系统不在流程中调用服务。"), task.task_spec.name)
