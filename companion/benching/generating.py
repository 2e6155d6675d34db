"""Writes stores of generated messages, chat-like and the same on every run; reads nothing."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

END = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""About when the last message was sent."""

ZONE = ZoneInfo("Asia/Seoul")
"""Of the wall-clock times in exports."""

OWNER = "Jiwoo"
"""Who writes every fifth message or so."""

RARE_WORD = "복숭아나무"
"""Stands in one message of `_RARE_EVERY`, for searches."""

_PEOPLE = (OWNER, "민서", "Mina", "하준", "Tom", "서연", "Eva")
_RARE_EVERY = 10_000
_GAPS_MIN = (0, 0, 0, 0, 1, 1, 2, 3, 15, 60)
"""People write in bursts."""

_SYLLABLES = (
    "가나다라마바사아자차하고노도로모보소오조호구누두루무부수우주시이지기리미비인은정진성영"
)
_ENDINGS = ("은", "는", "을", "를", "에서", "까지", "했어", "할게요", "합니다", "인데", "ㅋㅋ", "?")
_KOREAN_WORDS = (
    "오늘 내일 회의 점심 저녁 시간 같이 다음 주 토요일 예약 확인 부탁드려요 네 알겠습니다 "
    "진짜 너무 좋아요 ㅋㅋㅋ ㅠㅠ 어디 언제 몇 시에 만나 갈까 사진 보냈어 파일 수정 완료"
)
_ENGLISH_WORDS = (
    "the a is it we you they have going to see meet at on for tomorrow today lunch dinner can "
    "could please send file photo done ok okay sure thanks haha late early train ticket book "
    "table people kids school office draft review version release bug fix weekend friday"
)
_KOREAN, _ENGLISH = _KOREAN_WORDS.split(), _ENGLISH_WORDS.split()
_CONSONANTS, _VOWELS = "bcdfghklmnprstvw", "aeiou"

_WHATSAPP_SCHEMA = """
CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
CREATE TABLE ZWACHATSESSION (Z_PK INTEGER PRIMARY KEY, ZREMOVED INTEGER, ZSESSIONTYPE INTEGER,
    ZUNREADCOUNT INTEGER, ZCONTACTJID VARCHAR, ZPARTNERNAME VARCHAR);
CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, ZGROUPEVENTTYPE INTEGER, ZISFROMME INTEGER,
    ZMESSAGETYPE INTEGER, ZSORT INTEGER, ZCHATSESSION INTEGER, ZGROUPMEMBER INTEGER,
    ZMEDIAITEM INTEGER, ZMESSAGEDATE TIMESTAMP, ZSTANZAID VARCHAR, ZTEXT VARCHAR);
CREATE INDEX Z_WAMessage_compoundIndex ON ZWAMESSAGE (ZCHATSESSION, ZSORT);
CREATE TABLE ZWAMEDIAITEM (Z_PK INTEGER PRIMARY KEY, ZMEDIALOCALPATH VARCHAR, ZTITLE VARCHAR,
    ZVCARDNAME VARCHAR, ZVCARDSTRING VARCHAR, ZMETADATA BLOB);
CREATE TABLE ZWAGROUPMEMBER (Z_PK INTEGER PRIMARY KEY, ZCHATSESSION INTEGER,
    ZMEMBERJID VARCHAR, ZCONTACTNAME VARCHAR);
CREATE TABLE ZWAPROFILEPUSHNAME (Z_PK INTEGER PRIMARY KEY, ZJID VARCHAR, ZPUSHNAME VARCHAR);
INSERT INTO Z_METADATA VALUES (1, 'generated', NULL);
"""
_CORE_DATA_START = datetime(2001, 1, 1, tzinfo=UTC)
_CHATS = 20
_UNREAD_OF_CHAT = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A generated message."""

    at: datetime
    """Aware, UTC, of whole minutes; later lines are never earlier."""

    person: int
    """Place in `_PEOPLE`; 0 is the owner."""

    text: str


def generate_lines(count: int) -> Iterator[Line]:
    """So many messages, the oldest first; the same ones each time."""
    chance = random.Random(count)  # noqa: S311 (chat-like, not secret)
    gap = timedelta(minutes=sum(_GAPS_MIN) / len(_GAPS_MIN))
    at = (END - count * gap).replace(second=0, microsecond=0)
    gaps = list(_GAPS_MIN)
    for number in range(count):
        if number % len(gaps) == 0:
            chance.shuffle(gaps)  # and not drawn: all that is generated ends when it should
        text = _write_text(chance)
        if number % _RARE_EVERY == _RARE_EVERY // 2:
            text = f"{text} {RARE_WORD}"
        yield Line(at, chance.randrange(len(_PEOPLE)), text)
        at += timedelta(minutes=gaps[number % len(gaps)])


def write_kakaotalk(path: Path, count: int) -> None:
    """One room as KakaoTalk for Android exports it, with wall-clock times of `ZONE`."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(
            "제주 여행 7 님과 카카오톡 대화\n저장한 날짜 : 2026년 11월 23일 오후 9:12\n\n\n"
        )
        for line in generate_lines(count):
            at = line.at.astimezone(ZONE)
            half, hour = ("오후" if at.hour >= 12 else "오전"), at.hour % 12 or 12
            stream.write(
                f"{at.year}년 {at.month}월 {at.day}일 {half} {hour}:{at.minute:02}, "
                f"{_PEOPLE[line.person]} : {line.text}\n"
            )


