"""From text to words: the lexer of the language, and most of its advice to whoever wrote something else."""

import re
import unicodedata
from collections.abc import Iterator

from lark import Token
from lark.lexer import Lexer

from forms.expression.dates import day_in
from forms.expression.errors import ExpressionError
from forms.expression.limits import DIGITS, NAME, SOURCE, TOKENS
from tenants.text import Message, say

KEYWORDS = {
    "if": "IF",
    "else": "ELSE",
    "or": "OR",
    "and": "AND",
    "not": "NOT",
    "in": "IN",
    "True": "TRUE",
    "true": "TRUE",
    "False": "FALSE",
    "false": "FALSE",
    "None": "NONE",
    "null": "NONE",
}
# Words of Python and others that have no meaning here: named, so that nobody wonders.
FOREIGN = frozenset(("lambda", "for", "while", "import", "def", "return", "yield", "await", "async", "is"))
_SIGNS = {
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), "COMPARE"),
    **dict.fromkeys(("*", "/", "//", "%"), "TIMES"),
    "+": "PLUS",
    "-": "MINUS",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    ",": "COMMA",
    ".": "DOT",
}
_WORD = re.compile(
    r"""(?P<SPACE>[ \t\r\n\u3000]+)
    |(?P<DATE>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w.]))
    |(?P<ALMOST>[0-9]{4}(?P<joint>[-/.])[0-9]{1,2}(?P=joint)[0-9]{1,2}(?![\w.]))
    |(?P<NUMBER>[0-9]+(?:\.[0-9]+)?)
    |(?P<NAME>[^\W\d]\w*)
    |(?P<TEXT>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<SIGN>\*\*|//|:=|&&|\|\||->|===|==|!=|<>|<=|>=|\$\{|.)""",
    re.VERBOSE | re.DOTALL,
)
_FULL_WIDTH = str.maketrans(
    "（），。、［］【】＋－×＊÷／％＝＜＞！“”‘’：；｛｝．", "(),.,[][]+-**//%=<>!\"\"'':;{}."
)
_WRITTEN_OTHERWISE = {
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "<>": "!=",
    "===": "==",
    "&&": "and",
    "||": "or",
    "!": "not",
}
# Characters that make a text look different from what it is: controls, direction marks, the byte order mark.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_ESCAPE = re.compile(r"\\(['\"\\nt])")
_ESCAPED = {"n": "\n", "t": "\t"}


class Words(Lexer):
    """Splits a text into tokens; every refusal is an ExpressionError with its place."""

    def __init__(self, _conf: object = None) -> None:
        """lark hands over its configuration, which this lexer does not need."""

    def lex(self, text: str) -> Iterator[Token]:  # type: ignore[override]
        """Yield the tokens of `text`, with line and column from 1; stops at once beyond the limits."""
        count, line, line_start, before, at = 0, 1, 0, "", 0
        for found in _WORD.finditer(text):
            if found.lastgroup == "SPACE":
                for position, character in enumerate(found[0], found.start()):
                    if character == "\n":
                        line, line_start = line + 1, position + 1
                continue
            column = found.start() - line_start + 1
            count += 1
            if count > TOKENS:
                raise ExpressionError(
                    say("表达式太长，最多 {most} 个词和符号", most=TOKENS),
                    say("请拆成几个计算字段"),
                    line,
                    column,
                )
            touching = found.start() == at and count > 1
            refusal = _refusal(found, text, before, touching)
            if refusal is not None:
                raise ExpressionError(*refusal, line, column)
            kind, value = _meaning(found, before)
            yield Token(kind, value, line=line, column=column, start_pos=found.start(), end_pos=found.end())
            before, at = ("KEY" if before == "DOT" else kind), found.end()


def check_size(text: str) -> None:
    """Refuse an empty or endless text and invisible characters before anything else looks at it."""
    if len(text) > SOURCE:
        raise ExpressionError(say("表达式太长，最多 {most} 个字符", most=SOURCE), say("请拆成几个计算字段"))
    if not text.strip():
        raise ExpressionError(say("表达式是空的"), say("请写一个条件或公式，例如 count(隐患) == 0"))
    hidden = _INVISIBLE.search(text)
    if hidden is not None:
        line = text.count("\n", 0, hidden.start()) + 1
        column = hidden.start() - text.rfind("\n", 0, hidden.start())
        raise ExpressionError(
            say("表达式里有看不见的字符（U+{code}）", code=f"{ord(hidden[0]):04X}"),
            say("请删掉它，重新输入"),
            line,
            column,
        )


