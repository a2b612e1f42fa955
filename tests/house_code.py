"""The code of the house as its rules look at it: modules, their imports, their calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINE = ("tenants", "forms", "workflows", "engine", "web")  # each may import those before it


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
