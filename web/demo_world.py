"""The demonstration's people and places. All of them are invented; only the names of the jurisdictions are real."""

from __future__ import annotations

# slug, name, level, GB/T 2260 code, slug of the superior
TENANTS = [
    ("shanxi", "山西省应急管理厅", "province", "140000", ""),
    ("jincheng", "晋城市应急管理局", "city", "140500", "shanxi"),
    ("yangcheng", "阳城县应急管理局", "county", "140522", "jincheng"),
    ("qinshui", "沁水县应急管理局", "county", "140521", "jincheng"),
]

# code, name, kind, code of the unit above, attributes
BUREAU = [
    ("bureau", "应急管理局", "bureau", "", {"mandate": "all"}),
    ("office", "领导组办公室（煤矿执法一股）", "office", "bureau", {"mandate": "all"}),
    ("inspect", "检查工作组", "office", "bureau", {"mandate": "all"}),
]
COMPANIES = [("taihe", "太和煤业集团"), ("jinfeng", "金枫能源集团"), ("yunhe", "云河煤焦公司")]

# code, name, code of the company, status, attributes (output in 10,000 t a year)
MINES = [
    ("beiling", "北岭煤矿", "taihe", "生产", {"method": "井工", "output": 120}),
    ("nanping", "南坪煤矿", "taihe", "生产", {"method": "井工", "output": 90}),
    ("qingfeng", "青枫煤矿", "taihe", "生产", {"method": "井工", "output": 60}),
    ("bailu", "白鹭湾煤矿", "taihe", "建设", {"method": "井工", "output": 120}),
    ("shipan", "石盘岭煤矿", "jinfeng", "生产", {"method": "井工", "output": 90}),
    ("liuyin", "柳荫煤矿", "jinfeng", "生产", {"method": "井工", "output": 45}),
    ("hongya", "红枫崖煤矿", "jinfeng", "生产", {"method": "露天", "output": 180}),
    ("gusong", "古松煤矿", "jinfeng", "停产", {"method": "井工", "output": 60}),
    ("sandie", "三叠泉煤矿", "yunhe", "生产", {"method": "井工", "output": 90}),
    ("qingxi", "清溪煤矿", "yunhe", "生产", {"method": "井工", "output": 60}),
    ("wangyue", "望月煤矿", "yunhe", "生产", {"method": "井工", "output": 120}),
    ("yunwu", "云雾沟煤矿", "yunhe", "生产", {"method": "井工", "output": 45}),
]
SECTIONS = [("cai", "采煤队", ("综采一班", "综采二班")), ("jue", "掘进队", ("掘进一班", "掘进二班"))]

# login, name, code of the unit, title, posts, roles; the prefix is the county's
BUREAU_PEOPLE = [
    ("admin", "周明远", "bureau", "局办公室主任", ["leader"], ["tenant_admin", "author", "staff"]),
    ("office", "李慧兰", "office", "煤矿执法一股股长", ["office"], ["staff"]),
    ("inspector", "赵铁山", "inspect", "监管专员", ["inspector"], ["staff"]),
    ("auditor", "何静", "bureau", "审计专员", [], ["auditor"]),
    ("viewer", "孙立民", "bureau", "副局长", [], ["readonly"]),
]
FAMILY = "王张刘陈杨黄吴徐马朱胡林郭高罗郑梁谢宋唐"
GIVEN = (
    "建国",
    "志强",
    "秀英",
    "海峰",
    "国栋",
    "晓东",
    "玉兰",
    "文斌",
    "春生",
    "丽华",
    "永康",
    "振华",
    "新民",
    "光明",
)
