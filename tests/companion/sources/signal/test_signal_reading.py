"""What the rows of a database are told as."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from companion.sources.interface import ConversationFound, MessageFound, MessageRemoved, Skipped

if TYPE_CHECKING:
    from tests.companion.sources.signal.conftest import SignalStore

OWNER, MINA, JUN = "aci-owner", "aci-mina", "aci-jun"
WITH_MINA = f"with {MINA}"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def find_conversation(store: SignalStore, key: str) -> ConversationFound:
    found = [change for change in store.follow() if isinstance(change, ConversationFound)]
    return next(change for change in found if change.key == key)


def find_only(store: SignalStore) -> MessageFound:
    (message,) = store.list_messages()
    return message


def test_a_message_is_told_with_all_the_database_says(store: SignalStore) -> None:
    store.add_message("첫 줄\r\n둘째 줄")
    assert find_only(store) == MessageFound(
        conversation_key=MINA,
        id=f"{MINA}-{to_ms(START + timedelta(minutes=1))}",
        sender="Mina",
        is_me=False,
        sent_at=START + timedelta(minutes=1),
        text="첫 줄\n둘째 줄",
        position=1,
        is_read=True,
    )


class TestReadState:
    def test_zero_is_read_one_is_unread_two_is_viewed(self, store: SignalStore) -> None:
        for status in (0, 1, 2, None):
            store.add_message(f"status {status}", readStatus=status)
        told = {message.text: message.is_read for message in store.list_messages()}
        assert told == {"status 0": True, "status 1": False, "status 2": True, "status None": True}

    def test_only_what_came_in_is_unread(self, store: SignalStore) -> None:
        store.send("mine", readStatus=1)
        store.add_message(None, type="call-history", readStatus=1)
        assert [message.is_read for message in store.list_messages()] == [True, True]

    def test_of_a_version_that_has_only_a_flag(self, store: SignalStore) -> None:
        store.execute("ALTER TABLE messages DROP COLUMN readStatus")
        store.execute("ALTER TABLE messages ADD COLUMN unread INTEGER")
        for unread in (0, 1):
            store.execute(
                "INSERT INTO messages (id, conversationId, type, body, sent_at, unread)"
                " VALUES (?, ?, 'incoming', 'text', ?, ?)",
                (f"old-{unread}", WITH_MINA, 1764000000000 + unread, unread),
            )
        assert [message.is_read for message in store.list_messages()] == [True, False]


class TestDisappearing:
    def test_a_message_is_gone_when_its_timer_ran_out_even_if_signal_did_not_run(
        self, store: SignalStore
    ) -> None:
        store.add_message("gone", expireTimer=60, expirationStartTimestamp=to_ms(START))
        store.add_message("here", expireTimer=61, expirationStartTimestamp=to_ms(START))
        store.add_message("not begun", expireTimer=1)
        store.add_message("kept", expireTimer=0, expirationStartTimestamp=to_ms(START))
        now = START + timedelta(seconds=60)
        texts = [message.text for message in store.list_messages(now=now)]
        assert texts == ["here", "not begun", "kept"]

    def test_a_message_told_before_is_taken_back(self, store: SignalStore) -> None:
        store.add_message("soon gone", expireTimer=60, expirationStartTimestamp=to_ms(START))
        id_ = store.list_messages()[0].id
        for number in range(3):
            store.add_message(f"later {number}")
        cursor = store.follow(now=START)[-1].cursor  # type: ignore[union-attr]
        removed, _ = store.follow(cursor, now=START + timedelta(hours=1))
        assert removed == MessageRemoved(MINA, id_)


class TestBodies:
    @pytest.mark.parametrize(
        ("details", "shown"),
        [
            ({"attachments": [{"contentType": "image/jpeg"}]}, "[photo]"),
            ({"attachments": [{"contentType": "video/mp4"}, {}]}, "[video] [attachment]"),
            ({"attachments": [{"contentType": "audio/aac", "flags": 1}]}, "[audio]"),
            ({"sticker": {"packId": "x"}}, "[sticker]"),
            ({"contact": [{"name": {"displayName": "Ana"}}]}, "[contact]"),
            ({"poll": {"question": "Noon?", "options": ["yes", "no"]}}, "[poll] Noon?"),
            ({"payment": {"kind": 1}}, "[payment]"),
            ({"attachments": "broken", "sticker": None}, "[empty message]"),
        ],
    )
    def test_a_message_without_words_has_a_placeholder(
        self, store: SignalStore, details: Any, shown: str
    ) -> None:
        store.add_message(None, details=details)
        message = find_only(store)
        assert (message.text, message.kind) == (shown, "media")

    def test_files_have_a_table_of_their_own_in_newer_versions(self, store: SignalStore) -> None:
        id_ = store.add_message(None, hasAttachments=1)
        for index, kind, order, mime in (
            (-1, "attachment", 0, "image/png"),
            (-1, "attachment", 1, "application/pdf"),
            (-1, "quote", 0, "video/mp4"),
            (0, "attachment", 0, "audio/aac"),
        ):
            store.insert(
                "message_attachments",
                messageId=id_,
                editHistoryIndex=index,
                attachmentType=kind,
                orderInMessage=order,
                contentType=mime,
            )
        assert find_only(store).text == "[photo] [attachment]"

    def test_mentions_stand_by_name_in_their_slots(self, store: SignalStore) -> None:
        store.add_message(
            "😀 \ufffc and \ufffc, \ufffc?",
            "group",
            details={
                "bodyRanges": [
                    {"start": 3, "length": 1, "mentionAci": JUN},
                    {"start": 9, "length": 1, "mentionUuid": "nobody"},
                    {"start": 0, "length": 2, "style": 1},
                    "broken",
                ]
            },
        )
        assert find_only(store).text == "😀 @Jun Kim and @Unknown, \ufffc?"

    def test_a_message_deleted_for_everyone_has_no_words(self, store: SignalStore) -> None:
        store.add_message("left over", details={"deletedForEveryone": True}, isErased=1)
        store.add_message("", isErased=1)
        assert [(m.text, m.kind) for m in store.list_messages()] == [("", "deleted")] * 2

    def test_a_view_once_message_is_never_shown(self, store: SignalStore) -> None:
        store.add_message("caption", isViewOnce=1)
        store.add_message("", isViewOnce=1, isErased=1)
        assert [(m.text, m.kind) for m in store.list_messages()] == [
            ("[view-once media]", "media")
        ] * 2

    def test_an_edited_message_shows_its_newest_words(self, store: SignalStore) -> None:
        store.add_message("noon", details={"editHistory": [{"body": "noon"}, {"body": "one"}]})
        message = find_only(store)
        assert (message.text, message.edited) == ("noon", True)

    @pytest.mark.parametrize("raw", ["", "no JSON", "[]", "[" * 5000, None, 5])
    def test_damaged_details_cost_only_what_they_say(
        self, store: SignalStore, raw: str | int | None
    ) -> None:
        store.add_message("words", json=raw)
        assert find_only(store).text == "words"

    @pytest.mark.parametrize("sent_at", [None, 0, -1, 2**62])
    def test_a_message_without_a_date_is_skipped(
        self, store: SignalStore, sent_at: int | None
    ) -> None:
        store.add_message("undated", sent_at=sent_at)
        skipped = [change for change in store.follow() if isinstance(change, Skipped)]
        assert skipped == [Skipped("message 1 has no date")]

    def test_stories_and_answers_to_them_in_groups_are_no_messages(
        self, store: SignalStore
    ) -> None:
        store.add_message("a story", type="story")
        store.add_message("an answer in a group", "group", storyId="id-1")
        store.add_message("an answer to me", storyId="id-1")
        store.add_message("of a conversation that is gone", "nowhere")
        assert [message.text for message in store.list_messages()] == ["an answer to me"]


@pytest.mark.parametrize("id_type", [int, str])
def test_an_answer_names_the_message_of_its_conversation(
    store: SignalStore, id_type: type[int] | type[str]
) -> None:
    sent_at = to_ms(START)
    store.add_message("when?", sent_at=sent_at)
    store.add_message("when else?", "group", sent_at=sent_at)
    store.send("noon", details={"quote": {"id": id_type(sent_at), "text": "when?"}})
    store.send("what?", details={"quote": {"id": 5}})
    store.send("broken", details={"quote": {"id": ["x"]}})
    told = [m.reply_to for m in store.list_messages() if m.is_me]
    assert told == [f"{MINA}-{sent_at}", None, None]


class TestPeople:
    def test_a_group_has_its_name_and_members(self, store: SignalStore) -> None:
        store.add_message("hi", "group", sender=JUN)
        found = find_conversation(store, "group")
        names = ("Sky", "Mina", "Jun Kim")
        assert found == ConversationFound("group", "Lunch", "group", names)
        assert find_only(store).sender == "Jun Kim"

    def test_a_group_without_a_name_is_called_by_its_members(self, store: SignalStore) -> None:
        store.add_group("other", None, [MINA, JUN, "nobody"])
        store.add_message("hi", "other")
        assert find_conversation(store, "other").title == "Mina, Jun Kim"

    def test_the_owners_name_for_somebody_comes_first(self, store: SignalStore) -> None:
        nickname = {"nicknameGivenName": "미나", "nicknameFamilyName": "김"}
        key = store.add_person("aci-x", details=nickname, name="Contact", profileFullName="Me")
        store.add_message("hi", key, sender="aci-x")
        assert find_conversation(store, "aci-x") == ConversationFound(
            "aci-x", "미나 김", "direct", ("미나 김",)
        )

    def test_two_people_of_one_name_are_told_apart_in_a_group_alone(
        self, store: SignalStore
    ) -> None:
        key = store.add_person("aci-2", profileFullName="Mina", e164="+4915112345678")
        store.add_group("other", "Two", [MINA, "aci-2"])
        store.add_message("by the second", "other", sender="aci-2")
        store.add_message("by the first", "other", sender=MINA)
        store.add_message("alone", key, sender="aci-2")
        senders = ["Mina (+4915112345678)", "Mina", "Mina"]
        assert [m.sender for m in store.list_messages()] == senders
        names = ("Mina", "Mina (+4915112345678)")
        assert find_conversation(store, "other").participants == names

    def test_a_number_and_a_service_id_of_one_person_are_one_conversation(
        self, store: SignalStore
    ) -> None:
        store.add_person("aci-x", e164="+4915112345678", name="Ana")
        store.insert(
            "conversations", id="by number", type="private", e164="+4915112345678", json="{}"
        )
        store.add_message("old", "by number", sender=None, source="+4915112345678")
        store.add_message("new", "with aci-x", sender="aci-x")
        store.add_message("in a group", "group", sender=None, source="+4915112345678")
        told = [(m.conversation_key, m.sender) for m in store.list_messages()]
        assert told == [("aci-x", "Ana"), ("aci-x", "Ana"), ("group", "Ana")]

    def test_a_conversation_that_is_renamed_stays_the_same_one(self, store: SignalStore) -> None:
        store.add_message("hi", "group")
        cursor = store.follow()[-1].cursor  # type: ignore[union-attr]
        store.execute("UPDATE conversations SET name = 'Dinner' WHERE id = 'group'")
        store.add_message("new name", "group")
        found, message, _ = store.follow(cursor)
        assert isinstance(found, ConversationFound)
        assert isinstance(message, MessageFound)
        assert (
            (found.key, found.title) == ("group", "Dinner") == (message.conversation_key, "Dinner")
        )

    def test_older_rows_know_senders_by_number_and_pairs_by_conversation(
        self, store: SignalStore
    ) -> None:
        key = store.add_person("aci-x", e164="+4915112345678")
        store.add_message("by number", "group", sender=None, source="+4915112345678")
        store.add_message("by conversation", key, sender=None)
        assert [m.sender for m in store.list_messages()] == ["+4915112345678"] * 2

    def test_the_owner_has_the_name_of_the_profile_or_the_one_told(
        self, store: SignalStore
    ) -> None:
        store.send("mine")
        for me, name in (("", "Sky"), ("나", "나")):
            (message,) = store.list_messages(me=me)
            assert (message.sender, message.is_me) == (name, True)

    def test_notes_to_oneself_are_called_so(self, store: SignalStore) -> None:
        store.send("buy milk", f"with {OWNER}")
        assert find_conversation(store, OWNER).title == "Note to Self"

    def test_absent_tables_and_columns_cost_only_what_they_say(self, store: SignalStore) -> None:
        for table in ("items", "message_attachments"):
            store.execute(f"DROP TABLE {table}")
        for column in ("storyId", "expireTimer", "expirationStartTimestamp", "isViewOnce"):
            store.execute(f"ALTER TABLE messages DROP COLUMN {column}")
        store.add_message("still here")
        assert find_only(store).text == "still here"


@pytest.mark.parametrize(
    ("type_", "details", "shown"),
    [
        ("call-history", {}, "Call"),
        ("keychange", {"key_changed": JUN}, "Jun Kim has a new safety number"),
        ("profile-change", {}, "Mina changed their profile"),
        (
            "timer-notification",
            {"expirationTimerUpdate": {"expireTimer": 3600, "sourceServiceId": OWNER}},
            "You set messages to disappear after 3600 s",
        ),
        (
            "incoming",
            {"flags": 2, "expirationTimerUpdate": {"source": MINA}},
            "Mina turned disappearing messages off",
        ),
        ("incoming", {"flags": 1}, "The secure session was reset"),
        (
            "group-v2-change",
            {"groupV2Change": {"from": MINA, "details": [{"type": "member-add", "aci": JUN}]}},
            "Mina added Jun Kim to the group",
        ),
        (
            "group-v2-change",
            {"groupV2Change": {"from": JUN, "details": [{"type": "member-remove", "aci": JUN}]}},
            "Jun Kim left the group",
        ),
        (
            "group-v2-change",
            {"groupV2Change": {"from": MINA, "details": [{"type": "title", "newTitle": "Tea"}]}},
            "Mina named the group “Tea”",
        ),
        ("group-v2-change", {"groupV2Change": "broken"}, "somebody changed the group"),
        ("something-of-next-year", {}, "The conversation changed"),
    ],
)
def test_what_nobody_wrote_is_a_line_of_the_system(
    store: SignalStore, type_: str, details: Any, shown: str
) -> None:
    store.add_message(None, "group", type=type_, details=details)
    message = find_only(store)
    assert (message.text, message.kind) == (shown, "system")
