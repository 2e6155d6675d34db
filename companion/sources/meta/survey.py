"""Reads what stands around the messages of a thread, from the edges of one file; no message.

Its title stands behind its messages: it is taken from the end, without parsing what lies between.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import BinaryIO

import ijson

from companion.sources.decoding import HEAD_BYTES
from companion.sources.meta.strings import mend

_STAMPS = ("messages.item.timestamp_ms", "messages.item.timestamp")
_SENDERS = frozenset(("messages.item.sender_name", "messages.item.senderName"))
_TITLES = ("title", "threadName", "thread_path")
_TAILED = {key: re.compile(rf'"{key}"\s*:\s*("(?:[^"\\]|\\.)*")'.encode()) for key in _TITLES}
"""Quotes inside a string are escaped: only a key can look so."""

_GROUP = re.compile(rb'"joinable_mode"\s*:\s*\{|"thread_type"\s*:\s*"RegularGroup"')
_INDEX = re.compile(r"_[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Survey:
    """What the beginning and the end of a file tell of its thread."""

    is_encrypted: bool
    """Of an end-to-end-encrypted chat: other keys, and strings that need no mending."""

    participants: tuple[str, ...]
    """The owner included; () where the file lists none."""

    title: str
    """"" where the file gives none."""

    id: str
    """"" where the file gives none."""

    is_group: bool
    is_newest_first: bool
    """True also where the first messages do not tell."""

    edges: bytes
    """The bytes that all this was read from."""


@dataclass(slots=True)
class _Head:
    is_thread: bool = False
    is_encrypted: bool = False
    participants: list[str] | None = None
    first_stamp: int | float | None = None
    is_newest_first: bool = True


def survey_file(stream: BinaryIO) -> Survey | None:
    """None for what is not a file of a thread; reads the edges alone."""
    first, last = _read_edges(stream)
    head = _read_head(first)
    if not head.is_thread:
        return None
    found = {key: _find_string(key, last) or _find_string(key, first) for key in _TITLES}
    read = str if head.is_encrypted else mend
    name = found["threadName"]
    participants = tuple(map(read, head.participants or ()))
    return Survey(
        is_encrypted=head.is_encrypted,
        participants=participants,
        title=_INDEX.sub("", name) if head.is_encrypted else read(found["title"]),
        id=name if head.is_encrypted else read(found["thread_path"]).rpartition("/")[2],
        is_group=len(participants) > 2 or _GROUP.search(last) is not None,
        is_newest_first=head.is_newest_first,
        edges=first + last,
    )


def _read_edges(stream: BinaryIO) -> tuple[bytes, bytes]:
    """The first and the last bytes; the same ones of a short file."""
    first = stream.read(HEAD_BYTES)
    if len(first) < HEAD_BYTES:
        return first, first
    stream.seek(0, io.SEEK_END)
    stream.seek(max(0, stream.tell() - HEAD_BYTES))
    return first, stream.read(HEAD_BYTES)


def _read_head(first: bytes) -> _Head:
    """Goes on to the second time: the order of the messages is known then, and nothing is left."""
    head = _Head()
    text = first.decode("utf-8-sig", "replace")
    if not text.lstrip().startswith("{"):
        return head
    try:
        for prefix, event, value in ijson.parse(io.BytesIO(text.encode()), use_float=True):
            if event == "string":
                _observe_string(head, prefix, value)
            elif event == "number" and prefix in _STAMPS and _observe_stamp(head, value):
                break
    except ijson.JSONError:  # the beginning of a file ends anywhere
        pass
    is_bare = head.participants is None and head.first_stamp is None
    head.is_thread = head.is_thread and not is_bare
    return head


def _observe_string(head: _Head, prefix: str, value: str) -> None:
    if prefix in ("participants.item.name", "participants.item"):
        head.participants = [*(head.participants or ()), value.replace("\0", "")]
    elif prefix in _SENDERS:
        head.is_thread = True
        head.is_encrypted |= prefix.endswith("senderName")
    elif prefix == "threadName":
        head.is_thread = head.is_encrypted = True
    elif prefix == "thread_path":
        head.is_thread = True


def _observe_stamp(head: _Head, stamp: int | float) -> bool:
    """Whether the order is known."""
    if head.first_stamp is None:
        head.first_stamp = stamp
    head.is_newest_first = stamp <= head.first_stamp
    return stamp != head.first_stamp


def _find_string(key: str, edge: bytes) -> str:
    """The last one of that key; "" where there is none."""
    found = _TAILED[key].findall(edge)
    try:
        return str(json.loads(found[-1])).replace("\0", "") if found else ""
    except ValueError:
        return ""
