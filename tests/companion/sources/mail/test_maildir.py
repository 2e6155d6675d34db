"""A Maildir as a mail program changes it: what is told, once, and what is noticed later."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sources.interface import (
    ConversationFound,
    MessageFound,
    MessageRemoved,
    Skipped,
)
from companion.sources.mail import MaildirSource

if TYPE_CHECKING:
    from tests.companion.sources.conftest import Follower
    from tests.companion.sources.mail.conftest import WriteMail

MakeFollower = Callable[..., "Follower"]


class Maildir:
    """A Maildir under the hands of a mail program."""

    def __init__(self, path: Path, write: WriteMail) -> None:
        self.path = path
        self._write = write
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True)

    def deliver(self, number: int, **fields: str) -> None:
        (self.path / "new" / f"{number}.host").write_bytes(self._write(number=number, **fields))

    def flag(self, number: int, flags: str) -> None:
        """Move a mail to `cur` with these flags."""
        (file,) = self.path.rglob(f"{number}.host*")
        file.rename(self.path / "cur" / f"{number}.host:2,{flags}")

    def delete(self, number: int) -> None:
        (file,) = self.path.rglob(f"{number}.host*")
        file.unlink()


@pytest.fixture
def maildir(tmp_path: Path, write_mail: WriteMail) -> Maildir:
    return Maildir(tmp_path / "Maildir", write_mail)


@pytest.fixture
def follower(maildir: Maildir, make_follower: MakeFollower) -> Follower:
    return make_follower(MaildirSource, maildir.path)


def let_rest(maildir: Maildir) -> None:
    """As if nothing was done lately: the times of the folders are trusted then."""
    for part in ("cur", "new"):
        folder = maildir.path / part
        os.utime(folder, ns=(0, folder.stat().st_mtime_ns - 10**11))


def test_new_and_seen_mails_are_told_with_their_state(maildir: Maildir, follower: Follower) -> None:
    maildir.deliver(1)
    maildir.deliver(2)
    maildir.deliver(3)
    maildir.flag(2, "S")
    maildir.flag(3, "")
    assert follower.read_states() == {"1": False, "2": True, "3": False}


def test_an_unchanged_maildir_yields_its_cursor_alone(maildir: Maildir, follower: Follower) -> None:
    maildir.deliver(1)
    follower.read()
    assert follower.read() == []
    let_rest(maildir)
    follower.read()
    cursor = follower.cursor
    assert follower.read() == []
    assert follower.cursor == cursor
    maildir.deliver(2)
    assert follower.read_states() == {"2": False}


def test_only_new_mails_are_told(maildir: Maildir, follower: Follower) -> None:
    maildir.deliver(1)
    follower.read()
    maildir.deliver(2)
    assert follower.read_states() == {"2": False}


def test_a_mail_read_elsewhere_is_told_again(maildir: Maildir, follower: Follower) -> None:
    maildir.deliver(1)
    follower.read()
    maildir.flag(1, "S")
    assert follower.read_states() == {"1": True}
    maildir.flag(1, "")
    assert follower.read_states() == {"1": False}


@pytest.mark.parametrize("flags", [None, "T", "ST"])
def test_an_unread_mail_deleted_elsewhere_is_removed(
    maildir: Maildir, follower: Follower, flags: str | None
) -> None:
    maildir.deliver(1)
    follower.read()
    if flags is None:
        maildir.delete(1)
    else:
        maildir.flag(1, flags)
    assert follower.read() == [MessageRemoved("thread:1@example.com", "1@example.com")]
    assert follower.read() == []


def test_a_mail_moved_to_another_folder_is_not_removed(
    maildir: Maildir, follower: Follower
) -> None:
    maildir.deliver(1)
    follower.read()
    archive = maildir.path / ".Archive" / "cur"
    archive.mkdir(parents=True)
    (maildir.path / "new" / "1.host").rename(archive / "other-name:2,S")
    assert follower.read_states() == {"1": True}
    assert follower.read() == []


@pytest.mark.parametrize("name", [".Trash", ".Junk", ".INBOX.Spam", ".Drafts"])
def test_folders_of_unwanted_mail_are_left_out(
    maildir: Maildir, follower: Follower, write_mail: WriteMail, name: str
) -> None:
    for part in ("cur", "new", "tmp"):
        (maildir.path / name / part).mkdir(parents=True)
    (maildir.path / name / "new" / "1.host").write_bytes(write_mail())
    assert follower.read() == []


def test_drafts_and_links_are_left_out(
    maildir: Maildir, follower: Follower, write_mail: WriteMail, tmp_path: Path
) -> None:
    maildir.deliver(1)
    maildir.flag(1, "DS")
    outside = tmp_path / "outside"
    outside.write_bytes(write_mail(number=2))
    (maildir.path / "cur" / "2.host:2,").symlink_to(outside)
    assert follower.read() == [Skipped("2.host:2, is a link, not followed")]


def test_what_is_no_mail_is_told_as_skipped(maildir: Maildir, follower: Follower) -> None:
    (maildir.path / "new" / "1.host").write_bytes(b"not a mail\n")
    maildir.deliver(2)
    found = follower.read()
    assert [change for change in found if isinstance(change, Skipped)] == [
        Skipped("1.host: it has no date")
    ]
    assert sum(isinstance(change, MessageFound) for change in found) == 1


def test_other_names_of_the_owner_are_a_reason_to_read_again(
    maildir: Maildir, follower: Follower
) -> None:
    maildir.deliver(1, sender="Kim <kim@example.com>")
    follower.read()
    follower.me = ("KIM@example.com",)
    (_, message) = follower.read()
    assert isinstance(message, MessageFound)
    assert message.is_me


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"version": 1}', '{"version": 0}'])
def test_a_cursor_of_another_version_means_reading_all(
    maildir: Maildir, follower: Follower, cursor: str
) -> None:
    maildir.deliver(1)
    follower.cursor = cursor
    assert follower.read_states() == {"1": False}


# ------------------------------------------------------------ conversations


def test_a_thread_between_people_is_a_conversation(maildir: Maildir, follower: Follower) -> None:
    maildir.deliver(1)
    found, first = follower.read()
    maildir.deliver(
        2,
        sender="Kim <kim@example.com>",
        to="Ana <ana@example.com>",
        subject="Re: Lunch",
        References="<1@example.com>",
    )
    follower.me = ()
    (again, second) = follower.read()
    assert found == again
    assert found == ConversationFound("thread:1@example.com", "Lunch", "direct", ("Ana", "Kim"))
    assert isinstance(first, MessageFound)
    assert isinstance(second, MessageFound)
    assert first.conversation_key == second.conversation_key
    assert (first.text, second.reply_to) == ("Hello", first.id)


def test_a_thread_of_three_is_a_group(maildir: Maildir, follower: Follower) -> None:
    maildir.deliver(1, cc="Bo <bo@example.com>")
    found, _ = follower.read()
    assert isinstance(found, ConversationFound)
    assert (found.kind, found.participants) == ("group", ("Ana", "Bo", "Kim"))


def test_a_list_is_one_conversation_whose_mails_begin_with_their_subject(
    maildir: Maildir, follower: Follower
) -> None:
    maildir.deliver(1, List_Id="Lunch club <lunch.example.com>", subject="Noon")
    maildir.deliver(2, List_Id="Lunch club <lunch.example.com>", subject="Tea")
    found = follower.read()
    assert [change for change in found if isinstance(change, ConversationFound)] == [
        ConversationFound("list:lunch.example.com", "Lunch club", "group")
    ]
    texts = {change.text for change in found if isinstance(change, MessageFound)}
    assert texts == {"Noon\n\nHello", "Tea\n\nHello"}


def test_what_one_machine_sends_is_one_conversation(maildir: Maildir, follower: Follower) -> None:
    for number, subject in enumerate(("Shipped", "Delivered"), start=1):
        maildir.deliver(
            number,
            sender="Shop <no-reply@shop.com>",
            subject=subject,
            Auto_Submitted="auto-replied",
        )
    found = [change for change in follower.read() if isinstance(change, ConversationFound)]
    assert found == [ConversationFound("from:no-reply@shop.com", "Shop", "direct")]


# ------------------------------------------------------------ following


STEPS = st.tuples(
    st.sampled_from(["deliver", "read", "unread", "delete", "look"]), st.integers(1, 4)
)


@given(steps=st.lists(STEPS, min_size=1, max_size=15))
@settings(deadline=None, max_examples=40)
def test_following_leads_where_reading_all_does(
    steps: list[tuple[str, int]],
    write_mail: WriteMail,
    make_follower: MakeFollower,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    maildir = Maildir(tmp_path_factory.mktemp("mail") / "Maildir", write_mail)
    follower, there = make_follower(MaildirSource, maildir.path), dict[int, bool]()
    known: dict[str, bool | None] = {}
    for step, number in [*steps, ("look", 0)]:
        if step == "deliver" and number not in there:
            maildir.deliver(number)
            there[number] = False
        elif step in ("read", "unread") and number in there:
            maildir.flag(number, "S" if step == "read" else "")
            there[number] = step == "read"
        elif step == "delete" and there.get(number) is False:
            maildir.delete(number)
            del there[number]
        elif step == "look":
            for change in follower.read():
                if isinstance(change, MessageFound):
                    known[change.id] = change.is_read
                elif isinstance(change, MessageRemoved):
                    known.pop(change.id)
            assert follower.read() == []
    assert {int(uid.partition("@")[0]): is_read for uid, is_read in known.items()} == there


# ------------------------------------------------------------ probing


def test_maildirs_are_recognised_and_others_are_not(
    maildir: Maildir, data_folder: Path, tmp_path: Path
) -> None:
    assert MaildirSource.probe(maildir.path)
    maildir.deliver(1)
    assert MaildirSource.probe(maildir.path)
    (maildir.path / "new" / "1.host").write_bytes(b"words\n")
    assert not MaildirSource.probe(maildir.path)
    assert not MaildirSource.probe(tmp_path)
    assert not MaildirSource.probe(tmp_path / "gone")
    assert [path for path in data_folder.rglob("*") if MaildirSource.probe(path)] == []
