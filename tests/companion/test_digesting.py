"""The digest of the latest due day is made once; its page shows what others wrote as text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from companion.config import Config
from companion.digesting import DueDigest, compose_digest, find_due, make_digest
from companion.scheduling import Cron
from companion.speaking import Language

if TYPE_CHECKING:
    from storage.entries import NewDigest
    from tests.companion.conftest import Inbox, ScriptedEngine

SEOUL = ZoneInfo("Asia/Seoul")
NIGHTLY = Cron("30 21 * * *", SEOUL)
DUE = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
"""21:30 in Seoul; the inbox's store was added the day before at that hour."""

DAY = date(2026, 11, 23)


def compose(inbox: Inbox, language: Language = "en") -> NewDigest:
    return compose_digest(inbox.reader, DAY, DUE, SEOUL, language)


class TestWhenItIsDue:
    @pytest.mark.parametrize(
        ("after_due", "found"),
        [
            (timedelta(seconds=-1), DueDigest(DAY - timedelta(days=1), is_late=True)),
            (timedelta(0), DueDigest(DAY, is_late=False)),
            (timedelta(minutes=10), DueDigest(DAY, is_late=False)),
            (timedelta(minutes=11), DueDigest(DAY, is_late=True)),
            (timedelta(hours=5), DueDigest(DAY, is_late=True)),
            (timedelta(days=6, hours=1), DueDigest(DAY + timedelta(days=6), is_late=True)),
        ],
    )
    def test_the_latest_due_day_and_no_other(
        self, inbox: Inbox, after_due: timedelta, found: DueDigest
    ) -> None:
        assert find_due(inbox.reader, NIGHTLY, DUE + after_due, SEOUL) == found

    def test_once_made_it_is_due_no_more_until_the_next_day(self, inbox: Inbox) -> None:
        make_digest(inbox.archive, inbox.reader, Config(), DAY, DUE, SEOUL)
        for later in (timedelta(0), timedelta(hours=5), timedelta(hours=23, minutes=59)):
            assert find_due(inbox.reader, NIGHTLY, DUE + later, SEOUL) is None
        tomorrow = find_due(inbox.reader, NIGHTLY, DUE + timedelta(days=1), SEOUL)
        assert tomorrow == DueDigest(DAY + timedelta(days=1), is_late=False)

    def test_never_for_hours_before_the_first_store(self, inbox: Inbox) -> None:
        (source,) = inbox.reader.sources()
        assert find_due(inbox.reader, NIGHTLY, source.added_at, SEOUL) is not None
        before = source.added_at - timedelta(seconds=1)
        assert find_due(inbox.reader, NIGHTLY, before, SEOUL) is None

    def test_never_without_a_store(self, inbox: Inbox) -> None:
        inbox.archive.remove_source(inbox.source_id)
        assert find_due(inbox.reader, NIGHTLY, DUE, SEOUL) is None

    def test_an_hour_after_midnight_belongs_to_the_day_it_falls_on(self, inbox: Inbox) -> None:
        at = datetime(2026, 11, 24, 0, 10, tzinfo=SEOUL).astimezone(UTC)
        due = find_due(inbox.reader, Cron("5 0 * * *", SEOUL), at, SEOUL)
        assert due == DueDigest(date(2026, 11, 24), is_late=False)


