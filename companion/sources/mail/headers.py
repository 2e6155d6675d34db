"""Reads the header fields of a mail, however broken; knows neither bodies nor stores.

On top of the standard library's `compat32` policy: `email.policy.default` raises IndexError,
ValueError and AttributeError for addresses and ids that spam is full of, and takes many times as
long for a common mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from companion.clock import localize
from companion.sources.decoding import clean_text

_FOLD = re.compile(r"[\r\n]+[ \t]*")
_SPACES = re.compile(r"\s+")
_ID = re.compile(r"<([^<>\s]{1,1000})>")
_KOREAN = frozenset(("euc-kr", "euc_kr", "ks_c_5601-1987", "ksc5601", "ks_c_5601"))


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody in a header; either may be ""."""

    name: str
    address: str
    """In lower case."""

    @property
    def shown(self) -> str:
        return self.name or self.address


class Headers:
    """The fields of a mail by lower-case name; of several of one name the first, as written."""

    def __init__(self, message: Message) -> None:
        fields: dict[str, str] = {}
        for name, value in message.raw_items():
            fields.setdefault(name.lower(), str(value))
        self._fields: Mapping[str, str] = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def get_text(self, name: str) -> str:
        """Decoded, on one line; "" where there is none."""
        return _SPACES.sub(" ", decode_words(self._get_raw(name))).strip()

    def list_ids(self, name: str) -> list[str]:
        """The message ids in a field, without their angle brackets."""
        return [clean_text(found) for found in _ID.findall(self._get_raw(name))]

    def list_labels(self) -> frozenset[str]:
        """The labels Gmail gave the mail, in lower case."""
        labels = self.get_text("x-gmail-labels").lower().split(",")
        return frozenset(filter(None, map(str.strip, labels)))

    def list_addresses(self, *names: str) -> list[Address]:
        """The addresses of all those fields; what holds none is left out."""
        written = [self._get_raw(name) for name in names if name in self._fields]
        return [
            Address(_SPACES.sub(" ", decode_words(name)).strip(), clean_text(address).lower())
            for name, address in getaddresses(written)
            if name or address
        ]

    def find_date(self, zone: tzinfo) -> tuple[datetime, bool] | None:
        """When it was sent, in UTC, else when it was last handed over; None where neither is
        said. True with it where it was written without a zone and read as of `zone`.
        """
        handed_over = self._get_raw("received").rpartition(";")[2]
        return _parse_date(self._get_raw("date"), zone) or _parse_date(handed_over, zone)

    def _get_raw(self, name: str) -> str:
        """Unfolded; bytes above ASCII, which no header should hold, are taken for UTF-8."""
        raw = _FOLD.sub(" ", self._fields.get(name, ""))
        return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def decode_bytes(raw: bytes, charset: str | None) -> str:
    """Text in a charset as mails name it; UTF-8 where that is unknown. Never raises."""
    name = (charset or "utf-8").lower()
    try:
        return raw.decode("cp949" if name in _KOREAN else name, "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")


def decode_words(text: str) -> str:
    """A header's text with its encoded words (RFC 2047) decoded; as it stands where they are
    broken.
    """
    if "=?" not in text:
        return clean_text(text)
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        return clean_text(text)
    return clean_text(
        "".join(
            part if isinstance(part, str) else decode_bytes(part, charset or "raw-unicode-escape")
            for part, charset in parts
        )
    )


def _parse_date(written: str, zone: tzinfo) -> tuple[datetime, bool] | None:
    try:
        date = parsedate_to_datetime(written.strip())
        if date.tzinfo is not None:
            return date.astimezone(UTC), False
        if "-0000" in written:  # RFC 5322: UTC, of a sender who does not tell its own zone
            return date.replace(tzinfo=UTC), False
        return localize(date, zone), True
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
