"""What single lines say, in the shapes of old and new versions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from companion.sources.signal_cli.envelopes import (
    Deletion,
    Group,
    MalformedError,
    Message,
    Person,
    Reads,
    Target,
    is_envelope,
    parse_line,
)

AT = 1_790_000_000_000
UUID = "00000000-0000-4000-8000-000000000002"
ANA = Person(UUID, "+15550000002", "Ana")
SOURCE = {"source": "+15550000002", "sourceNumber": "+15550000002", "sourceUuid": UUID}


def line(account: str = "+15550000001", **envelope: object) -> bytes:
    fields = SOURCE | {"sourceName": "Ana", "timestamp": AT} | envelope
    return json.dumps({"envelope": fields, "account": account}).encode()


def received(**content: object) -> Message:
    event = parse_line(line(dataMessage={"timestamp": AT, "message": None} | content))
    assert isinstance(event, Message)
    return event


def test_a_message_to_the_owner_is_with_its_author() -> None:
    assert received(message="hi") == Message(ANA, False, ANA, AT, "hi", "text")


def test_a_message_in_a_group_is_with_the_group() -> None:
    info = {"groupId": "Z3JvdXA=", "groupName": "Lunch", "revision": 1, "type": "DELIVER"}
    assert received(message="hi", groupInfo=info).chat == Group("Z3JvdXA=", "Lunch")


def test_what_the_owner_sent_elsewhere_is_with_its_destination() -> None:
    sent = {"destination": "+15550000003", "timestamp": AT, "message": "hi"}
    event = parse_line(line(syncMessage={"sentMessage": sent}))
    assert event == Message(ANA, True, Person("", "+15550000003"), AT, "hi", "text")


@pytest.mark.parametrize("wrap", ["params", "result"])
def test_notifications_of_json_rpc_are_unwrapped(wrap: str) -> None:
    report = json.loads(line(dataMessage={"timestamp": AT, "message": "hi"}))
    params = report if wrap == "params" else {"subscription": 0, "result": report}
    raw = json.dumps({"jsonrpc": "2.0", "method": "receive", "params": params}).encode()
    assert parse_line(raw) == Message(ANA, False, ANA, AT, "hi", "text")
    assert is_envelope(raw)


@pytest.mark.parametrize(
    ("source", "person"),
    [
        ({"source": "+1"}, Person("", "+1")),
        ({"source": "ab-cd"}, Person("ab-cd", "")),
        ({"source": "+1", "sourceUuid": "ab-cd", "sourceNumber": None}, Person("ab-cd", "+1")),
        ({"sourceUuid": "ab-cd", "sourceName": "B"}, Person("ab-cd", "", "B")),
    ],
)
def test_people_are_named_in_the_ways_of_all_versions(
    source: dict[str, str], person: Person
) -> None:
    content = {"timestamp": AT, "message": "hi"}
    raw = json.dumps({"envelope": {**source, "timestamp": AT, "dataMessage": content}}).encode()
    event = parse_line(raw)
    assert isinstance(event, Message)
    assert event.author == person


@pytest.mark.parametrize("is_own", [False, True])
def test_an_edit_names_the_message_it_replaces(is_own: bool) -> None:
    edit = {"targetSentTimestamp": AT - 5, "dataMessage": {"timestamp": AT, "message": "new"}}
    sent = {"destination": "+15550000003", "editMessage": edit}
    event = parse_line(
        line(syncMessage={"sentMessage": sent}) if is_own else line(editMessage=edit)
    )
    assert isinstance(event, Message)
    assert (event.text, event.is_me, event.edited) == ("new", is_own, Target(ANA, AT - 5))


def test_a_deletion_names_the_message_taken_back() -> None:
    content = {"timestamp": AT, "message": None, "remoteDelete": {"timestamp": AT - 5}}
    assert parse_line(line(dataMessage=content)) == Deletion(ANA, False, Target(ANA, AT - 5))


def test_an_admin_deletes_for_somebody_else() -> None:
    target = {"targetAuthorNumber": "+15550000001", "targetSentTimestamp": AT - 5}
    content = {"timestamp": AT, "groupInfo": {"groupId": "g"}, "adminDelete": target}
    owner = Target(Person("", "+15550000001"), AT - 5)
    assert parse_line(line(dataMessage=content)) == Deletion(Group("g", ""), True, owner)


def test_readings_on_another_device_are_told() -> None:
    reads = [{"sender": "+15550000002", "timestamp": AT - 9}, {"timestamp": AT}]
    found = parse_line(line(syncMessage={"readMessages": reads}))
    assert found == Reads(AT, (Target(Person("", "+15550000002"), AT - 9),))


def test_a_quote_names_the_message_answered() -> None:
    quote = {"id": AT - 9, "author": "+15550000003", "text": "secret"}
    assert received(message="yes", quote=quote).reply_to == Target(
        Person("", "+15550000003"), AT - 9
    )


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ({"attachments": [{"contentType": "image/jpeg", "filename": "a.jpg"}]}, "[photo]"),
        (
            {"attachments": [{"contentType": "video/mp4"}, {"contentType": "audio/aac"}]},
            "[video] [audio]",
        ),
        (
            {"attachments": [{"contentType": "application/pdf", "filename": "a.pdf"}]},
            "[file a.pdf]",
        ),
        ({"attachments": [{}]}, "[file]"),
        ({"sticker": {"packId": "x", "stickerId": 1}}, "[sticker]"),
        ({"contacts": [{"name": {}}]}, "[contact]"),
        ({"viewOnce": True, "attachments": [{"contentType": "image/jpeg"}]}, "[view-once media]"),
    ],
)
def test_media_are_named(content: dict[str, Any], shown: str) -> None:
    found = received(**content)
    assert (found.text, found.kind) == (shown, "media")
    assert received(message="look", **content).kind == "text"


def test_a_poll_is_shown_with_its_options() -> None:
    found = received(pollCreate={"question": "Where?", "options": ["A", "B"]})
    assert (found.text, found.kind) == ("[poll] Where?\n- A\n- B", "text")


def test_mentions_are_named_by_utf16_places() -> None:
    mentions = [
        {"name": "Bo", "start": 3, "length": 1},
        {"number": "+1", "start": 5, "length": 1},
        {"name": "far", "start": 99, "length": 1},
        {"name": "bad", "start": "1", "length": 1},
    ]
    assert received(message="🦁 \ufffc \ufffc", mentions=mentions).text == "🦁 @Bo @+1"


@pytest.mark.parametrize(
    "envelope",
    [
        {"typingMessage": {"action": "STARTED", "timestamp": AT}},
        {"receiptMessage": {"when": AT, "isDelivery": True, "timestamps": [AT]}},
        {"dataMessage": {"timestamp": AT, "message": None, "reaction": {"emoji": "👍"}}},
        {"dataMessage": {"timestamp": AT, "message": None, "isExpirationUpdate": True}},
        {"dataMessage": {"timestamp": AT, "message": None, "groupInfo": {"groupId": "g"}}},
        {"syncMessage": {"type": "CONTACTS_SYNC"}},
        {"syncMessage": {}},
        {"storyMessage": {"allowsReplies": True}},
        {"callMessage": {"offerMessage": {"id": 1}}},
    ],
)
def test_what_is_no_message_tells_nothing(envelope: dict[str, Any]) -> None:
    assert parse_line(line(**envelope)) is None


def test_answers_of_json_rpc_tell_nothing() -> None:
    assert parse_line(b'{"jsonrpc":"2.0","result":{"timestamp":1790000000000},"id":"1"}') is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"INFO  Received", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (
            b'{"exception":{"message":"secret","type":"UntrustedIdentityException"},"envelope":{}}',
            "signal-cli could not read it (UntrustedIdentityException)",
        ),
        (b'{"envelope":{"dataMessage":{"message":"x"}}}', "it says neither group nor sender"),
        (b'{"envelope":{"source":"+1","dataMessage":{"message":"x"}}}', "it has no time"),
    ],
)
def test_a_malformed_line_is_refused_without_its_words(raw: bytes, reason: str) -> None:
    with pytest.raises(MalformedError, match=re.escape(reason)):
        parse_line(raw)
