"""What the rows of a database are told as."""

from __future__ import annotations

import json
import plistlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from companion.sources.interface import ConversationFound, MessageFound, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.kakaotalk_mac.conftest import KakaoStore

OWNER, MINA, JUN = 7000, 100, 200
LOG = 2**53


def find_room(store: KakaoStore, key: str) -> ConversationFound:
    found = [change for change in store.follow() if isinstance(change, ConversationFound)]
    return next(change for change in found if change.key == key)


def find_unread(store: KakaoStore) -> list[str]:
    return [message.text for message in store.list_messages() if not message.is_read]


def test_a_message_is_told_with_all_the_database_says(store: KakaoStore) -> None:
    store.add_message(1, "첫 줄\r\n둘째 줄")
    (message,) = store.list_messages()
    assert message == MessageFound(
        conversation_key="1",
        id=f"{LOG + 1}-1",
        sender="Mina",
        is_me=False,
        sent_at=datetime.fromtimestamp(1_764_000_001, UTC),
        text="첫 줄\n둘째 줄",
        position=LOG + 1,
        is_read=True,
    )


def test_two_messages_of_one_log_id_stay_two(store: KakaoStore) -> None:
    for number in (1, 2):
        store.add_message(1, f"text {number}", logId=LOG, msgId=number)
    assert [(m.id, m.text) for m in store.list_messages()] == [
        (f"{LOG}-1", "text 1"),
        (f"{LOG}-2", "text 2"),
    ]


class TestUnread:
    def test_is_what_others_wrote_behind_the_last_message_seen(self, store: KakaoStore) -> None:
        store.see(1, store.receive(1, "seen"))
        store.receive(1, "new")
        store.add_message(1, "mine", OWNER)
        store.receive(1, "newer")
        assert find_unread(store) == ["new", "newer"]

    def test_is_never_more_than_the_room_counts(self, store: KakaoStore) -> None:
        for number in range(4):
            store.add_message(1, f"text {number}")
        assert find_unread(store) == []
        store.execute("UPDATE NTChatRoom SET countOfNewMessage = 2 WHERE chatId = 1")
        assert find_unread(store) == ["text 2", "text 3"]

    def test_is_never_a_line_of_the_system(self, store: KakaoStore) -> None:
        store.receive(2, '{"feedType": 2, "member": {"nickName": "Jun"}}', 0, type=0)
        store.receive(2, "so it is")
        assert find_unread(store) == ["so it is"]


class TestBodies:
    @pytest.mark.parametrize(
        ("type_", "text", "shown"),
        [
            (2, None, "[photo]"),
            (2, "사진", "사진"),
            (27, "", "[photo]"),
            (3, None, "[video]"),
            (5, None, "[audio]"),
            (12, None, "[sticker]"),
            (20, None, "[sticker]"),
            (25, "(ㅋㅋ)", "(ㅋㅋ)"),
            (16, None, "[location]"),
            (18, None, "[file]"),
            (1, "", "[empty message]"),
        ],
    )
    def test_media_have_their_words_or_a_placeholder(
        self, store: KakaoStore, type_: int, text: str | None, shown: str
    ) -> None:
        store.add_message(1, text, type=type_)
        (message,) = store.list_messages()
        assert (message.text, message.kind) == (shown, "media")

    @pytest.mark.parametrize("type_", [1, 26, 71, 9_999])
    def test_words_of_any_other_type_are_a_text(self, store: KakaoStore, type_: int) -> None:
        store.add_message(1, "words", type=type_)
        (message,) = store.list_messages()
        assert (message.text, message.kind) == ("words", "text")

    def test_a_message_taken_back_has_no_words(self, store: KakaoStore) -> None:
        store.add_message(1, "sorry", type=0x4000 | 1)
        (message,) = store.list_messages()
        assert (message.text, message.kind) == ("", "deleted")

    def test_bytes_that_are_not_utf_8_and_nul_do_not_stop_the_rest(self, store: KakaoStore) -> None:
        store.add_message(1, b"\xffab")
        store.add_message(1, "a\0b")
        assert [message.text for message in store.list_messages()] == ["\ufffdab", "ab"]

    @pytest.mark.parametrize("sent_at", [None, 0, -1, 2**62])
    def test_a_message_without_a_date_is_skipped(
        self, store: KakaoStore, sent_at: int | None
    ) -> None:
        store.add_message(1, "undated", sentAt=sent_at)
        store.add_message(1, "dated")
        skipped = [change for change in store.follow() if isinstance(change, Skipped)]
        assert skipped == [Skipped(f"message {LOG + 1} has no date")]
        assert [message.text for message in store.list_messages()] == ["dated"]


