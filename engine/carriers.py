"""Carriers: what crosses the border between two authorities does so in three transactions, each in one of them.

First what is to be carried is read where it stands, then it is taken in at the other end, then it is noted that it arrived.
Whoever carries may fall over in between: what was taken in already is known by its id and not taken in again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from tenants.db import Work
from tenants.errors import Refusal
from tenants.models import Job


class NotForUs(Refusal):
    """What arrived does not belong here, or is not what was sent; whoever sent it is told."""

    code = "not_for_us"
    status = 409


class NotTaken(Refusal):
    """The other authority could not take in what was brought; why stands in the log of the machine alone."""

    code = "not_taken"
    status = 409


class Carried(Protocol):
    """What is carried. to: the other authority."""

    @property
    def to(self) -> UUID: ...


@dataclass(frozen=True)
class Carrier:
    """take: read here what is to be carried, None when there is nothing any more. bring: take it in there. arrived: note it here.

    Both of the latter are given what `take` returned.
    """

    take: Callable[[Work, Job], Carried | None]
    bring: Callable[[Work, Any], None]
    arrived: Callable[[Work, Any], None]
