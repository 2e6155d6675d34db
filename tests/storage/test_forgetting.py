"""A forgotten conversation is gone: from every table, from the index, from the files' bytes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest

from storage.archive import Archive
from storage.entries import NewConversation, NewDigest, NewToDo, RemovedMessage
from storage.errors import RecordMissing
from storage.records import DigestRow, HighlightRecord, SentenceRecord

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

# Syllables that hardly any word has, so that each alone gives its conversation away, in a
# trigram of the index, too.
TITLE, SENDER, WORDS, GIST = "쀍쮏", "뙑뜳", "뷁퀣쨟 zqxjkv", "꿻쒧"
CANARIES = [*TITLE, *SENDER, "뷁", "퀣", "쨟", *GIST, "zqxjkv"]


def read_files(shelf: Shelf) -> bytes:
    """Every byte of every file beside the archive."""
    return b"".join(file.read_bytes() for file in shelf.path.parent.iterdir())


def find_canaries(shelf: Shelf) -> list[str]:
    content = read_files(shelf)
    return [canary for canary in CANARIES if canary.encode() in content]


def cut_nothing(digest: DigestRow) -> NewDigest | None:
    """As it is, but none of one that says so."""
    if "cut me" in digest.markdown:
        return None
    return NewDigest(
        day=digest.day,
        made_at=digest.made_at,
        caught_up=digest.caught_up,
        conversations=digest.conversations,
        todos=digest.todos,
        coverage=digest.coverage,
        markdown=digest.markdown,
        contents=digest.contents,
    )


@pytest.fixture
def secret(shelf: Shelf) -> int:
    """A conversation that says the canaries in all that can be said; its id is 2."""
    shelf.tell(shelf.make_message(1, "lunch at noon?"), finish=True)
    messages = [
        shelf.make_message(n, f"{WORDS} {n}", conversation_key=TITLE, sender=SENDER)
        for n in range(40)
    ]
    conversation = NewConversation(TITLE, TITLE, "group", (SENDER,))
    shelf.archive.save_batch(shelf.source_id, [conversation], messages)
    shelf.archive.finish_sync(shelf.source_id, "cursor", shelf.at(99), 0)
    shelf.archive.mark_read(2, at=shelf.at(99))
    ids = tuple(row.id for row in shelf.reader.messages(2))
    gist = shelf.make_summary(
        ids,
        conversation_id=2,
        topic=GIST,
        highlights=(HighlightRecord(ids[0], SENDER, WORDS),),
        sentences=(SentenceRecord(f"{SENDER} says {GIST}.", ids),),
        todos=(NewToDo(SENDER, GIST, WORDS, is_mine=True, evidence=ids),),
    )
    shelf.archive.save_summary(gist)
    # Edited, unsent, summarised anew: earlier bytes lie about in free pages, too.
    shelf.tell(shelf.make_message(3, f"{WORDS} " * 999, conversation_key=TITLE, sender=SENDER))
    shelf.tell(shelf.make_message(3, "edited", conversation_key=TITLE, sender=SENDER))
    shelf.archive.save_batch(shelf.source_id, [conversation], [], [RemovedMessage(TITLE, "4")])
    shelf.archive.save_summary(gist)
    shelf.archive.add_request("summarize", {"conversation": 2}, shelf.at(99))
    for day, text in ((20, f"cut me {GIST}"), (21, "kept")):
        shelf.archive.save_digest(
            NewDigest(date(2026, 11, day), shelf.at(99), False, 1, 0, {}, text)
        )
    while shelf.archive.index_messages(10_000):
        pass
    return 2


def test_not_a_byte_of_it_is_left_in_any_file_while_a_reader_is_open(
    shelf: Shelf, secret: int
) -> None:
    with closing(sqlite3.connect(shelf.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert find_canaries(shelf) == CANARIES
    forgotten = shelf.archive.forget(secret, cut_nothing, at=shelf.at(99))
    assert (forgotten.messages, forgotten.is_erased) == (39, True)
    assert find_canaries(shelf) == []
    assert shelf.reader.erasures() == []


def test_nothing_of_it_is_found_and_the_rest_stays(shelf: Shelf, secret: int) -> None:
    shelf.archive.forget(secret, cut_nothing, at=shelf.at(99))
    for word in ("zqxjkv", "뷁퀣쨟", GIST):
        assert shelf.reader.search(word) == []
    assert [row.id for row in shelf.reader.conversations()] == [1]
    assert [hit.text for hit in shelf.reader.search("lunch")] == ["lunch at noon?"]
    assert [digest.markdown for digest in shelf.reader.digests()] == ["kept"]
    assert shelf.reader.requests() == []
    assert shelf.reader.todos(open_only=False) == []
    assert shelf.reader.check_integrity() == []
    with closing(sqlite3.connect(shelf.path)) as connection:
        terms = connection.execute("SELECT term FROM messages_trigrams").fetchall()
        assert not [term for (term,) in terms if set(term) & set("뷁퀣쨟")]
        (rows,) = connection.execute(
            "SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'zqx'"
        ).fetchone()
        assert rows == 0


def test_a_reader_in_the_middle_of_something_is_told_and_erasing_is_done_later(
    shelf: Shelf, secret: int
) -> None:
    with Archive.open(shelf.path, busy_timeout_s=0.05) as archive:
        with closing(sqlite3.connect(shelf.path, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM messages").fetchone()
            assert not archive.forget(secret, cut_nothing, at=shelf.at(99)).is_erased
            assert [row.id for row in shelf.reader.conversations()] == [1]
            assert secret in shelf.reader.erasures()
            assert find_canaries(shelf) != []
            assert not archive.erase()
            other.execute("COMMIT")
        assert archive.erase()
    assert find_canaries(shelf) == []
    assert shelf.reader.erasures() == []


def test_one_that_was_killed_in_the_middle_is_finished_by_the_next_who_erases(
    shelf: Shelf, secret: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Archive, conversation_id: int) -> int:
        raise KeyboardInterrupt(conversation_id)

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "_remove_messages_of", die)
        with pytest.raises(KeyboardInterrupt):
            shelf.archive.forget(secret, cut_nothing, at=shelf.at(99))
    assert shelf.reader.totals().unread == 0
    assert shelf.archive.erase()
    assert find_canaries(shelf) == []
    assert [row.id for row in shelf.reader.conversations()] == [1]


def test_it_is_left_out_from_then_on_by_a_digest_of_its_key(shelf: Shelf, secret: int) -> None:
    shelf.archive.forget(secret, cut_nothing, at=shelf.at(99))
    (row,) = shelf.reader.left_out()
    assert (row.source_kind, row.reason, row.at) == ("kakaotalk", "forgotten", shelf.at(99))
    shelf.archive.take_in(row.id)
    assert shelf.reader.left_out() == []
    assert shelf.reader.get_source(shelf.source_id).cursor is None


def test_one_that_is_followed_on_is_not_left_out(shelf: Shelf, secret: int) -> None:
    shelf.archive.forget(secret, cut_nothing, at=shelf.at(99), is_followed=True)
    assert shelf.reader.left_out() == []


@pytest.mark.parametrize(("origin", "is_gone"), [("mark", True), ("store", False)])
def test_an_export_that_told_of_it_alone_is_unregistered(
    shelf: Shelf, origin: str, is_gone: bool
) -> None:
    source = shelf.register(unread_origin=origin, path=f"/stores/{TITLE}.txt")  # type: ignore[arg-type]
    shelf.tell(shelf.make_message(1, WORDS, conversation_key=TITLE))
    forgotten = shelf.archive.forget(1, cut_nothing, at=shelf.at(99))
    assert forgotten.sources == ((source,) if is_gone else ())
    assert (source not in [row.id for row in shelf.reader.sources()]) is is_gone


def test_an_unknown_one_is_missing(shelf: Shelf) -> None:
    with pytest.raises(RecordMissing):
        shelf.archive.forget(9, cut_nothing, at=shelf.at(99))
    with pytest.raises(RecordMissing):
        shelf.archive.take_in(9)


def test_vacuum_gives_free_room_back(shelf: Shelf) -> None:
    shelf.tell(*(shelf.make_message(n, "word " * 200) for n in range(300)), finish=True)
    shelf.tell(removed=tuple(RemovedMessage("room", str(n)) for n in range(299)))
    assert shelf.archive.erase()
    before = shelf.path.stat().st_size
    assert shelf.archive.vacuum()
    assert shelf.path.stat().st_size < before / 2
    assert shelf.reader.check_integrity() == []
