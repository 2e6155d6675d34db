"""Makes the next item while the one before is at work; knows nothing of what the items are."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """The same items, all of them made on one other thread, one ahead of the caller.

    What making one raises is raised here. To be closed when it is not taken to its end: `items`
    is closed then, on its thread.
    """
    with ThreadPoolExecutor(1, "reading ahead") as thread:
        try:
            waiting = thread.submit(next, items, None)
            while (item := waiting.result()) is not None:
                waiting = thread.submit(next, items, None)
                yield item
        finally:
            thread.submit(items.close).result()
