"""No damage to a store makes a source crash, hang, or tell what nobody wrote.

`store_builders.py` beside this writes a small store of every kind. Bounded for every day;
`MUTATIONS=10000 pytest tests/companion/sources/test_robustness.py` is the long run.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from companion.errors import SourceError
from companion.sources.interface import Change, CursorAdvanced, MessageFound, SourceSettings
from companion.sources.registry import list_kinds, load_source_class

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample


KINDS = list_kinds()
MUTATIONS = int(os.environ.get("MUTATIONS", "24"))
"""Damaged copies a kind; a tenth of them where a store is slow to open."""

HANG_S = 60
"""Nothing is timed: this tells a hang from a slow machine."""

LONG = 10_000_000
SETTINGS = SourceSettings(ZoneInfo("America/New_York"), ("Kim",))

NUMBERS = (b"0", b"-1", b"1", b"9999", b"0001", b"9" * 18, b"9" * 30, b"1e400", b"NaN")
VALUES = (
    *(None, "", "\0", "null", "[]", "{", "x" * 300, b"\xed\xa0\x80 half", b"\xff\xfe", b""),
    *(0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1e300, -1e300, 0.5),
    *('{"text": 5}', '"\\ud800"', '{"a": ' * 2000, "[" * 100_000, "9999-12-31", "0001-01-01"),
)


def flip(raw: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 8)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)


def cut(raw: bytearray, chance: random.Random) -> None:
    del raw[chance.randrange(len(raw)) :]


def insert(raw: bytearray, chance: random.Random) -> None:
    """NUL bytes, half of a surrogate pair in both spellings, breaks of lines and of grammars."""
    piece = chance.choice(
        [b"\0" * 40, b"\xed\xa0\x80", b"\\ud83d", b"\r", b"\n", b"\xe2\x80\xa8", b'"', b"[{", b"\t"]
    )
    place = chance.randrange(len(raw) + 1)
    raw[place:place] = piece


def renumber(raw: bytearray, chance: random.Random) -> None:
    """Years, stamps, ids and counts become what no calendar and no machine word holds."""
    numbers = list(re.finditer(rb"[0-9]+", raw))
    if numbers:
        found = chance.choice(numbers)
        raw[found.start() : found.end()] = chance.choice(NUMBERS)


def repeat(raw: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(raw))
    raw[start:start] = raw[start : start + chance.randint(1, 400)]


DAMAGES = (flip, cut, insert, renumber, repeat)


def damage_file(folder: Path, chance: random.Random) -> str:
    """Change one file of a store; gives nothing new that anybody wrote."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.stat().st_size)
    file = chance.choice(files)
    raw = bytearray(file.read_bytes())
    chance.choice(DAMAGES)(raw, chance)
    file.write_bytes(raw)
    return ""


def damage_value(sample: Sample, path: Path, chance: random.Random) -> str:
    """Change one value of a database; gives what was written there."""
    assert sample.connect is not None
    with closing(sample.connect(path)) as connection:
        table = chance.choice(list_tables(connection))
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        value = chance.choice(VALUES)
        with suppress(Exception):  # of two drivers: a constraint of the store's own
            connection.execute("PRAGMA foreign_keys = OFF")
            rows = f'SELECT MAX(rowid) FROM "{table}"'
            where = "" if chance.random() < 0.5 else f" WHERE rowid = ({rows})"
            connection.execute(
                f'UPDATE "{table}" SET "{chance.choice(columns)}" = ?{where}', [value]
            )
    return to_text(value)


