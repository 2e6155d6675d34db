"""What Messages shows for each sort of row is what we tell."""

from __future__ import annotations

import plistlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from companion.sources.interface import MessageFound, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.companion.sources.imessage.conftest import ChatStore

NOW = 794_145_600_000_000_000


def tell(store: ChatStore, text: str | None = None, **columns: object) -> MessageFound:
    """The one message of a new chat, as told."""
    jane = store.add_handle("+15551234567")
    store.add_message(store.add_chat("+15551234567", [jane]), text, **{"handle_id": jane} | columns)
    (message,) = store.read_messages()
    return message


def test_a_message_comes_with_all_that_belongs_to_it(store: ChatStore) -> None:
    jane = store.add_handle("+15551234567")
    chat = store.add_chat("+15551234567", [jane])
    first = store.add_message(chat, "See you?", handle_id=jane, guid="A")
    store.add_message(
        chat,
        "Yes",
        date=NOW + 250_000_000,
        is_from_me=1,
        guid="B",
        thread_originator_guid="A",
        reply_to_guid="Z",
    )
    assert store.read_messages(me=("Kim", "김"))[1] == MessageFound(
        conversation_key="+15551234567",
        id="B",
        sender="Kim",
        is_me=True,
        sent_at=datetime(2026, 3, 2, 12, 0, 0, 250_000, UTC),
        text="Yes",
        position=first + 1,
        reply_to="A",
        is_read=True,
    )


def test_the_owner_without_a_name_sends_under_none(store: ChatStore) -> None:
    assert tell(store, "Yes", is_from_me=1).sender == ""


def test_the_body_is_read_where_there_is_no_text(
    store: ChatStore, archive: Callable[[str], bytes]
) -> None:
    assert tell(store, None, attributedBody=archive("안녕하세요")).text == "안녕하세요"


def test_a_text_wins_over_its_body(store: ChatStore, archive: Callable[[str], bytes]) -> None:
    assert tell(store, "text", attributedBody=archive("body")).text == "text"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("trailing space ", "trailing space "),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\x0bc", "a\u2028b\x0bc"),
        ("a\0b", "ab"),
        ("\ufffc\ufffcIt’s a lovely day!", "It’s a lovely day!"),
        ("\ufffc\nlook", "look"),
        (" ", " "),
    ],
)
def test_a_text_is_shown_as_typed_without_slots(stored: str, shown: str, store: ChatStore) -> None:
    message = tell(store, stored)
    assert (message.text, message.kind) == (shown, "text")


def test_a_subject_is_the_first_line(store: ChatStore) -> None:
    assert tell(store, "body", subject="Subject").text == "Subject\nbody"


def test_an_edited_message_shows_its_last_version(
    store: ChatStore, summarize_edits: Callable[..., bytes]
) -> None:
    summary = summarize_edits(versions={0: ["at six", "at seven"]})
    message = tell(store, None, date_edited=NOW, message_summary_info=summary)
    assert (message.text, message.kind, message.edited) == ("at seven", "text", True)


def test_a_message_edited_in_one_part_shows_its_whole_body(
    store: ChatStore, archive: Callable[[str], bytes], summarize_edits: Callable[..., bytes]
) -> None:
    summary = summarize_edits(sent=(0, 1), versions={1: ["old", "new"]})
    body = archive("unchanged, new")
    message = tell(store, None, date_edited=NOW, message_summary_info=summary, attributedBody=body)
    assert (message.text, message.edited) == ("unchanged, new", True)


@pytest.mark.parametrize("retracted", [0, NOW])
def test_an_unsent_message_is_deleted_whatever_date_says_so(
    retracted: int, store: ChatStore, summarize_edits: Callable[..., bytes]
) -> None:
    summary = summarize_edits(unsent=(0,))
    message = tell(
        store, None, date_edited=NOW, date_retracted=retracted, message_summary_info=summary
    )
    assert (message.text, message.kind, message.edited) == ("", "deleted", False)


@pytest.mark.parametrize(
    "columns",
    [
        {"date_retracted": NOW},
        {"date_retracted": NOW, "text": "still there"},
        {"date_edited": NOW},
        {"date_edited": NOW, "message_summary_info": b"broken"},
        {"message_summary_info": plistlib.dumps({"rp": [0]}, fmt=plistlib.FMT_BINARY)},
    ],
)
def test_an_unsent_message_is_deleted_though_its_parts_are_not_told(
    columns: dict[str, object], store: ChatStore
) -> None:
    message = tell(store, **columns)  # type: ignore[arg-type]
    assert (message.text, message.kind) == ("", "deleted")


def test_a_partly_unsent_message_shows_the_rest(
    store: ChatStore, archive: Callable[[str], bytes], summarize_edits: Callable[..., bytes]
) -> None:
    summary = summarize_edits(sent=(0, 1), unsent=(1,))
    message = tell(
        store,
        None,
        date_edited=NOW,
        date_retracted=NOW,
        message_summary_info=summary,
        attributedBody=archive("the rest"),
    )
    assert (message.text, message.kind, message.edited) == ("the rest", "text", True)


