"""One room in the exports of several clients and versions, from real formats to the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.ingesting import sync_source
from storage.archive import Archive
from storage.entries import NewSource
from storage.reader import Reader
from storage.records import IngestCounts

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data"
NOTHING = IngestCounts()

ANDROID = """점심 모임 님과 카카오톡 대화
저장한 날짜 : 2026년 11월 23일 오후 9:12


2026년 11월 23일 오전 9:02
2026년 11월 23일 오전 9:02, 회원님 : 점심 뭐 먹지
2026년 11월 23일 오전 9:02, 다영 : ㅋㅋ
2026년 11월 23일 오전 9:02, 다영 : ㅋㅋ
2026년 11월 23일 오전 9:03, 민서 : <사진>
2026년 11월 23일 오전 9:04, 민서 : 국수
어때
2026년 11월 23일 오전 9:05, 다영 : 좋아
"""
WINDOWS = """점심 모임 님과 카카오톡 대화\r
저장한 날짜 : 2026-11-23 21:12:00\r
\r
--------------- 2026년 11월 23일 월요일 ---------------\r
[지우] [오전 9:02] 점심 뭐 먹지\r
[다영] [오전 9:02] ㅋㅋ\r
[다영] [오전 9:02] ㅋㅋ\r
[민서] [오전 9:03] 사진\r
[민서] [오전 9:04] 국수\r
어때\r
[다영] [오전 9:05] 좋아\r
"""
IPHONE = """점심 모임 (3명)과 카카오톡 대화-1.txt
저장한 날짜 : 2026. 11. 23. 오후 9:12

2026년 11월 23일 월요일
2026. 11. 23. 오전 9:02, 나 : 점심 뭐 먹지
2026. 11. 23. 오전 9:02, 다ㅇ : ㅋㅋ
2026. 11. 23. 오전 9:02, 다ㅇ : ㅋㅋ
2026. 11. 23. 오전 9:03, 민서 : 사진
2026. 11. 23. 오전 9:04, 민서 : 국수
어때
2026. 11. 23. 오전 9:05, 다ㅇ : 좋아
"""
TABLE = """Date,User,Message
2026-11-23 09:02:10,"지우","점심 뭐 먹지"
2026-11-23 09:02:15,"다영","ㅋㅋ"
2026-11-23 09:02:20,"다영","ㅋㅋ"
2026-11-23 09:03:01,"민서","(사진)"
2026-11-23 09:04:40,"민서","국수
어때"
2026-11-23 09:05:00,"다영","좋아"
"""
CLIENTS = {
    "android": ("KakaoTalkChats.txt", ANDROID),
    "windows": ("KakaoTalk_20261123_2112_18_555_group.txt", WINDOWS),
    "iphone": ("Talk_2026.11.23 21:12-1.txt", IPHONE),
    "table": ("KakaoTalk_Chat_점심 모임_2026-11-23-21-12-00.csv", TABLE),
}


class Desk:
    """An archive into which files are put."""

    def __init__(self, archive: Archive, reader: Reader, folder: Path) -> None:
        self.archive = archive
        self.reader = reader
        self._folder = folder

    def enter(self, kind: str, name: str, text: str) -> IngestCounts:
        path = self._folder / name
        path.write_text(text, encoding="utf-8", newline="")
        return self.enter_file(kind, path)

    def enter_file(self, kind: str, path: Path) -> IngestCounts:
        source = NewSource(kind, kind, str(path), "mark", zone="Asia/Seoul")
        report = sync_source(self.archive, self.archive.add_source(source, at=AT), AT)
        assert report.error is None
        return report.counts

    def list_texts(self) -> list[list[str]]:
        rows = sorted(self.reader.conversations(), key=lambda row: row.id)
        return [[m.text for m in self.reader.messages(row.id, limit=1000)] for row in rows]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "archive.db"
    with Archive.open(path) as archive, Reader.open(path) as reader:
        yield Desk(archive, reader, tmp_path)


@pytest.mark.parametrize("first", CLIENTS)
def test_a_kakaotalk_room_exported_by_four_clients_is_one_room(desk: Desk, first: str) -> None:
    assert desk.enter("kakaotalk", *CLIENTS[first]).added == 6
    for name, text in CLIENTS.values():
        assert desk.enter("kakaotalk", name, text) == NOTHING, name
    assert len(desk.list_texts()) == 1


def test_two_kakaotalk_rooms_of_one_title_stay_two(desk: Desk) -> None:
    other = (
        WINDOWS.replace("다영", "하준").replace("ㅋㅋ", "네").replace("점심 뭐 먹지", "회의 몇 시")
    )
    other = other.replace("국수", "자료는").replace("좋아", "3시요")
    desk.enter("kakaotalk", "a.txt", WINDOWS)
    assert desk.enter("kakaotalk", "b.txt", other).added == 6
    assert desk.enter("kakaotalk", "c.txt", other + "[하준] [오전 9:09] 끝\r\n").added == 1
    assert [len(texts) for texts in desk.list_texts()] == [6, 7]


def test_a_renamed_kakaotalk_room_keeps_its_marks(desk: Desk) -> None:
    desk.enter("kakaotalk", "a.txt", ANDROID)
    tail = "2026년 11월 23일 오전 9:10, 민서 : 12시에 봐\n"
    desk.enter("kakaotalk", "a.txt", ANDROID + tail)
    (row,) = desk.reader.conversations()
    assert (row.title, row.unread) == ("점심 모임", 1)
    desk.archive.mark_read(row.id, at=AT)
    renamed = (ANDROID + tail).replace("점심 모임", "국수 모임")
    assert desk.enter("kakaotalk", "a.txt", renamed) == NOTHING
    (row,) = desk.reader.conversations()
    assert (row.title, row.unread) == ("국수 모임", 0)


def test_a_whatsapp_chat_in_five_spellings_of_dates_is_one_chat(desk: Desk) -> None:
    files = sorted((DATA / "whatsapp" / "joweich+chat-miner").glob("*.txt"))
    counts = [desk.enter_file("whatsapp", file) for file in files]
    assert len(counts) > 1
    assert counts[1:] == [NOTHING] * (len(files) - 1)


def test_a_whatsapp_message_edited_or_deleted_since_is_changed(desk: Desk) -> None:
    lines = [
        "11/23/26, 9:01 AM - Ana: Seven at the wall?",
        "11/23/26, 9:02 AM - Kim: I cannot",
        "11/23/26, 9:03 AM - Ana: Oh no",
        "11/23/26, 9:04 AM - Kim: Next week",
    ]
    name = "WhatsApp Chat with Ana.txt"
    desk.enter("whatsapp", name, "\n".join(lines) + "\n")
    lines[1] = "11/23/26, 9:02 AM - Kim: I can! <This message was edited>"
    lines[2] = "11/23/26, 9:03 AM - Ana: This message was deleted"
    assert desk.enter("whatsapp", name, "\n".join(lines) + "\n") == IngestCounts(changed=2)
    iphone = [
        "[23.11.26, 09:01:10] Ana: Seven at the wall?",
        "[23.11.26, 09:02:20] Kim: I can! \u200e<This message was edited>",
        "[23.11.26, 09:03:30] Ana: \u200eThis message was deleted",
        "[23.11.26, 09:04:40] Kim: Next week",
    ]
    name = "WhatsApp Chat - Ana.txt"
    assert desk.enter("whatsapp", name, "\n".join(iphone) + "\n") == NOTHING
    assert desk.list_texts()[0][:2] == ["Seven at the wall?", "I can!"]