def name_problem(name: str) -> tuple[Message, Message] | None:
    """Return (what, do) when a name cannot be used in expressions; keywords are not looked at."""
    if len(name) > NAME:
        return say("名称太长，最多 {most} 个字符", most=NAME), say("请用短一些的名称")
    if name.startswith("_"):
        return say("名称不能以下划线开头"), say("请去掉下划线，只用字段和变量的名称")
    normal = unicodedata.normalize("NFKC", name)
    if normal != name:
        return say("名称里有全角或变体字符"), say("请改写成“{normal}”", normal=normal)
    return None


def _meaning(found: re.Match[str], before: str) -> tuple[str, str]:
    word = found[0]
    if found.lastgroup == "NAME":
        return ("NAME" if before == "DOT" else KEYWORDS.get(word, "NAME")), word
    if found.lastgroup == "SIGN":
        return _SIGNS[word], word
    if found.lastgroup == "TEXT":
        return "TEXT", _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), word[1:-1])
    return str(found.lastgroup), word


def _refusal(found: re.Match[str], text: str, before: str, touching: bool) -> tuple[Message, Message] | None:
    word, follows = found[0], text[found.end() : found.end() + 1]
    match found.lastgroup:
        case "NAME":
            if touching and before in ("NUMBER", "DATE"):
                return _letters_after_number(word)
            return _name_refusal(word, follows, before)
        case "NUMBER":
            return _number_refusal(word, before, touching)
        case "DATE":
            if day_in(word) is None:
                return say("没有 {word} 这一天", word=word), say("请检查月和日")
            return None
        case "ALMOST":
            return say("“{word}”不是日期的写法", word=word), say("日期请写成 2024-11-01，月和日都是两位数")
        case "TEXT":
            return None
    return _sign_refusal(word, before)


def _name_refusal(word: str, follows: str, before: str) -> tuple[Message, Message] | None:
    if follows and follows in "'\"" and word not in KEYWORDS:
        return say("引号前面不能有字母“{word}”", word=word), say(
            "请去掉它，文字直接写在引号里；要填入内容请用“+”连接"
        )
    if word in FOREIGN and before != "DOT":
        if word == "is":
            return say("这里不能用“is”"), say("比较相等请写 ==，例如 整改人 == None")
        return say("这里不能用“{word}”", word=word), say("表达式不是程序；逐条统计请写 count(列表, 条件)")
    return name_problem(word)


def _number_refusal(word: str, before: str, touching: bool) -> tuple[Message, Message] | None:
    if touching and before in ("NUMBER", "DATE", "DOT"):
        return say("这个数写得不对"), say("请写成 12 或 12.5")
    digits = word.replace(".", "")
    if len(digits) > DIGITS:
        return say("数太长，最多 {most} 位", most=DIGITS), say("请写短一些的数")
    if len(word) > 1 and word[0] == "0" and word[1] != ".":
        return say("数不能以 0 开头"), say("编号请写在引号里，例如 '0356'；日期请写成 date('2024-11-01')")
    return None


def _letters_after_number(word: str) -> tuple[Message, Message]:
    return say("数的后面不能紧接文字“{word}”", word=word[:NAME]), say(
        "数只用数字写，不带单位；天数请写成 days(3)"
    )


def _sign_refusal(sign: str, before: str) -> tuple[Message, Message] | None:
    if sign in _SIGNS:
        if sign == "(" and before in ("KEY", "RPAR", "RSQB", "TEXT", "NUMBER", "DATE"):
            return say("这里不能调用"), say("只能调用表达式自己的函数，例如 count(…)；内容没有可以调用的方法")
        return None
    if sign == "**":
        return say("没有乘方“**”"), say("请用“*”连乘")
    if sign in ("=", ":="):
        return say("“{sign}”不能用，表达式不能改变内容", sign=sign), say("比较相等请写两个等号 ==")
    if sign in _WRITTEN_OTHERWISE:
        return say("“{sign}”不能用", sign=sign), say("请写 {instead}", instead=_WRITTEN_OTHERWISE[sign])
    if sign in "'\"":
        return say("引号没有成对"), say("请在文字的两头都加上同样的英文引号")
    if sign == "${":
        return say("“${”不能用"), say("请去掉 ${ 和 }，只写里面的内容")
    if sign in (":", "{", "}", ";", "->", "@", "`", "\\", "|", "&", "^", "~", "?", "$", "#"):
        return say("“{sign}”不能用", sign=sign), say("表达式里只有内容、比较、计算和函数")
    normal = sign.translate(_FULL_WIDTH)
    if normal != sign:
        return say("“{sign}”是中文标点", sign=sign), say("请改成英文标点“{instead}”", instead=normal)
    return say("“{sign}”不能用", sign=sign), say("请删掉它；文字请写在英文引号里")
