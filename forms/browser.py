"""A form as the browser gets it: the same schema, with each expression in it as the tree that the page evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.expression import compile_expression


def dressed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a checked schema with `x-computed-tree` beside every `x-computed`, and so for `x-warn`."""
    return {key: _dressed(value) for key, value in _with_tree(schema).items()}


def _dressed(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _dressed(value) for key, value in _with_tree(part).items()}
    if isinstance(part, list):
        return [_dressed(item) for item in part]
    return part


def _with_tree(part: Mapping[str, Any]) -> Mapping[str, Any]:
    trees = {
        f"{keyword}-tree": compile_expression(part[keyword]).tree
        for keyword in ("x-computed", "x-warn")
        if isinstance(part.get(keyword), str)
    }
    return {**part, **trees} if trees else part
