"""The accounts of the demonstration, shown on its sign-in page. Their password is well known, so a demonstration only listens
on this machine."""

from __future__ import annotations

from tenants.text import say

PASSWORD = "Luoshi-2024"

# name to sign in with, who it is, what one sees.
ACCOUNTS = [
    {
        "name": "yc.admin",
        "password": PASSWORD,
        "title": "阳城县应急管理局 · 管理员",
        "note": say("发起行动、看进度、管单位和人员"),
    },
    {
        "name": "yc.office",
        "password": PASSWORD,
        "title": "阳城县 · 领导组办公室",
        "note": say("受理报送、退回、督办、通报"),
    },
    {
        "name": "yc.inspector",
        "password": PASSWORD,
        "title": "阳城县 · 检查工作组",
        "note": say("不打招呼的检查、复查验收"),
    },
    {
        "name": "yc.beiling",
        "password": PASSWORD,
        "title": "北岭煤矿 · 安全科",
        "note": say("报方案、自查自改、整改隐患"),
    },
    {
        "name": "yc.nanping",
        "password": PASSWORD,
        "title": "南坪煤矿 · 安全科",
        "note": say("另一座煤矿：看不到北岭煤矿的任何内容"),
    },
    {
        "name": "yc.taihe",
        "password": PASSWORD,
        "title": "太和煤业集团 · 安监部",
        "note": say("上级公司：看得到所属各矿"),
    },
    {
        "name": "yc.auditor",
        "password": PASSWORD,
        "title": "阳城县 · 审计",
        "note": say("查操作记录、看行动进展，不办任务"),
    },
    {
        "name": "qs.admin",
        "password": PASSWORD,
        "title": "沁水县应急管理局 · 管理员",
        "note": say("邻县：看不到阳城县的任何内容"),
    },
]
