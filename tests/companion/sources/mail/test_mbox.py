"""An mbox as mail programs append to it, mark in it, and rewrite it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.interface import MessageFound, MessageRemoved, Skipped
from companion.sources.mail import MboxSource
from companion.sources.mail.mbox import split_mails

if TYPE_CHECKING:
    from tests.companion.sources.conftest import Follower
    from tests.companion.sources.mail.conftest import WriteMail

MakeFollower = Callable[..., "Follower"]
SEPARATOR = b"From ana@example.com Mon Sep 21 14:13:20 2026\n"


class Mbox:
    """An mbox under the hands of a mail program."""

    def __init__(self, path: Path, write: WriteMail) -> None:
        self.path = path
        self._write = write
        path.touch()

    def append(self, number: int, text: str = "Hello", **fields: str) -> None:
        with self.path.open("ab") as file:
            file.write(SEPARATOR + self._write(text, number=number, **fields) + b"\n")

    def replace(self, old: bytes, new: bytes) -> None:
        """Change bytes in place: the file stays the same one."""
        raw = self.path.read_bytes()
        assert old in raw
        with self.path.open("r+b") as file:
            file.write(raw.replace(old, new))
            file.truncate()


@pytest.fixture
def mbox(tmp_path: Path, write_mail: WriteMail) -> Mbox:
    return Mbox(tmp_path / "Inbox", write_mail)


@pytest.fixture
def follower(mbox: Mbox, make_follower: MakeFollower) -> Follower:
    return make_follower(MboxSource, mbox.path)


@pytest.mark.parametrize(
    ("headers", "is_read"),
    [
        ({}, None),
        ({"Status": "RO"}, True),
        ({"Status": "O"}, False),
        ({"X_Mozilla_Status": "0001"}, True),
        ({"X_Mozilla_Status": "0000"}, False),
        ({"X_Mozilla_Status": "1000", "Status": "RO"}, False),
        ({"X_Mozilla_Status": "nonsense"}, None),
        ({"X_Gmail_Labels": "Inbox,Unread"}, False),
        ({"X_Gmail_Labels": "Archived,Opened"}, True),
        ({"X_Gmail_Labels": "받은편지함"}, None),
    ],
)
def test_what_is_read_is_what_mail_programs_wrote(
    mbox: Mbox, follower: Follower, headers: dict[str, str], is_read: bool | None
) -> None:
    mbox.append(1, **headers)
    assert follower.read_states() == {"1": is_read}


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Mozilla_Status": "0009"},
        {"Status": "RO", "X_Status": "D"},
        {"X_Gmail_Labels": "Spam,Unread"},
        {"X_Gmail_Labels": "Trash"},
    ],
)
def test_deleted_and_unwanted_mails_are_left_out(
    mbox: Mbox, follower: Follower, headers: dict[str, str]
) -> None:
    mbox.append(1, **headers)
    assert follower.read() == []


def test_gmail_tells_its_threads_and_what_was_sent(mbox: Mbox, follower: Follower) -> None:
    mbox.append(1, X_GM_THRID="1234", X_Gmail_Labels="Sent,Opened")
    (message,) = follower.read_messages()
    assert (message.conversation_key, message.is_me) == ("thread:gmail:1234", True)


def test_an_unchanged_mbox_yields_its_cursor_alone(mbox: Mbox, follower: Follower) -> None:
    mbox.append(1)
    follower.read()
    cursor = follower.cursor
    assert follower.read() == []
    assert follower.cursor == cursor


def test_only_appended_mails_are_told(mbox: Mbox, follower: Follower) -> None:
    mbox.append(1)
    mbox.append(2)
    follower.read()
    mbox.append(3)
    assert follower.read_states() == {"3": None}


def test_a_mail_marked_read_in_place_is_told_again(mbox: Mbox, follower: Follower) -> None:
    for number in (1, 2, 3):
        mbox.append(number, X_Mozilla_Status="0000", X_Number=str(number))
    follower.read()
    mbox.replace(b"0000\nX-Number: 1\n", b"0001\nX-Number: 1\n")
    assert follower.read_states() == {"1": True}
    mbox.replace(b"0000\nX-Number: 3\n", b"0009\nX-Number: 3\n")
    assert follower.read() == [MessageRemoved("thread:3@example.com", "3@example.com")]
    assert follower.read() == []


def test_a_rewritten_mbox_is_read_again_and_what_is_gone_is_removed(
    mbox: Mbox, follower: Follower
) -> None:
    for number in (1, 2, 3):
        mbox.append(number, Status="O")
    follower.read()
    mbox.path.write_bytes(b"")
    mbox.append(2, Status="RO")
    mbox.append(3, Status="O")
    changes = follower.read()
    states = {found.id: found.is_read for found in changes if isinstance(found, MessageFound)}
    assert states == {"2@example.com": True, "3@example.com": False}
    assert changes[-1] == MessageRemoved("thread:1@example.com", "1@example.com")


def test_another_mail_of_the_same_length_in_the_same_place_is_told(
    mbox: Mbox, follower: Follower
) -> None:
    mbox.append(1)
    follower.read()
    raw = mbox.path.read_bytes()
    mbox.replace(raw, raw.replace(b"14:13:20", b"15:00:00").replace(b"<1@", b"<2@"))
    assert follower.read_states() == {"2": None}


def test_a_mail_half_written_waits_for_its_headers_and_is_told_again_whole(
    mbox: Mbox, follower: Follower, write_mail: WriteMail
) -> None:
    mbox.append(1)
    whole = SEPARATOR + write_mail("one\ntwo\n", number=2)
    body = whole.index(b"one")
    told = list[list[str]]()
    for start, end in ((0, 40), (40, body - 2), (body - 2, body + 4), (body + 4, len(whole))):
        with mbox.path.open("ab") as file:
            file.write(whole[start:end])
        told.append([found.text for found in follower.read_messages()])
    assert told == [["Hello"], [], ["one"], ["one\ntwo"]]


def test_a_damaged_mail_is_told_by_its_place_and_the_rest_is_read(
    mbox: Mbox, follower: Follower
) -> None:
    mbox.path.write_bytes(SEPARATOR + b"Subject: secret\nDate: never\n\nhi\n\n")
    mbox.append(2)
    skipped, *_ = follower.read()
    assert skipped == Skipped("the mail at byte 0: it has no date")


def test_the_folder_of_apple_mail_is_read(
    tmp_path: Path, write_mail: WriteMail, make_follower: MakeFollower
) -> None:
    folder = tmp_path / "Inbox.mbox"
    folder.mkdir()
    Mbox(folder / "mbox", write_mail).append(1)
    (folder / "table_of_contents").write_bytes(b"\0")
    assert MboxSource.probe(folder)
    assert make_follower(MboxSource, folder).read_states() == {"1": None}


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"version": 1}', '{"version": 0}'])
def test_a_cursor_of_another_version_means_reading_all(
    mbox: Mbox, follower: Follower, cursor: str
) -> None:
    mbox.append(1)
    follower.cursor = cursor
    assert follower.read_states() == {"1": None}


# ------------------------------------------------------------ where a mail begins


def split(raw: bytes) -> list[bytes]:
    return [mail.raw for mail in split_mails(io.BytesIO(raw), 0)]


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Mon Sep 21 14:13:20 2026",
        b"From 1794521382913@xxx Mon Sep 21 14:13:20 +0000 2026",
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 EST 2011",
        SEPARATOR.rstrip(),
    ],
)
def test_separators_of_all_programs_are_known(separator: bytes) -> None:
    for line_break in (b"\n", b"\r\n"):
        mail = line_break.join((separator, b"Date: x", b"", b"hi", b""))
        assert [line_break.join((b"Date: x", b"", b"hi", b""))] * 2 == split(mail * 2)


@pytest.mark.parametrize(
    "line",
    [
        b"From here on it is easy\n",
        b"From 10:00 to 11:00 in 2026\n",
        b"From x Mon Sep 21 14:13:20 2026\nwords below\n",
        b"From x Mon Sep 21 14:13:20 2026\n" * 2,
        b" " + SEPARATOR + b"A: b\n",
    ],
)
def test_other_lines_that_begin_so_are_text(line: bytes) -> None:
    raw = SEPARATOR + b"A: b\n\n" + line + b"end\n"
    assert split(raw) == [raw.removeprefix(SEPARATOR)]


def test_escaped_lines_are_restored() -> None:
    raw = SEPARATOR + b"A: b\n\n>From x\n>>From y\n> From z\n"
    assert split(raw) == [b"A: b\n\nFrom x\n>From y\n> From z\n"]


LINES = st.sampled_from([b"From ", b">From x", b"hello", b"", b"A: b", SEPARATOR.rstrip()])


@given(bodies=st.lists(st.lists(LINES, max_size=5), max_size=5))
@settings(deadline=None, max_examples=60)
def test_what_is_written_with_escapes_comes_back(bodies: list[list[bytes]]) -> None:
    mails = [b"".join(line + b"\n" for line in [b"X: y", b"", *body]) for body in bodies]
    escaped = (
        b"".join(
            b">" + line if line.lstrip(b">").startswith(b"From ") else line
            for line in mail.splitlines(keepends=True)
        )
        for mail in mails
    )
    assert split(b"".join(SEPARATOR + mail for mail in escaped)) == mails


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=40)
def test_a_flipped_byte_invents_no_mail(place: int, byte: int, write_mail: WriteMail) -> None:
    raw = bytearray(SEPARATOR + write_mail() + b"\n" + SEPARATOR + write_mail(number=2) + b"\n")
    raw[place % len(raw)] = byte
    assert len(split(bytes(raw))) <= 2


# ------------------------------------------------------------ probing


def test_mboxes_are_recognised_and_others_are_not(
    mbox: Mbox, data_folder: Path, tmp_path: Path
) -> None:
    assert not MboxSource.probe(mbox.path)
    mbox.append(1)
    assert MboxSource.probe(mbox.path)
    mbox.path.write_bytes(SEPARATOR + b"just words\n")
    assert not MboxSource.probe(mbox.path)
    assert not MboxSource.probe(tmp_path)
    assert not MboxSource.probe(tmp_path / "gone")
    assert [path for path in data_folder.rglob("*") if MboxSource.probe(path)] == []
