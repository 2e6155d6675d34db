"""One pass over unread conversations: highlights at once, gists as the model writes them.

Each summary is saved in a transaction of its own, so that a pass may end at any instant;
what was done is not done again, because a summary is found by the hash of its input. What the
model fails on is tried again after a while, alone, and given up after some tries.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from companion.authoring.interface import Author
from companion.authoring.isolating import Loss, compute_apart, summarize_apart
from companion.chats import find_owner, make_chat, make_record
from companion.config import Config
from companion.lock import hold_pass_lock
from companion.retrying import CONVERSATIONS
from inference.drafting import FLAG_FAILED
from inference.errors import InferenceError
from inference.interface import Chat, Summary
from inference.language import detect_language
from inference.summarizer import Summarizer
from storage.archive import Archive
from storage.errors import RecordMissing
from storage.reader import Reader
from storage.records import ConversationRow, FailureRecord, GistState, MessageRow

log = logging.getLogger(__name__)

FLAG_NO_MODEL = "no-model"
FLAG_GIVEN_UP = "given-up"

_LOCK_WAIT_S = 600.0
"""How long one process of the home waits for the other to be done with the model."""

Stage = Literal["highlights", "gist"]


@dataclass(frozen=True, slots=True)
class Work:
    """A conversation whose summary is missing, unfinished or of another input."""

    conversation_id: int
    chat: Chat
    input_hash: str
    has_highlights: bool
    """True when an earlier pass saved them and ended before the gist."""

    failures: int
    """How often in a row it failed: the model, or the code that finds highlights."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A summary was saved: what a listener needs to show progress."""

    stage: Stage
    conversation_id: int
    summary_id: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class PassReport:
    """What one pass did; `left` conversations wait for the next one."""

    highlights: int = 0
    gists: int = 0
    refused: int = 0
    """Those given up included."""

    left: int = 0
    failed: int = 0
    """On how many the model, or the code before it, failed: they are left, or given up."""

    error: str | None = None
    """Why the model could not go on, as one line for people; None when it could."""


