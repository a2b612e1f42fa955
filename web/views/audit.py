"""The trail, for auditors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, request

from tenants import trail
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import Message, say
from web.entry import page
from web.views.audit_words import Reader
from web.views.shapes import page_number, page_shape
from web.words import said, typed_day

audit = Blueprint("audit", __name__)

ACTIONS: Mapping[str, Message] = {
    "attachment.store": say("上传文件"),
    "calendar.remove": say("删除日历设定"),
    "calendar.set": say("设定日历"),
    "calendar.season": say("设定时段"),
    "calendar.season_remove": say("删除时段"),
    "calendar.year": say("核对放假安排"),
    "campaign.close": say("结束行动"),
    "campaign.amend": say("改按新方案"),
    "instance.amend": say("改按新方案"),
    "instance.amend_back": say("退回原方案"),
    "campaign.amend_back": say("撤回改按新方案"),
    "amendment.pause": say("暂停迁移"),
    "amendment.resume": say("继续迁移"),
    "amendment.again": say("重试迁移"),
    "amendment.end": say("迁移办完"),
    "instance.again": say("更正，从头办理"),
    "rollup.stale": say("汇总已过期"),
    "item.carry": say("台账条目报给上级"),
    "item.receive": say("收到下级台账条目"),
    "instance.keep": say("按原方案办完"),
    "campaign.recalendar": say("日历改动，调整期限"),
    "campaign.launch": say("启动行动"),
    "delivery.arrive": say("送达"),
    "delivery.receive": say("收到外单位材料"),
    "delivery.reply": say("答复送达"),
    "delivery.send": say("报送外单位"),
    "delivery.answered": say("收到外单位答复"),
    "delivery.forward": say("转送外单位"),
    "delivery.forwarded": say("外单位已转送"),
    "delivery.late": say("迟到的答复"),
    "delivery.recall": say("撤回送达"),
    "delivery.resend": say("改送外单位"),
    "delivery.return": say("退件"),
    "delivery.returned": say("外单位退件"),
    "draft.discard": say("丢弃草稿"),
    "duty.add": say("增加任务"),
    "duty.demand": say("发起任务"),
    "duty.open": say("到日下达任务"),
    "duty.put_off": say("登记，到日下达"),
    "incident.open": say("出现异常"),
    "incident.retry": say("重试异常"),
    "incident.retry_all": say("重试同类异常"),
    "instance.move": say("调整期限"),
    "instance.open": say("下达"),
    "instance.release": say("撤销任务"),
    "item.born": say("列入台账"),
    "member.add": say("增加人员"),
    "member.change": say("修改人员"),
    "member.reset_password": say("重置密码"),
    "member.give_code": say("发放登录码"),
    "member.import": say("导入人员"),
    "unit.import": say("导入单位"),
    "notice.attach": say("附上通知原文"),
    "notice.remove": say("移除通知原文"),
    "occurrence.arise": say("新增一期任务"),
    "occurrence.fall": say("不再下达一期任务"),
    "occurrence.move": say("调整一期任务的日期"),
    "occurrence.open": say("下达一期任务"),
    "occurrence.skip": say("合并漏期"),
    "package.arrive": say("方案送达"),
    "package.ask_again": say("重新下达方案"),
    "package.asked_again": say("上级重新下达方案"),
    "package.catch_up": say("补发方案"),
    "package.declined": say("下级不承担方案"),
    "package.further": say("得知再下级的办理情况"),
    "package.gone": say("收到方案的单位不再是下级"),
    "package.merge": say("合并新版"),
    "merge.begin": say("开始合并新版，或继续"),
    "merge.drop": say("放弃合并"),
    "package.hand_down": say("下达方案"),
    "package.launched": say("下级启动方案"),
    "package.pass_on": say("向下转发上级方案"),
    "package.receive": say("收到上级方案"),
    "package.stop": say("停止自动补发方案"),
    "package.taken": say("下级签收方案"),
    "package.urge": say("催办方案"),
    "package.urged": say("上级催办方案"),
    "package.publish": say("发布方案"),
    "signal.hear": say("收到通知"),
    "decision.make": say("按决策表决定"),
    "draw.make": say("抽取"),
    "signal.late": say("通知到得太晚"),
    "signal.unheard": say("发出通知，无人等候"),
    "escalation.uncaught": say("上报升级，无人受理"),
    "submission.make": say("填报"),
    "task.claim": say("认领任务"),
    "task.complete": say("办结任务"),
    "task.move": say("调整步骤的日期"),
    "task.release": say("放回任务"),
    "template.clone": say("克隆模板"),
    "template.publish": say("发布为模板"),
    "template.withdraw": say("撤回模板"),
    "tenant.add": say("增加租户"),
    "token.make": say("新建令牌"),
    "token.revoke": say("作废令牌"),
    "unit.add": say("增加单位"),
    "unit.change": say("修改单位"),
}


@page(audit, "/audit", "audit.html", may="audit.read")
def index(work: Work) -> dict[str, Any]:
    """Show what was done, newest first."""
    q, action = request.args.get("q", "").strip()[:100], request.args.get("action", "")
    since, until = _day(request.args.get("since", "")), _day(request.args.get("until", ""))
    who = id_in(request.args.get("who", ""))
    also = [key for key, words in ACTIONS.items() if q and q in said(words)]
    number = page_number()
    found, total = trail.read(work, trail.Filters(q, also, who, action, since, until, number))
    reader = Reader.of(work, found)
    return {
        "filters": {
            "q": q, "who": who or "", "action": action, "since": since.isoformat() if since else "",
            "until": until.isoformat() if until else "",
        },
        "choices": {
            "actions": [(key, _action(key)) for key in trail.actions(work)],
            "people": [(str(member), name) for member, name in trail.people(work)],
        },
        "entries": [reader.entry(entry, _action(entry.action)) for entry in found],
        "pages": page_shape(number, total, trail.PAGE),
    }  # fmt: skip


def _action(key: str) -> str:
    return said(ACTIONS[key]) if key in ACTIONS else key


def _day(text: str) -> date | None:
    try:
        return typed_day(text) if text else None
    except Invalid:
        return None
