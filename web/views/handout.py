"""What is handed to people who were given one-time codes: a slip each, shown this once, made for printing."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from flask import render_template, url_for
from markupsafe import Markup

from tenants.members import Slip


def handed_out(slips: Sequence[Slip]) -> str:
    """Return the page with the slips: the only answer that ever holds the codes. Nothing keeps it, not even a receipt."""
    address = url_for("auth.signin", _external=True)
    # The address alone: a code in a link would stay in the histories of browsers and the logs of proxies.
    picture = segno.make(address, error="m").svg_inline(
        scale=2, border=0, lineclass=None, svgclass="ls-slip-qr"
    )
    # Squares alone: nothing of what was typed stands in the drawing.
    return render_template("handout.html", slips=slips, address=address, picture=Markup(picture))
