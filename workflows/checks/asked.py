"""The forms of a package: fit to be published, and their examples acceptable to themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from forms.schema import check_schema
from forms.validation import validate
from tenants.errors import Problem, Refusal
from tenants.text import say
from workflows.elements import Form, Package
from workflows.marked_yaml import read_yaml
from workflows.shape import line_of

# Reading a file for its lines takes a quarter of a second for a megabyte, and each form has three files.
_LOOKED_UP = 100_000


def check_forms(package: Package) -> Iterator[Problem]:
    """Report what is wrong with each form of a package, with the line in its file."""
    for form in package.forms.values():
        if form.schema:
            yield from check_form(form, package.files, f"forms/{form.id}/")


def check_form(form: Form, files: Mapping[str, bytes], folder: str) -> Iterator[Problem]:
    """Report what is wrong with one form. files: path -> bytes; folder: what its paths begin with."""
    path = f"{folder}schema.json"
    problems = check_schema(form.schema, form.ui or None, path)
    for problem in problems:
        # Problems of the arrangement name their own file; a bare name is the file beside the schema.
        file = problem.file if problem.file in files else folder + problem.file
        yield replace(problem, file=file, line=problem.line or _line(files.get(file, b""), problem.where))
    if form.example is not None and not any(one.level == "error" for one in problems):
        yield from _example(form, files, f"{folder}example.json")


def _example(form: Form, files: Mapping[str, bytes], path: str) -> Iterator[Problem]:
    try:
        found = validate(dict(form.schema), form.example or {}).problems
    except Refusal as refusal:
        yield Problem(refusal.what, refusal.do, path, 1)
        return
    for problem in found:
        what = say("例子不合自己的表单：{what}", what=problem.what)
        yield Problem(
            what, problem.do, path, _line(files.get(path, b""), problem.where), problem.where, problem.level
        )


def _line(data: bytes, pointer: str) -> int:
    """Return the line that a JSON pointer leads to; the first of a file that is too long to look it up."""
    if len(data) > _LOOKED_UP:
        return 1
    steps = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return line_of(_lined(data), [int(one) if one.isdigit() else one for one in steps])


@lru_cache(maxsize=4)
def _lined(data: bytes) -> Any:
    # JSON is YAML, whose reader knows its lines and takes its time: once for a file, however much is wrong in it.
    return read_yaml(data, "")[0]
