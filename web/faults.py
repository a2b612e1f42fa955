"""Faults for the log: where the program went wrong, and nothing that anybody typed; and whether the database was only busy."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# PostgreSQL's states in which the same request may well succeed a little later (its manual, appendix A): a lock not got, a
# deadlock, a transaction that another one overtook, too many connections, a server that is stopping or starting, a
# connection ended for being idle. Those that begin with 08 are all about connections.
_PASSING = frozenset({"55P03", "40P01", "40001", "53300", "57P01", "57P02", "57P03", "57P05", "25P03"})


def is_busy(error: BaseException) -> bool:
    """Tell whether the database was locked, overrun or away, so that nothing is wrong but the moment."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_BUSY  # the rest of the number says which kind of busy
    if isinstance(error.orig, sqlite3.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    # Without a state it was not the server who spoke: nobody was reached, or the line was cut.
    return isinstance(error, OperationalError) if state is None else state in _PASSING or state[:2] == "08"


def was_overtaken(error: BaseException) -> bool:
    """Tell whether somebody else took the same name, code or place at the same moment.

    Commands look first, and then PostgreSQL lets two of them write. SQLite lets nobody: there it is a fault of ours.
    """
    return isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", None) == "23505"


def told(error: BaseException) -> str:
    """Return the traceback of an error and of what led to it, without the values of any statement.

    The engine hides parameters, but what a driver says may repeat them: “Key (login)=(…) already exists”. So a database's
    error is told by its kind, its state, what it is about, and the statement.
    """
    parts = []
    for one in _chain(error):
        words = _without_values(one) if isinstance(one, DBAPIError) else f"{type(one).__name__}: {one}"
        parts.append(f"{''.join(traceback.format_tb(one.__traceback__))}{words}")
    return "\nwhich led to\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield what led to the error, oldest first, then the error. What is behind a database's error is the driver's own."""
    before = None
    if not isinstance(error, DBAPIError):
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)
    yield error


def _without_values(error: DBAPIError) -> str:
    told_by = error.orig
    facts = [type(error).__name__]
    if isinstance(told_by, sqlite3.Error):
        facts.append(str(told_by))  # SQLite names tables and columns only
    state = getattr(told_by, "sqlstate", None)
    about = getattr(told_by, "diag", None)
    if state is not None:
        facts.append(state)
    names = ("schema_name", "table_name", "column_name", "constraint_name")
    facts += [found for name in names if (found := getattr(about, name, None))]
    if state is not None and state[:2] == "42":  # about the statement itself, in which values have no part
        facts.append(str(getattr(about, "message_primary", "")))
    return f"{': '.join(facts)}\n{error.statement or 'no statement'}"
