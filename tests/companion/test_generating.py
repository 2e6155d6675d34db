"""Generated stores: the same each time, and read by their sources to the last message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from companion.benching.generating import (
    END,
    RARE_WORD,
    ZONE,
    generate_lines,
    write_kakaotalk,
    write_whatsapp_mac,
)
from companion.sources.interface import MessageFound, Skipped, SourceSettings
from companion.sources.registry import get_source

COUNT = 6_000


def test_lines_are_the_same_each_time_in_order_and_of_both_languages() -> None:
    lines = list(generate_lines(COUNT))
    assert lines == list(generate_lines(COUNT))
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert sum(RARE_WORD in line.text for line in lines) == 1
    assert COUNT / 4 < sum(line.text.isascii() for line in lines) < COUNT * 3 / 4
    assert timedelta(0) <= END - lines[-1].at < timedelta(hours=4)


@pytest.mark.parametrize(
    ("kind", "write"),
    [("kakaotalk", write_kakaotalk), ("whatsapp-mac", write_whatsapp_mac)],
)
def test_every_generated_message_is_read(
    tmp_path: Path, kind: str, write: Callable[[Path, int], None]
) -> None:
    path = tmp_path / "store"
    write(path, COUNT)
    source = get_source(path, kind=None, settings=SourceSettings(ZONE))
    assert source.kind == kind
    changes = list(source.read(None))
    assert not [change for change in changes if isinstance(change, Skipped)]
    texts = [change.text for change in changes if isinstance(change, MessageFound)]
    assert sorted(texts) == sorted(line.text for line in generate_lines(COUNT))
