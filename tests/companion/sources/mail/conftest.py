"""Writers of mails, of a Maildir and of an mbox; everything on disk is made by the test."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

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


@pytest.fixture(scope="session", name="write_mail")
def _write_mail() -> WriteMail:
    return write_mail
