"""What merging an export asks of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.entries import NewConversation

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf


def test_rooms_are_those_of_the_kind_with_their_times(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1), shelf.make_message(7))
    shelf.archive.save_batch(shelf.source_id, [NewConversation("empty", "Empty", "direct")], [])
    full, empty = shelf.reader.rooms("kakaotalk")
    assert (full.key, full.first_at, full.last_at) == ("room", shelf.at(1), shelf.at(7))
    assert (empty.key, empty.title, empty.first_at, empty.last_at) == ("empty", "Empty", None, None)
    assert shelf.reader.rooms("whatsapp") == []


def test_messages_between_are_the_first_ones_in_order_with_both_ends(shelf: Shelf) -> None:
    shelf.tell(*(shelf.make_message(n, position=9 - n) for n in (3, 1, 2, 4)))
    shelf.tell(shelf.make_message(2, uid="later", position=7))
    rows = shelf.reader.messages_between(1, shelf.at(1), shelf.at(3), limit=10)
    assert [(row.uid, row.position) for row in rows] == [
        ("1", 8),
        ("2", 7),
        ("later", 7),
        ("3", 6),
    ]
    assert len(shelf.reader.messages_between(1, shelf.at(1), shelf.at(3), limit=2)) == 2


def test_messages_are_found_by_uid_in_their_conversation_alone(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(1), shelf.make_message(2, conversation_key="other"))
    assert [row.uid for row in shelf.reader.messages_by_uids(1, ["1", "2", "none"])] == ["1"]


def test_texts_and_senders_leave_the_system_out(shelf: Shelf) -> None:
    shelf.tell(
        shelf.make_message(1),
        shelf.make_message(2, sender="Jun", kind="media"),
        shelf.make_message(3, sender="KakaoTalk", kind="system"),
    )
    assert shelf.reader.count_texts(1, shelf.at(0), shelf.at(9)) == 1
    assert shelf.reader.senders(1) == {"Mina", "Jun"}


def test_the_last_id_is_that_of_the_newest_row(shelf: Shelf) -> None:
    assert shelf.reader.last_message_id() == 0
    shelf.tell(shelf.make_message(5))
    shelf.tell(shelf.make_message(1))
    assert shelf.reader.last_message_id() == shelf.message("1").id
