"""The document as a page: what a reader needs of each operation, with every schema spelt out where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_DEEP = 4


def chapters(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows: title, about, version, chapters of operations."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method != "parameters":
                told = _operation(document, path, method, operation, shared)
                found.setdefault(operation["tags"][0], []).append(told)
    words = {tag["name"]: tag["description"] for tag in document["tags"]}
    return {
        "title": document["info"]["title"], "about": document["info"]["description"],
        "chapters": [
            {"key": key, "title": words[key], "operations": found[key]} for key in words if key in found
        ],
    }  # fmt: skip


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any], shared: list[Any]
) -> dict[str, Any]:
    parameters = [_resolved(document, one) for one in [*shared, *operation.get("parameters", [])]]
    content = operation.get("requestBody", {}).get("content", {})
    answers = {code: _resolved(document, one) for code, one in operation["responses"].items()}
    good = next(code for code in answers if code.startswith("2"))
    return {
        "id": operation["operationId"], "method": method.upper(), "path": path, "summary": operation["summary"],
        "note": operation.get("description", ""),
        "parameters": [
            {
                "name": one["name"], "place": one["in"], "type": _type(document, one["schema"]),
                "required": one.get("required", False),
                "note": one.get("description") or one["schema"].get("description", ""),
            }
            for one in parameters
        ],
        "sends": [
            {"type": kind, "rows": list(_rows(document, one["schema"]))} for kind, one in content.items()
        ],
        "status": good,
        "answers": [
            {"type": kind, "rows": list(_rows(document, one["schema"]))}
            for kind, one in answers[good].get("content", {}).items()
        ],
        "refusals": [code for code in answers if code != good],
    }  # fmt: skip


def _rows(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the fields of an object, those inside right below their own, indented."""
    schema = _resolved(document, schema)
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        inner = _object(document, part)
        yield {
            "name": name, "depth": depth, "type": _type(document, part), "required": name in required,
            "note": part.get("description", ""), "choices": [one for one in part.get("enum", ()) if one],
        }  # fmt: skip
        if inner is not None and depth < _DEEP:
            yield from _rows(document, inner, depth + 1)


def _object(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the object behind a field: itself, one of its items, or the one that may be missing."""
    found = _resolved(document, part.get("items", part))
    for choice in found.get("anyOf", found.get("allOf", ())):
        inner = _resolved(document, choice)
        if "properties" in inner:
            return inner
    return found if "properties" in found else None


def _type(document: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    found = _resolved(document, part)
    kind = found.get("type") or ("object" if _object(document, part) else "")
    if kind == "array" or (isinstance(kind, list) and "array" in kind):
        return f"[{_type(document, found['items'])}]"
    words = " | ".join(kind) if isinstance(kind, list) else kind
    null = any(one.get("type") == "null" for one in found.get("anyOf", ()))
    shaped = f"{words} ({found['format']})" if "format" in found else words
    return f"{shaped} | null" if null else shaped


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = {**found, **{key: value for key, value in part.items() if key != "$ref"}}
    return part
