"""Patterns: the part of regular expressions that RE2 (server) and the browser's RegExp (flags u, s) read alike.

RE2 takes linear time whatever the text. A browser backtracks, so a repetition inside an unbounded repetition, which can take
exponential time there, is refused for both.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from forms.expression.limits import PATTERN, REPEAT
from tenants.text import Message, say

_PIECE = re.compile(
    r"""(?P<repeat>[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})
    |(?P<set>\[\^?(?:\\.|[^\]\\\[])+\])
    |(?P<open>\((?:\?:)?(?!\?))
    |(?P<close>\))
    |(?P<bar>\|)
    |(?P<edge>\^|\$|\\[bB])
    |(?P<one>\\.|[^\[\]{}()*+?|\\^$])""",
    re.VERBOSE | re.DOTALL,
)
_CLASSES = frozenset("dDwW")
_ESCAPES = frozenset("tnr^$\\.*+?()[]{}|/") | _CLASSES
_ESCAPES_IN_SET = frozenset("tnr^$\\.*+?()[]{}|/-") | _CLASSES
_SET_ITEM = re.compile(r"\\.|.", re.DOTALL)


def check_pattern(pattern: str) -> Message | None:
    """Return what is wrong with a pattern that must mean the same on the server and in the browser; None = good."""
    if len(pattern) > PATTERN:
        return say("格式太长，最多 {most} 个字符", most=PATTERN)
    problem = _outside_the_common_part(pattern)
    if problem is None and compiled(pattern) is None:
        problem = say("格式太复杂")
    return problem


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "re2._Regexp[str] | None":
    """The pattern compiled by RE2 ("." stands for any character, the line end too), or None."""
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError):
        return None


def _outside_the_common_part(pattern: str) -> Message | None:
    previous = "start"
    groups: list[bool] = []  # for each open group: does it hold a repetition or a choice so far?
    closed = False  # did the group just closed hold one?
    for kind, piece in _pieces(pattern):
        if kind == "bad":
            return say("格式里的“{piece}”不能用；要写这个符号本身，请在前面加“\\”", piece=piece)
        if kind == "one" and piece[0] == "\\" and piece[1] not in _ESCAPES:
            return say("格式里的“{piece}”不能用；汉字可以直接写，例如 [一-龥]", piece=piece)
        if kind == "set" and (problem := _set_problem(piece)):
            return problem
        if kind == "repeat":
            if previous == "repeat?" and piece == "?":
                previous = "repeat"
                continue
            if previous not in ("one", "set", "close"):
                return say("格式里的“{piece}”前面没有可以重复的内容", piece=piece)
            least, most = _counts(piece)
            if (most is not None and (most > REPEAT or most < least)) or least > REPEAT:
                return say("格式里的次数“{piece}”不对，最多 {most} 次", piece=piece, most=REPEAT)
            if previous == "close" and closed and (most is None or most > 1):
                return say("格式里的重复不能套着重复或选择，例如 (a+)+")
            if groups and least != most:
                groups[-1] = True
            previous = "repeat?"
            continue
        if kind == "open":
            groups.append(False)
        elif kind == "bar" and groups:
            groups[-1] = True
        elif kind == "close":
            if not groups:
                return say("格式里的括号不成对")
            closed = groups.pop()
            if groups and closed:
                groups[-1] = True
        previous = kind
    return say("格式里的括号不成对") if groups else None


def _pieces(pattern: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None:
            yield "bad", pattern[at : at + 2]
            return
        yield str(found.lastgroup), found[0]
        at = found.end()


def _counts(piece: str) -> tuple[int, int | None]:
    if piece in "*+?":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[piece]
    least, comma, most = piece[1:-1].partition(",")
    return int(least), int(most) if most else None if comma else int(least)


def _set_problem(piece: str) -> Message | None:
    items = _SET_ITEM.findall(piece[2:-1] if piece[1] == "^" else piece[1:-1])
    if not items:
        return say("格式里的“{piece}”不能用；要写这个符号本身，请在前面加“\\”", piece=piece)
    for at, item in enumerate(items):
        inside = 0 < at < len(items) - 1
        if item[0] == "\\" and item[1] not in _ESCAPES_IN_SET:
            return say("格式里的“{piece}”不能用；汉字可以直接写，例如 [一-龥]", piece=item)
        if item == "-" and inside:
            first, last = items[at - 1], items[at + 1]
            letters = any(end[0] == "\\" and end[1].isalpha() for end in (first, last))
            again = at > 1 and items[at - 2] == "-" and at - 2 > 0
            if letters or again or first[-1] > last[-1]:
                return say("格式里的范围“{piece}”不对", piece=f"{first}-{last}")
    return None
