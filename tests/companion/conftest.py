"""Real stores, a real archive and a scripted engine for the tests of companion."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from companion.authoring.interface import Author
from companion.commands.session import Session
from companion.config import Config
from companion.demo.laying_out import SampleStore, lay_out_stores
from companion.modelling import Model
from companion.paths import Paths, paths_under
from companion.summarizing import PassReport, run_pass
from companion.tuning import Setting, Trial
from inference.errors import InferenceError
from inference.interface import Decoding, Generation, Prompt
from inference.modelfolder import REQUIRED_FILES, ModelFacts, write_facts
from inference.modelstore import ModelStore
from storage.archive import Archive
from storage.entries import NewConversation, NewMessage, NewSource
from storage.reader import Reader
from storage.records import SummaryRow, UnreadPolicy

Run = Callable[..., subprocess.CompletedProcess[str]]

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
"""The present of these tests: 21:30 in Seoul."""

CLIMBING = (
    "Ben: Bad news, the Kings Cross wall is shut this week for resetting",
    "Marta: The Arch then? It is in Bermondsey, near the station",
    "Lena: Bermondsey takes me an hour, what about Mile End",
    "Ben: Mile End works for me, at 19:00 though, I have a dentist before",
    "Marta: Fine by me, so Thursday at Mile End, everyone",
    "Ben: Jiwoo can you book the five of us? They take no cash",
)
CLIMBING_GIST = """The Kings Cross wall is closed, so they meet at Mile End on Thursday.
Ben asks Jiwoo to reserve places for five.

To do:
- Jiwoo: book for five at Mile End (Thursday)

Topic: Climbing at Mile End"""

TRIP = (
    "민서: 항공권을 지금 안 사면 내일부터 가격이 오른대",
    "민서: 김포에서 7시 40분에 출발하는 비행기는 한 사람에 89,000원이야",
    "도윤: 7시 40분은 너무 이르지 않아? 나는 인천에서 첫차를 타야 해",
    "하린: 9시 20분 비행기도 있던데 그걸로 하자",
    "민서: 그럼 9시 20분 비행기로 네 명 예약할게 수요일까지 돈 보내줘",
    "도윤: 알았어 저녁에 집에 가서 바로 보낼게",
)
TRIP_GIST = """민서가 네 사람의 9시 20분 항공권을 예약하기로 했다.
도윤은 첫차 때문에 이른 출발을 어려워했다.

할 일:
- 도윤: 항공권 값 보내기 (수요일)

주제: 제주 항공권 예약"""


class ScriptedEngine:
    """`inference.interface.Engine` that writes the text whose cue stands in the prompt, else "".

    Tokens are four letters each, about as many as a tokenizer's, so that chats are cut into as
    many parts. A text of None makes it fail on that prompt, as `LocalEngine` does: after all
    others.
    """

    name = "scripted"
    prompt_style = "tuned"
    marks_context = False
    takes_passages = False
    limit_tokens = 100_000

    def __init__(self, script: Mapping[str, str | None]) -> None:
        self.script = dict(script)
        self.prompts: list[str] = []
        self.loads = 0
        self.closes = 0

    def encode(self, text: str) -> list[int]:
        data = text.encode("utf-32-le")
        return [int.from_bytes(data[at : at + 16], "little") for at in range(0, len(data), 16)]

    def encode_plain(self, text: str) -> list[int]:
        return self.encode(text)

    def decode(self, prompt: Prompt) -> str:
        """The text of a prompt."""
        tokens = (token.to_bytes(16, "little") for token in (*prompt.fixed, *prompt.rest))
        return b"".join(tokens).decode("utf-32-le").replace("\0", "")

    def generate(
        self, prompts: Sequence[Prompt], decodings: Sequence[Decoding]
    ) -> Iterator[tuple[int, Generation]]:
        failed = False
        for index, prompt in enumerate(prompts):
            text = self.decode(prompt)
            self.prompts.append(text)
            answer = next((answer for cue, answer in self.script.items() if cue in text), "")
            if answer is None:
                failed = True
            else:
                yield index, Generation((answer,), (-0.1,), len(answer))
        if failed:
            raise InferenceError("the engine failed", next_step="try again")

    def close(self) -> None:
        self.closes += 1


@dataclass
class Inbox:
    """A home with an archive, one registered export and the model of its config."""

    at: ClassVar[datetime] = AT
    climbing: ClassVar[tuple[str, ...]] = CLIMBING
    trip: ClassVar[tuple[str, ...]] = TRIP

    paths: Paths
    archive: Archive
    reader: Reader
    source_id: int
    config: Config = field(default_factory=Config)

    def tell(
        self,
        title: str,
        *lines: str,
        start: int = 0,
        kind: str = "group",
        expires_at: datetime | None = None,
    ) -> int:
        """Save "sender: text" lines, a minute each from `start` on; gives the conversation's id.

        The uid of a line is its minute: telling a minute again edits it. With `expires_at`
        the lines disappear then.
        """
        messages = []
        for minute, line in enumerate(lines, start):
            sender, _, text = line.partition(": ")
            sent_at = AT - timedelta(hours=10) + timedelta(minutes=minute)
            message = NewMessage(title, str(minute), sender, sender == "Jiwoo", sent_at, text)
            if expires_at is not None:
                message = message._replace(is_disappearing=True, expires_at=expires_at)
            messages.append(message)
        conversation = NewConversation(title, title, "direct" if kind == "direct" else "group")
        self.archive.save_batch(self.source_id, [conversation], messages)
        self.archive.finish_sync(self.source_id, "cursor", AT, 0)
        (row,) = self.reader.find_conversations(title)
        return row.id

    def tell_climbing(self) -> int:
        """An English group that the model writes a gist of."""
        return self.tell("Climbing", *CLIMBING)

    def tell_trip(self) -> int:
        """A Korean one."""
        return self.tell("제주 여행", *TRIP)

    def make_model(self) -> Model:
        """The configured model, unloaded."""
        return Model(self.config, self.paths.cache)

    def run_pass(
        self, author: Author | None = None, *, now: datetime = AT, **options: Any
    ) -> PassReport:
        """One pass of `companion.summarizing`."""
        return run_pass(
            self.archive,
            self.reader,
            self.config,
            author or self.make_model(),
            self.paths.pass_lock_file,
            lambda: now,
            **options,
        )

    def get_summary(self, conversation_id: int) -> SummaryRow:
        """The newest summary, which must be there."""
        summary = self.reader.find_summary(conversation_id)
        assert summary is not None
        return summary


@pytest.fixture
def samples(tmp_path: Path) -> list[SampleStore]:
    """The demonstration's stores in `tmp_path/stores`."""
    folder = tmp_path / "stores"
    folder.mkdir()
    return lay_out_stores(folder)


