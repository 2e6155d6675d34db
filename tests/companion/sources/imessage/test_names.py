"""Contacts are found by number and address in whatever way either was written."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from companion.sources.imessage.names import (
    FILE_NAME,
    AddressBook,
    find_address_books,
    join_name,
)


def write_book(path: Path, *contacts: tuple[str, str, str, str]) -> Path:
    """An AddressBook of (first name, last name, organisation, address)."""
    with closing(sqlite3.connect(path)) as book, book:
        book.executescript(
            """CREATE TABLE ZABCDRECORD (Z_PK INTEGER PRIMARY KEY, ZFIRSTNAME, ZLASTNAME,
                                         ZORGANIZATION);
               CREATE TABLE ZABCDPHONENUMBER (Z_PK INTEGER PRIMARY KEY, ZOWNER, ZFULLNUMBER);
               CREATE TABLE ZABCDEMAILADDRESS (Z_PK INTEGER PRIMARY KEY, ZOWNER, ZADDRESS);"""
        )
        for number, (first, last, organisation, address) in enumerate(contacts):
            values = (number, first, last, organisation)
            book.execute("INSERT INTO ZABCDRECORD VALUES (?, ?, ?, ?)", values)
            table = "ZABCDEMAILADDRESS" if "@" in address else "ZABCDPHONENUMBER"
            book.execute(f"INSERT INTO {table} VALUES (NULL, ?, ?)", (number, address))
    return path


def find_name(book: AddressBook, address: str) -> str | None:
    contact = book.find_contact(address)
    return contact.name if contact else None


@pytest.mark.parametrize(
    ("written", "sent_from"),
    [
        ("010-1234-5678", "+821012345678"),
        ("+82 10-1234-5678", "01012345678"),
        ("(555) 123-4567", "+15551234567"),
        ("06 12 34 56 78", "+33612345678"),
        ("0034 612 345 678", "+34612345678"),
        ("612345678", "+34612345678"),
        ("07700 900123", "+447700900123"),
        ("112", "112"),
        ("Kim@Example.com ", "kim@example.com"),
    ],
)
def test_an_address_is_found_however_it_is_written(
    written: str, sent_from: str, tmp_path: Path
) -> None:
    book = AddressBook([write_book(tmp_path / "a", ("Kim", "", "", written))])
    assert find_name(book, sent_from) == "Kim"


@pytest.mark.parametrize(
    ("written", "sent_from"),
    [
        ("+1 555 123 4567", "+16551234567"),
        ("+1 555 123 4567", "1234567"),
        ("112", "0112112"),
        ("15551234567", "ACME15551234567"),
        ("kim@example.com", "kim@example.org"),
        ("kim@example.com", "kim"),
        ("+1 555 123 4567", ""),
    ],
)
def test_another_address_is_not_taken_for_it(written: str, sent_from: str, tmp_path: Path) -> None:
    book = AddressBook([write_book(tmp_path / "a", ("Kim", "", "", written))])
    assert find_name(book, sent_from) is None


@pytest.mark.parametrize(
    ("first", "last", "organisation", "name"),
    [
        ("길동", "홍", "", "홍길동"),
        ("太郎", "山田", "", "山田太郎"),
        ("Jane", "Doe", "Acme", "Jane Doe"),
        ("Jane", "김", "", "Jane 김"),
        ("", "Doe", "", "Doe"),
        ("", "", "Acme", "Acme"),
        ("", "", "", None),
    ],
)
def test_a_contact_is_called_as_its_script_orders(
    first: str, last: str, organisation: str, name: str | None, tmp_path: Path
) -> None:
    contact = (first, last, organisation, "kim@example.com")
    book = AddressBook([write_book(tmp_path / "a", contact)])
    assert find_name(book, "kim@example.com") == name


def test_a_name_joined_of_nothing_is_nothing() -> None:
    assert join_name("", "") == ""


def test_the_sample_address_book_knows_its_people(data_folder: Path) -> None:
    book = AddressBook([data_folder / "imessage" / "evantahler+macos-ts" / FILE_NAME])
    assert find_name(book, "+15559876543") == "John Doe"
    assert find_name(book, "ALICE@example.com") == "Alice Johnson"
    assert find_name(book, "info@acmecorp.com") == "Acme Corporation"


def test_cards_of_one_name_are_one_person_in_two_accounts_and_two_in_one(tmp_path: Path) -> None:
    home = write_book(
        tmp_path / "home",
        ("Kim", "", "", "kim@example.com"),
        ("Lee", "", "", "lee@example.com"),
        ("Lee", "", "", "+15551234567"),
    )
    work = write_book(tmp_path / "work", ("Kim", "", "", "+15557654321"))
    find = AddressBook([home, work]).find_contact
    assert find("kim@example.com") == find("+15557654321")
    first, second = find("lee@example.com"), find("+15551234567")
    assert first
    assert second
    assert first.name == second.name
    assert first.id != second.id


def test_a_broken_address_book_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("no database")
    good = write_book(tmp_path / "good", ("Kim", "", "", "kim@example.com"))
    book = AddressBook([broken, good])
    assert book.unreadable == []
    assert find_name(book, "kim@example.com") == "Kim"
    assert book.unreadable == [broken]


def test_the_book_beside_the_store_wins_over_those_of_the_machine(tmp_path: Path) -> None:
    store = tmp_path / "chat.db"
    folder = Path.home() / "Library" / "Application Support" / "AddressBook"
    account = folder / "Sources" / "6A1B" / FILE_NAME
    account.parent.mkdir(parents=True)
    assert find_address_books(store) == []
    account.touch()
    assert find_address_books(store) == [account]
    beside = store.with_name(FILE_NAME)
    shutil.copyfile(account, beside)
    assert find_address_books(store) == [beside]
