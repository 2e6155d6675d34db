"""The files of threads are found by their places, and put in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.sources.meta.threads import group_threads, is_numbered, name_thread


def test_the_files_of_a_thread_go_together_the_newest_first() -> None:
    names = [
        "a_1/message_1.json",
        "a_1/message_10.json",
        "a_1/message_2.json",
        "b_2/message_1.json",
    ]
    assert group_threads(names) == [
        ("a_1/message_1.json", "a_1/message_2.json", "a_1/message_10.json"),
        ("b_2/message_1.json",),
    ]


@pytest.mark.parametrize(
    "folder",
    [
        "",
        "ben_1/",
        "inbox/ben_1/",
        "message_requests/ben_1/",
        "messages/inbox/ben_1/",
        "your_facebook_activity/messages/e2ee_cutover/ben_1/",
        "facebook-ann/your_facebook_activity/messages/archived_threads/ben_1/",
    ],
)
def test_threads_are_known_at_every_depth_of_a_download(folder: str) -> None:
    assert is_numbered(f"{folder}message_1.json")


@pytest.mark.parametrize(
    "name",
    [
        "projects/mail/message_1.json",
        "a/b/c/message_1.json",
        "mail/message_x.json",
        "posts/your_posts.json",
        "your_facebook_activity/posts/your_posts_1.json",
    ],
)
def test_other_files_are_in_no_thread(name: str) -> None:
    assert group_threads([name]) == []


def test_single_files_come_last() -> None:
    names = ["messages/Ben_7.json", "z_1/message_1.json", "Ben_8.json"]
    assert group_threads(names) == [
        ("z_1/message_1.json",),
        ("messages/Ben_7.json",),
        ("Ben_8.json",),
    ]


def test_a_thread_is_called_as_its_folder(tmp_path: Path) -> None:
    thread = tmp_path / "ben_1"
    thread.mkdir()
    (thread / "message_1.json").touch()
    assert name_thread(tmp_path, "ben_1/message_1.json") == "ben_1"
    assert name_thread(thread, "message_1.json") == "ben_1"
    assert name_thread(thread / "message_1.json", "message_1.json") == "ben_1"
    assert name_thread(tmp_path, "messages/Ben_7.json") == "Ben_7"
