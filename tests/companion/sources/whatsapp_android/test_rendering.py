"""Each kind of row reads as WhatsApp shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import CursorAdvanced, MessageFound, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.whatsapp_android.conftest import MessageStoreFile

ANA, GROUP = "34600111222@s.whatsapp.net", "120363000000000001@g.us"


def test_a_message_is_told_whole(store: MessageStoreFile) -> None:
    chat = store.add_chat(unseen_message_count=1)
    store.add_message(chat, "hi\r\nthere\0", timestamp=1_678_307_380_500, sort_id=4, key_id="3EB0")
    assert store.read_messages() == [
        MessageFound(
            conversation_key=ANA,
            id="3EB0",
            sender="+34600111222",
            is_me=False,
            sent_at=datetime(2023, 3, 8, 20, 29, 40, 500_000, UTC),
            text="hi\nthere",
            position=4,
            is_read=False,
        )
    ]


def test_the_owner_is_called_by_the_first_name_told_else_by_the_one_chosen(
    store: MessageStoreFile,
) -> None:
    store.add_message(store.add_chat(), "hello", from_me=1)
    assert [(m.sender, m.is_me) for m in store.read_messages()] == [("", True)]
    store.insert("props", key="user_push_name", value="Kim")
    assert [(m.sender, m.is_me) for m in store.read_messages()] == [("Kim", True)]
    assert [m.sender for m in store.read_messages(me=("Kim Minji", "K"))] == ["Kim Minji"]


@pytest.mark.parametrize(
    ("message_type", "media", "kind", "text"),
    [
        (1, {}, "media", "[photo]"),
        (42, {}, "media", "[photo]"),
        (2, {}, "media", "[audio]"),
        (3, {}, "media", "[video]"),
        (4, None, "media", "[contact]"),
        (5, None, "media", "[location]"),
        (9, {"media_name": "plan.pdf"}, "media", "[file plan.pdf]"),
        (9, {"media_name": "plan.pdf", "media_caption": "the plan"}, "text", "the plan"),
        (13, {}, "media", "[GIF]"),
        (20, {}, "media", "[sticker]"),
        (99, None, "media", "[album]"),
        (81, {"mime_type": "video/mp4"}, "media", "[video]"),
        (118, None, "media", "[media]"),
    ],
)
def test_a_message_without_text_is_named_by_its_type_or_its_file(
    message_type: int,
    media: dict[str, object] | None,
    kind: str,
    text: str,
    store: MessageStoreFile,
) -> None:
    message = store.add_message(store.add_chat(), message_type=message_type)
    if media is not None:
        store.insert("message_media", message_row_id=message, **media)
    (told,) = store.read_messages()
    assert (told.kind, told.text) == (kind, text)


@pytest.mark.parametrize(
    ("message_type", "text"), [(0, "hello"), (1, "hello"), (46, "hello"), (66, "[poll] hello")]
)
def test_a_message_with_text_reads_as_its_text(
    message_type: int, text: str, store: MessageStoreFile
) -> None:
    store.add_message(store.add_chat(), "hello", message_type=message_type)
    (message,) = store.read_messages()
    assert (message.kind, message.text) == ("text", text)


def test_a_place_is_called_by_its_name(store: MessageStoreFile) -> None:
    message = store.add_message(store.add_chat(), message_type=5)
    store.insert("message_location", message_row_id=message, place_name="Bar Sol")
    assert [m.text for m in store.read_messages()] == ["[location Bar Sol]"]


@pytest.mark.parametrize("message_type", [15, 64])
def test_a_deleted_message_keeps_no_text(message_type: int, store: MessageStoreFile) -> None:
    store.add_message(store.add_chat(), "what was said", message_type=message_type)
    (message,) = store.read_messages()
    assert (message.kind, message.text) == ("deleted", "")


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (5, "+1 left the group"),
        (12, "+1 added +2, +3"),
        (14, "+1 removed +2, +3"),
        (18, "The security code of +1 changed"),
        (20, "+2, +3 joined by an invite link"),
        (67, "Messages are end-to-end encrypted"),
        (131, ""),
    ],
)
def test_an_event_reads_as_a_sentence_or_not_at_all(
    action: int, text: str, store: MessageStoreFile
) -> None:
    group = store.add_chat(GROUP, "Trip")
    one, *others = (store.add_jid(f"{number}@s.whatsapp.net") for number in (1, 2, 3))
    store.add_event(group, action, *others, sender_jid_row_id=one)
    (message,) = store.read_messages()
    assert (message.kind, message.text, message.sender, message.is_me) == (
        *("system", text),
        *("+1", False),
    )


def test_who_is_added_by_nobody_else_joined(store: MessageStoreFile) -> None:
    group = store.add_chat(GROUP, "Trip")
    one = store.add_jid("1@s.whatsapp.net")
    store.add_event(group, 12, one, sender_jid_row_id=one)
    store.add_event(group, 12)
    store.add_event(group, 12, from_me=0)
    store.add_event(group, 14, sender_jid_row_id=one)
    told = [message.text for message in store.read_messages()]
    assert told == ["+1 joined the group", "You joined the group", "", ""]


@pytest.mark.parametrize(("message_type", "text"), [(10, "Missed call"), (90, "Call")])
def test_a_call_is_a_line_of_the_system(
    message_type: int, text: str, store: MessageStoreFile
) -> None:
    store.add_message(store.add_chat(), message_type=message_type)
    (message,) = store.read_messages()
    assert (message.kind, message.text, message.sender) == ("system", text, "+34600111222")


@pytest.mark.parametrize("date", [None, 0, -1, "soon", 10**18, float("inf")])
def test_a_message_without_a_date_is_skipped_once(date: object, store: MessageStoreFile) -> None:
    store.add_message(store.add_chat(), "when?", timestamp=date)
    skipped, last = store.read()
    assert skipped == Skipped("message 1 has no date")
    assert isinstance(last, CursorAdvanced)
    assert len(store.read(last.cursor)) == 1


@pytest.mark.parametrize("year", [1, 9999])
def test_dates_at_both_ends_of_the_calendar_are_told(year: int, store: MessageStoreFile) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC)
    store.add_message(store.add_chat(), "when?", timestamp=int(at.timestamp()) * 1000)
    assert [message.sent_at for message in store.read_messages()] == [at]


def test_an_answer_names_the_message_it_answers_in_the_same_chat(store: MessageStoreFile) -> None:
    chat, other = store.add_chat(), store.add_chat(GROUP, "Trip")
    store.add_message(chat, "shall we?", key_id="A1")
    for answered in (chat, other):
        answer = store.add_message(chat, "yes")
        store.insert(
            "message_quoted",
            message_row_id=answer,
            chat_row_id=chat,
            parent_message_chat_row_id=answered,
            from_me=0,
            key_id="A1",
        )
    assert [message.reply_to for message in store.read_messages()] == [None, "A1", None]


def test_text_that_is_not_utf_8_is_told_with_replacements(store: MessageStoreFile) -> None:
    store.add_message(store.add_chat(), "hello")
    store.execute("UPDATE message SET text_data = CAST(X'61EDA080FF62' AS TEXT)")
    (message,) = store.read_messages()
    assert (message.kind, message.text.strip("ab")) == ("text", "\ufffd" * 4)
