"""An address has one form, a person one address, and a number is no name."""

from __future__ import annotations

import pytest

from companion.sources.whatsapp.people import People, complete_jid, is_conversation, is_group

NUMBER, HIDDEN = "34600111222@s.whatsapp.net", "99887766554433@lid"


@pytest.mark.parametrize(
    ("raw", "jid"),
    [
        (NUMBER, NUMBER),
        ("34600111222", NUMBER),
        ("34600111222:12@s.whatsapp.net", NUMBER),
        ("34600111222.0:1@s.whatsapp.net", NUMBER),
        ("34600111222@c.us", NUMBER),
        (" 34600111222@s.whatsapp.net\n", NUMBER),
        ("34600111222-1600000000@g.us", "34600111222-1600000000@g.us"),
        ("99887766554433:3@lid", HIDDEN),
        ("", ""),
        ("@s.whatsapp.net", ""),
        ("no address", "no address@s.whatsapp.net"),
    ],
)
def test_an_address_has_one_form(raw: str, jid: str) -> None:
    assert complete_jid(raw) == jid


@pytest.mark.parametrize(
    ("hidden", "number"),
    [
        (HIDDEN, NUMBER),
        ("99887766554433", "+34600111222"),
        ("99887766554433:3@lid", "34600111222:1@s.whatsapp.net"),
    ],
)
def test_a_hidden_identity_is_known_by_its_number(hidden: str, number: str) -> None:
    people = People()
    people.pair(hidden, number)
    people.add_name(HIDDEN, "Ana")
    assert people.identify(HIDDEN) == NUMBER
    assert people.name(NUMBER) == people.name(HIDDEN) == "Ana"


@pytest.mark.parametrize(
    ("hidden", "number"),
    [
        (NUMBER, HIDDEN),
        (HIDDEN, HIDDEN),
        (HIDDEN, ""),
        ("", NUMBER),
        (HIDDEN, "410FE041-5C4E-48DA-B4DE-04C15EA3DBAC"),
        (HIDDEN, "120363000000000001@g.us"),
    ],
)
def test_what_is_no_pair_joins_nobody(hidden: str, number: str) -> None:
    people = People()
    people.pair(hidden, number)
    assert people.identify(HIDDEN) == HIDDEN


def test_the_first_name_counts_and_a_number_is_none() -> None:
    people = People()
    for name in ("", " ", "\u200e+34 600 111 222", "+34 (600) 11-12.22", "Ana", "Anita"):
        people.add_name(NUMBER, name)
    assert people.name(NUMBER) == "Ana"


@pytest.mark.parametrize(
    ("jid", "name"),
    [(NUMBER, "+34600111222"), (HIDDEN, HIDDEN), ("a@s.whatsapp.net",) * 2, ("", "")],
)
def test_who_has_no_name_is_called_by_number_or_address(jid: str, name: str) -> None:
    assert People().name(jid) == name


@pytest.mark.parametrize(
    ("jid", "is_one", "is_a_group"),
    [
        (NUMBER, True, False),
        (HIDDEN, True, False),
        ("120363000000000001@g.us", True, True),
        ("status@broadcast", False, False),
        ("1600000000@broadcast", False, False),
        ("120363@newsletter", False, False),
        ("me@status", False, False),
        ("", False, False),
    ],
)
def test_people_and_groups_are_conversations(jid: str, is_one: bool, is_a_group: bool) -> None:
    assert (is_conversation(jid), is_group(jid)) == (is_one, is_a_group)
