"""The bytes of a file and its text: encoding and line ends are those of my file. Pure."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from workflows.bpmn.xml import Unreadable, decode
from workflows.merge.tree import Unfit


@dataclass(frozen=True)
class Text:
    """A file as text with plain line ends, and how its bytes are made of it again."""

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    line_end: str = "\n"

    def data(self, text: str) -> bytes:
        """Return the bytes of another text, written as this file is."""
        whole = text if self.line_end == "\n" else text.replace("\n", self.line_end)
        return self.mark + whole.encode(self.encoding, "xmlcharrefreplace")


def read_text(data: bytes, *, xml: bool = False) -> Text:
    """Return a file's text. Raises Unfit for what is no text."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        if xml:
            text, encoding, mark = decode(data)
        else:
            text, encoding = data[len(mark) :].decode("utf-8"), "utf-8"
    except (UnicodeDecodeError, Unreadable) as error:
        raise Unfit from error
    line_end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    return Text(re.sub(r"\r\n?", "\n", text), encoding, mark, line_end)
