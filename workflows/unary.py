"""Cells of decision tables: unary tests around our own expressions. Pure.

`-` or nothing: any value · `重大` in quotes, a number: equal to it · `< 5`, `>= 2`, `!= 0`: compared · `[1..5]`, `(1..5]`,
`]1..5[`: between · `a, b`: one of them · `not(…)`: none of them. What FEEL has besides is not read.
"""

from __future__ import annotations

import re

from forms.expression import Expression, compile_expression

# Stands for the value of the input in the compiled test.
VALUE = "value_"

_COMPARED = re.compile(r"(<=|>=|!=|==|=|<|>)\s*(.+)", re.DOTALL)
_BETWEEN = re.compile(r"([\[\](])(.+?)\.\.(.+)([\[\])])", re.DOTALL)
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)


def compile_test(cell: str) -> Expression | None:
    """Return the expression over `value_` that a cell means; None = any value. Raises ExpressionError."""
    cell = cell.strip()
    if cell in ("", "-"):
        return None
    negated = _NOT.fullmatch(cell)
    tests = split(negated.group(1) if negated else cell)
    text = " or ".join(f"({_test(one)})" for one in tests)
    return compile_expression(f"not ({text})" if negated else text)


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


def _test(test: str) -> str:
    if between := _BETWEEN.fullmatch(test):
        left, low, high, right = between.groups()
        above = ">=" if left == "[" else ">"
        below = "<=" if right == "]" else "<"
        return f"{VALUE} {above} ({low}) and {VALUE} {below} ({high})"
    if compared := _COMPARED.fullmatch(test):
        sign, value = compared.groups()
        return f"{VALUE} {'==' if sign == '=' else sign} ({value})"
    return f"{VALUE} == ({test})"
