"""Refusals: what happened, and what to do.

Every refusal a user can meet is one of these. `code` is stable and meant for programs; `what` and `do` are for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tenants.text import Message, say


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what was handed in.

    where: an element id, a path such as `duties.plan.due`, or a JSON pointer into the answers (`/hazards/0/级别`).
    level: `error` stops the matter, `warning` does not.
    """

    what: Message
    do: Message
    file: str = ""
    line: int = 0
    where: str = ""
    level: str = "error"


class Refusal(Exception):
    """Something that was asked for is not done."""

    code = "refused"
    status = 400
    default_do = say("请检查后重试。")

    def __init__(self, what: Message, do: Message | None = None, **facts: object) -> None:
        super().__init__(str(what))
        self.what = what
        self.do = do or self.default_do
        self.facts = facts


class NotSignedIn(Refusal):
    code, status = "not_signed_in", 401
    default_do = say("请重新登录；已填内容会保留。")


class Forbidden(Refusal):
    code, status = "forbidden", 403
    default_do = say("如确需办理，请联系本单位管理员开通权限。")


class NotFound(Refusal):
    """What was asked for does not exist, or not for the one who asks: both answer alike."""

    code, status = "not_found", 404
    default_do = say("请返回上一页，或从待办中重新打开。")

    def __init__(self, what: Message | None = None, do: Message | None = None, **facts: object) -> None:
        super().__init__(what or say("没有找到所要的内容。"), do, **facts)


class Conflict(Refusal):
    code, status = "conflict", 409
    default_do = say("请刷新页面，查看最新情况。")


class TooLarge(Refusal):
    code, status = "too_large", 413
    default_do = say("请压缩或拆分后再提交。")


class Invalid(Refusal):
    """What was handed in has problems; all of them are named at once."""

    code, status = "invalid", 422
    default_do = say("请按提示逐项改正后再提交。")

    def __init__(
        self,
        what: Message | None = None,
        do: Message | None = None,
        *,
        problems: Iterable[Problem] = (),
        **facts: object,
    ) -> None:
        super().__init__(what or say("填写的内容有问题。"), do, **facts)
        self.problems = tuple(problems)


class TooMany(Refusal):
    code, status = "too_many", 429
    default_do = say("请稍候再试。")
