"""How prepared statements travel to PostgreSQL: what is written waits, and goes in one journey with what is asked next.

A journey costs more than a small statement. What is written therefore waits until an answer is needed, any other statement is
sent, or the transaction ends; so does its BEGIN. All that waits goes at once (libpq's pipeline mode), with the COMMIT behind
it at the end: a command of two questions makes three journeys. The driver's own way of doing that takes longer in Python than
the journeys that it saves, so libpq is spoken to here; to everything else the driver's connection is what it always is.

An error is raised where a statement is sent, not where it was given; what was given after it has not been carried out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from secrets import token_hex
from select import POLLIN, POLLOUT, poll
from typing import Any, NamedTuple

from psycopg import OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from sqlalchemy import Connection, Engine, event

from tenants.link import LINK, NAMES, Link

# Rows of one INSERT that are sent as one statement. As many again are the same statement, which the server knows already.
ROWS = 100
# Of an INSERT of some rows the server keeps the statement for as many as this, and for ROWS of them.
_FEW = 4
# So many statements the server keeps for a connection; what comes later is told in full each time.
_KEPT = 400
# Under this name the driver's connection remembers how to wait for its server.
_POLL = "luoshi_poll"
_FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


@dataclass(frozen=True)
class Kind:
    """How a statement is sent. text: with `%s` for each value; values: of an INSERT, the end of it for one row, which can be said
    several times."""

    text: str
    values: str = ""

    @cached_property
    def single(self) -> str:
        """The statement as the server reads it, for one row of values."""
        return _numbered(self.text)


class Sent(NamedTuple):
    """What waits to be sent. keep: whether the server is to keep the statement. answer: takes the result; None = nobody does."""

    text: str
    cells: Sequence[str | None]
    keep: bool = True
    answer: list[Any] | None = None


_BEGIN, _BEGIN_READING, _COMMIT = (
    Sent("BEGIN READ WRITE", ()), Sent("BEGIN READ ONLY", ()), Sent("COMMIT", ()),
)  # fmt: skip


def watch(engine: Engine) -> None:
    """Send what waits before any other statement of the engine; call after `guard.watch`."""
    if engine.dialect.driver == "psycopg":
        event.listen(engine, "connect", _ready)
        event.listen(engine, "before_cursor_execute", before, retval=True)


def begin(link: Link) -> None:
    """Let the transaction begin with whatever is sent first."""
    link.waiting.append(_BEGIN_READING if link.reads else _BEGIN)


def give(link: Link, kind: Kind, rows: Sequence[Sequence[str | None]]) -> None:
    """Take a statement to be sent, once for each row of values."""
    if len(rows) == 1 or not kind.values:
        link.waiting += [Sent(kind.single, row) for row in rows]
        return
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        keep = len(some) <= _FEW or len(some) == ROWS
        link.waiting.append(Sent(_several(kind, len(some)), [cell for row in some for cell in row], keep))


def ask(link: Link, kind: Kind, cells: Sequence[str | None]) -> list[Any]:
    """Take a SELECT to be sent; what is returned holds its result when that has been done."""
    answer: list[Any] = []
    link.waiting.append(Sent(kind.single, cells, True, answer))
    return answer


def send_waiting(link: Link, *, commit: bool = False) -> None:
    """Send what waits, with a COMMIT behind it or not. Raises the first error as SQLAlchemy would."""
    waiting = link.waiting
    if commit and (waiting or link.raw.pgconn.transaction_status):
        waiting.append(_COMMIT)
    if not waiting:
        return
    link.waiting = []
    try:
        _travel(link, waiting)
    except BaseException as error:
        if link.raw.pgconn.pipeline_status:
            link.spoil(error)  # nobody could tell what is still to come from the server
        if isinstance(error, OperationalError):
            raise link.as_usual("", error) from error
        raise


def roll_back(link: Link) -> None:
    """Undo the transaction, past the driver, which would let the server forget all statements that it keeps."""
    server = link.raw.pgconn
    if server.status != ConnStatus.OK or (
        server.transaction_status and server.exec_(b"ROLLBACK").status != ExecStatus.COMMAND_OK
    ):
        link.spoil()


def before(
    connection: Connection, cursor: Any, text: str, values: Any, context: Any, many: bool
) -> tuple[str, Any]:
    """Send what waits before a statement that goes the usual way."""
    if not getattr(context, "proved", False):
        link = connection.info.get(LINK)
        if link is not None:
            send_waiting(link)
    return text, values


def _travel(link: Link, waiting: Sequence[Sent]) -> None:
    """Send statements in one journey and hand out their results."""
    server = link.raw.pgconn
    names: dict[str, bytes] = link.info.setdefault(NAMES, {})
    fresh: dict[str, bytes] = {}
    server.enter_pipeline_mode()
    for one in waiting:
        cells = [None if cell is None else cell.encode() for cell in one.cells]
        name = names.get(one.text) or fresh.get(one.text)
        if name is None and one.keep and len(names) < _KEPT:
            name = fresh[one.text] = f"luoshi_{token_hex(4)}".encode()
            server.send_prepare(name, one.text.encode())
        if name is None:
            server.send_query_params(one.text.encode(), cells)
        else:
            server.send_query_prepared(name, cells)
    server.pipeline_sync()
    results = _results(link, server)
    wrong: tuple[str, Any] | None = None
    for one in waiting:
        if one.text in fresh:
            result = next(results, None)
            wrong = wrong or _wrong(one, result)
            name = fresh.pop(one.text)
            if wrong is None:
                names[one.text] = name
        result = next(results, None)
        wrong = wrong or _wrong(one, result)
        if one.answer is not None and wrong is None:
            one.answer.append(result)
    for _ in results:
        pass
    if server.status == ConnStatus.OK:
        server.exit_pipeline_mode()
    if wrong is not None:
        text, error = wrong
        raise link.as_usual(text, error) from error


def _wrong(one: Sent, result: Any) -> tuple[str, Any] | None:
    """Return the error, with the statement in which it came; None when all is well."""
    if result is None:
        return one.text, OperationalError("the server has gone away")
    if result.status not in _FINE:
        return one.text, error_from_result(result, encoding="utf-8")
    if result.command_status == b"ROLLBACK" and one is _COMMIT:
        return one.text, OperationalError("an earlier statement of the transaction has failed")
    return None


def _results(link: Link, server: Any) -> Iterator[Any]:
    """Yield the results as they come, to the end of the journey; other threads run meanwhile."""
    waits = link.info.get(_POLL)
    if waits is None:
        waits = link.info[_POLL] = poll()
    full = server.flush()
    waits.register(server.socket, POLLIN | POLLOUT if full else POLLIN)
    while server.status == ConnStatus.OK:
        while server.is_busy():
            waits.poll()
            server.consume_input()
            if full and not server.flush():
                full = 0
                waits.register(server.socket, POLLIN)
        result = server.get_result()
        if result is not None:
            if result.status == ExecStatus.PIPELINE_SYNC:
                return
            yield result


@lru_cache(maxsize=512)
def _several(kind: Kind, rows: int) -> str:
    """Return the text of an INSERT of so many rows."""
    return _numbered(kind.text + f", {kind.values}" * (rows - 1))


def _numbered(text: str) -> str:
    """Return a statement as the server reads it: `$1`, `$2` … for its values."""
    first, *pieces = text.split("%s")
    numbered = [f"${number}{piece}" for number, piece in enumerate(pieces, 1)]
    return "".join([first, *numbered]).replace("%%", "%")


def _ready(raw: Any, record: Any) -> None:
    """Let the server plan a statement that is prepared once.

    Ours look up a few rows by their keys, whatever the values are; to plan or compile them anew takes longer than to run them.
    """
    raw.autocommit = True
    raw.execute("SET plan_cache_mode = force_generic_plan; SET jit = off")
    raw.autocommit = False
