"""Reading ahead: the same items, made on one other thread, which ends whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from companion.reading_ahead import read_ahead


def test_all_items_come_in_order_from_one_other_thread() -> None:
    threads = set()

    def count() -> Generator[int, None, None]:
        for number in range(5):
            threads.add(threading.get_ident())
            yield number

    assert list(read_ahead(count())) == [0, 1, 2, 3, 4]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_making_an_item_raises_is_raised_behind_the_items_before_it() -> None:
    def fail() -> Generator[int, None, None]:
        yield 1
        raise KeyboardInterrupt

    items = read_ahead(fail())
    assert next(items) == 1
    with pytest.raises(KeyboardInterrupt):
        next(items)


def test_items_that_nobody_takes_any_more_are_closed_on_their_thread() -> None:
    threads = []

    def wait() -> Generator[int, None, None]:
        threads.append(threading.get_ident())
        try:
            yield 1
            yield 2
            yield 3
        finally:
            threads.append(threading.get_ident())

    items = read_ahead(wait())
    assert next(items) == 1
    items.close()
    assert len(threads) == 2
    assert len(set(threads)) == 1
