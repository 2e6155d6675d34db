"""Exports without ids become one conversation where they are one, and only there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from companion.ingesting import sync_source
from companion.sources.identity import ExportIdentity
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageKind,
    Source,
    SourceSettings,
)
from storage.archive import Archive
from storage.entries import NewSource
from storage.reader import Reader
from storage.records import IngestCounts, MessageRow, SourceRow, UnreadPolicy

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOTHING = IngestCounts()


@dataclass(frozen=True)
class Said:
    """A message of a room, as it truly was."""

    second: int
    sender: str
    text: str
    kind: MessageKind = "text"


@dataclass
class Desk:
    """An archive, and exports of rooms that are put into it."""

    archive: Archive
    reader: Reader

    def enter(
        self,
        path: str,
        title: str,
        said: Sequence[Said],
        *,
        names: dict[str, str] | None = None,
        has_seconds: bool = False,
        media: str = "<사진>",
        zone_h: int = 0,
        edited: frozenset[str] = frozenset(),
    ) -> IngestCounts:
        """Register an export, or replace it, and read it: as a client would write it."""

        class Export(Source):
            kind, label, unread_origin, is_live = "paper", "Paper", "mark", False

            @classmethod
            def probe(cls, path: Path) -> bool:
                return False

            def read(self, cursor: str | None = None) -> Iterator[Change]:
                yield ConversationFound(title, title, "group", has_ids=False)
                yield from _tell(title, said, names or {}, has_seconds, media, zone_h, edited)
                yield CursorAdvanced("end")

        def open_source(row: SourceRow) -> Source:
            return Export(Path(row.path), SourceSettings(UTC))

        source = NewSource("paper", "Paper", path, "mark", policy=UnreadPolicy())
        report = sync_source(self.archive, self.archive.add_source(source, at=AT), AT, open_source)
        assert report.error is None
        return report.counts

    def list_rooms(self) -> list[list[MessageRow]]:
        """The messages of every conversation, the oldest conversation first."""
        rows = sorted(self.reader.conversations(), key=lambda row: row.id)
        return [self.reader.messages(row.id, limit=10_000) for row in rows]

    def list_texts(self) -> list[list[str]]:
        return [[row.text for row in room] for room in self.list_rooms()]


def _tell(
    title: str,
    said: Sequence[Said],
    names: dict[str, str],
    has_seconds: bool,
    media: str,
    zone_h: int,
    edited: frozenset[str],
) -> Iterator[Change]:
    identity = ExportIdentity()
    for message in said:
        second = message.second if has_seconds else message.second // 60 * 60
        written = NOON + timedelta(seconds=second)
        sender = names.get(message.sender, message.sender)
        text = media if message.kind == "media" else message.text
        uid, position = identity.next_id(written.replace(second=0), sender, text)
        yield MessageFound(
            conversation_key=title,
            id=uid,
            sender=sender,
            is_me=False,
            sent_at=written + timedelta(hours=zone_h),
            text=text,
            kind=message.kind,
            position=position,
            edited=text in edited,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "archive.db"
    with Archive.open(path) as archive, Reader.open(path) as reader:
        yield Desk(archive, reader)


TALK = [
    Said(10, "지우", "점심 뭐 먹지"),
    Said(15, "다영", "ㅋㅋ"),
    Said(20, "다영", "ㅋㅋ"),
    Said(70, "민서", "", "media"),
    Said(75, "지우", "국수 어때"),
    Said(130, "다영", "좋아"),
    Said(200, "민서", "12시에 봐"),
]
OTHERS = [
    Said(12, "하준", "회의 자료 봤어요?"),
    Said(80, "서윤", "아직요"),
    Said(140, "하준", "오늘까지예요"),
    Said(190, "서윤", "네"),
]
TAIL = [Said(230, "다영", "나 늦어"), Said(235, "지우", "ㅇㅋ")]
OTHER_PHONE = {"지우": "회원님", "다영": "다ㅇ"}


def test_a_grown_export_adds_its_tail_alone(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    assert desk.enter("a", "점심", TALK + TAIL) == IngestCounts(added=2)
    assert desk.enter("a", "점심", TALK + TAIL) == NOTHING
    assert desk.list_texts()[0][-3:] == ["12시에 봐", "나 늦어", "ㅇㅋ"]


@pytest.mark.parametrize("turned", [False, True])
def test_two_clients_tell_one_conversation(desk: Desk, turned: bool) -> None:
    clients: list[Callable[[list[Said]], IngestCounts]] = [
        lambda said: desk.enter("a", "점심", said),
        lambda said: desk.enter(
            "b", "점심", said, names=OTHER_PHONE, has_seconds=True, media="photo"
        ),
    ]
    first, second = reversed(clients) if turned else clients
    first(TALK)
    assert second(TALK) == NOTHING
    assert second(TALK + TAIL) == IngestCounts(added=2)
    assert first(TALK + TAIL) == NOTHING
    (texts,) = desk.list_texts()
    assert [t for t in texts if t not in {"<사진>", "photo"}] == [
        said.text for said in TALK + TAIL if said.text
    ]


def test_who_has_two_names_keeps_the_first(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    desk.enter("b", "점심", TALK + TAIL, names=OTHER_PHONE)
    assert {row.sender for row in desk.list_rooms()[0]} == {"지우", "다영", "민서"}


def test_what_an_export_lacks_stays(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    assert desk.enter("b", "점심", TALK[:2] + TALK[4:]) == NOTHING
    assert desk.enter("a", "점심", TALK[3:]) == NOTHING
    assert len(desk.list_texts()[0]) == len(TALK)


def test_what_another_client_has_more_is_put_in_its_place(desk: Desk) -> None:
    desk.enter("a", "점심", TALK[:1] + TALK[2:4] + TALK[5:])
    assert desk.enter("b", "점심", TALK) == IngestCounts(added=2)
    assert desk.list_texts() == [[said.text or "<사진>" for said in TALK]]
    assert desk.enter("b", "점심", TALK) == NOTHING


def test_an_export_of_what_came_before_is_put_before(desk: Desk) -> None:
    desk.enter("a", "점심", TALK[2:])
    assert desk.enter("b", "점심", TALK[:6]) == IngestCounts(added=2)
    assert desk.list_texts() == [[said.text or "<사진>" for said in TALK]]


@pytest.mark.parametrize("moved_s", [0, 100_000])
def test_two_rooms_of_one_title_are_two_conversations(desk: Desk, moved_s: int) -> None:
    others = [replace(said, second=said.second + moved_s) for said in OTHERS]
    desk.enter("a", "가족", TALK)
    desk.enter("b", "가족", others)
    assert desk.enter("a", "가족", TALK + TAIL) == IngestCounts(added=2)
    grown = [*others, Said(100_500, "하준", "끝")]
    assert desk.enter("b", "가족", grown) == IngestCounts(added=1)
    assert desk.list_texts()[1] == [said.text for said in grown]
    assert len(desk.list_rooms()) == 2


def test_two_friends_of_one_name_are_two_conversations(desk: Desk) -> None:
    one = [Said(n * 60, "민수" if n % 2 else "나", f"하나 {n}") for n in range(20)]
    two = [Said(n * 60 + 30, "민수" if n % 2 else "나", f"둘 {n}") for n in range(20)]
    desk.enter("a", "민수", one)
    desk.enter("b", "민수", two)
    assert desk.list_texts() == [[said.text for said in room] for room in (one, two)]


def test_the_parts_of_a_split_export_are_one_conversation(desk: Desk) -> None:
    desk.enter("part 1", "점심", TALK)
    later = [replace(said, second=said.second + 100_000) for said in TALK]
    assert desk.enter("part 2", "점심", later).added == len(TALK)
    assert len(desk.list_rooms()) == 1


def test_a_renamed_room_stays_the_same_conversation(desk: Desk) -> None:
    desk.enter("a", "지우, 다영, 민서", TALK)
    assert desk.enter("b", "점심 모임", TALK + TAIL) == IngestCounts(added=2)
    assert [row.title for row in desk.reader.conversations()] == ["점심 모임"]


def test_the_old_title_of_a_renamed_room_is_free_for_another(desk: Desk) -> None:
    desk.enter("a", "모임", TALK)
    desk.enter("a", "점심 모임", TALK)
    desk.enter("b", "모임", OTHERS)
    assert sorted(row.title for row in desk.reader.conversations()) == ["모임", "점심 모임"]


def test_one_greeting_sent_to_two_rooms_makes_them_not_one(desk: Desk) -> None:
    greeting = Said(0, "지우", "새해 복 많이 받으세요")
    desk.enter("a", "가족", [greeting])
    desk.enter("b", "회사", [greeting])
    assert len(desk.list_rooms()) == 2


def test_an_edited_message_is_changed_and_not_doubled(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    edited = [*TALK[:6], replace(TALK[6], text="12시 반에 봐")]
    marked = frozenset({"12시 반에 봐"})
    assert desk.enter("a", "점심", edited, edited=marked) == IngestCounts(changed=1)
    assert desk.enter("a", "점심", edited, edited=marked) == NOTHING
    assert desk.list_texts()[0][-1] == "12시 반에 봐"
    assert desk.enter("old", "점심", TALK) == NOTHING


def test_a_message_deleted_since_is_changed_and_not_doubled(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    deleted = [*TALK[:2], replace(TALK[2], text="삭제된 메시지입니다.", kind="deleted"), *TALK[3:]]
    assert desk.enter("a", "점심", deleted) == IngestCounts(changed=1)
    assert desk.enter("b", "점심", TALK) == NOTHING
    assert [row.kind for row in desk.list_rooms()[0]].count("deleted") == 1


def test_another_zone_moves_the_messages_and_doubles_none(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    assert desk.enter("a", "점심", TALK, zone_h=9) == IngestCounts(changed=len(TALK))
    assert desk.list_rooms()[0][0].sent_at == NOON + timedelta(hours=9)


def test_an_empty_export_goes_where_its_title_is(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    desk.enter("b", "점심", [])
    assert len(desk.list_rooms()) == 1


def test_a_long_export_is_merged_batch_by_batch(desk: Desk) -> None:
    long = [Said(n * 7, f"n{n % 5}", f"{n % 11}") for n in range(3000)]
    desk.enter("a", "긴 방", long[:2500])
    counts = desk.enter("b", "긴 방", long[100:], has_seconds=True, names={"n1": "x"})
    assert counts == IngestCounts(added=500)
    assert desk.list_texts() == [[said.text for said in long]]


def test_the_first_reading_of_a_second_client_reads_what_was_unread_as_read(desk: Desk) -> None:
    desk.enter("a", "점심", TALK)
    desk.enter("b", "점심", TALK + TAIL, names=OTHER_PHONE)
    assert [row.text for row in desk.list_rooms()[0] if row.is_unread] == ["나 늦어", "ㅇㅋ"]


steps = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from("ABCD"),
        st.sampled_from(["ㅋㅋ", "네", "a b", "!", "😀"]),
    ),
    max_size=25,
)
INTRODUCTIONS = [(40, name, f"I am {name}") for name in "ABCD"]
"""Both clients hold them: names are learned by what nobody else says."""


@settings(max_examples=50, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(steps, steps, st.booleans(), st.sampled_from([{}, {"A": "me", "C": "c"}]), st.data())
def test_cuts_of_one_chat_by_two_clients_make_the_chat(
    before: list[tuple[int, str, str]],
    after: list[tuple[int, str, str]],
    has_seconds: bool,
    names: dict[str, str],
    data: st.DataObject,
) -> None:
    second, chat = 0, []
    for gap_s, sender, text in [*before, *INTRODUCTIONS, *after]:
        second += gap_s
        chat.append(Said(second, sender, text))
    middle = len(before) + len(INTRODUCTIONS)
    end = data.draw(st.integers(middle, len(chat)), label="the first ends")
    start = data.draw(st.integers(0, len(before)), label="the second starts")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        with Archive.open(path) as archive, Reader.open(path) as reader:
            desk = Desk(archive, reader)
            desk.enter("a", "방", chat[:end])
            desk.enter("b", "방", chat[start:], has_seconds=has_seconds, names=names)
            (texts,) = desk.list_texts()
            assert sorted(texts) == sorted(said.text for said in chat)
            again = desk.enter("b", "방", chat[start:], has_seconds=has_seconds, names=names)
            assert again == NOTHING
            assert desk.enter("a", "방", chat) == NOTHING