def write_whatsapp_mac(path: Path, count: int) -> None:
    """A `ChatStorage.sqlite` of `_CHATS` groups, with some messages of each unread."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {_WHATSAPP_SCHEMA} COMMIT;")
        for chat in range(1, _CHATS + 1):
            connection.execute(
                "INSERT INTO ZWACHATSESSION VALUES (?, 0, 1, ?, ?, ?)",
                (chat, _UNREAD_OF_CHAT, f"1203630000{chat:08}@g.us", f"모임 {chat}"),
            )
            connection.executemany(
                "INSERT INTO ZWAGROUPMEMBER VALUES (?, ?, ?, ?)",
                (
                    (
                        _find_member(chat, person),
                        chat,
                        f"82100000{person:02}@s.whatsapp.net",
                        name,
                    )
                    for person, name in enumerate(_PEOPLE)
                ),
            )
        connection.executemany(
            "INSERT INTO ZWAMESSAGE VALUES (?, NULL, ?, 0, ?, ?, ?, NULL, ?, ?, ?)",
            _list_rows(count),
        )
        connection.commit()


def _list_rows(count: int) -> Iterator[tuple[object, ...]]:
    for number, line in enumerate(generate_lines(count), start=1):
        chat = number % _CHATS + 1
        seconds = (line.at - _CORE_DATA_START).total_seconds()
        yield (
            number,
            int(line.person == 0),
            number,
            chat,
            _find_member(chat, line.person) if line.person else None,
            seconds,
            f"3A{blake2b(number.to_bytes(8), digest_size=9).hexdigest().upper()}",
            line.text,
        )


def _find_member(chat: int, person: int) -> int:
    return chat * len(_PEOPLE) + person


def _write_text(chance: random.Random) -> str:
    """Two to twelve words: most of them everyday ones, some of them rare."""
    is_korean = chance.random() < 0.5
    words = [
        _write_word(chance, is_korean=is_korean)
        if chance.random() < 0.3
        else chance.choice(_KOREAN if is_korean else _ENGLISH)
        for _ in range(chance.choice((2, 3, 4, 5, 6, 8, 12)))
    ]
    return " ".join(words)


def _write_word(chance: random.Random, *, is_korean: bool) -> str:
    if is_korean:
        return "".join(_draw(chance, _SYLLABLES, 2)) + chance.choice(_ENDINGS)
    pairs = zip(_draw(chance, _CONSONANTS, 3), _draw(chance, _VOWELS, 3), strict=True)
    return "".join(consonant + vowel for consonant, vowel in pairs)


def _draw(chance: random.Random, letters: Sequence[str], count: int) -> list[str]:
    return chance.choices(letters, k=count)
