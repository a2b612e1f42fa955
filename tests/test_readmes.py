"""What the READMEs promise is there: every relative link, every heading that one points to, every module in a table."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def _kept(pattern: str) -> list[Path]:
    """Return the project's files of a kind: what git knows or would add, else what is there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if (ROOT / ".git").exists() and listing.returncode == 0:
        return sorted(ROOT / line for line in set(listing.stdout.splitlines()) if (ROOT / line).is_file())
    return [path for path in sorted(ROOT.rglob(pattern)) if not {".venv", "node_modules"} & set(path.parts)]


PAGES = _kept("*.md")
READMES = [page for page in PAGES if page.name == "README.md"]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _anchors(page: Path) -> set[str]:
    """Return what headings may be pointed to as, made as forges make it."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)) if path else page
        if not target.exists() or (anchor and unquote(anchor) not in _anchors(target)):
            lost.append(link)
    assert lost == []


def _modules(page: Path, *, whole: bool = False) -> Iterator[str]:
    """Yield the names in the first column of the tables of modules; `whole`: in the whole of their lines."""
    inside = False
    for line in page.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line.startswith("| module"):
            inside = True
        elif inside:
            yield from _CODE.findall(line if whole else line.split("|")[1])


def _stands_in(folder: Path, name: str) -> bool:
    """Tell whether a module, file or folder of that name stands in the folder, or in a package right below it."""
    ways = (name, f"{name}.py", f"*/{name}.py", f"*/{name}/__init__.py", f"src/*/{name}")
    return any(any(folder.glob(way)) for way in ways)


@pytest.mark.parametrize("page", READMES, ids=_name)
def test_every_module_in_a_table_is_there(page: Path) -> None:
    assert [name for name in _modules(page) if not _stands_in(page.parent, name.rstrip("/"))] == []


@pytest.mark.parametrize("package", ["tenants", "forms", "workflows", "engine", "web"])
def test_every_module_has_its_line(package: str) -> None:
    page = ROOT / package / "README.md"
    told = {name.rstrip("/").removesuffix(".py").rpartition("/")[2] for name in _modules(page, whole=True)}
    kept = [path for path in _kept(f"{package}/*.py") if path.stem != "__init__"]
    modules = [path for path in kept if not {"frontend", "migrations"} & set(path.parts)]
    assert modules
    assert [_name(path) for path in modules if path.stem not in told] == []


def test_the_pictures_are_small_enough_for_a_page() -> None:
    pictures = sorted((ROOT / "web" / "pictures").glob("*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 300_000] == []
