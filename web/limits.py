"""Rate limits by address, kept in Redis; in the memory of each process while Redis is away."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True, strategy="moving-window")
