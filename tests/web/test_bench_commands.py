"""`luoshi bench` tells everything that is promised, of every database, worked out from what it has measured. No times here."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from engine.bench import rehearsal
from engine.bench.sizes import TINY
from tests.servers import Cluster
from web import bench_commands
from web.bench_places import NotDurable

PROMISES = {
    "Completing a task after 40 elements of history": {"ours / bare", "naive / ours"},
    "Completing a task after 12 elements of history": {"naive / ours"},
    "The same instance, long after": {"the later / the 10th"},
    "Launching a campaign": {"one by one / at once"},
    "A page of the inbox": {"page / bare query", "page among many / among few"},
    "Forks and joins in a row": {
        "7 blocks / one, for each element",
        "7 blocks / one, run through, for each element",
    },
}


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(bench_commands, "QUICK", TINY)
    cost = rehearsal.Cost(years=2, lines=1, each=(1.0, 1.0), ratio=1.0, peaks=(1, 1))
    monkeypatch.setattr(rehearsal, "measure", lambda **_sizes: cost)  # it has a test of its own


def run(*words: str):
    return CliRunner().invoke(bench_commands.bench, ["--quick", *words])


@pytest.mark.slow
def test_the_table_holds_every_promise_with_what_it_rests_on(tiny):
    answer = run("--database", "sqlite", "--json")
    assert answer.exit_code in (0, 1), answer.output
    told = json.loads(answer.output)
    found: dict[str, set[str]] = {}
    for part in told["parts"]:
        found.setdefault(part["title"], set()).update(claim["what"] for claim in part["claims"])
        assert part["sizes"] and part["measured"]
        for one in part["measured"]:
            assert 0 < one["low"] <= one["ms"] <= one["high"] and one["rounds"] >= 1
        for claim in part["claims"]:
            assert claim["ratio"] > 0
            assert claim["met"] is (
                claim["ratio"] <= claim["target"] if claim["most"] else claim["ratio"] >= claim["target"]
            )
    assert found == PROMISES
    missed = [claim for part in told["parts"] for claim in part["claims"] if not claim["met"]]
    assert answer.exit_code == (1 if missed else 0)
    durable = [part["settings"] for part in told["parts"] if part["database"] == "SQLite"]
    assert durable and all(one == {"journal_mode": "wal", "synchronous": "1"} for one in durable)


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_database_that_forgets_what_it_commits_is_refused_and_nothing_is_left_of_it(tiny, cluster: Cluster):
    before = names(cluster)
    answer = run("--database", cluster.url("postgres", "postgres"))
    assert isinstance(answer.exception, NotDurable) and "'fsync': 'off'" in str(answer.exception)
    assert names(cluster) == before


def names(cluster: Cluster) -> set[str]:
    return set(cluster.names("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"))
