"""Whether the service is well, for people and for machines that watch it; and what it is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tenants.db import system_work
from tenants.models import Tenant
from web.house import house

health = Blueprint("health", __name__)
pages = Blueprint("pages", __name__)


@health.get("/health")
def show() -> Any:
    """Answer 200 when the database answers; a queue that is away is named but is no illness: the sweep stands in for it."""
    try:
        with system_work(reads=True) as globals_:
            globals_.execute(select(Tenant.id).limit(1)).all()
        database = "ok"
    except SQLAlchemyError:
        database = "away"
    queue = "ok" if house().doorbell.answers() else "away"
    return jsonify(database=database, queue=queue), 200 if database == "ok" else 503


@pages.get("/about")
def about() -> Any:
    """Say what this is."""
    return render_template("about.html")
