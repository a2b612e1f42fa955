"""Bytes on their way in: written to a file of their own, hashed and looked at. They stay when somebody gives them a row."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from forms.filetypes import LARGEST, FileType, UnwantedFile, recognise
from forms.labels import size_words
from tenants.errors import Refusal, TooLarge
from tenants.text import say

CHUNK = 64 * 1024


class StoreFull(Refusal):
    """The disk took no more."""

    code, status = "store_full", 507
    default_do = say("请稍后重试，并告知系统管理员：附件存储空间不足。已填内容不受影响。")


@dataclass(frozen=True)
class Incoming:
    """A file that came in and has no row yet. path: where it waits. known: what it is by its bytes."""

    path: Path
    sha256: str
    size: int
    known: FileType


@contextmanager
def incoming(folder: Path, stream: BinaryIO, kinds: Collection[str] | None = None) -> Iterator[Incoming]:
    """Take in a file, at most 20 MB (photos 10 MB); what was not settled by the end of the block is gone.

    stream: read in small pieces and no further than the limit. kinds: endings that are taken, when not all; plain text only
    when it is named. Raises TooLarge, UnwantedFile, StoreFull.
    """
    waiting, digest, size = _received(folder, stream)
    try:
        known = recognise(waiting, texts=kinds is not None and "txt" in kinds)
        if kinds is not None and known.extension not in kinds:
            raise UnwantedFile(
                say("这里不能用这种文件。"),
                say("请上传 {kinds} 文件。", kinds=tuple(kind.upper() for kind in sorted(kinds))),
            )
        if size > known.limit:
            raise _too_large(known.limit)
        yield Incoming(waiting, digest, size, known)
    finally:
        waiting.unlink(missing_ok=True)


def settle(waiting: Path, place: Path, now: float) -> None:
    """Give the bytes their place; the same bytes are kept once. now: seconds since 1970. Raises StoreFull."""
    try:
        if not place.is_file():
            place.parent.mkdir(exist_ok=True)
            waiting.replace(place)
        os.utime(place, (now, now))  # a sweep must not take it while its new row is not committed yet
    except OSError as error:
        raise StoreFull(say("附件没有存下来。")) from error


def _received(folder: Path, stream: BinaryIO) -> tuple[Path, str, int]:
    """Write what comes into a file of its own; return it with its hash and size."""
    size, digest = 0, hashlib.sha256()
    waiting: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=folder)
        waiting = Path(path)
        with os.fdopen(handle, "wb") as target:
            while piece := stream.read(CHUNK):
                size += len(piece)
                if size > LARGEST:
                    raise _too_large(LARGEST)
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    except BaseException as error:
        if waiting is not None:
            waiting.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StoreFull(say("附件没有存下来。")) from error
        raise
    return waiting, digest.hexdigest(), size


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        say("文件超过 {limit}。", limit=size_words(limit)), say("请压缩图片，或把文件拆开后上传。")
    )
