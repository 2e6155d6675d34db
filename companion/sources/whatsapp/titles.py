"""The name of the conversation, as WhatsApp puts it into file names; opens nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from companion.sources.whatsapp.marks import clean_marks

_COPY_NUMBER = re.compile(r" ?\(\d+\)\Z")
_WITH = "with|mit|met|med|con|com|avec|dengan|z|с контактом|с|з|עם|مع|-"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "WhatsApp Chat with X", "WhatsApp-Chat mit X", "Chat de WhatsApp con X"; iOS: " - X"
        rf"(?:[\w'’]+ )?(?:(?:de|do|no) )?WhatsApp(?:[ -][\w'’]+)? (?:{_WITH}) (?P<title>.+)\Z",
        r"(?P<title>.+?) ?님과의 WhatsApp 대화\Z",
        r"(?P<title>.+?) ile WhatsApp (?:Sohbeti|yazışması)\Z",
        r"(?P<title>.+?)(?: ?と)? ?の ?WhatsApp ?(?:チャット|トーク)\Z",
        r"(?:与|與|和)\s?(?P<title>.+?)\s?的 ?WhatsApp ?(?:聊天|聊天记录|對話|对话|对话记录)\Z",
    )
)


def find_title(names: Iterable[str]) -> str | None:
    """The title in the first of the file names (without suffix) that holds one."""
    for name in names:
        plain = _COPY_NUMBER.sub("", clean_marks(unicodedata.normalize("NFC", name))).strip()
        for candidate in (plain, plain.replace("_", " ")):
            for pattern in _PATTERNS:
                if match := pattern.match(candidate):
                    return match["title"].strip()
    return None


def normalize_title(title: str) -> str:
    """The key of a conversation: the same however a file system or a phone spelled it."""
    return " ".join(unicodedata.normalize("NFC", clean_marks(title)).casefold().split())
