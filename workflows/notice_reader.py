"""A program of its own that reads the text out of one file and prints it as JSON: `python -m workflows.notice_reader KIND PATH`.

What is read comes from outside, and one of the readers is not even Python: so it is done in a process that may use little time
and memory, knows nothing else, and whose end harms nobody. `notice_file` starts it.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import pypdfium2

from workflows import notice_docx, notice_lines

SECONDS, BYTES = 10, 1_500_000_000
MAX_PARAGRAPHS, MAX_CHARACTERS, MAX_PAGES = 5_000, 500_000, 400


def read_txt(path: Path) -> Iterator[str]:
    """Yield the lines of a text in UTF-8 or GB18030, as Chinese offices write them."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    yield from text.splitlines()


def read_docx(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a Word file."""
    yield from notice_docx.paragraphs_of(path)


def read_pdf(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a PDF that has text; a scanned one has none."""
    document = pypdfium2.PdfDocument(str(path))
    pages = []
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        pages.append(page.get_textpage().get_text_bounded())
        page.close()
    yield from notice_lines.paragraphs_of(pages)


READERS: Mapping[str, Callable[[Path], Iterable[str]]] = {
    "txt": read_txt,
    "docx": read_docx,
    "pdf": read_pdf,
}


def read(kind: str, path: Path) -> dict[str, object]:
    """Return `paragraphs`, and `trouble`: too_long or no_text, empty when all went well."""
    found: list[str] = []
    size, trouble = 0, ""
    for text in islice(READERS[kind](path), 10 * MAX_PARAGRAPHS):
        clean = text.strip().replace("\x00", "")
        size += len(clean)
        if len(found) >= MAX_PARAGRAPHS or size > MAX_CHARACTERS:
            return {"paragraphs": [], "trouble": "too_long"}
        if clean:
            found.append(clean.encode("utf-8", "replace").decode())
    if not found:
        trouble = "no_text"
    return {"paragraphs": found, "trouble": trouble}


def main(kind: str, path: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.write(json.dumps(read(kind, Path(path))))


if __name__ == "__main__":
    main(*sys.argv[1:3])