@pytest.fixture
def chat_db(samples: list[SampleStore]) -> Path:
    """A live iMessage database in WAL mode."""
    path = samples[-1].path
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
def paths(home: Path) -> Paths:
    """The home's paths, made."""
    paths = paths_under(home)
    paths.create()
    return paths


@pytest.fixture
def inbox(paths: Paths) -> Iterator[Inbox]:
    """An archive without conversations, of whose first import everything is unread."""
    with Archive.open(paths.archive_file) as archive, Reader.open(paths.archive_file) as reader:
        source = archive.add_source(
            NewSource(
                "whatsapp",
                "WhatsApp",
                str(paths.data / "chats.txt"),
                "mark",
                ("Jiwoo",),
                "Asia/Seoul",
                UnreadPolicy("all"),
            ),
            at=AT - timedelta(days=1),
        )
        yield Inbox(paths, archive, reader, source.id)


@pytest.fixture
def engine(home: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    """The default model is on this machine, and this engine stands in for CTranslate2.

    Everything around it is real: the model's folder, its hash, its loading and unloading.
    """
    engine = ScriptedEngine({"Mile End": CLIMBING_GIST, "항공권": TRIP_GIST})
    lay_out_model(paths_under(home).cache)

    def open_engine(*_: object) -> ScriptedEngine:
        engine.loads += 1
        return engine

    def tune(model: Model, *, is_renewed: bool = False) -> list[Trial]:
        return [Trial(Setting(1, 1), 3.0), Trial(Setting(2, 1), 1.5)]

    monkeypatch.setattr("companion.modelling._open_engine", open_engine)
    monkeypatch.setattr(Model, "tune", tune)
    # Where it stands in, it does so in this process.
    monkeypatch.setattr(Session, "find_author", Session.find_model)
    return engine


def lay_out_model(cache: Path) -> Path:
    """A folder that passes for the converted default model as long as nothing computes with it."""
    store = ModelStore(cache)
    folder = store.folder_of(store.get("default"))
    folder.mkdir(parents=True)
    for name in REQUIRED_FILES:
        (folder / name).write_bytes(b"weights")
    kinds = {"int": 1, "bool": False, "str": "", "tuple[str, ...]": ()}
    facts = {
        name: kinds[str(kind)]
        for name, kind in ModelFacts.__annotations__.items()
        if str(kind) in kinds
    }
    facts |= {
        "model_sha256": hashlib.sha256(b"weights").hexdigest(),
        "model_size_bytes": len(b"weights"),
    }
    write_facts(folder, ModelFacts(**facts))  # type: ignore[arg-type]
    return folder


@pytest.fixture
def run_companion(home: Path) -> Run:
    """Runs the command line in a process of its own, as a user does."""

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "companion", *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