@pytest.mark.parametrize(
    ("attachments", "text"),
    [
        ([{"mime_type": "image/heic"}], "[photo]"),
        ([{"mime_type": "video/quicktime"}], "[video]"),
        ([{"mime_type": "audio/amr"}], "[audio]"),
        ([{"mime_type": "text/vcard"}], "[attachment]"),
        ([{"transfer_name": "IMG_1.png"}], "[photo]"),
        ([{}], "[attachment]"),
        ([{"mime_type": "image/png", "is_sticker": 1}], "[sticker]"),
        ([{"mime_type": "image/png"}, {"mime_type": "video/mp4"}], "[photo] [video]"),
    ],
)
def test_files_without_text_are_named_by_their_sort(
    attachments: list[dict[str, object]], text: str, store: ChatStore
) -> None:
    rowid = store.add_message(store.add_chat("+15551234567"), "\ufffc" * len(attachments))
    for columns in attachments:
        store.add_attachment(rowid, **columns)
    (message,) = store.read_messages()
    assert (message.text, message.kind) == (text, "media")


def test_a_text_beside_a_file_is_a_text(store: ChatStore) -> None:
    rowid = store.add_message(store.add_chat("+15551234567"), "\ufffcThe venue")
    store.add_attachment(rowid, mime_type="image/jpeg")
    (message,) = store.read_messages()
    assert (message.text, message.kind) == ("The venue", "text")


LINK = "com.apple.messages.URLBalloonProvider"
GAME = "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.example.game"


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("https://example.com/a", {"balloon_bundle_id": LINK}, ("https://example.com/a", "text")),
        ("\ufffd", {"balloon_bundle_id": LINK}, ("[link]", "media")),
        ("\ufffd", {"balloon_bundle_id": GAME}, ("[app message]", "media")),
        (None, {"balloon_bundle_id": GAME, "payload_data": b"x"}, ("[app message]", "media")),
        ("\ufffd", {}, ("[app message]", "media")),
        ("\ufffc", {}, ("[attachment]", "media")),
        ("\ufffd", {"is_audio_message": 1}, ("[audio]", "media")),
        (None, {}, ("[empty message]", "media")),
    ],
)
def test_links_and_apps_are_told_by_their_text_or_their_sort(
    text: str | None, columns: dict[str, object], shown: tuple[str, str], store: ChatStore
) -> None:
    message = tell(store, text, **columns)
    assert (message.text, message.kind) == shown


def test_group_events_are_system_lines_of_their_actor(store: ChatStore) -> None:
    jane, tom = store.add_handle("Jane"), store.add_handle("Tom")
    chat = store.add_chat("chat1", [jane, tom])
    store.add_message(chat, item_type=1, handle_id=jane, other_handle=tom, is_read=0)
    store.add_message(chat, item_type=2, is_from_me=1, group_title="여행")
    store.add_message(chat, item_type=3, handle_id=tom)
    told = [(m.kind, m.sender, m.text, m.is_read) for m in store.read_messages()]
    assert told == [
        ("system", "Jane", "Jane added Tom to the conversation", True),
        ("system", "", "You named the conversation “여행”", True),
        ("system", "Tom", "Tom left the conversation", True),
    ]


def test_a_sender_without_a_handle_is_the_other_of_a_pair_and_unknown_in_a_group(
    store: ChatStore,
) -> None:
    store.add_message(store.add_chat("+15551234567"), "hello", handle_id=0)
    store.add_message(store.add_chat("chat1"), "hello", handle_id=0)
    assert [m.sender for m in store.read_messages()] == ["+15551234567", "Unknown"]


@pytest.mark.parametrize("kind", [1000, *range(2000, 2008), *range(3000, 3008), 4000])
def test_tapbacks_stickers_on_messages_and_votes_are_no_messages(
    kind: int, store: ChatStore
) -> None:
    chat = store.add_chat("+15551234567")
    store.add_message(chat, "hello")
    store.add_message(
        chat,
        "Loved “hello”",
        associated_message_type=kind,
        associated_message_guid="p:0/guid-1",
        is_read=0,
    )
    assert [m.text for m in store.read_messages()] == ["hello"]


@pytest.mark.parametrize("kind", [None, 0, 2, 3])
def test_other_associations_are_messages(kind: int | None, store: ChatStore) -> None:
    assert tell(store, "hello", associated_message_type=kind).text == "hello"


def test_a_row_that_cannot_be_read_is_skipped_and_the_rest_is_told(store: ChatStore) -> None:
    chat = store.add_chat("+15551234567")
    store.add_message(chat, None, attributedBody=b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01+\x7fcut")
    store.add_message(chat, "no date", date=0)
    store.add_message(chat, "hello")
    changes = store.read()
    assert [c.reason for c in changes if isinstance(c, Skipped)] == [
        "the body of message 1 cannot be read",
        "message 2 has no date",
    ]
    assert [c.text for c in changes if isinstance(c, MessageFound)] == ["hello"]
