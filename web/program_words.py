"""What a refusal says to a program: where a person is sent to a page, a program is told of its request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tenants.errors import Refusal
from tenants.text import Message, say

DOCS = "/api/v1/docs"

_AGAIN = say("请重新读取最新情况后再办。")
_TASK = say("请重新读取这项待办，按其中最新的表单填写。")
_DRAFT = say("请重新读取草稿，按它的版次再保存。")
_TASKS = say("请重新读取待办列表。")
_JSON = say("请把内容写成一个 JSON 对象，用 UTF-8 编码发送。")
# What is said to people -> what is said to programs.
TOLD: Mapping[str, Message] = {
    "请返回上一页，或从待办中重新打开。": say("请核对地址和其中的 id；接口见 {path}。", path=DOCS),
    "请返回上一页重试。": say("请核对请求的地址、请求头和内容；写法见 {path}。", path=DOCS),
    "请刷新页面，查看最新情况。": _AGAIN,
    "请刷新页面。": _AGAIN,
    "请返回上一页。": _AGAIN,
    "请刷新页面后重试。": _AGAIN,
    "请刷新页面后重新选择。": _AGAIN,
    "请刷新页面，核对后再确定。": _AGAIN,
    "请返回行动列表。": say("请重新读取专项行动列表。"),
    "请返回待办。": _TASKS,
    "请刷新待办列表。": _TASKS,
    "请稍候刷新查看结果。": say("请稍候用同一个 Idempotency-Key 重发。"),
    "提交的内容无法读取。": say("请求的内容不是 JSON，或其中有重复的名称。"),
    "提交的内容不是一份表单。": say("请求的内容不是一个 JSON 对象。"),
    "请刷新页面后重新提交；草稿不会丢失。": _JSON,
    "请刷新页面，用最新的表单填写。": _TASK,
    "刷新页面，按新表单核对后再提交；已填的内容都在草稿里。": _TASK,
    "请刷新页面，按现在的检查表填写。": _TASK,
    "请刷新页面，查看已提交的内容；您的草稿还在。": say("请重新读取这项待办，查看已提交的内容。"),
    "请先复制本页尚未保存的内容，再刷新页面。": _DRAFT,
    "请先复制本页要保留的内容，再刷新页面查看最新草稿；或关闭另一个窗口，选择用本页内容继续。": _DRAFT,
    "请稍候再试；已填内容会保留。": say("请稍候重发。"),
}


def retold(refusal: Refusal) -> Refusal:
    """Put a refusal that was worded for a page into words for a program, with all its problems."""
    refusal.what, refusal.do = _told(refusal.what), _told(refusal.do)
    if problems := getattr(refusal, "problems", ()):
        told = tuple(replace(one, what=_told(one.what), do=_told(one.do)) for one in problems)
        refusal.problems = told  # type: ignore[attr-defined]
    return refusal


def _told(words: Message) -> Message:
    return TOLD.get(words.template, words)
