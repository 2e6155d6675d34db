"""An archive to look at, a stand-in for what writes it, and screens as plain text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.pilot import Pilot

from storage.archive import Archive
from storage.entries import NewConversation, NewDigest, NewMessage, NewSource, NewSummary, NewToDo
from storage.reader import Reader
from storage.records import HighlightRecord, SentenceRecord
from tui.app import CompanionApp
from tui.interface import ActionFailed, DaemonState
from tui.words import Language

ZONE = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
"""09:00 on a Tuesday in Seoul."""

LABELS = {
    "kakaotalk": "KakaoTalk",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "imessage": "iMessage",
}
CHATS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("chats.json").read_text("utf-8"))
SMALL_TALK = (
    "ㅋㅋㅋㅋ",
    "좋아요!",
    "good morning ☀️",
    "사진 올려 주세요",
    "see you there",
    "저도요",
    "was anyone able to open the link?",
    "네네 확인했습니다",
)


class Seeder:
    """Fills an archive the way a sync and a pass over unread conversations do."""

    def __init__(self, archive: Archive, reader: Reader) -> None:
        self.archive = archive
        self.reader = reader
        self._sources = {kind: self._add_source(kind) for kind in LABELS}

    def _add_source(self, kind: str) -> int:
        origin = "store" if kind == "imessage" else "mark"
        new = NewSource(kind, LABELS[kind], f"/exports/{kind}", origin, me=("도윤",))  # type: ignore[arg-type]
        return self.archive.add_source(new, at=NOW - timedelta(days=30)).id

    def add_history(self, chats: list[dict[str, Any]]) -> None:
        """What was there at the first import: read."""
        for chat in chats:
            lines = chat["messages"] if chat.get("read") else []
            self.add_messages(chat, [("나", 20_000, "안녕하세요"), *lines], is_read=True)
        self.finish_syncs()

    def add_unread(self, chats: list[dict[str, Any]]) -> None:
        for chat in chats:
            if chat.get("read"):
                continue
            lines = chat["messages"]
            senders = sorted({line[0] for line in lines})
            filler = [
                (
                    senders[n % len(senders)],
                    lines[0][1] + 7 * (chat["filler"] - n),
                    SMALL_TALK[n % len(SMALL_TALK)],
                )
                for n in range(chat["filler"])
            ]
            self.add_messages(chat, [*filler, *lines])
        self.finish_syncs()

    def add_messages(
        self, chat: Mapping[str, Any], lines: list[Any], *, is_read: bool | None = None
    ) -> None:
        """Lines are (sender, minutes before now, text) and may end in a kind; "나" is the owner."""
        kind = chat["source"]
        self.archive.save_batch(
            self._sources[kind],
            [NewConversation(chat["title"], chat["title"], chat["kind"])],
            [
                NewMessage(
                    conversation_key=chat["title"],
                    uid=f"{minutes}-{position}-{is_read}",
                    sender="도윤" if sender == "나" else sender,
                    is_me=sender == "나",
                    sent_at=NOW - timedelta(minutes=minutes),
                    text=text,
                    kind=rest[0] if rest else "text",
                    position=position,
                    is_read=(is_read or False) if kind == "imessage" else None,
                )
                for position, (sender, minutes, text, *rest) in enumerate(lines)
            ],
        )

    def finish_syncs(self) -> None:
        for source_id in self._sources.values():
            self.archive.finish_sync(source_id, "end", NOW, warnings=0)

    def find_id(self, title: str) -> int:
        return next(row.id for row in self.reader.conversations() if row.title == title)

    def add_summary(self, chat: Mapping[str, Any], **changes: Any) -> None:
        """The summary of a chat of chats.json, made of its last messages."""
        conversation_id = self.find_id(chat["title"])
        _, unread = self.reader.unread_messages(conversation_id)
        ids = [message.id for message in unread][-len(chat["messages"]) :]
        gist = chat.get("gist", "done")
        covered = chat.get("covered", len(unread))
        facts: dict[str, Any] = {
            "conversation_id": conversation_id,
            "input_hash": chat["title"],
            "language": "ko",
            "origin": "model" if gist == "done" else "extractive",
            "gist": gist,
            "topic": chat["topic"],
            "highlights": tuple(
                HighlightRecord(ids[n], chat["messages"][n][0], chat["messages"][n][2])
                for n in chat["highlights"]
            ),
            "sentences": tuple(
                SentenceRecord(text, tuple(ids[n] for n in evidence), is_quote=gist != "done")
                for text, evidence in chat["sentences"]
            ),
            "todos": tuple(
                NewToDo(who, what, when, is_mine, (ids[n],))
                for who, what, when, is_mine, n in chat["todos"]
            ),
            "covered": covered,
            "skipped": len(unread) - covered,
            "unread": len(unread),
            "message_ids": tuple(message.id for message in unread),
            "flags": tuple(chat.get("flags", ())),
            "model": "qwen2.5-coder-0.5b" if gist == "done" else None,
            "options": {},
            "elapsed_s": 4.2,
            "made_at": NOW - timedelta(minutes=5),
        }
        self.archive.save_summary(NewSummary(**(facts | changes)))

    def outdate(self, chat: Mapping[str, Any]) -> None:
        """The last message was edited in its store after the summary was made."""
        sender, minutes, text, *_ = chat["messages"][-1]
        position = chat["filler"] + len(chat["messages"]) - 1
        edited = NewMessage(
            chat["title"],
            f"{minutes}-{position}-None",
            sender,
            is_me=False,
            sent_at=NOW - timedelta(minutes=minutes),
            text=f"{text} (bring bibs)",
            position=position,
            edited=True,
        )
        source_id = self._sources[chat["source"]]
        conversation = NewConversation(chat["title"], chat["title"], chat["kind"])
        self.archive.save_batch(source_id, [conversation], [edited])

    def add_digest(self, day: date, *, caught_up: bool = False) -> None:
        self.archive.save_digest(
            NewDigest(day, NOW, caught_up, 12, 6, {"covered": 300, "unread": 310}, DIGEST)
        )


DIGEST = """\
# What you missed