class Pass:
    """A pass over one archive with one author. Not shared between threads."""

    def __init__(
        self,
        archive: Archive,
        reader: Reader,
        config: Config,
        author: Author,
        read_now: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._reader = reader
        self._config = config
        self._author = author
        self._read_now = read_now
        self._extractor = Summarizer(None, masks_secrets=config.mask_secrets)
        self.report = PassReport()
        """What the newest run did, up to now."""

    def find_work(self, ids: Sequence[int] | None = None, *, force: bool = False) -> list[Work]:
        """What is to be done, in the order of the inbox.

        `ids` None: every conversation with unread messages; else those alone, and one
        without unread messages has nothing to summarise. `force` redoes finished ones, and
        those given up. One that failed lately waits, unless it is asked for by its id.
        """
        found = []
        for row in self._reader.conversations(unread_only=True):
            if ids is None or row.id in ids:
                work = self._make_work(row, is_asked=ids is not None, force=force)
                if work is not None:
                    found.append(work)
        return found

    def run(
        self,
        works: Sequence[Work],
        *,
        on_saved: Callable[[Saved], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> PassReport:
        """Save highlights for all of `works`, then gists one after the other.

        Raises `InferenceError` when the model cannot be loaded or goes on failing; what was
        saved by then is in `report`. `should_stop` is asked before the model is loaded and
        between summaries.
        """
        waiting = self.save_highlights(works, on_saved)
        if not waiting or not self._author.is_usable or should_stop():
            return self.report
        suspects = frozenset(place for place, work in enumerate(waiting) if work.failures)
        written = summarize_apart(self._author, [work.chat for work in waiting], suspects)
        for done, (place, result) in enumerate(written, 1):
            work, outcome = waiting[place], _recognise_loss(result)
            if isinstance(outcome, Loss):
                quoted = self._extractor.summarize_extractively(work.chat)
                summary_id = self._save_loss(work, outcome.reason, quoted)
            else:
                state: GistState = "done" if outcome.origin == "model" else "refused"
                summary_id = self._save(work, outcome, state)
                self._count(state)
            if summary_id is not None:
                on_saved(Saved("gist", work.conversation_id, summary_id, done, len(waiting)))
            if should_stop():
                break
        return self.report

    def save_highlights(
        self, works: Sequence[Work], on_saved: Callable[[Saved], None] = lambda _: None
    ) -> list[Work]:
        """Save what needs no model; gives back the works that the model is to go on with."""
        self.report = PassReport()
        waiting = []
        for done, work in enumerate(works, 1):
            found = compute_apart(self._find_highlights, work.chat)
            if isinstance(found, Loss):
                self.report = replace(self.report, left=self.report.left + 1)
                self._save_loss(work, found.reason, _say_nothing(work.chat))
                continue
            summary, goes_on = found
            if goes_on:
                waiting.append(work)
            is_left = goes_on and self._author.is_usable
            self.report = replace(
                self.report,
                highlights=self.report.highlights + 1,
                left=self.report.left + is_left,
            )
            if work.has_highlights:
                continue
            if goes_on and not is_left:
                summary = replace(summary, flags=(*summary.flags, FLAG_NO_MODEL))
            summary_id = self._save(work, summary, "pending" if is_left else "refused")
            if summary_id is not None:
                on_saved(Saved("highlights", work.conversation_id, summary_id, done, len(works)))
        return waiting

    def _find_highlights(self, chat: Chat) -> tuple[Summary, bool]:
        """What is said by quoting, and whether a gist is worth writing."""
        return self._extractor.summarize_extractively(chat), self._extractor.needs_model(chat)

    def _count(self, state: GistState, *, failed: int = 0) -> None:
        """Count what became of one that was left."""
        self.report = replace(
            self.report,
            gists=self.report.gists + (state == "done"),
            refused=self.report.refused + (state == "refused"),
            left=self.report.left - (state != "pending"),
            failed=self.report.failed + failed,
        )

    def _make_work(self, row: ConversationRow, *, is_asked: bool, force: bool) -> Work | None:
        context, unread = self._reader.unread_messages(
            row.id, context=self._config.context_messages
        )
        names = (*self._reader.owner_names(row.id), *self._config.me)
        prepared = compute_apart(self._prepare, row, context, unread, names)
        if isinstance(prepared, Loss):
            log.warning("conversation %d is passed over: %s", row.id, prepared.reason)
            return None
        chat, input_hash = prepared
        newest = self._reader.find_summary(row.id)
        is_same = newest is not None and newest.input_hash == input_hash and not newest.outdated
        failure = self._reader.find_failure(row.id)
        if failure is not None and failure.input_hash != input_hash:
            failure = None
        if is_same and newest is not None and not force:
            if newest.gist != "pending":
                return None
            if failure is not None and not is_asked and _is_waiting(failure, self._read_now()):
                return None
        return Work(
            row.id,
            chat,
            input_hash,
            has_highlights=is_same and not force,
            failures=failure.times if failure else 0,
        )

    def _prepare(
        self,
        row: ConversationRow,
        context: Sequence[MessageRow],
        unread: Sequence[MessageRow],
        names: Sequence[str],
    ) -> tuple[Chat, str]:
        """The chat that a conversation is to the model, and its hash."""
        language = None if self._config.language == "auto" else self._config.language
        spoken = language or detect_language(tuple(m.text for m in unread))
        owner = find_owner(names, [*context, *unread], spoken)
        chat = make_chat(row, context, unread, owner=owner, language=language)
        return chat, self._hash(chat)

    def _hash(self, chat: Chat) -> str:
        """Of everything that decides the summary: the chat, the code's options, the model."""
        parts = (self._extractor.fingerprint(chat), self._author.identity)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def _save_loss(self, work: Work, reason: str, summary: Summary) -> int | None:
        """Keep what could be said, and that the rest failed; with the last try, for good."""
        times = work.failures + 1
        is_given_up = CONVERSATIONS.gives_up(times)
        state: GistState = "refused" if is_given_up else "pending"
        self._count(state, failed=1)
        flags = (*summary.flags, FLAG_GIVEN_UP if is_given_up else FLAG_FAILED)
        summary_id = self._save(work, replace(summary, flags=flags), state)
        self._archive.save_failure(
            FailureRecord(work.conversation_id, work.input_hash, reason, times, self._read_now())
        )
        log.warning("conversation %d failed %d times: %s", work.conversation_id, times, reason)
        return summary_id

    def _save(self, work: Work, summary: Summary, gist: GistState) -> int | None:
        """The summary's id; None where its conversation was forgotten meanwhile."""
        record = make_record(
            summary,
            work.chat,
            conversation_id=work.conversation_id,
            input_hash=work.input_hash,
            gist=gist,
            made_at=self._read_now(),
        )
        try:
            return self._archive.save_summary(record)
        except RecordMissing:
            return None


def _say_nothing(chat: Chat) -> Summary:
    """Of a chat of which not even highlights could be made."""
    unread = sum(not message.is_context for message in chat.messages)
    return Summary(
        language=chat.language or "en",
        highlights=(),
        sentences=(),
        origin="extractive",
        topic="",
        todos=(),
        covered=0,
        skipped=unread,
        flags=(),
        model=None,
    )


def _recognise_loss(outcome: Summary | Loss) -> Summary | Loss:
    """A quotation that stands there because the engine failed is a loss, too."""
    if isinstance(outcome, Summary) and outcome.origin == "extractive":
        return Loss("the engine could not run it") if FLAG_FAILED in outcome.flags else outcome
    return outcome


def _is_waiting(failure: FailureRecord, now: datetime) -> bool:
    return CONVERSATIONS.is_waiting(failure.times, failure.last_at, now)


def find_next_try(reader: Reader, now: datetime) -> datetime | None:
    """When a conversation on which the model failed is due again; None when none waits."""
    tries = (CONVERSATIONS.find_next_try(f.times, f.last_at) for f in reader.failures())
    # What was due before and failed for another reason waits for a pass of its own accord.
    return min((at for at in tries if at is not None and at > now), default=None)


def run_pass(
    archive: Archive,
    reader: Reader,
    config: Config,
    author: Author,
    lock_file: Path,
    read_now: Callable[[], datetime],
    *,
    ids: Sequence[int] | None = None,
    force: bool = False,
    on_saved: Callable[[Saved], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> PassReport:
    """A whole pass, alone on this home's model and recorded as a run.

    Nothing to do makes no run. A model that does not load, or a home whose model another
    process keeps busy for too long, is the report's `error`; highlights are saved anyway.
    """
    work = Pass(archive, reader, config, author, read_now)
    if not work.find_work(ids, force=force):
        return PassReport()
    run_id = archive.start_run("summarize", read_now())
    with hold_pass_lock(lock_file, limit_s=_LOCK_WAIT_S) as held:
        if held:
            # Looked up again: the other process may have done some of it meanwhile.
            works = work.find_work(ids, force=force)
            report = _try_pass(work, works, on_saved, should_stop)
        else:
            report = PassReport(error="another process keeps the model busy")
    archive.end_run(run_id, read_now(), "failed" if report.error else "done", asdict(report))
    log.info("pass: %d gists, %d refused, %d left", report.gists, report.refused, report.left)
    return report


def _try_pass(
    work: Pass,
    works: Sequence[Work],
    on_saved: Callable[[Saved], None],
    should_stop: Callable[[], bool],
) -> PassReport:
    try:
        return work.run(works, on_saved=on_saved, should_stop=should_stop)
    except InferenceError as error:
        log.warning("pass stopped: %s", type(error).__name__)
        return replace(work.report, error=f"{error}; {error.next_step}")
