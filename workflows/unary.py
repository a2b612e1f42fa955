"""Cells of decision tables: unary tests around our own expressions. Pure.

`-` or nothing: any value · `重大` in quotes, a number: equal to it · `< 5`, `>= 2`, `!= 0`: compared · `[1..5]`, `(1..5]`,
`]1..5[`: between · `a, b`: one of them · `not(…)`: none of them · `contains(?, '瓦斯')`: a condition, `?` is the value.
A day may be written bare: `>= 2024-11-01`. What FEEL has besides is not read.
"""

from __future__ import annotations

import re

from forms.expression import Expression, compile_expression

# Stands for the value of the input in the compiled test.
VALUE = "value_"

_COMPARED = re.compile(r"(<=|>=|!=|==|=|<|>)\s*(.+)", re.DOTALL)
_BETWEEN = re.compile(r"([\[\](])(.+?)\.\.(.+)([\[\])])", re.DOTALL)
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)
# What stands in quotes, a bare day, and the sign for the value.
_SPECIAL = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])|\?""")


def compile_test(cell: str) -> Expression | None:
    """Return the expression over `value_` that a cell means; None = any value. Raises ExpressionError."""
    cell = cell.strip()
    if cell in ("", "-"):
        return None
    negated = _NOT.fullmatch(cell)
    tests = split(negated.group(1) if negated else cell)
    text = " or ".join(f"({_test(one)})" for one in tests)
    return compile_expression(f"not ({text})" if negated else text)


def compile_value(cell: str) -> Expression | None:
    """Return the expression that a cell of an output means; None = nothing. Raises ExpressionError."""
    cell = cell.strip()
    return None if cell in ("", "-") else compile_expression(_ours(cell)[0])


def split(text: str) -> list[str]:
    """Split at the commas that stand outside quotes and brackets."""
    parts, start, depth, quote = [], 0, 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(depth - 1, 0)
        elif char == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part.strip() for part in [*parts, text[start:]]]


def bounds(test: str) -> tuple[str, str, str, str] | None:
    """Return the signs and ends of an interval (`>`, low, `<=`, high); None when the test is none."""
    between = _BETWEEN.fullmatch(test)
    if between is None:
        return None
    left, low, high, right = between.groups()
    return (">=" if left == "[" else ">", low.strip(), "<=" if right == "]" else "<", high.strip())


def compared(test: str) -> tuple[str, str] | None:
    """Return the sign and what stands behind it; None when the test does not compare."""
    found = _COMPARED.fullmatch(test)
    return ("==" if found[1] == "=" else found[1], found[2].strip()) if found else None


def _test(test: str) -> str:
    text, asks = _ours(test)
    if asks:
        return text
    if between := bounds(text):
        above, low, below, high = between
        return f"{VALUE} {above} ({low}) and {VALUE} {below} ({high})"
    if sign := compared(text):
        return f"{VALUE} {sign[0]} ({sign[1]})"
    return f"{VALUE} == ({text})"


def _ours(text: str) -> tuple[str, bool]:
    """Return the text with days and `?` in our language, and whether it asks for the value with a `?`."""
    asks = False

    def put(found: re.Match[str]) -> str:
        nonlocal asks
        word = found.group()
        if word == "?":
            asks = True
            return VALUE
        return f"date('{word}')" if word[0].isdigit() else word

    return _SPECIAL.sub(put, text), asks
