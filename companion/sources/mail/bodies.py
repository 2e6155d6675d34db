"""What a mail shows: its text, and the names of what is attached; knows no headers of mail."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from companion.sources.decoding import clean_text
from companion.sources.mail.headers import decode_bytes, decode_words
from companion.sources.mail.hypertext import extract_text

_MEDIA = {"image": "photo", "video": "video", "audio": "audio"}


def read_text(message: Message) -> str:
    """All its plain text, else the words of its HTML; "" where it has neither."""
    leaves = [part for part in _list_leaves(message) if not _is_attached(part)]
    plain = [_read_plain(part) for part in leaves if part.get_content_type() == "text/plain"]
    if shown := "\n\n".join(text for text in plain if text.strip()):
        return shown
    html = (part for part in leaves if part.get_content_type() == "text/html")
    return "\n\n".join(filter(None, (extract_text(_decode(part)) for part in html)))


def describe_attachments(message: Message) -> str:
    """A placeholder for each file that came with it, in their order; "" for none."""
    attached = filter(_is_attached, _list_leaves(message))
    return " ".join(f"[{_describe(part)}]" for part in attached)


def _list_leaves(message: Message) -> Iterator[Message]:
    """The parts in their order; a mail inside the mail is one part."""
    parts = [message]
    while parts:
        part = parts.pop()
        inside = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            parts += (child for child in reversed(inside) if isinstance(child, Message))
        else:
            yield part


def _is_attached(part: Message) -> bool:
    """Whether the part is a file, and not the text nor a picture that HTML shows in it."""
    if part.get_content_maintype() == "multipart":
        return False
    if part.get_content_disposition() == "attachment":
        return True
    if part.get_content_maintype() == "text":
        return bool(part.get_filename())
    return "Content-ID" not in part


def _describe(part: Message) -> str:
    if part.get_content_type() == "message/rfc822":
        return "mail"
    family = part.get_content_maintype()
    if family in _MEDIA:
        return _MEDIA[family]
    name = " ".join(decode_words(part.get_filename() or "").split())
    return f"file {name}" if name else "file"


def _read_plain(part: Message) -> str:
    text = _decode(part)
    if str(part.get_param("format", "")).lower() == "flowed":
        return _unwrap(text, is_spaceless=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _unwrap(text: str, *, is_spaceless: bool) -> str:
    """Lines that end in a space go on (RFC 3676); quoted lines are left as they are."""
    lines: list[str] = []
    is_open = False
    for stuffed in text.split("\n"):
        line = stuffed.removeprefix(" ")
        if is_open and not line.startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
        is_open = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if is_open and is_spaceless:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _decode(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return clean_text(
        decode_bytes(raw if isinstance(raw, bytes) else b"", part.get_content_charset())
    )
