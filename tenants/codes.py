"""One-time codes: handed over on paper, they open the page where somebody sets a password of their own, and nothing else.

Pure. A code is 15 letters and digits at random, 74 bits: nobody tries them all, so it needs no slow hash as a password does,
and five hundred are made in a moment. What is kept is a hash under a key of its own, so that a stolen table cannot be searched
for all codes at once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import timedelta

# Without what is read for something else: 0 and O, 1 and I and L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LIFE = timedelta(days=14)
_GROUPS, _GROUP = 3, 5


def make() -> str:
    """Return a new code, such as 7KQ2M-XW9DA-HP4TC."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def sealed(code: str) -> str:
    """Return what is kept of a code."""
    key = secrets.token_hex(16)
    return f"{key}${_digest(key, code)}"


def fits(kept: str | None, given: str) -> bool:
    """Tell whether somebody gave the code that was kept; case, spaces and hyphens do not matter."""
    key, _, digest = (kept or "$").partition("$")
    # Worked out also when nothing is kept, so that the answer takes as long.
    return hmac.compare_digest(_digest(key, given[:100]), digest) and bool(kept)


def _digest(key: str, code: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isalnum())
    return hmac.new(key.encode(), plain.encode(), hashlib.sha256).hexdigest()
