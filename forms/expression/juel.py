"""`${…}` of BPMN modelers, translated where it is simple: paths, literals, comparisons, and / or / not, empty."""

import re

from forms.expression.limits import DEPTH, SOURCE

_WORD = re.compile(
    r"""\s+
    |(?P<path>[^\W\d]\w*(?:\.[^\W\d]\w*|\[[0-9]+\]|\['[^'\\]*'\]|\["[^"\\]*"\])*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)(?![\w.])
    |(?P<text>'(?:[^'\\\n]|\\['"\\])*'|"(?:[^"\\\n]|\\['"\\])*")
    |(?P<sign>==|!=|<=|>=|<|>|&&|\|\||!|\(|\))""",
    re.VERBOSE,
)
_SIGNS = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    **{word: word for word in ("and", "or", "not", "empty", "==", "!=", "<", ">", "<=", ">=", "(", ")")},
}
_LITERALS = {"null": "None", "true": "True", "false": "False"}
# Words with a meaning of their own in either language: as names they would change the meaning.
_NOT_SIMPLE = frozenset({"div", "mod", "instanceof", "if", "else", "in", "True", "False", "None", "item"})
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class _NotSimple(Exception):
    """The expression says more than we translate."""


def from_juel(text: str) -> str | None:
    """Return the expression that `${…}` (or `#{…}`) means in our language; None when it is none or not a simple one.

    Names come over unchanged, so the result must still be compiled. What differs: JUEL turns texts into numbers where one
    meets the other, our language refuses.
    """
    found = re.fullmatch(r"\s*[$#]\{([^{}]*)\}\s*", text) if len(text) <= SOURCE else None
    if found is None:
        return None
    try:
        reader = _Reader(_words(found[1]))
        result = reader.either(0)
        return None if reader.words else result
    except _NotSimple:
        return None


def _words(text: str) -> list[tuple[str, str]]:
    words: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise _NotSimple
        at = found.end()
        word = found[0]
        if found.lastgroup == "sign" or word in _SIGNS:
            words.append(("sign", _SIGNS[word]))
        elif word in _LITERALS:
            words.append(("literal", _LITERALS[word]))
        elif word in _NOT_SIMPLE:
            raise _NotSimple
        elif found.lastgroup is not None:
            words.append((found.lastgroup, word))
    return words


class _Reader:
    """A reader by recursive descent; each method returns the text of what it read."""

    def __init__(self, words: list[tuple[str, str]]) -> None:
        self.words = words[::-1]

    def take(self, *signs: str) -> str | None:
        if self.words and self.words[-1][0] == "sign" and self.words[-1][1] in signs:
            return self.words.pop()[1]
        return None

    def either(self, depth: int) -> str:
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return " or ".join(parts)

    def both(self, depth: int) -> str:
        parts = [self.comparison(depth)]
        while self.take("and"):
            parts.append(self.comparison(depth))
        return " and ".join(parts)

    def comparison(self, depth: int) -> str:
        left = self.operand(depth)
        sign = self.take(*_COMPARISONS)
        if sign is None:
            return left
        right = self.operand(depth)
        if self.take(*_COMPARISONS):  # (a == b) == c there, a == b and b == c here
            raise _NotSimple
        return f"{left} {sign} {right}"

    def operand(self, depth: int) -> str:
        if depth > DEPTH:
            raise _NotSimple
        if self.take("not"):
            return f"(not {self.operand(depth + 1)})"
        if self.take("empty"):
            return f"({self.operand(depth + 1)} in [None, '', []])"
        if self.take("("):
            inner = self.either(depth + 1)
            if not self.take(")"):
                raise _NotSimple
            return f"({inner})"
        if not self.words or self.words[-1][0] == "sign":
            raise _NotSimple
        return self.words.pop()[1]
