"""Search: words inside words, in any script, and no syntax."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage.entries import RemovedMessage
from storage.records import SentenceRecord

if TYPE_CHECKING:
    from tests.storage.conftest import Shelf

TEXTS = (
    "내일 이사합니다",
    "다음 주에 이사",
    "이 사람이 누구죠",
    'He said "no" AND left (again)',
    "100% sure_about it*",
    "CAFÉ opens at 9",
    "see C:\\tmp and a^b -c",
    "ㅋㅋ",
    "이",
    "",
)


@pytest.fixture(params=["all", "some", "none"])
def told(shelf: Shelf, request: pytest.FixtureRequest) -> Shelf:
    """An archive of `TEXTS`; the index has them all, the first five, or nothing."""
    shelf.tell(*(shelf.make_message(n, text) for n, text in enumerate(TEXTS)))
    if request.param != "none":
        left = shelf.archive.index_messages(5 if request.param == "some" else 100)
        assert left == (5 if request.param == "some" else 0)
    return shelf


def find(shelf: Shelf, query: str) -> list[str]:
    return [hit.text for hit in shelf.reader.search(query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("이사합니다", [0], id="a whole word"),
        pytest.param("사합니", [0], id="three letters inside"),
        pytest.param("이사", [1, 0], id="two letters, at the end and inside, newest first"),
        pytest.param("니다", [0], id="two letters at the end"),
        pytest.param("ㅋㅋ", [7], id="two letters that are all there is"),
        pytest.param("이", [8, 2, 1, 0], id="one letter"),
        pytest.param("이사 내일", [0], id="every word, in any order"),
        pytest.param("누구죠 이", [2], id="a letter beside a word"),
        pytest.param("이 주", [1], id="letters alone"),
        pytest.param("said AND left", [3], id="AND is a word"),
        pytest.param("left OR said", [], id="OR is a word"),
        pytest.param('"no"', [3], id="quotes are letters"),
        pytest.param("(again)", [3], id="parentheses"),
        pytest.param("text:said", [], id="no columns"),
        pytest.param("sai*", [], id="a star is a star"),
        pytest.param("it*", [4], id="found where it stands"),
        pytest.param("%", [4], id="a percent sign is itself"),
        pytest.param("_", [4], id="an underscore"),
        pytest.param("\\", [6], id="a backslash"),
        pytest.param("-c", [6], id="a minus excludes nothing"),
        pytest.param("^b", [6], id="a caret"),
        pytest.param("café", [5], id="case does not matter beyond ASCII"),
        pytest.param("fé", [5], id="for two letters neither"),
        pytest.param("SAID", [3], id="nor in ASCII"),
        pytest.param("sɪɪ", [], id="letters that are in no text"),
        pytest.param("내일합니다", [], id="its trigrams apart"),
        pytest.param("이사합니다 내일 이", [0], id="words of all lengths"),
        pytest.param("é", [5], id="for one letter neither"),
        pytest.param("moon", [], id="nothing"),
        pytest.param("", [], id="no words"),
        pytest.param(" \n\t", [], id="only spaces"),
        pytest.param("\0", [], id="a NUL"),
        pytest.param("said\0no", [3], id="a NUL between words"),
        pytest.param("\ud83d", [], id="half a surrogate pair"),
    ],
)
def test_every_word_is_found_where_it_stands(told: Shelf, query: str, found: list[int]) -> None:
    assert find(told, query) == [TEXTS[n] for n in found]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(query=st.text(alphabet=st.sampled_from("이사합니다 AND\"'()*:^-+%_\\NEARo"), max_size=8))
@example(query='"')
@example(query="NEAR(이사 내일)")
def test_search_is_a_search_for_every_word_in_every_text(told: Shelf, query: str) -> None:
    words = query.lower().split()
    expected = [t for t in TEXTS if words and all(word in t.lower() for word in words)]
    assert find(told, query) == expected[::-1]


def test_a_hit_says_where_it_is(told: Shelf) -> None:
    (hit,) = told.reader.search("누구죠")
    assert (hit.kind, hit.conversation_id, hit.conversation_title) == ("message", 1, "The room")
    assert (hit.message_id, hit.sender, hit.at) == (told.message("2").id, "Mina", told.at(2))


def test_a_text_with_all_trigrams_of_a_word_and_not_the_word_is_no_hit(shelf: Shelf) -> None:
    shelf.tell(shelf.make_message(0, "abcdxef cdef"), shelf.make_message(1, "ABCDEF"))
    shelf.archive.index_messages(100)
    assert find(shelf, "abcdef") == ["ABCDEF"]
    assert find(shelf, "x" * 60_000) == []


def test_the_index_goes_on_where_it_was_and_writes_nothing_when_it_is_complete(
    shelf: Shelf,
) -> None:
    shelf.tell(*(shelf.make_message(n, text) for n, text in enumerate(TEXTS)))
    assert [shelf.archive.index_messages(4) for _ in range(3)] == [6, 2, 0]
    version = shelf.reader.data_version()
    assert shelf.archive.index_messages(4) == 0
    assert shelf.reader.data_version() == version
    shelf.tell(shelf.make_message(50, "one more"))
    assert shelf.archive.index_messages(1) == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.integers(0, 5), st.sampled_from(TEXTS)),
        st.tuples(st.just("remove"), st.integers(0, 5), st.none()),
        st.tuples(st.just("index"), st.integers(1, 3), st.none()),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps=STEPS)
def test_whatever_comes_before_the_index_and_after_it_the_index_is_sound(
    shelf: Shelf, steps: list[tuple[str, int, str | None]]
) -> None:
    shelf.tell(removed=tuple(RemovedMessage("room", str(n)) for n in range(6)))
    kept: dict[int, str] = {}
    for step, number, text in steps:
        if text is not None:
            shelf.tell(shelf.make_message(number, text))
            kept[number] = text
        elif step == "remove":
            shelf.tell(removed=(RemovedMessage("room", str(number)),))
            kept.pop(number, None)
        else:
            shelf.archive.index_messages(number)
        with shelf.archive._write() as db:
            db.execute(
                "INSERT INTO messages_fts (messages_fts, rank) VALUES ('integrity-check', 1)"
            )
    assert sorted(find(shelf, "이사")) == sorted(t for t in kept.values() if "이사" in t)


def test_edits_and_removals_are_followed(told: Shelf) -> None:
    told.tell(told.make_message(0, "모레 만나요"))
    told.tell(removed=(RemovedMessage("room", "1"),))
    assert find(told, "이사") == []
    assert find(told, "모레 만나요") == ["모레 만나요"]


def test_sentences_of_the_newest_summary_are_found_beside_messages(told: Shelf) -> None:
    ids = (told.message("0").id,)
    old = told.make_summary(
        ids, input_hash="a", sentences=(SentenceRecord("그는 이사를 미뤘다.", ids),)
    )
    new = told.make_summary(
        ids, input_hash="b", sentences=(SentenceRecord("그는 내일 이사를 한다.", ids),)
    )
    told.archive.save_summary(old)
    told.archive.save_summary(new)
    hits = told.reader.search("이사")
    assert [(hit.kind, hit.text) for hit in hits] == [
        ("summary", "그는 내일 이사를 한다."),
        ("message", TEXTS[1]),
        ("message", TEXTS[0]),
    ]
    assert (hits[0].message_id, hits[0].sender, hits[0].at) == (None, "", new.made_at)


def test_a_quoted_message_is_found_once(told: Shelf) -> None:
    ids = (told.message("2").id,)
    quote = SentenceRecord(f"Mina: {TEXTS[2]}", ids, is_quote=True)
    told.archive.save_summary(told.make_summary(ids, sentences=(quote,)))
    assert [(hit.kind, hit.text) for hit in told.reader.search("누구죠")] == [("message", TEXTS[2])]


def test_a_pending_summarys_sentences_leave_the_index_with_it(told: Shelf) -> None:
    ids = (told.message("0").id,)
    sentences = (SentenceRecord("Highlights only.", ids),)
    told.archive.save_summary(told.make_summary(ids, gist="pending", sentences=sentences))
    assert find(told, "Highlights") == ["Highlights only."]
    told.archive.save_summary(told.make_summary(ids))
    assert find(told, "Highlights") == []


def test_at_most_so_many_hits_the_newest_ones(told: Shelf) -> None:
    assert [hit.text for hit in told.reader.search("이사", limit=1)] == [TEXTS[1]]


def test_order_is_of_time_and_not_of_import(told: Shelf) -> None:
    told.tell(told.make_message(-5, "어제 이사했어요"), told.make_message(90, "이사 끝"))
    assert find(told, "이사") == ["이사 끝", TEXTS[1], TEXTS[0], "어제 이사했어요"]
    told.tell(told.make_message(-6, "그제 이사했어요"))
    assert [hit.text for hit in told.reader.search("이사", limit=1)] == ["이사 끝"]


@pytest.mark.parametrize("index", ["messages_fts", "sentences_fts"])
def test_the_index_agrees_with_what_it_indexes(told: Shelf, index: str) -> None:
    ids = (told.message("0").id,)
    told.archive.save_summary(told.make_summary(ids, sentences=(SentenceRecord("One.", ids),)))
    told.tell(told.make_message(0, "changed"), removed=(RemovedMessage("room", "3"),))
    told.archive.index_messages(100)
    with told.archive._write() as db:
        db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        # What the check is worth: a text that went past the index is found out.
        table = index.removesuffix("_fts")
        db.execute(f"DROP TRIGGER IF EXISTS {table}_changed_fts")
        db.execute(f"UPDATE {table} SET text = text || 'unindexed'")
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
