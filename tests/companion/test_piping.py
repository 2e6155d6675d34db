"""Answers leave as soon as they and all before them are there."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from companion.config import Config
from companion.modelling import Model
from companion.piping import parse_chat, summarize_stream

if TYPE_CHECKING:
    from companion.paths import Paths
    from tests.companion.conftest import Inbox, ScriptedEngine

MUM = {"id": "mum", "messages": [{"sender": "Mum", "text": "Please call me"}]}


class Sink(io.StringIO):
    """Notes how often the model was loaded whenever an answer is flushed."""

    def __init__(self, engine: ScriptedEngine) -> None:
        super().__init__()
        self._engine = engine
        self.loads: list[int] = []

    def flush(self) -> None:
        self.loads.append(self._engine.loads)


def make_climbing(inbox: Inbox) -> dict[str, object]:
    pairs = [line.partition(": ") for line in inbox.climbing]
    return {
        "id": "climbing",
        "messages": [{"sender": sender, "text": text} for sender, _, text in pairs],
    }


def find_kind(*senders: str, me: str = "") -> str:
    messages = [{"sender": sender, "text": "hello"} for sender in senders]
    return parse_chat(json.dumps({"me": me, "messages": messages}).encode()).chat.kind


def test_what_needs_no_model_does_not_wait_for_it(
    inbox: Inbox, paths: Paths, engine: ScriptedEngine
) -> None:
    lines = "\n".join(json.dumps(item) for item in (MUM, make_climbing(inbox), MUM))
    sink = Sink(engine)
    model = Model(Config(), paths.cache)
    source = io.BytesIO(lines.encode())
    summarize_stream(model, source, sink, as_lines=True, masks_secrets=True)
    assert sink.loads == [0, 1, 1]
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [item["id"] for item in answers] == ["mum", "climbing", "mum"]
    assert [item["origin"] for item in answers] == ["extractive", "model", "extractive"]
    assert [[s.get("quote") for s in item["sentences"]] for item in answers] == [
        [True],
        [None, None, True],
        [True],
    ]


def test_two_people_are_a_direct_chat_and_more_a_group() -> None:
    assert find_kind("A") == find_kind("A", "B", "A") == "direct"
    assert find_kind("A", "B", "C") == "group"


def test_the_owner_takes_part_without_having_written() -> None:
    assert find_kind("A", "B", me="C") == "group"
    assert find_kind("A", me="C") == find_kind("A", "C", me="C") == "direct"


def test_the_owner_is_known_by_name() -> None:
    document = {"me": "Ji", "messages": [{"sender": name, "text": "x"} for name in ("Ji", "Jim")]}
    messages = parse_chat(json.dumps(document).encode()).chat.messages
    assert [(message.id, message.is_me) for message in messages] == [(0, True), (1, False)]


def test_a_time_without_an_offset_is_local() -> None:
    document = {"messages": [{"sender": "A", "text": "x", "sent_at": "2026-11-23T21:30:00"}]}
    (message,) = parse_chat(json.dumps(document).encode()).chat.messages
    assert message.sent_at is not None
    assert message.sent_at.isoformat() == "2026-11-23T21:30:00+09:00"
