"""Words for service messages and for what has no text."""

from __future__ import annotations

from typing import Any

import pytest

from companion.sources.telegram.wording import (
    describe_media,
    describe_poll,
    describe_service,
    join_text,
)

NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("hi", "hi"),
        ("", ""),
        (None, ""),
        ([], ""),
        (["a ", {"type": "link", "text": "http://b"}, " c"], "a http://b c"),
        ([{"type": "custom_emoji", "text": "😀", "document_id": "1"}], "😀"),
        ([{"type": "blockquote", "text": None}, "x"], "x"),
        ("nul\0", "nul"),
    ],
)
def test_texts_of_both_forms_are_joined(text: object, plain: str) -> None:
    assert join_text(text) == plain


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"photo": "photos/1.jpg"}, "[photo]"),
        ({"file": NOT_INCLUDED, "media_type": "sticker", "sticker_emoji": "😀"}, "[sticker 😀]"),
        ({"file": NOT_INCLUDED, "media_type": "sticker"}, "[sticker]"),
        ({"file": "a.ogg", "media_type": "voice_message"}, "[voice message]"),
        ({"file": "a.mp4", "media_type": "video_message"}, "[video message]"),
        ({"file": "a.mp4", "media_type": "video_file"}, "[video]"),
        ({"file": "a.mp4", "media_type": "animation"}, "[GIF]"),
        (
            {"file": "a.mp3", "media_type": "audio_file", "performer": "P", "title": "T"},
            "[audio P – T]",
        ),
        ({"file": "a.mp3", "media_type": "audio_file"}, "[audio]"),
        ({"file": "files/report.pdf", "mime_type": "application/pdf"}, "[file report.pdf]"),
        ({"file": NOT_INCLUDED, "file_name": "report.pdf"}, "[file report.pdf]"),
        ({"file": NOT_INCLUDED}, "[file]"),
        (
            {"contact_information": {"first_name": "A", "last_name": "", "phone_number": "+1"}},
            "[contact A +1]",
        ),
        (
            {"location_information": {"latitude": 41.3, "longitude": 69.2}},
            "[location 41.3, 69.2]",
        ),
        (
            {
                "location_information": {"latitude": 41.3, "longitude": 69.2},
                "live_location_period_seconds": 900,
            },
            "[live location 41.3, 69.2]",
        ),
        (
            {"place_name": "Café", "address": "1 Road", "location_information": {"latitude": 1}},
            "[place Café, 1 Road]",
        ),
        ({"game_title": "Chess"}, "[game Chess]"),
        ({"invoice_information": {"title": "Tea"}}, "[invoice Tea]"),
        ({"todo_list": {"title": ["Shop", {"text": "ping"}]}}, "[checklist Shopping]"),
    ],
)
def test_media_are_told_in_brackets(fields: dict[str, Any], shown: str) -> None:
    assert describe_media(fields) == shown


def test_what_holds_nothing_known_is_told_as_nothing() -> None:
    assert describe_media({"inline_bot_buttons": [[]]}) is None
    assert describe_poll({"photo": "x"}) is None


def test_a_poll_is_its_question_and_answers() -> None:
    poll = {"question": "Where?", "answers": [{"text": "Here"}, {"text": ["The", "re"]}]}
    assert describe_poll({"poll": poll}) == "[poll] Where?\n- Here\n- There"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": "create_group", "title": "G"}, "Ann created the group “G”"),
        ({"action": "invite_members", "members": ["Ben", None]}, "Ann added Ben, Deleted Account"),
        ({"action": "invite_members", "members": ["Ann"]}, "Ann joined"),
        ({"action": "remove_members", "members": ["Ann"]}, "Ann left"),
        ({"action": "remove_members", "members": ["Ben"]}, "Ann removed Ben"),
        ({"action": "invite_members"}, "Ann added somebody"),
        ({"action": "pin_message", "message_id": 1}, "Ann pinned a message"),
        ({"action": "phone_call", "duration_seconds": 77}, "Ann called (77 s)"),
        ({"action": "phone_call", "discard_reason": "missed"}, "Ann called (missed)"),
        ({"action": "phone_call"}, "Ann called"),
        ({"action": "migrate_from_group", "title": "G"}, "The group “G” became a supergroup"),
        ({"action": "topic_edit", "new_title": "T"}, "Ann changed the topic “T”"),
        ({"action": "topic_edit"}, "Ann changed the topic “?”"),
        ({"action": "proximity_reached", "from": "A", "to": "B"}, "A came close to B"),
        ({"action": "boost_apply", "boosts": 1}, "Ann: boost apply"),
        ({"action": "set_messages_ttl", "period": 60, "title": "{actor}"}, None),
        ({"information_text": "You have a bonus"}, "You have a bonus"),
        ({}, "A service message"),
    ],
)
def test_service_messages_are_sentences(fields: dict[str, Any], sentence: str | None) -> None:
    expected = sentence or "Ann set messages to vanish after 60 seconds"
    assert describe_service({"actor": "Ann", **fields}) == expected


def test_braces_in_names_are_only_braces() -> None:
    fields = {"action": "create_group", "actor": "{title}", "title": "{0}"}
    assert describe_service(fields) == "{title} created the group “{0}”"
    assert describe_service({"action": "a{b}c", "actor": "Ann"}) == "Ann: a{b}c"