@pytest.mark.parametrize(
    ("feed", "shown"),
    [
        (
            {
                "feedType": 1,
                "inviter": {"nickName": "Jun"},
                "members": [{"nickName": "Mina"}, {"nickName": "Ana"}],
            },
            "Jun invited Mina, Ana",
        ),
        ({"feedType": 2, "member": {"userId": 1, "nickName": "Mina"}}, "Mina left"),
        ({"feedType": 4, "members": [{"userId": 1, "nickName": "Mina"}]}, "Mina joined"),
        ({"feedType": 6, "member": {"nickName": "Mina"}}, "Mina was removed"),
        ({"feedType": 4}, "somebody joined"),
        ({"feedType": 1, "inviter": 3, "members": "x"}, "somebody invited somebody"),
        ({"feedType": 999}, "the room changed"),
        ([], "the room changed"),
        ("no object", "the room changed"),
    ],
)
def test_a_feed_is_a_line_of_the_system(store: KakaoStore, feed: Any, shown: str) -> None:
    store.add_message(2, json.dumps(feed), 0, type=0)
    (message,) = store.list_messages()
    assert (message.text, message.kind, message.sender) == (shown, "system", "")


class TestAnswers:
    @pytest.mark.parametrize("place", ["attachment", "supplement"])
    def test_an_answer_names_the_message_it_answers(self, store: KakaoStore, place: str) -> None:
        asked = store.add_message(1, "when?")
        told = {"src_logId": asked}
        columns: dict[str, Any] = {
            place: json.dumps(told if place == "attachment" else {"reply": told})
        }
        store.add_message(1, "at noon", type=26, **columns)
        assert [message.reply_to for message in store.list_messages()] == [None, f"{asked}-1"]

    @pytest.mark.parametrize(
        "raw", ['{"src_logId": 5}', '{"src_logId": "x"}', "{", "[]", "[" * 5000]
    )
    def test_an_answer_to_what_is_not_stored_or_not_said_answers_nothing(
        self, store: KakaoStore, raw: str
    ) -> None:
        store.add_message(1, "at noon", type=26, attachment=raw, supplement=raw)
        assert [message.reply_to for message in store.list_messages()] == [None]


class TestRooms:
    def test_a_pair_is_called_by_the_name_the_owner_gave_the_friend(
        self, store: KakaoStore
    ) -> None:
        store.execute("UPDATE NTUser SET friendNickName = '민아' WHERE userId = ?", (MINA,))
        store.add_message(1, "hi")
        assert find_room(store, "1") == ConversationFound("1", "민아", "direct", ("민아",))
        assert [message.sender for message in store.list_messages()] == ["민아"]

    def test_a_group_is_called_by_its_name_and_else_by_its_members(self, store: KakaoStore) -> None:
        members = plistlib.dumps([MINA, JUN], fmt=plistlib.FMT_BINARY)
        store.add_room(3, 1, displayMemberIds=members)
        store.add_room(4, 1, chatName="Team", displayMemberIds=b"no list")
        for room in (2, 3, 4):
            store.add_message(room, "hi")
        assert find_room(store, "2").title == "Lunch"
        assert find_room(store, "3") == ConversationFound(
            "3", "Mina, Jun", "group", ("Mina", "Jun")
        )
        assert find_room(store, "4") == ConversationFound("4", "Team", "group", ())

    def test_people_of_an_open_chat_have_the_names_they_have_there(self, store: KakaoStore) -> None:
        store.add_user(MINA, "Moonlight", linkId=9)
        store.insert("NTOpenLink", linkId=9, linkName="Stargazers")
        store.add_room(3, 4, linkId=9)
        store.add_message(3, "look up")
        store.add_message(3, "I see", JUN)
        assert find_room(store, "3").title == "Stargazers"
        assert [m.sender for m in store.list_messages()] == ["Moonlight", "Jun"]

    def test_the_owner_is_known_and_named(self, store: KakaoStore) -> None:
        store.add_message(1, "mine", OWNER)
        for me, name in (("", "하늘"), ("나", "나")):
            (message,) = store.list_messages(me)
            assert (message.sender, message.is_me) == (name, True)

    def test_somebody_without_a_name_is_unknown(self, store: KakaoStore) -> None:
        store.add_message(2, "who am I", 555)
        assert [message.sender for message in store.list_messages()] == ["Unknown"]

    def test_what_is_no_room_of_people_is_left_out(self, store: KakaoStore) -> None:
        store.add_room(-1, 10_000)
        for room in (-1, 77):
            store.add_message(room, "a row of no room")
        assert store.list_messages() == []

    def test_absent_tables_and_columns_cost_only_what_they_say(self, store: KakaoStore) -> None:
        for table in ("NTChatMeta", "NTOpenLink", "NTChatContext"):
            store.execute(f"DROP TABLE {table}")
        for column in ("supplement", "attachment"):
            store.execute(f"ALTER TABLE NTChatMessage DROP COLUMN {column}")
        store.execute("ALTER TABLE NTChatRoom DROP COLUMN displayMemberIds")
        store.add_room(5, 1)
        store.execute(
            "INSERT INTO NTChatMessage (chatId, logId, msgId, authorId, type, sentAt, message)"
            " VALUES (5, 1, 1, ?, 1, 1764000000, 'still here')",
            (MINA,),
        )
        (message,) = store.list_messages()
        assert (message.text, message.sender) == ("still here", "Mina")
        assert find_room(store, "5").title == ""