312 unread in 12 conversations, 6 to-dos.

## To do

- **You**: 참가비 2만 원 보내기 (금요일까지), 북한산 산악회
- **You**: Pay the deposit of €350, Kitchen renovation

## 북한산 산악회

*김지수 님이 토요일 산행 집합 시간을 7시 30분, 사당역 4번 출구로 바꿨다.*

> 김지수: 그럼 토요일 7시 30분 사당역 4번 출구로 변경합니다!

## Kitchen renovation

*The tiler can start on Tuesday if a deposit of €350 is paid by Friday noon.*
"""


@pytest.fixture(scope="session")
def template_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of chats.json, made once."""
    path = tmp_path_factory.mktemp("template") / "archive.db"
    with Archive.open(path) as archive, Reader.open(path) as reader:
        seeder = Seeder(archive, reader)
        seeder.add_history(CHATS)
        seeder.add_unread(CHATS)
        for chat in CHATS:
            if "sentences" in chat:
                seeder.add_summary(chat)
            if chat.get("outdated"):
                seeder.outdate(chat)
        for days in range(1, 5):
            seeder.add_digest(date(2026, 11, 24) - timedelta(days=days), caught_up=days == 2)
    return path


@pytest.fixture
def archive_path(template_path: Path, tmp_path: Path) -> Path:
    """A copy of the seeded archive."""
    return Path(shutil.copy(template_path, tmp_path / "archive.db"))


@pytest.fixture
def archive(archive_path: Path) -> Iterator[Archive]:
    """The same, opened for writing: what a daemon holds while the screens are open."""
    with Archive.open(archive_path) as archive:
        yield archive


@pytest.fixture
def seeder(archive: Archive, archive_path: Path) -> Iterator[Seeder]:
    """Writes to the seeded archive while the screens are open."""
    with Reader.open(archive_path) as reader:
        yield Seeder(archive, reader)


@pytest.fixture
def chats() -> dict[str, dict[str, Any]]:
    """The conversations of chats.json by title."""
    return {chat["title"]: chat for chat in CHATS}


@dataclass
class ArchiveActions:
    """Actions on a real archive, as the companion package has them, with a daemon made up."""

    path: Path
    state: DaemonState = field(
        default_factory=lambda: DaemonState(
            "running",
            "summarising",
            done=4,
            total=12,
            model="qwen2.5-coder-0.5b",
            next_digest_at=NOW + timedelta(hours=12.5),
        )
    )
    asked: list[str] = field(default_factory=list)
    refusal: str = ""

    def daemon_state(self) -> DaemonState:
        return self.state

    def mark_read(self, conversation_id: int) -> int:
        self._refuse()
        with Archive.open(self.path) as archive:
            return archive.mark_read(conversation_id, at=NOW)

    def undo_read(self, conversation_id: int) -> int:
        with Archive.open(self.path) as archive:
            return archive.undo_mark(conversation_id, NOW)

    def request_summary(self, conversation_id: int | None) -> None:
        self.asked.append(f"summary {conversation_id}")

    def request_sync(self) -> None:
        self.asked.append("sync")

    def set_todo_done(self, todo_id: int, done: bool) -> None:
        with Archive.open(self.path) as archive:
            archive.set_todo_done(todo_id, done, NOW)

    def _refuse(self) -> None:
        if self.refusal:
            raise ActionFailed(self.refusal)


@pytest.fixture
def actions(tmp_path: Path) -> ArchiveActions:
    return ArchiveActions(tmp_path / "archive.db")


MakeApp = Callable[..., CompanionApp]


@pytest.fixture
def make_app(actions: ArchiveActions) -> MakeApp:
    """An app over the archive in the test's folder, at a fixed time."""

    def make(language: Language = "en", **options: Any) -> CompanionApp:
        return CompanionApp(
            actions.path, actions, zone=ZONE, now=lambda: NOW, language=language, **options
        )

    return make


@pytest.fixture
def settle() -> Callable[[Pilot[None]], Any]:
    """Wait until workers ended and what they told is on the screen."""

    async def wait(pilot: Pilot[None]) -> None:
        for _ in range(3):
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()

    return wait


@pytest.fixture
def press(settle: Any) -> Callable[..., Any]:
    """Press keys one by one, each when the one before has had its effect."""

    async def press_keys(pilot: Pilot[None], *keys: str) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    return press_keys


@pytest.fixture
def until() -> Callable[..., Any]:
    """Wait for what a timer brings about, at most ten seconds."""

    async def wait(pilot: Pilot[None], holds: Callable[[], object]) -> None:
        for _ in range(200):
            await pilot.pause(0.05)
            if holds():
                await pilot.pause()
                return
        raise AssertionError("it did not come about")

    return wait


@pytest.fixture
def search(press: Any, until: Any) -> Callable[..., Any]:
    """Open the search and look for words."""

    async def look_for(pilot: Pilot[None], query: str) -> None:
        await press(pilot, "slash")
        screen: Any = pilot.app.screen
        screen.query_one("#query").value = query
        await until(pilot, lambda: screen.answered == query)

    return look_for


@pytest.fixture
def read_screen() -> Callable[[CompanionApp], str]:
    """The screen as lines of text, without colours and trailing spaces."""

    def read(app: CompanionApp) -> str:
        lines = app.screen._compositor.render_strips()
        return "\n".join(line.text.rstrip() for line in lines)

    return read