class TestItsPage:
    def test_it_holds_gists_quotes_and_whose_to_dos(
        self, inbox: Inbox, engine: ScriptedEngine
    ) -> None:
        inbox.tell_climbing(), inbox.tell_trip()
        inbox.tell("Mum", "Mum: Please call me tonight", kind="direct")
        inbox.run_pass()
        digest = compose(inbox)
        lines = digest.markdown.splitlines()
        assert lines[0] == "# Digest of 2026-11-23"
        assert "**13 unread in 3 conversations**" in lines
        mine, theirs = lines.index("## For you to do"), lines.index("## Others are to do")
        assert any("Jiwoo can you book the five of us?" in line for line in lines[mine:theirs])
        assert "도윤: 알았어 저녁에 집에 가서 바로 보낼게" in "\n".join(lines[theirs:])
        assert "### Climbing — Climbing at Mile End" in lines
        assert "- quoted: Mum: Please call me tonight" in lines
        assert digest.coverage == {
            "conversations": 3,
            "unread": 13,
            "covered": 12,
            "summarised": 2,
            "quoted": 1,
        }
        assert (digest.conversations, digest.todos) == (3, len(inbox.reader.todos()))

    def test_a_quote_beside_a_gist_is_marked_as_one_and_comes_once(
        self, inbox: Inbox, engine: ScriptedEngine
    ) -> None:
        conversation = inbox.tell_climbing()
        inbox.run_pass()
        summary = inbox.get_summary(conversation)
        *written, quote = summary.sentences
        assert [s.is_quote for s in summary.sentences] == [False, False, True]
        (highlight,) = summary.unquoted_highlights
        digest = compose(inbox)
        listed = [line for line in digest.markdown.splitlines() if line.startswith("- ")]
        assert listed[-4:] == [
            *(f"- *{sentence.text}*" for sentence in written),
            f"- quoted: {quote.text}",
            f"- quoted: {highlight.sender}: {highlight.text}",
        ]
        described: Any = digest.contents["conversations"]
        assert [item.get("quote") for item in described[0]["sentences"]] == [None, None, True]

    def test_to_dos_of_what_was_read_since_are_left_out(
        self, inbox: Inbox, engine: ScriptedEngine
    ) -> None:
        conversation = inbox.tell_climbing()
        inbox.tell_trip()
        inbox.run_pass()
        inbox.archive.mark_read(conversation, at=DUE)
        assert "Jiwoo" not in compose(inbox).markdown

    def test_what_is_not_summarised_yet_is_said_so(self, inbox: Inbox) -> None:
        inbox.tell_climbing()
        assert "Not summarised yet." in compose(inbox).markdown
        assert "아직 요약하지 않았습니다." in compose(inbox, "ko").markdown

    @pytest.mark.parametrize(
        ("language", "totals"),
        [("en", "**1 unread in 1 conversation**"), ("ko", "**대화 1개에 안 읽은 메시지 1개**")],
    )
    def test_one_is_not_spoken_of_as_many(
        self, inbox: Inbox, language: Language, totals: str
    ) -> None:
        inbox.tell("Mum", "Mum: Please call me tonight", kind="direct")
        assert totals in compose(inbox, language).markdown

    def test_nothing_unread_is_a_digest_too(self, inbox: Inbox) -> None:
        digest = compose(inbox)
        assert digest.markdown.startswith("# Digest of 2026-11-23\n\nNothing is unread.\n")
        assert digest.conversations == 0

    def test_one_that_was_caught_up_says_when(self, inbox: Inbox) -> None:
        later = DUE + timedelta(hours=10)
        digest = make_digest(
            inbox.archive, inbox.reader, Config(language="en"), DAY, later, SEOUL, caught_up=True
        )
        assert "*Not made in time; caught up at 2026-11-24 07:30.*" in digest.markdown
        kept = inbox.reader.find_digest(DAY)
        assert kept is not None
        assert kept.caught_up
        assert kept.markdown == digest.markdown

    def test_a_second_digest_of_a_day_replaces_the_first(self, inbox: Inbox) -> None:
        config = Config(language="en")
        make_digest(inbox.archive, inbox.reader, config, DAY, DUE, SEOUL)
        inbox.tell_climbing()
        make_digest(inbox.archive, inbox.reader, config, DAY, DUE, SEOUL)
        (kept,) = inbox.reader.digests()
        assert kept.conversations == 1

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("# Heading\n## Sub", "# Heading / ## Sub"),
            ("[click](https://x.example)", r"\[click\](https://x.example)"),
            ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
            ("*bold* _it_ `code` ~no~ a|b", r"\*bold\* \_it\_ \`code\` \~no\~ a\|b"),
            ("\x1b[31mred\x1b[0m \u202eevil", r"\[31mred\[0m evil"),
            ("one\n\n---\n\n- two", "one / --- / - two"),
        ],
    )
    def test_hostile_text_stays_text(self, inbox: Inbox, text: str, shown: str) -> None:
        inbox.tell("Spam", f"Eve: {text}", kind="direct")
        inbox.run_pass()
        assert f"- quoted: Eve: {shown}" in compose(inbox).markdown.splitlines()

    def test_hostile_titles_stay_titles(self, inbox: Inbox) -> None:
        inbox.tell("Fun\n# Digest of [never](x)", "Eve: hello there")
        lines = compose(inbox).markdown.splitlines()
        assert r"### Fun / # Digest of \[never\](x)" in lines
        assert len([line for line in lines if line.startswith("# ")]) == 1


class TestDisappearing:
    def test_a_digest_counts_such_messages_and_keeps_nothing_of_them(
        self, inbox: Inbox, engine: ScriptedEngine
    ) -> None:
        inbox.tell("Climbing", *inbox.climbing, expires_at=DUE + timedelta(days=7))
        inbox.tell_trip()
        inbox.run_pass()
        digest = compose(inbox)
        kept = digest.markdown + repr(digest.contents)
        assert "Climbing" in kept
        assert "6 unread" in digest.markdown
        assert "Messages here disappear" in digest.markdown
        assert "Mile End" not in kept
        assert "book for five" not in kept
        assert "민서가 네 사람의" in kept
