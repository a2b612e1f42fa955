"""Templates are found by words in either language, by level, newest or most cloned, in as many statements as ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event, update

from tenants.db import db, system_work
from tenants.models import Template
from tests.workflows.small import CAMPAIGN, files
from tests.world import Door
from workflows import publish, template_search, templates
from workflows.template_search import MOST_CLONED, PAGE, Wanted
from workflows.template_terms import Terms

TERMS = Terms("Winter checks, for shafts and pits.", "all", "county", "煤矿", "冬季 安全检查")


def give(work, number: int = 0, **terms) -> Template:
    named = CAMPAIGN.replace("id: small-2024", f"id: small-{number}").replace(
        "冬季安全检查", f"第{number}号检查"
    )
    english = "titles: {title: Checks in winter}\nterms: {描述: Description}\n"
    row = publish.publish(work, files(**{"campaign.yaml": named, "i18n/en.yaml": english}))
    return templates.publish_template(work, row.hash, replace(TERMS, **terms))


@pytest.fixture
def gallery(open_work: Door) -> Door:
    """Three templates of Yangcheng: the second for cities and about fire, the third cloned most."""
    with open_work("yangcheng", "admin") as work:
        give(work, 1)
    open_work.clock.move(hours=1)
    with open_work("yangcheng", "admin") as work:
        give(work, 2, level="city", description="100% 消防_检查", field="消防")
    open_work.clock.move(hours=1)
    with open_work("yangcheng", "admin") as work:
        give(work, 3)
    with system_work() as session:
        session.execute(update(Template).where(Template.package == "small-1").values(clones=5))
    return open_work


def found(gallery: Door, **wanted) -> list[str]:
    with gallery("qinshui", "qs-admin", reads=True) as work:
        page = template_search.search(work, Wanted(**wanted))
        assert page.total == len(page.rows)
        return [row.package.removeprefix("small-") for row in page.rows]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", "321"), ("冬季", "321"), ("winter SHAFTS", "31"), ("checks in winter", "321"), ("阳城县", "321"), ("消防", "2"),
        ("第1号", "1"), ("报送月报", "321"), ("某应急发〔2024〕1号", "321"), ("ＷＩＮＴＥＲ", "321"), ("100%", "2"), ("防_检", "2"), ("100_", ""),
        ("%", "2"), ("沁水", ""), ("煤矿 冬季", "31"), ("'; drop table template; --", ""), ("\x00", "321"), ("消\x00防", "2"), ("词" * 100_000, ""),
        (" ".join("abcdefghij" * 1_000), ""),
    ],
)  # fmt: skip
def test_all_words_must_be_said_somewhere(gallery: Door, text, numbers):
    assert "".join(found(gallery, text=text)) == numbers


def test_level_order_and_publisher_narrow_it(gallery: Door):
    assert found(gallery, level="city") == ["2"]
    assert found(gallery, level="\x00") == found(gallery)
    assert found(gallery, sort=MOST_CLONED) == ["1", "3", "2"]
    assert found(gallery, own=True) == []
    with gallery("yangcheng", "reader", reads=True) as work:
        assert template_search.search(work, Wanted(own=True)).total == 3


def test_a_page_costs_the_same_however_many_there_are(gallery: Door):
    def statements() -> int:
        sent: list[str] = []

        def note(connection, cursor, statement, *rest):
            sent.append(statement)

        with gallery("qinshui", "qs-admin", reads=True) as work:
            event.listen(db.engine, "before_cursor_execute", note)
            page = template_search.search(work, Wanted())
            event.remove(db.engine, "before_cursor_execute", note)
            assert len(page.rows) == min(PAGE, page.total)
        return len(sent)

    few = statements()
    with system_work() as session:
        row = session.query(Template).filter_by(package="small-1").one()
        values = {column.name: getattr(row, column.name) for column in Template.__table__.columns}
        values.pop("id")
        session.add_all(Template(**{**values, "package": f"more-{n}"}) for n in range(60))
    assert statements() == few <= 2
    with gallery("qinshui", "qs-admin", reads=True) as work:
        last = template_search.search(work, Wanted(page=4))
        assert (len(last.rows), last.total) == (3, 63)
        assert template_search.search(work, Wanted(page=100_000)).rows == []
