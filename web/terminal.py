"""What commands at the terminal share: its language, refusals as sentences, the house opened for one command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from babel.support import Translations
from sqlalchemy.exc import SQLAlchemyError

from tenants.db import Work, db, unit_of_work
from tenants.errors import Problem, Refusal
from tenants.text import Message, say
from web.config import read, terminal_language
from web.faults import is_busy
from web.house import bare_app, check_database, house

_HERE = Path(__file__).parent
_LEVELS = {"error": say("错误"), "warning": say("提醒")}


def translation() -> Callable[[str], str]:
    """Return the translation into the terminal's language: Chinese where it is Chinese, else English."""
    if terminal_language().startswith("zh"):
        return str
    return Translations.load(_HERE / "translations", ["en"]).gettext


def tell(message: Message) -> None:
    """Say something in the terminal's language."""
    click.echo(message.render(translation()))


def show(problems: Iterable[Problem], *, err: bool = False) -> None:
    """List problems: file, line, what, what to do."""
    translate = translation()
    for one in problems:
        place = ":".join(part for part in (one.file, str(one.line) if one.line else "") if part)
        where = f" [{one.where}]" if one.where else ""
        level = _LEVELS["error" if one.level == "error" else "warning"].render(translate)
        click.echo(f"{place}: {level}: {one.what.render(translate)}{where}", err=err)
        click.echo(f"    → {one.do.render(translate)}", err=err)


@contextmanager
def opened() -> Iterator[None]:
    """Open the house for one command. A refusal, and a database that does not answer, end it with sentences and code 1.

    Raises BadSetting when the database has no tables yet.
    """
    translate = translation()
    try:
        with bare_app(read()).app_context():
            try:
                check_database(db.engine)
                yield
            finally:
                db.engine.dispose()
    except Refusal as refusal:
        show(getattr(refusal, "problems", ()))
        raise click.ClickException(
            f"{refusal.what.render(translate)} {refusal.do.render(translate)}"
        ) from None
    except SQLAlchemyError as error:
        if not is_busy(error):
            raise
        words = say("数据库没有应答，没有执行。请检查 DATABASE_URL 和数据库是否在运行，稍后重试。")
        raise click.ClickException(words.render(translate)) from None


@contextmanager
def as_house(tenant: str, *, reads: bool = False) -> Iterator[Work]:
    """Open a unit of work of a tenant in which the house itself acts; the house must be open."""
    here = house()
    with unit_of_work(
        tenant, None, clock=here.clock, store=here.config.store, reads=reads, as_house=True
    ) as work:
        yield work
