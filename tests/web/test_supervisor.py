"""What an operator notices of the supervisor: everything comes up, comes back, and is gone afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.effort import PATIENCE, until
from web import processes, supervisor

# A supervisor of two programs; the second has a child of its own that leaves its session, as RQ's does.
SCRIPT = """
    import sys
    from pathlib import Path
    from web import supervisor

    home = Path(sys.argv[1])
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    parent = [sys.executable, "-c", '''
    import os, subprocess, sys, time
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    open(sys.argv[1], "w").close()
    time.sleep(600)
    ''', str(home / "up")]
    programs = [
        supervisor.Program("sleeper", sleeper),
        supervisor.Program("parent", [*parent], ready=(home / "up").exists),
    ]
    with supervisor.sole(home / "run"):
        print("leftovers", supervisor.end_leftovers(home / "run"), flush=True)
        watched = supervisor.Supervisor(programs, home / "run", home / "log", lambda line: print(line, flush=True))
        watched.listen()
        try:
            watched.start()
            print("ready", flush=True)
            watched.watch()
        finally:
            watched.end()
    print("ended", flush=True)
"""
ROOT = Path(__file__).parents[2]


class Running:
    def __init__(self, home: Path) -> None:
        script = textwrap.dedent(SCRIPT).replace("\n'''", "\n'''").strip()
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []

    def until(self, word: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if word in line:
                return line
        raise AssertionError(f"{word!r} never came: {self.lines}")

    def record(self) -> dict:
        return json.loads((self.home / "run" / "processes.json").read_text())

    def family(self) -> list[psutil.Process]:
        return processes.marked(self.record()["mark"])


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def begin() -> Running:
        (tmp_path / "up").unlink(missing_ok=True)
        started.append(Running(tmp_path))
        started[-1].until("ready")
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()
    supervisor.end_leftovers(tmp_path / "run")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_an_end_signal_and_a_closed_terminal_stop_everything_with_grandchildren(run, number):
    running = run()
    family = running.family()
    assert len(family) == 3
    running.process.send_signal(number)
    running.until("ended")
    assert running.process.wait(PATIENCE) == 0
    assert not [process for process in family if processes.lives(process)]


def test_what_ends_by_itself_is_started_again(run):
    running = run()
    first = running.record()["processes"][0]
    psutil.Process(first["pid"]).kill()
    assert "ended (code -9)" in running.until("sleeper ended")
    until(lambda: running.record()["processes"][0]["pid"] != first["pid"])
    assert psutil.pid_exists(running.record()["processes"][0]["pid"])


def test_children_die_with_a_killed_supervisor_and_the_next_start_ends_the_rest(run):
    running = run()
    family = running.family()
    children = {entry["pid"] for entry in running.record()["processes"]}
    running.process.kill()
    running.process.wait()
    until(lambda: not [process for process in family if process.pid in children and processes.lives(process)])
    orphan = [process for process in family if process.pid not in children]
    assert [processes.lives(process) for process in orphan] == [
        True
    ]  # its parent was ours, so only its mark tells
    second = run()
    assert "leftovers 1" in second.lines[0]
    assert not processes.lives(orphan[0])


def test_a_second_supervisor_of_the_same_home_is_refused(run, tmp_path):
    run()
    with pytest.raises(supervisor.AlreadyRunning), supervisor.sole(tmp_path / "run"):
        pass


def test_a_process_that_only_has_an_old_number_is_left_alone(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        entry = {
            "name": "web",
            "pid": stranger.pid,
            "started": psutil.Process(stranger.pid).create_time() - 3600,
        }
        (tmp_path / "processes.json").write_text(
            json.dumps({"mark": "of an earlier run", "processes": [entry]})
        )
        assert supervisor.end_leftovers(tmp_path) == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("record", ["", "{}", '{"mark": 1, "processes": [{}]}', "[]"])
def test_a_damaged_record_is_no_obstacle(tmp_path, record):
    (tmp_path / "processes.json").write_text(record)
    assert supervisor.end_leftovers(tmp_path) == 0


def test_a_program_that_cannot_start_is_reported_with_the_end_of_its_log(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('the port is taken')"]
    program = supervisor.Program("web", command, ready=lambda: False)
    watched = supervisor.Supervisor([program], tmp_path, tmp_path / "log", lambda line: None)
    with pytest.raises(supervisor.NotStarted, match=r"(?s)web ended at once.*the port is taken"):
        watched.start()
    watched.end()
