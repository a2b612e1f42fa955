"""What one call of the engine did, told to whoever writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.process.decisions import Decided


@dataclass(frozen=True)
class Opened:
    """A task that is now waiting for somebody.

    place: empty, or where it stands inside of activities that call another process or are done several times, such as
    `check:57:3/inspect:61` (activity, number of its token, index of the item); `Model.at` tells in whose drawing.
    data: what its expressions may read, its own item included. item: which one of several it is for; number: its place among
    them, from 1 (0 = it is not one of several); of: how many there are (0 = as long as a condition holds).
    """

    token: str
    node_id: str
    place: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    item: Any = None
    number: int = 0
    of: int = 0


@dataclass(frozen=True)
class Timer:
    """A timer that is armed; `at` is in UTC."""

    token: str
    node_id: str
    at: datetime


@dataclass(frozen=True)
class Step:
    """What one call did.

    state: to be stored and handed in next time; data: the process data now.
    opened: tasks that are new; closed: tasks that were withdrawn, not completed. timers: all that are armed now, the next first.
    entered: nodes that tokens entered, in order. thrown: signals and messages with the process data of that moment.
    sent: (kind, name) of each of those, kind `signal` or `message`. waits: (kind, name) of all that it waits to hear now.
    decided: which rules hit in the decisions that were made, in order.
    unheard: names handed to `signal` for which nobody was waiting, and codes of escalations that nothing caught; they are not
    kept for later.
    expected: whether timers may have been armed or names awaited before the call; if not, and if there are none now either,
    nothing of the kind stands written down anywhere.
    ended: whether no token is left; end_nodes: the end events reached in the instance's whole life, in order.
    """

    state: bytes
    data: dict[str, Any]
    opened: tuple[Opened, ...] = ()
    closed: tuple[str, ...] = ()
    timers: tuple[Timer, ...] = ()
    entered: tuple[str, ...] = ()
    thrown: tuple[tuple[str, dict[str, Any]], ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    decided: tuple[Decided, ...] = ()
    waits: tuple[tuple[str, str], ...] = ()
    unheard: tuple[str, ...] = ()
    expected: bool = False
    ended: bool = False
    end_nodes: tuple[str, ...] = ()
