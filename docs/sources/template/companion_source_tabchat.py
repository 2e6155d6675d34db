r"""Reads the exports of Tabchat, a messenger made up for this template: copy it and change it.

    #tabchat	Climbing Thursdays
    2026-11-24T09:30:00+09:00	Ana	Seven at the wall?
    2026-11-24T09:31:00+09:00	Bo	Yes\nBring the rope

The first line holds the title; each other one a message: when, who, text, between tabs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from companion.errors import NotAStore
from companion.sources.decoding import Line, decode_head, decode_lines
from companion.sources.exports import ExportSource, read_head
from companion.sources.identity import ExportIdentity
from companion.sources.interface import Change, ConversationFound, MessageFound, Skipped

_MARK = "#tabchat\t"


class TabchatSource(ExportSource):
    """One exported file is one conversation, told from others by its title and messages."""

    kind: ClassVar[str] = "tabchat"
    label: ClassVar[str] = "Tabchat"

    @classmethod
    def probe(cls, path: Path) -> bool:
        return any(line.startswith(_MARK) for line in decode_head(read_head(path))[:1])

    def _read_changes(self, file: Path) -> Iterator[Change]:
        if not self.probe(file):
            raise NotAStore(f"{file} is not an export of Tabchat", next_step="export it again")
        identity = ExportIdentity()
        title = ""
        with file.open("rb") as stream:
            for line in decode_lines(stream):
                if isinstance(line, Skipped):
                    yield line
                elif line.number == 1:
                    title = line.text.removeprefix(_MARK)
                    yield ConversationFound(title, title, "group", has_ids=False)
                elif line.text:
                    yield self._read_line(title, line, identity)

    def _read_line(self, title: str, line: Line, identity: ExportIdentity) -> Change:
        stamp, _, rest = line.text.partition("\t")
        sender, tab, text = rest.partition("\t")
        try:
            sent_at = datetime.fromisoformat(stamp).astimezone(UTC)
        except (ValueError, OverflowError):
            return Skipped("no time that can be read", line.number)
        if not tab:
            return Skipped("no text", line.number)
        uid, position = identity.next_id(sent_at, sender, text)
        return MessageFound(
            conversation_key=title,
            id=uid,
            sender=sender,
            is_me=sender in self.settings.me,
            sent_at=sent_at,
            text=text.replace("\\n", "\n"),
            position=position,
        )
