"""The compact state of an instance: only what is needed to go on.

A byte that says how the rest is written, eight random bytes that tell this instance's tokens from all others, and a JSON list:

    [version, last number, ended, end nodes, data, tokens, what runs inside of them]

The last two are told in `rows`. The specification is not in it, nor is any finished token; node ids stand as text, so that a
state can be read beside another version of its drawing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from secrets import token_bytes
from typing import Any

import orjson

from engine.process.errors import ProcessStuck
from engine.process.instance import Instance
from engine.process.model import Model
from engine.process.parts import SINGLE
from engine.process.rows import rows_of, settle_in
from engine.process.values import read, written
from tenants.text import say

VERSION = 2
_PLAIN, _PACKED = b"\x01", b"\x02"
_WORTHWHILE = 1024  # bytes; less than that the row takes anyway, and packing costs as much as the rest
_LEAST = 6  # items in the list of any version
_MARK = 9  # the first byte and the prefix


def new_prefix() -> bytes:
    return token_bytes(8)


def token_name(prefix: bytes, number: int) -> str:
    """Return the token as callers know it: unique among all instances."""
    return f"{prefix.hex()}-{number}"


def number_of(prefix: bytes, token: str) -> int:
    """Return the number of one of this instance's tokens; 0 when it is none."""
    mine, _, number = token.rpartition("-")
    return int(number) if mine == prefix.hex() and number.isascii() and number.isdigit() else 0


def dump(instance: Instance, prefix: bytes) -> bytes:
    """Return the state of an instance in which nothing moves any more."""
    tokens, inside = rows_of(instance, instance)
    body = [
        VERSION, instance.number, instance.completed, instance.end_nodes, written(instance.data), tokens, inside,
    ]  # fmt: skip
    return packed(prefix, body)


def packed(prefix: bytes, body: list[Any]) -> bytes:
    """Return the state whose list this is."""
    raw = orjson.dumps(body)
    if len(raw) < _WORTHWHILE:
        return _PLAIN + prefix + raw
    small = zlib.compress(raw, 1)
    return (_PACKED + prefix + small) if len(small) < len(raw) else (_PLAIN + prefix + raw)


def load(
    model: Model, state: bytes, now: datetime, given: Mapping[str, Callable[..., object]]
) -> tuple[Instance, bytes]:
    """Return the instance and its prefix. Raises ProcessStuck when the state is damaged or does not fit the drawing."""
    version, number, ended, end_nodes, data, *scopes = opened(state)
    if version == 1:
        scopes = _from_first(scopes[0])
    elif version != VERSION:
        raise ProcessStuck(say("流程状态的版本 {version} 无法读取。", version=version))
    instance = Instance(model, now, given, number)
    instance.completed, instance.end_nodes, instance.data = ended, end_nodes, read(data)
    settle_in(instance, instance, *scopes)
    return instance, prefix_of(state)


def opened(state: bytes) -> list[Any]:
    """Return the list of a state. Raises ProcessStuck when it is damaged."""
    try:
        body: list[Any] = orjson.loads(
            zlib.decompress(state[_MARK:]) if state[:1] == _PACKED else state[_MARK:]
        )
    except (zlib.error, ValueError):
        body = []
    if len(body) < _LEAST:
        raise ProcessStuck(say("流程状态已损坏，无法读取。"))
    return body


def prefix_of(state: bytes) -> bytes:
    return state[1:_MARK]


def places(state: bytes) -> bytes:
    """Return where the tokens of a state stand, without whose it is and what was answered: alike instances give the same."""
    try:
        body = orjson.loads(zlib.decompress(state[_MARK:]) if state[:1] == _PACKED else state[_MARK:])
        return orjson.dumps([body[0], *body[5:]])
    except (zlib.error, ValueError, IndexError):
        return state


def stamped(state: bytes, number: int = 1) -> Iterator[tuple[bytes, bytes]]:
    """Yield the same state under so many fresh prefixes, each with its prefix."""
    head, rest, dice = state[:1], state[_MARK:], token_bytes(8 * number)
    for first in range(0, len(dice), 8):
        prefix = dice[first : first + 8]
        yield head + prefix + rest, prefix


def _from_first(scopes: list[Any]) -> list[Any]:
    """Return the scopes of a state of version 1, which were a flat list of [host, subprocess, tokens], outer ones first."""
    inside: dict[int, list[Any]] = {0: []}
    where: dict[int, int] = {}  # token -> the host around it
    for host, _, tokens in scopes:
        where |= {row[0]: host for row in tokens}
        if host:
            inside[host] = []
            inside[where[host]].append([host, SINGLE, {}, tokens, inside[host]])
    return [scopes[0][2], inside[0]]
