"""Each kind of row reads as WhatsApp shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import MessageFound, Skipped
from companion.sources.whatsapp_mac.rendering import find_answered

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_mac.conftest import ChatStorageFile

GROUP, LUIS = "120363000000000001@g.us", "34600333444@s.whatsapp.net"


def test_a_message_is_told_whole(store: ChatStorageFile) -> None:
    chat = store.add_chat(ZUNREADCOUNT=1)
    store.add_message(
        chat, "hi\r\nthere\0", ZMESSAGEDATE=700_000_180.5, ZSORT=4, ZSTANZAID="3EB0A1"
    )
    assert store.read_messages() == [
        MessageFound(
            conversation_key="34600111222@s.whatsapp.net",
            id="3EB0A1",
            sender="Ana",
            is_me=False,
            sent_at=datetime(2023, 3, 8, 20, 29, 40, 500_000, UTC),
            text="hi\nthere",
            position=4,
            is_read=False,
        )
    ]


def test_the_owner_is_called_by_the_first_name_told(store: ChatStorageFile) -> None:
    store.add_message(store.add_chat(), "hello", ZISFROMME=1)
    (message,) = store.read_messages(me=("Kim", "K"))
    assert (message.sender, message.is_me, message.is_read) == ("Kim", True, True)


@pytest.mark.parametrize(
    ("message_type", "columns", "kind", "text"),
    [
        (1, {}, "media", "[photo]"),
        (1, {"ZTITLE": "the beach"}, "text", "the beach"),
        (2, {"ZVCARDSTRING": "video/mp4"}, "media", "[video]"),
        (2, {"ZVCARDSTRING": "audio/ogg; codecs=opus"}, "media", "[audio]"),
        (2, {"ZMEDIALOCALPATH": "Media/34600111222@s.whatsapp.net/a/b.mp4"}, "media", "[video]"),
        (2, {"ZMEDIALOCALPATH": "Media/a/b.mp4", "ZTITLE": "look"}, "text", "look"),
        (2, {}, "media", "[media]"),
        (3, {}, "media", "[audio]"),
        (4, {"ZVCARDNAME": "Luis", "ZVCARDSTRING": "BEGIN:VCARD"}, "media", "[contact Luis]"),
        (5, {"ZTITLE": "Bar Sol"}, "media", "[location Bar Sol]"),
        (5, {}, "media", "[location]"),
        (8, {"ZTITLE": "plan.pdf", "ZVCARDSTRING": "application/pdf"}, "media", "[file plan.pdf]"),
        (11, {}, "media", "[GIF]"),
        (15, {"ZMEDIALOCALPATH": "Media/a/b.webp"}, "media", "[sticker]"),
        (77, {"ZVCARDSTRING": "image/jpeg"}, "media", "[photo]"),
        (77, {}, "media", "[media]"),
    ],
)
def test_a_message_without_text_is_named_by_its_type_or_its_file(
    message_type: int, columns: dict[str, object], kind: str, text: str, store: ChatStorageFile
) -> None:
    store.add_media(store.add_chat(), message_type, **columns)
    (message,) = store.read_messages()
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize("message_type", [0, 1, 7, 46])
def test_a_message_with_text_reads_as_its_text(message_type: int, store: ChatStorageFile) -> None:
    store.add_message(store.add_chat(), "see https://a.b", ZMESSAGETYPE=message_type)
    (message,) = store.read_messages()
    assert (message.kind, message.text) == ("text", "see https://a.b")


def test_a_deleted_message_keeps_no_text(store: ChatStorageFile) -> None:
    store.add_message(store.add_chat(), "what was said", ZMESSAGETYPE=14)
    (message,) = store.read_messages()
    assert (message.kind, message.text) == ("deleted", "")


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 1, "ZTEXT": "Trip"}, "Luis named the group “Trip”"),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 2}, "Luis joined the group"),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 2, "ZTEXT": LUIS}, "Luis joined the group"),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 3}, "Luis left the group"),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 3, "ZISFROMME": 1}, "You left the group"),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 3, "ZGROUPMEMBER": None}, ""),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 99, "ZTEXT": LUIS}, ""),
        ({"ZMESSAGETYPE": 6, "ZGROUPEVENTTYPE": 99, "ZTEXT": "something"}, "something"),
        ({"ZMESSAGETYPE": 10, "ZGROUPEVENTTYPE": 1}, "Missed voice call"),
        ({"ZMESSAGETYPE": 10, "ZGROUPEVENTTYPE": 3}, "The security code of Luis changed"),
    ],
)
def test_an_event_reads_as_a_sentence_or_not_at_all(
    columns: dict[str, object], text: str, store: ChatStorageFile
) -> None:
    group = store.add_chat(GROUP, "Trip")
    luis = store.add_member(group, LUIS, "Luis")
    store.change(store.add_message(group), **{"ZGROUPMEMBER": luis, **columns})
    (message,) = store.read_messages()
    assert (message.kind, message.text) == ("system", text)


def test_lines_of_the_system_that_share_an_id_are_all_kept(store: ChatStorageFile) -> None:
    group = store.add_chat(GROUP, "Trip")
    for event, stanza in ((12, "X"), (2, "X"), (2, None), (50, None)):
        store.add_message(group, ZMESSAGETYPE=6, ZGROUPEVENTTYPE=event, ZSTANZAID=stanza)
    ids = [message.id for message in store.read_messages()]
    assert len(set(ids)) == 4
    assert ids == [message.id for message in store.read_messages()]


def test_a_message_without_id_is_known_by_what_it_says(store: ChatStorageFile) -> None:
    chat = store.add_chat()
    store.add_message(chat, "one", ZSTANZAID=None)
    store.add_message(chat, "two", ZSTANZAID="")
    before = [message.id for message in store.read_messages()]
    assert len(set(before)) == 2
    store.execute("UPDATE ZWAMESSAGE SET Z_PK = Z_PK + 100")
    assert [message.id for message in store.read_messages()] == before


@pytest.mark.parametrize("date", [None, 0, "soon", b"\x00", 1e300, float("inf")])
def test_a_message_without_a_date_is_skipped_once(date: object, store: ChatStorageFile) -> None:
    store.add_message(store.add_chat(), "when?", ZMESSAGEDATE=date)
    changes = store.read()
    assert changes[0] == Skipped("message 1 has no date")
    assert len(changes) == 2
    assert len(store.read(getattr(changes[-1], "cursor", None))) == 1


@pytest.mark.parametrize("year", [1, 9999])
def test_dates_at_both_ends_of_the_calendar_are_told(year: int, store: ChatStorageFile) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC)
    since_2001 = (at - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds()
    store.add_message(store.add_chat(), "when?", ZMESSAGEDATE=since_2001)
    assert [message.sent_at for message in store.read_messages()] == [at]


def test_an_answer_names_the_message_it_answers(store: ChatStorageFile) -> None:
    chat = store.add_chat()
    first = store.add_message(chat, "shall we?", ZSTANZAID="3EB0C127D8A9F2B4E6D1")
    item = store.add_media(chat, 0, ZMETADATA=b"\x2a\x143EB0C127D8A9F2B4E6D1\x32\x00more")
    store.change(item, ZTEXT="yes")
    question, answer = store.read_messages()
    assert (question.position, question.reply_to) == (first, None)
    assert answer.reply_to == question.id


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "text",
        b"",
        b"\x2a",
        b"\x2a\x00",
        b"\x2a\x14short",
        b"\x0a\x03abc",
        b"\x2a\x02\xff\xfe",
    ],
)
def test_other_metadata_answers_nothing(metadata: object) -> None:
    assert find_answered(metadata) is None


def test_text_that_is_not_utf_8_is_told_with_replacements(store: ChatStorageFile) -> None:
    store.add_message(store.add_chat(), "hello")
    store.execute("UPDATE ZWAMESSAGE SET ZTEXT = CAST(X'61EDA080FF62' AS TEXT)")
    (message,) = store.read_messages()
    assert (message.kind, message.text.strip("ab")) == ("text", "\ufffd" * 4)
