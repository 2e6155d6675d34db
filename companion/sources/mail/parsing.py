"""Turns the bytes of one mail into what the sources tell of it; knows no store."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email import message_from_bytes

from companion.sources.mail.bodies import describe_attachments, read_text
from companion.sources.mail.headers import Address, Headers
from companion.sources.mail.quoting import cut_quotation

MAIL_BYTES = 4 * 1024 * 1024
"""How much of a mail is read: its text stands before the files that make it long."""

_REPLY = re.compile(
    r"(?:(?:re|aw|sv|vs|antw|antwort|odp|ynt|답장|회신|回复|答复)(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"(?:fwd?|wg|tr|rv|enc|전달|转发)\s*[:：]", re.IGNORECASE)
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_LIST_ID = re.compile(r"<([^<>\s]+)>\s*$")
_USUAL = frozenset((b"date", b"received", b"message-id"))
_BULK = frozenset(("bulk", "list", "junk"))


class UnreadableMailError(Exception):
    """What cannot be told as a mail; says why, without its words."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; "" and () stand for what it does not say."""

    id: str
    """Its Message-ID; of a mail without one a hash of what it says."""

    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    sent_at: datetime
    is_approximate: bool
    """Whether its date has no zone."""

    root: str
    """The id of the mail that began its thread; its own for one that answers none."""

    reply_to: str
    list_id: str
    list_name: str
    is_bulk: bool
    """Whether a machine sent it, or it went to many at once: nobody expects an answer."""

    thread_id: str
    """The thread by Gmail's own count."""

    labels: frozenset[str]
    """Gmail's labels, in lower case."""

    text: str
    """The sender's own words: without the mail quoted at the end and without a signature."""

    attachments: str
    """A placeholder for each file."""

    @property
    def thread_subject(self) -> str:
        """The subject without the marks that replies put before it."""
        return self.subject[_find_end_of_marks(self.subject) :]


def parse_mail(raw: bytes, zone: tzinfo) -> tuple[Mail, Headers]:
    """The mail, and its headers for what a store writes into them; of more than `MAIL_BYTES`
    the beginning. Raises `UnreadableMailError`.
    """
    try:
        message = message_from_bytes(raw[:MAIL_BYTES])
        headers = Headers(message)
        text, attachments = read_text(message), describe_attachments(message)
    except RecursionError:
        raise UnreadableMailError("its parts are nested too deep") from None
    date = headers.find_date(zone)
    if date is None:
        raise UnreadableMailError("it has no date")
    subject = headers.get_text("subject")
    own_id = next(iter(headers.list_ids("message-id")), "") or _make_id(headers)
    above = headers.list_ids("in-reply-to")
    answered = [*headers.list_ids("references"), *above]
    list_name, list_id = _split_list_id(headers.get_text("list-id"))
    senders = headers.list_addresses("from") or headers.list_addresses("sender")
    return Mail(
        id=own_id,
        sender=senders[0] if senders else Address("", ""),
        recipients=tuple(headers.list_addresses("to", "cc")),
        subject=subject,
        sent_at=date[0],
        is_approximate=date[1],
        root=answered[0] if answered else own_id,
        reply_to=above[0] if above else (answered[-1] if answered else ""),
        list_id=list_id,
        list_name=list_name,
        is_bulk=_is_bulk(headers),
        thread_id=headers.get_text("x-gm-thrid"),
        labels=headers.list_labels(),
        text=text.strip() if _FORWARD.match(subject) else cut_quotation(text),
        attachments=attachments,
    ), headers


def begins_with_field(line: bytes) -> bool:
    """Whether a line begins as a header field does."""
    return _FIELD.match(line) is not None


def begins_as_mail(raw: bytes) -> bool:
    """Whether these are the first bytes of a mail, for a probe: fields, one of them usual."""
    lines = raw.splitlines()
    names = {line.partition(b":")[0].strip().lower() for line in lines if begins_with_field(line)}
    return bool(lines) and begins_with_field(lines[0]) and not _USUAL.isdisjoint(names)


def _find_end_of_marks(subject: str) -> int:
    marks = _REPLY.match(subject)
    return marks.end() if marks and marks.end() < len(subject) else 0


def _split_list_id(written: str) -> tuple[str, str]:
    """(Name, id) of a list: `Name <id>`, or the id alone (RFC 2919)."""
    if found := _LIST_ID.search(written):
        return written[: found.start()].strip().strip('"'), found[1].lower()
    return "", written.strip("<> ").lower()


def _is_bulk(headers: Headers) -> bool:
    automatic = headers.get_text("auto-submitted").lower()
    return (
        "list-unsubscribe" in headers
        or headers.get_text("precedence").lower() in _BULK
        or automatic not in ("", "no")
    )


def _make_id(headers: Headers) -> str:
    """From the headers alone: the text of a mail may still be being written."""
    parts = "\x1f".join(map(headers.get_text, ("date", "from", "to", "subject")))
    digest = hashlib.blake2b(parts.encode(), digest_size=12)
    return f"without-id-{digest.hexdigest()}"
