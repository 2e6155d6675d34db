"""Unread against a model: whatever sources, owner and user do, in whatever order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from storage.archive import Archive
from storage.entries import NewConversation, NewMessage, NewSource, RemovedMessage
from storage.reader import Reader
from storage.records import UnreadOrigin, UnreadPolicy

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
END = START + timedelta(days=9)

Place = tuple[int, int]
FLOOR: Place = (-1, 0)

minutes = st.integers(0, 12)
kinds = st.sampled_from(["text", "text", "text", "media", "system", "deleted"])


@dataclass
class Model:
    """The rule in its plainest form: lists, and a loop over them at every question."""

    origin: UnreadOrigin
    policy: UnreadPolicy
    messages: dict[str, NewMessage] = field(default_factory=dict)
    first_mark: Place | None = None
    owner_marks: list[Place] = field(default_factory=list)
    user_marks: list[Place] = field(default_factory=list)
    excluded: bool = False

    @staticmethod
    def place(message: NewMessage) -> Place:
        return ((message.sent_at - START) // timedelta(minutes=1), message.position)

    def unread(self) -> set[str]:
        return {message.uid for message in self.messages.values() if self.is_unread(message)}

    def is_unread(self, message: NewMessage) -> bool:
        if message.is_me or message.kind not in {"text", "media"} or self.excluded:
            return False
        marks = list(self.user_marks)
        if message.is_read is None:
            if self.origin == "store" or self.first_mark is None:
                return False
            marks += [self.first_mark, *self.owner_marks]
        return message.is_read is not True and all(self.place(message) > mark for mark in marks)

    def tell(self, message: NewMessage) -> None:
        self.messages[message.uid] = message
        if message.is_me and message.kind != "system" and self.first_mark is not None:
            self.owner_marks.append(self.place(message))

    def finish(self) -> None:
        if self.origin == "store" or self.first_mark is not None:
            return
        places = [self.place(message) for message in self.messages.values()]
        self.first_mark = max(places, default=FLOOR) if self.policy.word == "none" else FLOOR
        self.owner_marks += [
            self.place(message)
            for message in self.messages.values()
            if message.is_me and message.kind != "system"
        ]

    def mark(self, place: Place) -> None:
        before = self.unread()
        marks = [*self.user_marks, *self.owner_marks]
        is_covered = any(mark >= place for mark in [*marks, self.first_mark or FLOOR])
        self.user_marks.append(place)
        if self.unread() == before and is_covered:
            self.user_marks.pop()


class Marks(RuleBasedStateMachine):
    """One conversation of one source, told in batches that may repeat, change and go back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "archive.db"
        self.archive = Archive.open(path)
        self.reader = Reader.open(path)
        self.model: Model | None = None

    def teardown(self) -> None:
        self.reader.close()
        self.archive.close()
        self.folder.cleanup()

    @precondition(lambda self: self.model is None)
    @rule(origin=st.sampled_from(["store", "mark"]), word=st.sampled_from(["none", "all"]))
    def register(self, origin: UnreadOrigin, word: str) -> None:
        policy = UnreadPolicy("all" if word == "all" else "none")
        self.model = Model(origin, policy)
        source = NewSource("kakaotalk", "KakaoTalk", "/export", origin, policy=policy)
        self.source_id = self.archive.add_source(source, at=START).id
        conversation = NewConversation("room", "Room", "group")
        self.archive.save_batch(self.source_id, [conversation], [])

    @precondition(lambda self: self.model is not None)
    @rule(
        told=st.lists(
            st.builds(
                partial(NewMessage, "room"),  # of a tuple all fields would be made up
                uid=st.sampled_from("abcdefgh"),
                sender=st.just(""),
                is_me=st.sampled_from([False, False, True]),
                sent_at=minutes.map(lambda n: START + timedelta(minutes=n)),
                text=st.just("hi"),
                kind=kinds,
                position=st.integers(0, 2),
                is_read=st.sampled_from([None, None, False, True]),
            ),
            max_size=5,
            unique_by=lambda message: message.uid,
        ),
        removed=st.sets(st.sampled_from("abcdefgh"), max_size=2),
    )
    def tell(self, told: list[NewMessage], removed: set[str]) -> None:
        assert self.model is not None
        known = dict(self.model.messages)
        counts = self.archive.save_batch(
            self.source_id, [], told, [RemovedMessage("room", uid) for uid in sorted(removed)]
        )
        for message in told:
            self.model.tell(message)
        gone = [self.model.messages.pop(uid, None) for uid in removed]

        def content(message: NewMessage) -> NewMessage:
            return message._replace(is_read=None) if message.is_me else message

        assert counts.added == sum(message.uid not in known for message in told)
        changed = [m for m in told if m.uid in known and content(known[m.uid]) != content(m)]
        assert counts.changed >= len(changed)
        assert counts.removed == sum(message is not None for message in gone)

    @precondition(lambda self: self.model is not None)
    @rule()
    def tell_everything_again(self) -> None:
        assert self.model is not None
        told = list(self.model.messages.values())
        before = self.model.unread()
        counts = self.archive.save_batch(self.source_id, [], told)
        for message in told:
            self.model.tell(message)
        assert (counts.added, counts.removed) == (0, 0)
        # Only a first import that was over when the owner's words were told before moves marks.
        assert self.model.unread() <= before

    @precondition(lambda self: self.model is not None)
    @rule()
    def finish_sync(self) -> None:
        assert self.model is not None
        self.model.finish()
        self.archive.finish_sync(self.source_id, "cursor", END, 0)

    @precondition(lambda self: self.model is not None and bool(self.model.messages))
    @rule(data=st.data())
    def mark_read(self, data: st.DataObject) -> None:
        assert self.model is not None
        rows = self.reader.messages(1)
        row = data.draw(st.sampled_from([None, *rows]))
        before = self.model.unread()
        target = rows[-1] if row is None else row
        self.model.mark(Model.place(self.model.messages[target.uid]))
        count = self.archive.mark_read(1, up_to=None if row is None else row.id, at=END)
        assert count == len(before - self.model.unread())

    @precondition(lambda self: self.model is not None)
    @rule()
    def undo(self) -> None:
        assert self.model is not None
        before = self.model.unread()
        if self.model.user_marks:
            self.model.user_marks.pop()
        assert self.archive.undo_mark(1, END) == len(self.model.unread() - before)

    @precondition(lambda self: self.model is not None)
    @rule(excluded=st.booleans())
    def exclude(self, excluded: bool) -> None:
        assert self.model is not None
        self.model.excluded = excluded
        self.archive.set_excluded(1, excluded)

    @invariant()
    def the_archive_agrees(self) -> None:
        if self.model is None:
            return
        _, unread = self.reader.unread_messages(1)
        assert {row.uid for row in unread} == self.model.unread()
        assert self.reader.totals().unread == len(unread)


Marks.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestMarks = Marks.TestCase