def list_tables(connection: Any) -> list[str]:
    """Those that hold something."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    names = [name for (name,) in connection.execute(query)]
    return [name for name in names if list(connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1'))]


def to_text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


# ---------------------------------------------------------------- judgement


@contextmanager
def forbid_hang() -> Iterator[None]:
    def stop(_: int, __: FrameType | None) -> None:
        pytest.fail(f"a reading did not end within {HANG_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read_all(kind: str, path: Path, cursor: str | None = None) -> list[Change]:
    """What is told before the end or a `SourceError`; whatever else is raised fails the test."""
    changes: list[Change] = []
    source = load_source_class(kind)
    with suppress(SourceError):
        source.probe(path)
    with suppress(SourceError):
        changes.extend(source(path, SETTINGS).read(cursor))
    return changes


def list_texts(changes: list[Change]) -> list[str]:
    return [c.text for c in changes if isinstance(c, MessageFound) and c.kind == "text"]


def list_values(sample: Sample) -> Iterator[str]:
    """Whatever stands in a database: an encrypted one has no words to find in its file."""
    if sample.connect is not None:
        with closing(sample.connect(sample.path)) as connection:
            for table in list_tables(connection):
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    yield from map(to_text, row)


def decode(raw: bytes) -> Iterator[str]:
    """A file in every way in which one of the sources may read it."""
    plain = raw.decode("utf-8", "replace")
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), plain)
    yield from (plain, unescaped, re.sub(r"\\(.)", r" \1", plain), raw.decode("cp949", "replace"))
    yield raw.replace(b"\0", b"").decode("utf-8", "replace")
    yield unescaped.encode("latin-1", "ignore").decode("utf-8", "replace")
    yield raw.decode("utf-16", "replace")
    yield raw.decode("latin-1")


def find_invented(texts: list[str], folder: Path, known: str) -> set[str]:
    """Words told that stand neither in the files as they are nor in what was told before.

    What stands in brackets is the source's own: "[photo]".
    """
    texts = [re.sub(r"\[[a-z ]+\]", "", text) for text in texts]
    words = {word for text in texts for word in re.findall(r"\w{3,}", text)}
    words = {word for word in words if word not in known}
    if words:
        files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
        told = "\n".join(text for raw in files for text in decode(raw))
        words = {word for word in words if word not in told}
    return words


def copy_store(sample: Sample, root: Path, target: Path) -> Path:
    """The whole folder of a store; gives where the store is in the copy."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root, target)
    return target / sample.path.relative_to(root)


MakeSample = Callable[[str], tuple["Sample", Path]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_recognised_and_read_whole(kind: str, build: MakeSample) -> None:
    sample, _ = build(kind)
    assert load_source_class(kind).probe(sample.path)
    changes = list(load_source_class(kind)(sample.path, SETTINGS).read())
    assert len(list_texts(changes)) >= len(sample.texts)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_crashes_nothing_and_invents_nothing(
    kind: str, build: MakeSample, tmp_path: Path
) -> None:
    sample, root = build(kind)
    whole = read_all(kind, sample.path)
    cursors = [None, *(c.cursor for c in whole if isinstance(c, CursorAdvanced))]
    known = "\n".join([*list_texts(whole), *list_values(sample)])
    for number in range(max(3, MUTATIONS // 10) if sample.is_slow else MUTATIONS):
        chance = random.Random(f"{kind} {number}")
        path = copy_store(sample, root, tmp_path / "copy")
        if sample.connect is not None and number % 3:
            written = damage_value(sample, path, chance)
        else:
            written = damage_file(tmp_path / "copy", chance)
        for cursor in cursors:
            with forbid_hang():
                changes = read_all(kind, path, cursor)
            texts = list_texts(changes)
            assert not find_invented(texts, tmp_path / "copy", known + written), number
            for change in changes:
                assert not isinstance(change, MessageFound) or change.sent_at.tzinfo, number


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_of_ten_megabytes_is_read_or_refused(
    kind: str, build: MakeSample, tmp_path: Path
) -> None:
    sample, root = build(kind)
    path = copy_store(sample, root, tmp_path / "copy")
    if sample.connect is None:
        file = next(file for file in (tmp_path / "copy").rglob("*") if file.is_file())
        raw = file.read_bytes()
        place = raw.find(sample.texts[0].encode()[:5]) + 5
        file.write_bytes(raw[:place] + b"ab " * (LONG // 3) + raw[place:])
    else:
        with closing(sample.connect(path)) as connection:
            (table,) = [name for name in TEXT_COLUMNS if name.startswith(f"{kind}:")]
            name, column = TEXT_COLUMNS[table], table.partition(":")[2]
            connection.execute(f"UPDATE {name} SET {column} = ?", ["ab " * (LONG // 3)])
    with forbid_hang():
        read_all(kind, path)


TEXT_COLUMNS = {
    "imessage:text": "message",
    "kakaotalk-mac:message": "NTChatMessage",
    "signal:body": "messages",
    "whatsapp-mac:ZTEXT": "ZWAMESSAGE",
    "whatsapp-android:text_data": "message",
    "beeper:message": "mx_room_messages",
}
