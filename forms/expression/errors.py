"""The two ways in which an expression fails: when it is read, and when it meets data."""

from tenants.text import Message, say


class ExpressionError(Exception):
    """A text that is not an expression.

    what: what is wrong; do: how to put it right; line, column: where, both from 1.
    """

    def __init__(self, what: Message, do: Message, line: int = 1, column: int = 1) -> None:
        super().__init__(what, do, line, column)
        self.what = what
        self.do = do
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = say("第 {line} 行第 {column} 个字符", line=self.line, column=self.column)
        return f"{place}：{_sentences(self.what, self.do)}"


class EvaluationError(Exception):
    """A sound expression that cannot be computed from these data.

    code: kind | division | number | date | steps | size | given; the browser's interpreter gives the same code.
    what: what happened; do: how to put it right. Neither repeats a value of the data.
    """

    def __init__(self, code: str, what: Message, do: Message) -> None:
        super().__init__(code, what, do)
        self.code = code
        self.what = what
        self.do = do

    @property
    def words(self) -> Message:
        """Return what happened and how to put it right, for whoever reads it later."""
        if str(self.do).endswith("？"):
            return say("{what}。{do}", what=self.what, do=self.do)
        return say("{what}。{do}。", what=self.what, do=self.do)

    def __str__(self) -> str:
        return str(self.words)


def out_of_range() -> EvaluationError:
    return EvaluationError("number", say("数太大或太小，算不出来"), say("请检查公式和填写的数"))


def too_many_steps() -> EvaluationError:
    return EvaluationError("steps", say("要算的内容太多"), say("请减少条目，或者把条件写得简单一些"))


def too_large() -> EvaluationError:
    return EvaluationError("size", say("内容太长或层数太多"), say("请缩短文字，或者减少列表的条目"))


def _sentences(*parts: Message) -> str:
    return "".join(text if text.endswith("？") else f"{text}。" for text in map(str, parts))
