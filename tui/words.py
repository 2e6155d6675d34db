"""What the interface has to say in every language; the words are in `words_en` and `words_ko`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]
Plural = tuple[str, str]
"""For one, and for any other number; `{n}` is the number."""


def count(words: Plural, n: int) -> str:
    """The phrase for `n` things, thousands set apart."""
    return words[0 if n == 1 else 1].format(n=f"{n:,}")


@dataclass(frozen=True, slots=True)
class KeyWords:
    """What a binding is called."""

    label: str
    """In the row of keys at the foot: one word where possible."""

    tooltip: str
    """In the help and the palette: what the key does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Fields hold templates: names in braces are filled in with `str.format`."""

    # Places
    inbox: str
    palette_prompt: str
    search: str
    todos: str
    digests: str
    help: str
    # The daemon
    daemon_absent: str
    daemon_paused: str
    daemon_starting: str
    daemon_idle: str
    daemon_reading: str
    daemon_summarising: str
    daemon_digest: str
    daemon_preparing: str
    daemon_stopping: str
    model_missing: str
    next_digest: str
    # The inbox
    unread: Plural
    in_conversations: Plural
    conversations: Plural
    nothing_unread: str
    todos_open: Plural
    unread_only: str
    all_conversations: str
    marked_read: str
    untitled: str
    # A summary
    written_by: str
    quoted_no_model: str
    gist_pending: str
    gist_refused: str
    no_summary: str
    coverage: Plural
    left_out: Plural
    origin_store: str
    origin_mark: str
    outdated: str
    heading_sentences: str
    heading_highlights: str
    heading_todos: str
    new_summary: str
    new_messages: str
    group: str
    direct: str
    flags: Mapping[str, str]
    """By the name the engine gives; a flag without words is shown by its name."""
    # Messages
    me: str
    someone: str
    deleted: str
    edited: str
    answers: str
    unread_from_here: str
    no_messages: str
    message_gone: str
    # To-dos
    todos_mine: str
    todos_others: str
    no_todos: str
    with_done: str
    open_only: str
    # Search
    search_prompt: str
    search_hint: str
    search_short: str
    search_none: str
    hits: Plural
    in_summary: str
    # Digests
    no_digests: str
    caught_up: str
    # First run
    first_run: tuple[str, ...]
    no_sources: tuple[str, ...]
    all_read: tuple[str, ...]
    nothing_yet: tuple[str, ...]
    """Lines of the empty inbox; a line that starts with "$ " is a command to type."""
    # What happened
    read_done: Plural
    undo_done: Plural
    undo_nothing: str
    summary_asked: str
    sync_asked: str
    source_failed: str
    # Times
    now: str
    minutes: str
    hours: str
    days: str
    weeks: str
    day: str
    day_of_other_year: str
    today: str
    yesterday: str
    weekdays: tuple[str, str, str, str, str, str, str]
    months: tuple[str, ...]
    # Keys
    keys: Mapping[str, KeyWords]
    """By the `id` of the binding."""
    help_places: Mapping[str, str]
    """Headings of the help, by place."""
    help_marks_heading: str
    help_marks: tuple[tuple[str, str], ...]
    """The marks on the screen and what they mean."""


def get_words(language: Language) -> Words:
    """The words of one language; the other one is not loaded."""
    if language == "ko":
        from tui.words_ko import KOREAN

        return KOREAN
    from tui.words_en import ENGLISH

    return ENGLISH
