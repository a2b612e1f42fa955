"""Files handed out: always as downloads, and as something in which a browser runs nothing, whatever is in them."""

from __future__ import annotations

import io
from pathlib import Path

from flask import Response, send_file

# Should a browser show it in spite of everything: without scripts, without an origin, and nothing fetched.
POLICY = "sandbox; default-src 'none'"
# What programs get: nothing that a browser would show.
BYTES = "application/octet-stream"


def handed(source: Path | bytes, kind: str, name: str) -> Response:
    """Return the answer that hands out a file. source: where it lies, or what is in it. kind: its media type."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    answer = send_file(stream, mimetype=kind, as_attachment=True, download_name=name)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
