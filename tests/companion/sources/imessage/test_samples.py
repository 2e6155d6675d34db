"""Real and published chat.db files give the counts that their origin states."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.scanning import scan_store
from companion.sources.interface import SourceSettings


@pytest.mark.parametrize(
    ("sample", "messages", "conversations", "senders", "unread"),
    [
        ("evantahler+macos-ts", 15, 3, {"", "John Doe", "Alice Johnson"}, 9),
        ("xevg+imessagedb", 2, 2, {""}, 0),
    ],
)
def test_the_counts_are_those_of_the_sample(
    sample: str,
    messages: int,
    conversations: int,
    senders: set[str],
    unread: int,
    data_folder: Path,
    settings: SourceSettings,
) -> None:
    path = data_folder / "imessage" / sample / "chat.db"
    report = scan_store(path, None, settings, with_messages=True)
    assert (report.kind, report.messages, report.system) == ("imessage", messages, 0)
    assert (len(report.conversations), report.unread, report.warnings) == (
        conversations,
        unread,
        (),
    )
    items = [item for conversation in report.conversations for item in conversation.items or ()]
    assert {item.sender for item in items} == senders


def test_every_message_of_the_author_made_sample_is_told(
    data_folder: Path, settings: SourceSettings
) -> None:
    path = data_folder / "imessage" / "evantahler+macos-ts" / "chat.db"
    report = scan_store(path, "imessage", settings, with_messages=True)
    told = [
        (c.title, c.kind, [(m.id, m.sender, m.text, m.kind, m.reply_to) for m in c.items or ()])
        for c in report.conversations
    ]
    assert told == [
        (
            "John Doe",
            "direct",
            [
                ("msg-guid-1", "John Doe", "Hey, how are you?", "text", None),
                ("msg-guid-2", "", "I'm doing great, thanks!", "text", None),
                ("msg-guid-3", "John Doe", "Want to grab lunch tomorrow?", "text", None),
                ("msg-guid-4", "", "Sure, sounds good!", "text", None),
                ("msg-guid-5", "John Doe", "See you at noon 🍕", "text", None),
            ],
        ),
        (
            "Alice Johnson",
            "direct",
            [
                ("msg-guid-6", "Alice Johnson", "Check out this cool project!", "text", None),
                ("msg-guid-7", "", "That looks awesome!", "text", None),
                ("msg-guid-8", "", "Can you send me the link?", "text", None),
                ("msg-guid-9", "Alice Johnson", "Here's the screenshot", "text", None),
            ],
        ),
        (
            "Weekend Plans",
            "group",
            [
                ("msg-guid-10", "", "Who's free this Saturday?", "text", None),
                ("msg-guid-11", "John Doe", "I'm in!", "text", None),
                ("msg-guid-12", "John Doe", "Count me in too", "text", None),
                (
                    *("msg-guid-13", "Alice Johnson"),
                    *("What time works for everyone?", "text", "msg-guid-10"),
                ),
                ("msg-guid-14", "John Doe", "[audio]", "media", None),
                ("msg-guid-15", "", "Here's a photo of the venue", "text", None),
            ],
        ),
    ]
