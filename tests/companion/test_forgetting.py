"""A digest loses the lines about a forgotten conversation and keeps every other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from companion.config import Config
from companion.digesting import compose_digest, make_digest
from companion.forgetting import cut_digest, forget_conversation
from companion.summarizing import Saved
from storage.entries import NewDigest
from storage.records import DigestRow

if TYPE_CHECKING:
    from tests.companion.conftest import Inbox

SEOUL = ZoneInfo("Asia/Seoul")


def keep_digest(inbox: Inbox, language: str) -> DigestRow:
    """Today's digest, kept."""
    day = inbox.at.astimezone(SEOUL).date()
    config = Config(language=language)
    make_digest(inbox.archive, inbox.reader, config, day, inbox.at, SEOUL)
    digest = inbox.reader.find_digest(day)
    assert digest is not None
    return digest


@pytest.fixture
def ids(inbox: Inbox, engine: object) -> list[int]:
    """Three summarised conversations with to-dos: English, Korean, and one that nobody read."""
    found = [inbox.tell_climbing(), inbox.tell_trip(), inbox.tell("Quiet", "Ana: hello there")]
    inbox.run_pass()
    return found


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("forgotten", [0, 1, 2])
def test_the_digest_is_the_one_without_it_but_for_its_counts(
    inbox: Inbox, ids: list[int], forgotten: int, language: str
) -> None:
    whole = keep_digest(inbox, language)
    cut = cut_digest(whole, ids[forgotten])
    assert cut is not None
    # What is composed when it was left out from the start says the same of the others.
    inbox.archive.set_excluded(ids[forgotten], excluded=True)
    other = keep_digest(inbox, language)
    assert cut.contents == other.contents
    assert (cut.conversations, cut.todos) == (other.conversations, other.todos)

    def list_said(markdown: str) -> list[str]:
        return [line for line in markdown.split("\n") if line.startswith(("### ", "- "))]

    assert list_said(cut.markdown) == list_said(other.markdown)


def test_nothing_of_another_conversation_is_touched(inbox: Inbox, ids: list[int]) -> None:
    whole = keep_digest(inbox, "en")
    untouched = cut_digest(whole, 999)
    assert untouched is not None
    assert (untouched.markdown, untouched.contents) == (whole.markdown, whole.contents)


@pytest.mark.parametrize("extra", ["### One more", "- [ ] one more"])
def test_a_digest_of_another_form_is_given_up_whole(
    inbox: Inbox, ids: list[int], extra: str
) -> None:
    whole = keep_digest(inbox, "en")
    assert cut_digest(replace(whole, markdown=f"{whole.markdown}{extra}\n"), ids[0]) is None


def test_the_kept_digest_is_the_cut_one(inbox: Inbox, ids: list[int]) -> None:
    cut = cut_digest(keep_digest(inbox, "en"), ids[0])
    assert cut is not None
    forget_conversation(inbox.archive, ids[0], inbox.at)
    (kept,) = inbox.reader.digests()
    assert kept.markdown == cut.markdown
    assert "Mile End" not in kept.markdown
    assert "Climbing" not in str(kept.contents)


def test_a_digest_composed_while_one_is_forgotten_is_composed_again(
    inbox: Inbox, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def compose(*values: Any, **options: Any) -> NewDigest:
        digest = compose_digest(*values, **options)
        if inbox.reader.find_conversations("Climbing"):
            forget_conversation(inbox.archive, ids[0], inbox.at)
        return digest

    monkeypatch.setattr("companion.digesting.compose_digest", compose)
    assert "Mile End" not in keep_digest(inbox, "en").markdown


def test_a_conversation_forgotten_while_its_gist_is_written_stays_forgotten(
    inbox: Inbox, engine: object
) -> None:
    ids = [inbox.tell_climbing(), inbox.tell_trip()]
    saved: list[tuple[str, int]] = []

    def forget_first(told: Saved) -> None:
        saved.append((told.stage, told.conversation_id))
        if len(saved) == 2:
            forget_conversation(inbox.archive, ids[0], inbox.at)

    report = inbox.run_pass(on_saved=forget_first)
    assert report.error is None
    assert sorted(saved) == [("gist", ids[1]), *(("highlights", number) for number in ids)]
    assert [row.id for row in inbox.reader.conversations()] == [ids[1]]
