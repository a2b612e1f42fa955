"""A form as the browser gets it: the same schema, with each computed field's expression as the tree that the page evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.expression import compile_expression


def dressed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a checked schema with `x-computed-tree` beside every `x-computed`."""
    return {key: _dressed(value) for key, value in _with_tree(schema).items()}


def _dressed(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _dressed(value) for key, value in _with_tree(part).items()}
    if isinstance(part, list):
        return [_dressed(item) for item in part]
    return part


def _with_tree(part: Mapping[str, Any]) -> Mapping[str, Any]:
    text = part.get("x-computed")
    return {**part, "x-computed-tree": compile_expression(text).tree} if isinstance(text, str) else part
