"""`luoshi openapi`: the API's document, for those who generate programs from it."""

from __future__ import annotations

import json

import click
from flask import Flask
from flask_wtf import CSRFProtect

from web.api.document import document, open_api
from web.terminal import translation


@click.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the API, in the terminal's language."""
    app = Flask("luoshi", static_folder=None)
    open_api(app, CSRFProtect(app))
    click.echo(json.dumps(document(app, translation()), ensure_ascii=False, indent=2))


COMMANDS = (openapi,)
