"""A table of people against the posts there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.base import new_id
from tenants.errors import Invalid
from tenants.models import Member, User
from tenants.roster import people, people_plan, people_table
from tenants.sheets import write_csv, write_xlsx
from tests.tenants.test_roster_units import unit

POSTS = {"mine_head": "矿长", "office": "领导组办公室"}
COMPANY = unit("north", "北山煤业公司", "company")
PINE = unit("pine", "松岭煤矿", above=COMPANY)
CREEK = unit("煤矿二", "石溪煤矿", above=COMPANY)
CLOSED = unit("old", "老矿", active=False)
UNITS = [
    COMPANY,
    PINE,
    CREEK,
    CLOSED,
    unit("cd", "采煤队", "section", PINE),
    unit("cd2", "采煤队", "section", CREEK),
]


def held(login, name, at, *, user=None, posts=(), roles=("staff",), title="", active=True):
    user = user or User(id=new_id(), login=login, name=name)
    member = Member(
        id=new_id(),
        user_id=user.id,
        unit_id=at.id,
        name=name,
        title=title,
        posts=list(posts),
        roles=sorted(roles),
        active=active,
    )
    return member, at, user


HEAD = held("pine", "王建国", PINE, posts=["mine_head"], title="矿长")
ADMIN = held("admin", "周明远", COMPANY, roles=["tenant_admin", "staff"])
STAFF = [HEAD, ADMIN]


def plan(text, there=STAFF, taken=()):
    staff = people.Staff("yc", UNITS, there, POSTS, lambda logins: set(taken) & set(logins), ADMIN[0].id)
    return people_plan.plan(people.read(text.encode(), "人员.csv"), staff)


def problems(text, **more):
    with pytest.raises(Invalid) as refused:
        plan(text, **more)
    return [(problem.where, str(problem.what).split("：", 1)[1]) for problem in refused.value.problems]


def test_new_people_get_accounts_after_their_units():
    found = plan("姓名,单位,岗位,角色\n李一,松岭煤矿,矿长,\n李二,松岭煤矿,,经办人员、只读人员\n李三,石溪煤矿/采煤队,,\n李四,石溪煤矿,领导组办公室，矿长,\n",
                 taken={"yc.pine"})  # fmt: skip
    assert [(post.name, post.login, post.unit.code) for post in found.new] == [
        ("李一", "yc.pine.3", "pine"), ("李二", "yc.pine.2", "pine"), ("李三", "yc.cd2", "cd2"),
        ("李四", f"yc.{CREEK.id.hex[-6:]}", "煤矿二"),
    ]  # fmt: skip
    assert found.new[0].posts == ("mine_head",) and found.new[0].roles == ("staff",) and found.accounts == 4
    assert found.new[1].roles == ("readonly", "staff") and found.new[3].posts == ("mine_head", "office")


def test_a_known_account_gets_a_second_post_and_no_code():
    found = plan("账号,姓名,单位\nPINE,王建国,石溪煤矿\n")
    assert found.new[0].user is HEAD[2] and found.accounts == 0 and found.unnamed == 2


def test_one_new_account_may_have_two_posts():
    found = plan("账号,姓名,单位\nli,李一,松岭煤矿\nli,李一,石溪煤矿\n")
    assert len(found.new) == 2 and found.accounts == 1


def test_what_changes_is_named_and_a_column_that_is_not_there_changes_nothing():
    found = plan("账号,姓名,单位,职务,在用\npine,王建军,松岭煤矿,,否\nadmin,周明远,北山煤业公司,,是\n")
    (changed,) = found.changed
    assert changed.changes == {"name": ("王建国", "王建军"), "title": ("矿长", ""), "active": (True, False)}
    assert changed.stops and found.unchanged == 1


def test_somebody_without_an_account_in_the_table_is_known_by_name_and_unit():
    assert plan("姓名,单位\n王建国,松岭煤矿\n").unchanged == 1


def test_everything_that_is_wrong_is_said_at_once_by_row_and_column():
    text = (
        "账号,姓名,单位,岗位,角色,在用,手机号\nli si,,没有的矿,总理,大王,也许,139\n,李,采煤队,,,,\nwillow,李,老矿,,,,\n"
        "admin,周明远,北山煤业公司,,经办人员,,\nx,甲,石溪煤矿,,,,\nx,乙,松岭煤矿,,,,\nx,甲,石溪煤矿,,,,\n"
    )
    assert problems(text, taken={"willow"}) == [
        ("G1", "没有“手机号”这一列。"),
        ("A2", "账号里不能有空格。"), ("B2", "姓名必须填写。"), ("C2", "没有“没有的矿”这个单位。"), ("D2", "不能填“总理”。"),
        ("E2", "不能填“大王”。"), ("F2", "不能填“也许”。"), ("C3", "有几个单位都叫“采煤队”。"), ("A4", "登录名“willow”已被使用。"),
        ("C4", "单位已停用。"), ("E5", "不能取消自己的管理员身份。"), ("B7", "同一个账号写了两个姓名。"),
        ("A8", "与第 6 行是同一个岗位。"),
    ]  # fmt: skip


def test_what_may_be_written_is_offered_once_and_by_the_words_of_people():
    with pytest.raises(Invalid) as refused:
        plan("姓名,单位,角色\n李,松岭煤矿,大王\n")
    offered = str(refused.value.problems[0].do)
    assert offered.count("经办人员") == 1 and "staff" not in offered
    assert plan("姓名,单位,角色\n李,松岭煤矿,staff\n").new


def test_nobody_becomes_system_administrator_by_a_table():
    assert problems("姓名,单位,角色\n李,松岭煤矿,system_admin\n") == [("C2", "不能填“system_admin”。")]
    assert problems("姓名,单位,角色\n李,松岭煤矿,系统管理员\n") == [("C2", "不能填“系统管理员”。")]


def test_two_of_one_name_in_a_unit_need_their_accounts():
    there = [*STAFF, held("pine2", "王建国", PINE)]
    assert problems("姓名,单位\n王建国,松岭煤矿\n", there=there) == [("2", "这个单位有几位“王建国”。")]


def test_who_is_not_administrator_of_themselves_may_be_left_out_of_the_table():
    assert plan("姓名,单位\n王建国,松岭煤矿\n").unnamed == 1


NAMES = st.text("王李=-@0 ", min_size=1, max_size=3).map(lambda text: text.strip() or "赵")


@st.composite
def crowds(draw):
    found, seen = [ADMIN], set()
    for number in range(draw(st.integers(0, 6))):
        login = draw(st.sampled_from(["=a", "-b", "0012", f"u{number}"]))
        at = draw(st.sampled_from(UNITS))
        if (login, at.id) in seen:
            continue
        seen.add((login, at.id))
        user = next((one[2] for one in found if one[2].login == login), None)
        roles = draw(st.sets(st.sampled_from(["staff", "author", "readonly"])))
        posts = draw(st.lists(st.sampled_from([*POSTS, "vorher"]), unique=True))
        found.append(
            held(
                login,
                draw(NAMES),
                at,
                user=user,
                posts=posts,
                roles=roles,
                title=draw(NAMES),
                active=draw(st.booleans()),
            )
        )
    return found


@given(crowds(), st.sampled_from(["csv", "xlsx"]))
def test_a_table_that_nobody_touched_changes_nothing(there, form):
    posts = POSTS | {"vorher": "vorher"}
    heads, rows = people_table.table(UNITS, there, posts)
    data = (
        write_csv(heads, rows) if form == "csv" else write_xlsx(heads, rows, notes=people_table.explanation())
    )
    staff = people.Staff("yc", UNITS, there, posts, lambda logins: set(logins), ADMIN[0].id)
    found = people_plan.plan(people.read(data, "人员"), staff)
    assert found.empty and found.unchanged == len(there) and found.unnamed == 0
