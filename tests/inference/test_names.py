from __future__ import annotations

from collections.abc import Callable

import pytest

from inference.interface import Chat
from inference.names import NameBook

MakeChat = Callable[..., Chat]


@pytest.fixture
def book(make_chat: MakeChat) -> NameBook:
    return NameBook(
        make_chat(
            "혜진: 태영이랑 Lisie 병원 갔다 왔어",
            "Maria (work): the dentist is on Harold Street",
            "김민지: 부동산에 전화할게",
            "Maria K: ok",
            title="집들이",
            me="다은",
        )
    )


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Maria will go to Harold Street.", ()),
        ("They called Lisie; the dentist answered.", ()),
        ("After lunch Hanaka calls.", ("Hanaka",)),
        ("Hanaka calls the dentist.", ("Hanaka",)),
        ("Players meet on Friday in December.", ()),
        ("혜진이 다은에게 말했다.", ()),
        ("김민자가 전화하기로 했다.", ("김민자",)),
        ("혜잔이 병원에 갔다.", ("혜잔",)),
        ("영수님이 병원에 갔다.", ("영수",)),
        ("영수가 병원에 갔다.", ("영수",)),
        ("혜진이 영수에게 전화하기로 했다.", ("영수",)),
        ("부모님이 병원에 갔다.", ()),
        ("도착하는 대로 혜진이 전화한다.", ()),
        ("혜진이 Lusie 병원에 갔다.", ("Lusie",)),
    ],
)
def test_names_that_nobody_wrote_are_seen(
    book: NameBook, text: str, unknown: tuple[str, ...]
) -> None:
    assert book.find_unknown(text) == unknown


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("혜진", "혜진"),
        ("혜진님", "혜진"),
        ("나", "다은"),
        ("me", "다은"),
        ("Maria", None),
        ("work", "Maria (work)"),
        ("영수", None),
    ],
)
def test_a_name_means_a_person_only_when_it_can_mean_one(
    book: NameBook, name: str, person: str | None
) -> None:
    assert book.resolve_person(name) == person


@pytest.mark.parametrize(
    ("who", "known"),
    [
        ("혜진", True),
        ("태영", True),
        ("모두", True),
        ("집주인들", True),
        ("volunteers", True),
        ("Hanaka", False),
        ("영수", False),
    ],
)
def test_a_to_do_belongs_to_someone_of_the_chat_or_to_a_group(
    book: NameBook, who: str, known: bool
) -> None:
    assert book.knows_actor(who) is known
