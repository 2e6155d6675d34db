"""What is said, sent and noted is told apart."""

from __future__ import annotations

from typing import Any

import pytest

from companion.sources.meta.wording import Content, read_content, read_encrypted_content


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"content": "hi"}, "text", "hi"),
        ({"content": "a\r\nb\rc\0"}, "text", "a\nb\nc"),
        ({"content": "caf\u00c3\u00a9"}, "text", "café"),
        ({"content": "our dog", "photos": [{"uri": "p.jpg"}]}, "text", "our dog"),
        ({"photos": [{"uri": "p.jpg"}]}, "media", "[photo]"),
        ({"photos": [{}, {}], "videos": [{}]}, "media", "[2 photos] [video]"),
        ({"audio_files": [{}]}, "media", "[voice message]"),
        ({"gifs": [{}]}, "media", "[GIF]"),
        ({"files": [{}, {}, {}]}, "media", "[3 files]"),
        ({"sticker": {"uri": "s.png"}}, "media", "[sticker]"),
        ({"content": "Ann sent a photo.", "photos": [{}]}, "media", "[photo]"),
        ({"content": "You sent an attachment."}, "media", "You sent an attachment."),
        ({"content": "Ann Lee sent an attachment."}, "media", "Ann Lee sent an attachment."),
        (
            {"content": "Ann sent an attachment.", "share": {"link": "https://a.b", "x": "y"}},
            "media",
            "[link] https://a.b",
        ),
        (
            {"content": "see https://a.b", "share": {"link": "https://a.b"}},
            "text",
            "see https://a.b",
        ),
        ({"share": {"share_text": "x"}}, "media", "[link]"),
        ({}, "media", "[message without text]"),
        ({"content": None, "photos": "none"}, "media", "[message without text]"),
        ({"content": "Liked a message"}, "system", "Liked a message"),
        (
            {"content": "Reacted \u00e2\u009d\u00a4 to your message "},
            "system",
            "Reacted ❤ to your message ",
        ),
        ({"content": "Ann reacted x to your message"}, "system", "Ann reacted x to your message"),
        ({"content": "Liked a message", "photos": [{}]}, "text", "Liked a message"),
        ({"content": "Ann called you.", "call_duration": 12}, "system", "Ann called you."),
        ({"call_duration": 0}, "system", "A call"),
        ({"content": "You missed a call from Ann."}, "system", "You missed a call from Ann."),
        ({"content": "Ann named the group Trip."}, "system", "Ann named the group Trip."),
        ({"content": "Ann left the group."}, "system", "Ann left the group."),
        (
            {"content": "You set the nickname for B to C."},
            "system",
            "You set the nickname for B to C.",
        ),
        ({"content": "Audio call ended"}, "system", "Audio call ended"),
        ({"content": "x", "type": "Subscribe"}, "system", "x"),
        ({"content": "x", "type": "Generic"}, "text", "x"),
        ({"content": "", "is_unsent": True}, "deleted", ""),
        ({"content": "Ann unsent a message"}, "deleted", "Ann unsent a message"),
        # The same verbs of anybody else are what somebody says.
        ({"content": "Mum called you."}, "text", "Mum called you."),
        ({"content": "I left the group."}, "text", "I left the group."),
        ({"content": "Ben sent a photo."}, "text", "Ben sent a photo."),
    ],
)
def test_messages_of_the_usual_download(fields: dict[str, Any], kind: str, text: str) -> None:
    assert read_content(fields, "Ann Lee") == Content(kind, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"text": "caf\u00c3\u00a9", "type": "text"}, "text", "caf\u00c3\u00a9"),
        ({"text": "https://a.b", "type": "link"}, "text", "https://a.b"),
        ({"text": "", "media": [{"uri": "./media/1.JPEG"}], "type": "media"}, "media", "[photo]"),
        ({"media": [{"uri": "a.mp4"}, {"uri": "b.ogg"}]}, "media", "[video] [voice message]"),
        ({"media": [{"uri": "Failed to download media"}]}, "media", "[attachment]"),
        ({"text": "look", "media": [{"uri": "a.gif"}]}, "text", "look"),
        ({"text": "User unsent a message", "isUnsent": True}, "deleted", "User unsent a message"),
        ({"text": "Ben joined", "type": "placeholder"}, "system", "Ben joined"),
        ({"text": ""}, "media", "[message without text]"),
    ],
)
def test_messages_of_encrypted_chats(fields: dict[str, Any], kind: str, text: str) -> None:
    assert read_encrypted_content(fields, "Ann") == Content(kind, text)  # type: ignore[arg-type]
