"""Events of Matrix become the words that Element shows."""

from __future__ import annotations

from typing import Any

import pytest

from companion.sources.element.wording import read_content

Fields = dict[str, Any]
REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}


def show_name(user: str) -> str:
    return {"@a:x": "Ann", "@b:x": "Ben"}.get(user, user)


def read(content: Fields, event_type: str = "m.room.message", **event: object) -> tuple[str, str]:
    fields = {"type": event_type, "sender": "@a:x", "content": content, **event}
    return read_content(fields, content, show_name)


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"msgtype": "m.text", "body": "hi"}, "text", "hi"),
        ({"msgtype": "m.emote", "body": "waves"}, "text", "waves"),
        ({"msgtype": "m.image", "body": "a.png"}, "media", "[photo a.png]"),
        ({"msgtype": "m.file", "body": "a.pdf", "filename": "a.pdf"}, "media", "[file a.pdf]"),
        ({"msgtype": "m.video", "body": "look!", "filename": "v.mp4"}, "text", "look!"),
        ({"msgtype": "m.audio"}, "media", "[audio]"),
        ({"msgtype": "m.location", "body": "Seoul"}, "media", "[location Seoul]"),
        ({}, "media", "[message without text]"),
        ({"body": 3, "msgtype": []}, "media", "[message without text]"),
        ({"body": "> <@b:x> a\n> b\n\nyes", **REPLY}, "text", "yes"),
        ({"body": "> * <@b:x> waves\n\nyes", **REPLY}, "text", "yes"),
        ({"body": "> <@b:x> a\n\n> my quote", **REPLY}, "text", "> my quote"),
        ({"body": "> my quote\n\nyes", **REPLY}, "text", "> my quote\n\nyes"),
        ({"body": "so\n> <@b:x> a", **REPLY}, "text", "so\n> <@b:x> a"),
        ({"body": "> <@b:x> a\n\nyes"}, "text", "> <@b:x> a\n\nyes"),
    ],
)
def test_messages(content: Fields, kind: str, text: str) -> None:
    assert read(content) == (kind, text)


def test_stickers_and_polls() -> None:
    assert read({"body": "Wave"}, "m.sticker") == ("media", "[sticker Wave]")
    draft = {
        "question": {"org.matrix.msc1767.text": "When?"},
        "answers": [{"id": "1", "org.matrix.msc1767.text": "Noon"}],
    }
    final = {
        "question": {"m.text": [{"body": "When?"}]},
        "answers": [{"m.id": "1", "m.text": [{"body": "Noon"}]}],
    }
    words = ("text", "[poll] When?\n- Noon")
    key = "org.matrix.msc3381.poll.start"
    assert read({key: draft}, key) == words
    assert read({"m.poll": final}, "m.poll.start") == words
    assert read({"m.poll": 3}, "m.poll.start") == ("text", "[poll] ")


@pytest.mark.parametrize(
    ("event_type", "content", "text"),
    [
        ("m.room.create", {}, "Ann created the room"),
        ("m.room.name", {"name": "Team"}, "Ann changed the room name to “Team”"),
        ("m.room.topic", {"topic": "{x}"}, "Ann changed the topic to “{x}”"),
        ("m.room.power_levels", {}, "Ann: power levels"),
        ("im.vector.modular.widgets", {}, "Ann: widgets"),
    ],
)
def test_states(event_type: str, content: Fields, text: str) -> None:
    assert read(content, event_type, state_key="") == ("system", text)


def test_calls_are_lines_without_a_state() -> None:
    assert read({}, "m.call.invite") == ("system", "Ann called")


@pytest.mark.parametrize(
    ("was", "now", "member", "text"),
    [
        (None, "join", "@a:x", "Ann joined"),
        (None, "invite", "@b:x", "Ann invited Ben"),
        ("join", "leave", "@a:x", "Ann left"),
        ("join", "leave", "@b:x", "Ann removed Ben"),
        ("invite", "leave", "@a:x", "Ann declined the invitation"),
        ("invite", "leave", "@b:x", "Ann took back the invitation of Ben"),
        ("ban", "leave", "@b:x", "Ann let Ben back in"),
        ("join", "ban", "@b:x", "Ann banned Ben"),
        (None, "knock", "@a:x", "Ann asked to join"),
        ("join", "join", "@a:x", "Ann changed their profile"),
        (None, "", "@a:x", "Ann: member"),
    ],
)
def test_members(was: str | None, now: str, member: str, text: str) -> None:
    unsigned = {"prev_content": {"membership": was}} if was else {}
    told = read({"membership": now}, "m.room.member", state_key=member, unsigned=unsigned)
    assert told == ("system", text)


def test_a_new_name_is_told_with_the_old_one() -> None:
    before = {"prev_content": {"membership": "join", "displayname": "Anna"}}
    content = {"membership": "join", "displayname": "Ann"}
    told = read(content, "m.room.member", state_key="@a:x", unsigned=before)
    assert told == ("system", "Anna is now called Ann")
