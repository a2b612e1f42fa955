"""How prepared statements travel to PostgreSQL: what is written waits, and goes as few statements as it can.

A journey costs more than a small statement, and so does every message of its own. What is written therefore waits until an answer
is needed, any other statement is sent, or the transaction ends. Then those that do not concern each other become one statement
(`WITH … AS (UPDATE …) INSERT …`), in which each sees what stood before. To a server elsewhere what is asked and the COMMIT
travel with it in one pipeline; to one at hand a pipeline costs more than the journeys.

An error is raised where a statement is sent, not where it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

# Rows of one INSERT that are sent as one statement. As many again are the same statement, which the server knows already.
ROWS = 100
# A statement that has so many values takes no more beside it: the protocol counts them in 16 bits.
_VALUES = 10_000
# Under these names a connection keeps what waits to be sent, and whether its server is elsewhere.
_WAITING, _FAR = "luoshi_waiting", "luoshi_far"
_AT_HAND = frozenset({"", "localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Kind:
    """What has to be known of a statement to send it with others.

    changes: the table that it writes; None = it asks. reads: other tables that it looks at. values: of an INSERT, the text for
    the values of one row, which can be said several times.
    """

    text: str
    changes: Any = None
    inserts: bool = False
    reads: frozenset[Any] = frozenset()
    values: str = ""


@dataclass
class _Batch:
    """Statements that are sent as one."""

    texts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    written: set[Any] = field(default_factory=set)

    def takes(self, kind: Kind) -> bool:
        """Tell whether there is room, and the statement would do the same beside those that are here as after them: it would
        not see them."""
        apart = self.written.isdisjoint(kind.reads) and (kind.inserts or kind.changes not in self.written)
        return apart and len(self.values) < _VALUES


def watch(engine: Engine) -> None:
    """Send what waits before any other statement of the engine; call after `guard.watch`."""
    if engine.dialect.driver == "psycopg":
        event.listen(engine, "connect", _ready)
        event.listen(engine, "before_cursor_execute", _before, retval=True)


def give(connection: Connection, cursor: Any, kind: Kind, rows: Sequence[Any]) -> None:
    """Take a statement to be sent; one that asks is sent at once to a server at hand."""
    waiting = connection.info.setdefault(_WAITING, [])
    waiting.append((cursor, kind, rows))
    if kind.changes is None and not connection.info.get(_FAR):
        send_waiting(connection)


def send_waiting(connection: Connection) -> None:
    """Send what waits, and wait for the answers. Raises the first error as SQLAlchemy would."""
    if connection.info.get(_WAITING):
        with sending(connection):
            pass


@contextmanager
def sending(connection: Connection) -> Iterator[None]:
    """Send what waits, to a server elsewhere together with what the block sends, such as a COMMIT."""
    waiting = connection.info.get(_WAITING)
    if not waiting:
        yield
        return
    raw: Any = connection.connection.driver_connection
    dbapi: Any = connection.dialect.loaded_dbapi
    journey = list(_statements(lambda: dbapi.RawCursor(raw), waiting))
    waiting.clear()
    cursor, text = journey[0][:2]
    try:
        if connection.info.get(_FAR):
            with raw.pipeline():
                for cursor, text, values in journey:
                    cursor.execute(text, values, prepare=True)
                yield
            return
        for cursor, text, values in journey:
            # The driver would look on for a while, and begin anew after each transaction that is undone.
            cursor.execute(text, values, prepare=True)
    except dbapi.Error as error:
        raise as_usual(connection, cursor, text, error) from error
    yield


def begun(connection: Connection, settings: Mapping[str, str]) -> bool:
    """Set what holds until the transaction ends, in one journey with its BEGIN; to a server elsewhere send nothing: False.

    settings: name -> value, both the house's own words.
    """
    if connection.info.get(_FAR):
        return False
    raw: Any = connection.connection.driver_connection
    told = [f"SET LOCAL {name} = '{value}'" for name, value in settings.items()]
    # The driver would send a BEGIN by itself and wait for the answer.
    text = "; ".join(told if raw.pgconn.transaction_status else ["BEGIN", *told])
    dbapi: Any = connection.dialect.loaded_dbapi
    try:
        answer = raw.pgconn.exec_(text.encode())
        if answer.status != dbapi.pq.ExecStatus.COMMAND_OK:
            raise dbapi.OperationalError(answer.error_message.decode(errors="replace"))
    except dbapi.Error as error:
        raise as_usual(connection, None, text, error) from error
    return True


def forget_waiting(connection: Connection) -> None:
    """Let go what waits: the transaction is undone."""
    connection.info.pop(_WAITING, None)


def _statements(
    new_cursor: Callable[[], Any], waiting: Sequence[tuple[Any, Kind, Sequence[Any]]]
) -> Iterator[tuple[Any, str | bytes, list[Any]]]:
    """Yield (cursor, text, values) of what is sent, in the order in which it was given."""
    batch = _Batch()
    for cursor, kind, rows in waiting:
        for some in _portions(kind, rows):
            if batch.texts and (kind.changes is None or not batch.takes(kind)):
                yield new_cursor(), _joined(tuple(batch.texts)), batch.values
                batch = _Batch()
            values = [value for row in some for value in row]
            if kind.changes is None:
                yield cursor, kind.text, values
                continue
            batch.texts.append(_several(kind, len(some)))
            batch.values += values
            batch.written.add(kind.changes)
    if batch.texts:
        yield new_cursor(), _joined(tuple(batch.texts)), batch.values


def _portions(kind: Kind, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    size = ROWS if kind.values else 1
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


@lru_cache(maxsize=512)
def _several(kind: Kind, rows: int) -> str:
    return kind.text + f", {kind.values}" * (rows - 1)


@lru_cache(maxsize=512)
def _joined(texts: tuple[str, ...]) -> bytes:
    """Return one statement as the server reads it: of long ones the driver does not remember what it made of them."""
    *before, last = texts
    parts = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(before))
    pieces = (f"WITH {parts} {last}" if before else last).split("%s")
    numbered = [f"${number}{piece}" for number, piece in enumerate(pieces[1:], 1)]
    return "".join([pieces[0], *numbered]).replace("%%", "%").encode()


def _ready(raw: Any, record: Any) -> None:
    """Look where the server is, and let it plan a statement that is prepared once.

    Ours look up a few rows by their keys, whatever the values are; to plan or compile them anew takes longer than to run them.
    """
    host = raw.info.host
    record.info[_FAR] = not (host in _AT_HAND or host.startswith("/"))
    raw.autocommit = True
    raw.execute("SET plan_cache_mode = force_generic_plan; SET jit = off")
    raw.autocommit = False


def _before(
    connection: Connection, cursor: Any, text: str, values: Any, context: Any, many: bool
) -> tuple[str, Any]:
    if not getattr(context, "proved", False):
        send_waiting(connection)
    return text, values


def as_usual(connection: Connection, cursor: Any, text: str | bytes, error: Any) -> Any:
    """Return the driver's error as SQLAlchemy would raise it; the values stay out of it."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)
    if lost:
        connection.invalidate(error)
    said = text.decode() if isinstance(text, bytes) else text
    return DBAPIError.instance(
        said, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )  # fmt: skip
