"""Makes text by strangers safe for Markdown, JSON, terminals, desktops; it changes no meaning."""

from __future__ import annotations

import html
import json
import re

from tui.cleaning import clean_text

_MARKDOWN = re.compile(r"[\\`*_\[\]<>&~|]|^[#+=-]|#(?=#*$)")
"""What means something anywhere in a line, at its beginning, or at a heading's end."""
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)])")
_ACTING = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NEW_LINES = re.compile(r"\s*\n\s*")


def clean_line(text: str) -> str:
    """The text as people may be shown it, on one line: line breaks become " / "."""
    return _NEW_LINES.sub(" / ", clean_text(text).strip())


def escape_markdown(text: str) -> str:
    """The text on one line, so that Markdown shows it letter by letter wherever it stands."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", clean_line(text))
    return _NUMBERED.sub(r"\1\\", escaped)


def escape_body(text: str) -> str:
    """The text as the body of a notification over D-Bus, which knows some tags of HTML.

    (specifications.freedesktop.org/notification-spec, "Markup")
    """
    return html.escape(text, quote=False)


def format_json(document: object, *, indent: int | None) -> str:
    """The document as JSON, equal when it is read again, that does nothing to a terminal.

    What acts or hides becomes its escape, and so does a lone surrogate, which has no UTF-8.
    """
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return _ACTING.sub(lambda found: json.dumps(found[0])[1:-1], text)
