"""Writers of mails, of a Maildir and of an mbox; everything on disk is made by the test."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import Change, CursorAdvanced, MessageFound, Source, SourceSettings

DATE = "Mon, 21 Sep 2026 23:13:20 +0900"
WriteMail = Callable[..., bytes]


def write_mail(
    text: str = "Hello",
    *,
    number: int = 1,
    sender: str = "Ana <ana@example.com>",
    to: str = "Kim <kim@example.com>",
    subject: str = "Lunch",
    date: str = DATE,
    **headers: str,
) -> bytes:
    """A mail with Message-ID <number@example.com>; `headers` with "_" for "-"."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, subject, date
    mail["Message-ID"] = f"<{number}@example.com>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, cte="8bit")
    return mail.as_bytes()


class Follower:
    """Reads a store again and again, from where the last reading ended."""

    def __init__(self, kind: type[Source], path: Path) -> None:
        self.path = path
        self.cursor: str | None = None
        self._kind = kind

    def look(self, me: tuple[str, ...] = ()) -> list[Change]:
        """What changed since the last look, without the cursor."""
        settings = SourceSettings(ZoneInfo("Asia/Seoul"), me)
        *changes, last = self._kind(self.path, settings).read(self.cursor)
        assert isinstance(last, CursorAdvanced)
        self.cursor = last.cursor
        return changes

    def look_at_messages(self) -> list[MessageFound]:
        return [change for change in self.look() if isinstance(change, MessageFound)]

    def look_at_states(self) -> dict[str, bool | None]:
        """Whether each mail just told is read, by the part of its id before the "@"."""
        return {found.id.partition("@")[0]: found.is_read for found in self.look_at_messages()}


@pytest.fixture(scope="session", name="write_mail")
def _write_mail() -> WriteMail:
    return write_mail


@pytest.fixture(scope="session")
def make_follower() -> Callable[[type[Source], Path], Follower]:
    return Follower
