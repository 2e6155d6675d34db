"""Text of messages reaches no log record, no error and no record of a run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from companion.clock import LocalZone
from companion.config import Config
from companion.daemon import Daemon
from companion.digesting import make_digest
from companion.errors import CompanionError
from companion.ingesting import sync_source
from companion.modelling import Model
from companion.piping import BadInput, parse_chat
from storage.entries import NewSource
from storage.records import SourceRow, UnreadPolicy

if TYPE_CHECKING:
    from companion.paths import Paths
    from tests.companion.conftest import Inbox, ScriptedEngine

CANARY = "beryllium"
AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)

LINES = "\n".join(
    f"23/11/2026, 12:{minute:02} - Ben: {text}, {CANARY} at Mile End"
    for minute, text in enumerate(
        [
            "Bad news, the Kings Cross wall is shut this week",
            "Bermondsey takes me an hour",
            "what about 19:00 then",
            "Jiwoo can you book the five of us",
            "They take no cash there",
        ]
    )
)


@pytest.fixture(autouse=True)
def loud(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Every record of every logger is kept, whatever its level."""
    with caplog.at_level(logging.DEBUG):
        yield


def is_told(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether a record holds the canary, in its message, its arguments or an exception."""
    formatter = logging.Formatter()
    return any(
        CANARY in formatter.format(record) + repr(record.__dict__) for record in caplog.records
    )


def test_a_record_that_tells_would_be_found(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("anything").debug("nothing to see", extra={"text": f"the {CANARY}"})
    assert is_told(caplog)


@pytest.fixture
def source(inbox: Inbox, tmp_path: Path) -> SourceRow:
    """An export that is full of the canary."""
    path = tmp_path / "chat.txt"
    path.write_text(LINES + "\n", encoding="utf-8")
    new = NewSource("whatsapp", "WhatsApp", str(path), "mark", ("J",), "UTC", UnreadPolicy("all"))
    return inbox.archive.add_source(new, at=AT)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("They meet at Mile End because Kings Cross is closed.", id="a good gist"),
        pytest.param(f"Gregory of Reykjavik pays 4711 {CANARY}s to {CANARY}.", id="a refused one"),
        pytest.param(None, id="an engine that fails"),
    ],
)
def test_from_the_store_to_the_digest_nothing_is_logged(
    inbox: Inbox,
    source: SourceRow,
    engine: ScriptedEngine,
    caplog: pytest.LogCaptureFixture,
    answer: str | None,
) -> None:
    engine.script = {CANARY: answer}
    assert sync_source(inbox.archive, source, AT).counts.added == 5
    inbox.run_pass()
    assert any(CANARY in prompt for prompt in engine.prompts)
    day = date(2026, 11, 23)
    digest = make_digest(inbox.archive, inbox.reader, Config(), day, AT, ZoneInfo("UTC"))
    if answer is None:
        assert CANARY in digest.markdown
    assert caplog.records
    assert not is_told(caplog)
    assert CANARY not in str(inbox.reader.runs())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"{CANARY}\n" * 50, id="no chat any more"),
        pytest.param(f"{LINES}\n99/99/2026, 12:30 - {CANARY}: {CANARY}\n", id="a malformed part"),
        pytest.param("", id="emptied"),
    ],
)
def test_a_store_that_fails_is_silent_about_its_text(
    inbox: Inbox, source: SourceRow, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    Path(source.path).write_text(content, encoding="utf-8")
    report = sync_source(inbox.archive, source, AT)
    assert not is_told(caplog)
    (row,) = [row for row in inbox.reader.sources() if row.id == source.id]
    assert CANARY not in str(row.error)
    assert CANARY not in str(report.skipped)
    if report.error is not None:
        assert CANARY not in str(report.error)


@pytest.mark.parametrize(
    "document",
    [
        f'{{"messages": [{{"sender": "{CANARY}", "text": "{CANARY}", "sent_at": "{CANARY}"}}]}}',
        f'{{"messages": ["{CANARY}"]}}',
        f'{{"messages": "{CANARY}"}}',
        f'{{"lang": "{CANARY}", "messages": []}}',
        f'{{"{CANARY}": ',
    ],
)
def test_a_document_that_is_refused_is_not_repeated(document: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_chat(document.encode())
    error: BaseException | None = refused.value
    assert isinstance(error, CompanionError)
    assert CANARY not in str(error)


def test_a_thread_that_dies_tells_where_and_not_what(
    paths: Paths, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(model="none")
    model = Model(config, paths.cache)
    daemon = Daemon(paths, config, model, read_now=lambda: AT, zone=LocalZone())
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        died = threading.ExceptHookArgs((type(error), error, error.__traceback__, None))
    daemon._on_thread_failure(died)
    assert "ValueError in test_silence.py:" in caplog.text
    assert "ValueError" in paths.daemon_file.read_text(encoding="utf-8")
    assert not is_told(caplog)
    assert CANARY not in paths.daemon_file.read_text(encoding="utf-8")
