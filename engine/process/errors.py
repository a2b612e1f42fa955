"""The two ways in which a step is refused."""

from __future__ import annotations

from tenants.errors import Conflict
from tenants.text import Message, say


class TokenGone(Conflict):
    """The task is not waiting: done already, or withdrawn by an event."""

    code = "token_gone"

    def __init__(self, token: str) -> None:
        super().__init__(say("这项任务已办结或已撤回。"), say("请刷新待办列表。"), token=token)


class ProcessStuck(Conflict):
    """The process cannot go on as drawn; nothing of the step is kept, and the caller makes it an incident.

    facts["node"]: the element's id, "" when it is the process as a whole.
    """

    code = "process_stuck"

    def __init__(self, what: Message, node: str = "", do: Message | None = None) -> None:
        super().__init__(what, do or say("请联系管理员检查流程图和数据，然后重试。"), node=node)


def no_such_node(node: str) -> ProcessStuck:
    return ProcessStuck(say("流程停在元素 {node}，而流程图中已没有它。", node=node), node)


def no_way_on(node: str) -> ProcessStuck:
    return ProcessStuck(
        say("网关的条件都不成立，又没有默认连线。"), node, say("请检查填报内容，或给网关加默认连线。")
    )
