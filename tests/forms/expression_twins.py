"""The two interpreters side by side: how the tests write values, and how they ask the browser's interpreter."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from forms.expression import EvaluationError, Expression, Period
from forms.expression.numbers import written
from tests.effort import PATIENCE

HERE = Path(__file__).parent
SEASONS = {"汛期": {"start": date(2024, 6, 1), "end": date(2024, 9, 30)}}


def add_workdays(start: date, count: int) -> date:
    """A calendar without holidays, the same as in expression_vectors.mjs."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        start += step
        left -= start.weekday() < 5
    return start


GIVEN: dict[str, Any] = {"add_workdays": add_workdays, "season": SEASONS.__getitem__}


def decoded(value: Any) -> Any:
    """Return the data that a vector writes."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$date" in value:
        return date.fromisoformat(value["$date"])
    if "$moment" in value:
        return datetime.fromisoformat(value["$moment"])
    return {key: decoded(item) for key, item in value.items()}


def many(value: Any) -> Any:
    """Return `value` with {"$many": n} written out as a list of n numbers."""
    if isinstance(value, dict):
        return list(range(value["$many"])) if "$many" in value else {k: many(v) for k, v in value.items()}
    return value


def encoded(value: Any) -> Any:
    """Return a result in the writing of the vectors."""
    match value:
        case bool() | str() | None:
            return value
        case int() | float():
            return {"$number": written(Decimal(repr(value)))}
        case Decimal():
            return {"$number": written(value)}
        case datetime():
            return {"$moment": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case Period():
            return {"$period": [value.unit, value.count]}
        case list():
            return [encoded(item) for item in value]
        case Mapping():
            return {key: encoded(item) for key, item in value.items()}
    raise AssertionError(f"not a result: {value!r}")


def expected(value: Any) -> Any:
    """Return what a vector expects, every number in one writing."""
    if isinstance(value, dict) and value.keys() & {"$number", "$date", "$moment", "$period", "$error"}:
        return value
    return [expected(item) for item in value] if isinstance(value, list) else encoded(value)


def server_says(expression: Expression, names: Any) -> Any:
    try:
        return encoded(expression.evaluate(decoded(names), GIVEN))
    except EvaluationError as error:
        assert str(error), "an error without words"
        return {"$error": error.code}


class Browser:
    """The browser's interpreter in a node process: one case in, one result out."""

    def __init__(self) -> None:
        path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
        node = shutil.which("node", path=path)
        assert node is not None, "these tests need node: `make frontend` installs it"
        self._process = subprocess.Popen(
            [node, str(HERE / "expression_vectors.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def says(self, tree: Any, names: Any) -> Any:
        """Return the exact result in the writing of the vectors."""
        return self._ask({"tree": tree, "names": names})

    def hands_out(self, tree: Any, names: Any) -> Any:
        """Return what a form gets: plain JSON."""
        return self._ask({"tree": tree, "names": names, "plain": True})

    def _ask(self, case: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE)


def vectors() -> list[tuple[str, str, Any, Any]]:
    """Return (about, source, names, expected) of every shared vector."""
    groups = json.loads((HERE / "expression_vectors.json").read_text(encoding="utf-8"))
    return [
        (group["about"], source, many(group.get("names", {})), result)
        for group in groups
        for source, result in group["cases"]
    ]
