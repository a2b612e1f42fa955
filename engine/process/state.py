"""The compact state of an instance: only what is needed to go on.

A byte that says how the rest is written, eight random bytes that tell this instance's tokens from all others, and a JSON list:

    [version, last number, ended, end nodes, data, [[host, subprocess, [[number, node, state, extra?], …]], …]]

Lists, not mappings: order is part of the state. The specification is not in it, nor is any finished token; node ids stand as
text, so that a state can be read beside another version of its drawing.
Data never go through SpiffWorkflow's registry, for which a field named `typename` is a command. Dates, moments, decimals and
long integers are written as `{"\\0d": "2024-11-01"}` and so on; a key of the user's that begins with NUL gets one more.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from secrets import token_bytes
from typing import Any

import orjson
from SpiffWorkflow import TaskState

from engine.process.errors import ProcessStuck
from engine.process.model import Model
from engine.process.tokens import Instance, Part, Token
from tenants.text import say

VERSION = 1
_PLAIN, _PACKED = b"\x01", b"\x02"
_MARK = 9  # the first byte and the prefix
_FROM_TEXT: Mapping[str, Callable[[str], object]] = {
    "\0t": datetime.fromisoformat,
    "\0d": date.fromisoformat,
    "\0n": Decimal,
    "\0i": int,
}
_WAITING = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def new_prefix() -> bytes:
    return token_bytes(8)


def token_name(prefix: bytes, number: int) -> str:
    """Return the token as callers know it: unique among all instances."""
    return f"{prefix.hex()}-{number}"


def dump(instance: Instance, prefix: bytes) -> bytes:
    """Return the state of an instance in which nothing moves any more."""
    scopes = [
        [
            getattr(scope, "parent_task_id", 0) or 0,
            scope.spec.name if scope is not instance else "",
            _tokens(scope),
        ]
        for scope in instance.scopes()
    ]
    body = [VERSION, instance.number, instance.completed, instance.end_nodes, _written(instance.data), scopes]
    raw = orjson.dumps(body)
    packed = zlib.compress(raw)
    return (_PACKED + prefix + packed) if len(packed) < len(raw) else (_PLAIN + prefix + raw)


def load(
    model: Model, state: bytes, now: datetime, given: Mapping[str, Callable[..., object]]
) -> tuple[Instance, bytes]:
    """Return the instance and its prefix. Raises ProcessStuck when the state is damaged or does not fit the drawing."""
    try:
        raw = zlib.decompress(state[_MARK:]) if state[:1] == _PACKED else state[_MARK:]
        version, number, ended, end_nodes, data, scopes = orjson.loads(raw)
    except (zlib.error, ValueError):
        raise ProcessStuck(say("流程状态已损坏，无法读取。")) from None
    if version != VERSION:
        raise ProcessStuck(say("流程状态的版本 {version} 无法读取。", version=version))
    instance = Instance(model, now, given, number)
    instance.completed, instance.end_nodes, instance.data = ended, end_nodes, _read(data)
    hosts: dict[int, Token] = {}
    for host, name, rows in scopes:
        scope = instance if not name else _reopened(instance, hosts, host, name)
        for row in rows:
            hosts[row[0]] = _token(scope, *row)
    return instance, state[1:_MARK]


def stamped(state: bytes) -> tuple[bytes, bytes]:
    """Return the same state under a fresh prefix, and the prefix."""
    prefix = new_prefix()
    return state[:1] + prefix + state[_MARK:], prefix


def _tokens(scope: Any) -> list[list[Any]]:
    rows = []
    for token in scope.living():
        row: list[Any] = [token.id, token.task_spec.name, token.state]
        if token.internal_data:
            row.append({key: _written(value) for key, value in token.internal_data.items()})
        rows.append(row)
    return rows


def _token(scope: Any, number: int, node: str, state: int, extra: Mapping[str, Any] | None = None) -> Token:
    spec = scope.spec.task_specs.get(node)
    if spec is None or not state & _WAITING:
        raise ProcessStuck(say("流程停在元素 {node}，而流程图中已没有它。", node=node), node)
    token = Token(scope, spec, scope.task_tree, state, number)
    token.internal_data = {key: _read(value) for key, value in (extra or {}).items()}
    return token


def _reopened(instance: Instance, hosts: Mapping[int, Token], host: int, name: str) -> Part:
    if host not in hosts or name not in instance.subprocess_specs:
        raise ProcessStuck(say("流程停在元素 {node}，而流程图中已没有它。", node=name), name)
    return instance.open(hosts[host])


def _written(value: object) -> object:
    """Return the value as JSON that `_read` turns back into the same."""
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return value if -(2**53) < value < 2**53 else {"\0i": str(value)}
        case Mapping():
            return {
                ("\0" + key if key.startswith("\0") else key): _written(item) for key, item in value.items()
            }
        case list() | tuple():
            return [_written(item) for item in value]
        case datetime():
            return {"\0t": value.isoformat()}
        case date():
            return {"\0d": value.isoformat()}
        case Decimal():
            return {"\0n": str(value)}
        case _:
            raise TypeError(f"process data cannot hold {type(value).__name__}")


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, item),) = value.items()
        if key in _FROM_TEXT and isinstance(item, str):
            return _FROM_TEXT[key](item)
    return {key.removeprefix("\0"): _read(item) for key, item in value.items()}
