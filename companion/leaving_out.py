"""Holds back what the owner does not want read, between a source and the archive; stores nothing.

It stands behind the merging of exports, which finds out what conversation one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from companion.config import Config
from companion.sources.interface import Change, ConversationFound, MessageFound
from companion.surveying import KEY_NUMBER
from storage.archive import Archive
from storage.left_out import digest_key, find_pattern
from storage.reader import Reader
from storage.records import SourceRow


@dataclass(frozen=True, slots=True)
class Rules:
    """What the config says of all sources; the archive knows what was said of single ones."""

    patterns: tuple[str, ...] = ()
    """Of titles that are left out, beside the archive's."""

    retention_days: int = 0
    """Older messages are not read; 0 for all. A source's own comes first."""


NO_RULES = Rules()
"""Of a config that says nothing."""


def make_rules(config: Config) -> Rules:
    """The rules of a config."""
    return Rules(config.exclude, config.retention_days)


def apply_patterns(archive: Archive, reader: Reader, rules: Rules) -> None:
    """Take in again what patterns left out that are gone from the config; before sources are read.

    Nothing is written where nothing changed.
    """
    kept = {*rules.patterns, *reader.patterns()}
    if any(row.pattern and row.pattern not in kept for row in reader.left_out()):
        archive.drop_other_patterns(rules.patterns)


@dataclass(slots=True)
class Sieve:
    """What one reading of one source may tell the archive."""

    reader: Reader
    source_kind: str
    matches: dict[str, str] = field(default_factory=dict)
    """Conversations met whose titles match: patterns by key."""

    held_back: set[str] = field(default_factory=set)
    """Keys of all conversations that were left out."""

    left_out: frozenset[int] = frozenset()
    """Ids of what the archive leaves out of sources of this kind."""

    _digests: frozenset[str] = frozenset()
    _patterns: tuple[str, ...] = ()
    _oldest_at: datetime | None = None
    _known: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def make(cls, reader: Reader, row: SourceRow, rules: Rules, at: datetime) -> Sieve:
        """For a reading of the source of `row` that begins at `at`."""
        days = rules.retention_days if row.retention_days is None else row.retention_days
        left_out = [left for left in reader.left_out() if left.source_kind == row.kind]
        return cls(
            reader,
            row.kind,
            left_out=frozenset(left.id for left in left_out),
            _digests=frozenset(left.key_digest for left in left_out),
            _patterns=(*rules.patterns, *reader.patterns()),
            _oldest_at=at - timedelta(days=days) if days else None,
        )

    def sift(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The changes but conversations left out, their messages, and what is too old to keep.

        A removal always passes: it brings nothing in.
        """
        if not self._digests and not self._patterns and self._oldest_at is None:
            yield from changes
            return
        for change in changes:
            match change:
                case ConversationFound():
                    is_held = self._is_left_out(change.key) or self._is_match(change)
                case MessageFound():
                    is_old = self._oldest_at is not None and change.sent_at < self._oldest_at
                    is_held = is_old or self._is_left_out(change.conversation_key)
                case _:
                    is_held = False
            if not is_held:
                yield change

    def _is_match(self, told: ConversationFound) -> bool:
        pattern = find_pattern(told.title, self._patterns)
        if pattern is None:
            return False
        self.matches[told.key] = pattern
        self._known[told.key] = True
        self.held_back.add(told.key)
        return True

    def _is_left_out(self, key: str) -> bool:
        if key not in self._known:
            title, number, _ = key.partition(KEY_NUMBER)
            self._known[key] = digest_key(key) in self._digests or (
                # A new one of a title that is left out: more likely the same than a namesake.
                bool(number) and digest_key(title) in self._digests and self._is_new(key)
            )
            if self._known[key]:
                self.held_back.add(key)
        return self._known[key]

    def _is_new(self, key: str) -> bool:
        return all(room.key != key for room in self.reader.rooms(self.source_kind))
