"""Names end at the first colon, but for names that hold one and sentences that quote one."""

from __future__ import annotations

import pytest

from companion.sources.whatsapp.senders import NameSurvey, clean_name, fold_name, split_sender


@pytest.mark.parametrize(
    ("rest", "split"),
    [
        ("Alice: hi", ("Alice", "hi")),
        ("Alice: a: b", ("Alice", "a: b")),
        ("Alice: ", ("Alice", "")),
        ("Alice:", ("Alice", "")),
        ("Alice:  hi ", ("Alice", " hi ")),
        ("~\u202fAlice: hi", ("~ Alice", "hi")),
        ("\u202a+49\u00a0170 1234567\u202c: hi", ("+49 170 1234567", "hi")),
        ("John-John Doe 🤓: hi", ("John-John Doe 🤓", "hi")),
        ("Alice: \u200eimage omitted", ("Alice", "\u200eimage omitted")),
    ],
)
def test_the_sender_ends_at_the_first_colon_and_space(rest: str, split: tuple[str, str]) -> None:
    assert split_sender(rest) == split


@pytest.mark.parametrize(
    "rest",
    [
        "You were added",
        "John Doe:.",
        'Alice created group "Trip: Rome"',
        "Alice created group “Trip: Rome”",
        'Alice changed the subject from "Trip" to "Trip: Rome"',
        "Alice hat den Betreff zu „Trip: Rom“ geändert",
        "Alice a changé la description : plus rien",
        "",
        ": nobody",
    ],
)
def test_system_lines_have_no_sender(rest: str) -> None:
    assert split_sender(rest) is None


def test_a_known_name_with_a_colon_is_kept_whole() -> None:
    names = frozenset(["Dr: Who"])
    assert split_sender("Dr: Who: run", names) == ("Dr: Who", "run")
    assert split_sender("Dr: Whose: run", names) == ("Dr", "Whose: run")
    assert split_sender("Dr: run", names) == ("Dr", "run")


def survey(*lines: str, known: tuple[str, ...] = ()) -> frozenset[str]:
    names = NameSurvey()
    for line in lines:
        split = split_sender(line)
        if split is not None:
            names.observe(*split)
    return names.find_long_names(known)


def test_a_name_with_a_colon_is_found_where_a_system_line_tells_it() -> None:
    assert survey("Dr: Who joined", "Dr: Who: run", "Alice: hi") == frozenset(["Dr: Who"])


def test_a_name_with_a_colon_is_found_where_the_owner_or_the_file_name_tells_it() -> None:
    assert survey("Dr: Who: run", known=("Dr: Who", "Alice")) == frozenset(["Dr: Who"])


def test_a_bot_whose_messages_begin_alike_keeps_its_short_name() -> None:
    assert survey("Bot: Alert: fire", "Bot: Alert: water") == frozenset()
    assert survey("Bot: Alert: fire", "Bot: all is well") == frozenset()
    assert survey("Bot: Alert: fire", "Bot: News: none", "Bot: Alert is off") == frozenset()


def test_names_are_compared_as_the_owner_types_them() -> None:
    assert fold_name("~\u202fALICE  Doe\u200e") == fold_name("alice doe")
    assert clean_name("\u2068Bob\u2069") == "Bob"
