"""No reading of a live database holds up the program that writes it, or leaves a file beside it."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import CursorAdvanced, MessageFound, Source, SourceSettings
from companion.sources.registry import load_source_class

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample

COMMITS = 1000
SETTINGS = SourceSettings(ZoneInfo("Asia/Seoul"))
FORK = multiprocessing.get_context("fork")
"""Not a thread: a process that closes a file gives up its locks on it, those of others too."""

INSERTS = {
    "imessage": """
        INSERT INTO message (guid, text, date, is_finished)
        VALUES ('live-' || {n}, 'message ' || {n}, 794145600000000000 + {n}, 1);
        INSERT INTO chat_message_join (chat_id, message_id) VALUES (1, last_insert_rowid())
    """,
    "kakaotalk-mac": """
        INSERT INTO NTChatMessage (chatId, logId, msgId, authorId, type, sentAt, message)
        VALUES (1, 9007199254750000 + {n}, 1000 + {n}, 100, 1, 1764001000 + {n}, 'message ' || {n});
        UPDATE NTChatRoom SET countOfNewMessage = countOfNewMessage + 1
    """,
    "signal": """
        INSERT INTO messages (id, json, sent_at, conversationId, type, body, sourceServiceId)
        VALUES ('live-' || {n}, '{{}}', 1795000000000 + {n}, 'group', 'incoming',
                'message ' || {n}, 'aci-mina')
    """,
    "whatsapp-mac": """
        INSERT INTO ZWAMESSAGE (ZCHATSESSION, ZISFROMME, ZMESSAGETYPE, ZSTANZAID, ZTEXT,
                                ZMESSAGEDATE, ZSORT)
        VALUES (1, 0, 0, 'live-' || {n}, 'message ' || {n}, 794146600.0 + {n}, 100 + {n});
        UPDATE ZWACHATSESSION SET ZUNREADCOUNT = ZUNREADCOUNT + 1
    """,
    "whatsapp-android": """
        INSERT INTO message (chat_row_id, from_me, message_type, key_id, text_data, timestamp,
                             sort_id)
        VALUES (1, 0, 0, 'live-' || {n}, 'message ' || {n}, 1772453800000 + {n}, 100 + {n});
        UPDATE chat SET unseen_message_count = unseen_message_count + 1
    """,
    "beeper": """
        INSERT INTO mx_room_messages (roomID, eventID, senderContactID, timestamp, type, hsOrder,
                                      isSentByMe, countsAsUnread, message)
        VALUES ('!ana', 'live-' || {n}, '@signal_ana:local-signal.localhost', 1790001000000 + {n},
                'TEXT', 100 + {n}, 0, 1, json_object('text', 'message ' || {n}))
    """,
}
"""What each program does for one message, in SQL with `{n}` for its number."""


@pytest.mark.parametrize("kind", INSERTS)
def test_a_writer_of_a_thousand_commits_is_never_held_up_and_no_file_appears(
    kind: str, build: Callable[[str], tuple[Sample, Path]], tmp_path: Path
) -> None:
    """The store is in WAL mode, as their programs keep it; with a rollback journal any reader
    makes a writer wait, and a reading is then as short as it can be.
    """
    sample, root = build(kind)
    shutil.copytree(root, tmp_path / "copy")
    path = tmp_path / "copy" / sample.path.relative_to(root)
    assert sample.connect is not None
    with closing(sample.connect(path)) as program:
        program.execute("PRAGMA journal_mode = WAL")
        program.execute("PRAGMA wal_autocheckpoint = 100000")
        for statement in INSERTS[kind].split(";"):  # so that there is a log
            program.execute(statement.format(n=-1))
        source = load_source_class(kind)(path, SETTINGS)
        cursor, _ = read(source, None)
        told: dict[str, MessageFound] = {}
        names = list_names(path)
        writer = FORK.Process(target=write, args=(sample.connect, path, INSERTS[kind]))
        writer.start()
        while writer.is_alive():
            cursor, found = read(source, cursor)
            told |= found
            assert list_names(path) == names
        writer.join()
        cursor, found = read(source, cursor)
        told |= found
        assert writer.exitcode == 0
        assert [m.text for m in told.values()] == [f"message {n}" for n in range(COMMITS)]
        assert list(source.read(cursor)) == [CursorAdvanced(cursor)]
        assert list_names(path) == names


def write(connect: Callable[[Path], Any], path: Path, statements: str) -> None:
    """Fails at once where it would have to wait."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA synchronous = OFF")
        for number in range(COMMITS):
            connection.execute("BEGIN IMMEDIATE")
            for statement in statements.split(";"):
                connection.execute(statement.format(n=number))
            connection.execute("COMMIT")


def read(source: Source, cursor: str | None) -> tuple[str, dict[str, MessageFound]]:
    """The new cursor, and the messages told by id; one that others made unread comes again."""
    *changes, last = source.read(cursor)
    assert isinstance(last, CursorAdvanced)
    return last.cursor, {
        change.id: change for change in changes if isinstance(change, MessageFound)
    }


def list_names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}
