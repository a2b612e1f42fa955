"""The walk through the API in the README, taken from the page and run with curl against a real server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from werkzeug.serving import make_server

from engine import campaigns
from engine.models import Task
from tests.effort import PATIENCE
from tests.web.county import BUILT_IN, run_jobs
from web.cli import main
from workflows import builtin, publish

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def address(house):
    """Where the application is served."""
    server = make_server("127.0.0.1", 0, house, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.mark.slow
def test_the_walk_in_the_readme_hands_in_a_report(address, program, open_work, clock, world, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    with open_work("yangcheng", "admin") as work:
        campaigns.launch(work, publish.publish(work, builtin.built_in(BUILT_IN).files).hash)
    run_jobs(open_work, clock, "yangcheng", world.tenants["yangcheng"])
    chapter = README.read_text("utf-8").partition("### For programs")[2]
    script = re.search(r"```sh\n(.*?)```", chapter, re.DOTALL)[1]
    script = script.replace("luoshi_...", program("pine").token).replace("http://127.0.0.1:8000", address)
    ran = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert json.loads(ran.stdout.rsplit("\n", 2)[-2])["state"] == "done"
    with open_work("yangcheng") as work:
        done = select(Task.title).where(Task.state == "done", Task.done_by == world.member("pine"))
        assert work.session.scalars(done).all() == ["报送工作方案"]


def test_the_command_prints_the_document_in_the_terminals_language(monkeypatch):
    found = {}
    for language in ("zh_CN.UTF-8", "en_GB.UTF-8"):
        monkeypatch.setenv("LUOSHI_LANG", language)
        ran = CliRunner().invoke(main, ["openapi"])
        assert ran.exit_code == 0, ran.output
        found[language] = json.loads(ran.output)
    chinese, english = found.values()
    assert chinese["openapi"] == english["openapi"] == "3.1.0"
    assert chinese["info"]["title"] == "落实接口" and english["info"]["title"] == "Luoshi API"
