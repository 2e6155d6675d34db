"""Times that no calendar has, that never were or were twice: told or skipped, never a traceback."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from companion.errors import SourceError
from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.registry import load_source_class

if TYPE_CHECKING:
    from tests.companion.sources.store_builders import Sample

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "Asia/Seoul", "Pacific/Kiritimati", "Etc/GMT+12")

STAMPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kakaotalk": (r"2026년 11월 23일", ("0001년 1월 1일", "9999년 12월 31일", "0000년 0월 0일")),
    "line": (r"2026/11/23\(Mon\)", ("0001/01/01(Mon)", "9999/12/31(Fri)", "9999/99/99(Fri)")),
    "whatsapp": (r"11/23/26", ("1/1/0001", "12/31/9999", "12/31/99999", "13/32/26")),
    "spool": (
        r"2026-11-24T09:30:00\+09:00",
        (
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "10000-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
        ),
    ),
    "telegram": (
        r'("date(?:_unixtime)?": ")[^"]*',
        (r"\g<1>0001-01-01T00:00:00", r"\g<1>9999-12-31T23:59:59", r"\g<1>-62135596800"),
    ),
    "signal-cli": (r"17\d{11}", ("-62135596800001", "253402300799999", "9" * 20)),
    "discord": (r'("timestamp": ")[^"]*', (r"\g<1>0001-01-01T00:00:00+14:00",)),
    "element": (r"17\d{11}", ("-62135596800001", "253402300799999", "253402300800000", "1e400")),
    "slack": (r"170000000\d\.0001", ("-62135596801.0001", "253402300799.9999", "9e99")),
    "facebook": (r"1[67]\d{11}", ("-62135596800001", "253402300799999", "253402300800000")),
    "instagram": (r"1[67]\d{11}", ("-62135596800001", "253402300799999", "253402300800000")),
    "googlechat": (
        r"[A-Z][a-z]+, [A-Z][a-z]+ \d+, \d{4}",
        ("Monday, January 1, 0001", "Friday, December 31, 9999", "Friday, December 31, 10000"),
    ),
    "maildir": (r"21 Sep 2026", ("01 Jan 0001", "31 Dec 9999", "31 Dec 99999", "99 Xyz 0000")),
    "mbox": (r"21 Sep 2026", ("01 Jan 0001", "31 Dec 9999", "31 Dec 99999", "99 Xyz 0000")),
}
"""Where a sample has its times, and what is put there: the ends of the calendar and beyond."""


def restamp(folder: Path, pattern: str, stamp: str) -> int:
    """Put a time wherever a store has one; gives how often."""
    count = 0
    for file in [file for file in folder.rglob("*") if file.is_file()]:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                members = {i.filename: archive.read(i).decode() for i in archive.infolist()}
            with zipfile.ZipFile(file, "w") as archive:
                for name, text in members.items():
                    changed, times = re.subn(pattern, stamp, text)
                    archive.writestr(name, changed)
                    count += times
        else:
            changed, times = re.subn(pattern, stamp, file.read_text(encoding="utf-8"))
            file.write_text(changed, encoding="utf-8")
            count += times
    return count


@pytest.mark.parametrize(
    ("kind", "stamp"), [(kind, stamp) for kind, (_, stamps) in STAMPS.items() for stamp in stamps]
)
@pytest.mark.parametrize("zone", ZONES)
def test_the_ends_of_the_calendar_are_told_or_skipped(
    kind: str,
    stamp: str,
    zone: str,
    build: Callable[[str], tuple[Sample, Path]],
    tmp_path: Path,
) -> None:
    sample, root = build(kind)
    shutil.copytree(root, tmp_path / "copy")
    assert restamp(tmp_path / "copy", STAMPS[kind][0], stamp)
    path = tmp_path / "copy" / sample.path.relative_to(root)
    load_source_class(kind).probe(path)
    try:
        changes = list(load_source_class(kind)(path, SourceSettings(ZoneInfo(zone))).read())
    except SourceError:
        return
    for change in changes:
        assert not isinstance(change, MessageFound) or change.sent_at.utcoffset() == timedelta(0)


# ---------------------------------------------------------------- clocks that are set


def write_kakaotalk(walls: list[datetime]) -> str:
    lines = [f"{wall:%Y. %-m. %-d. %H:%M}, Ana : at {n}" for n, wall in enumerate(walls)]
    return "\n".join(
        ["Talk 님과 카카오톡 대화", "저장한 날짜 : 2026. 12. 1. 12:00", "", *lines, ""]
    )


def write_whatsapp(walls: list[datetime]) -> str:
    lines = [f"{wall:%m/%d/%y, %H:%M} - Ana: at {n}" for n, wall in enumerate(walls)]
    return "\n".join(["01/31/26, 10:00 - Ana: before", *lines, ""])


def write_line(walls: list[datetime]) -> str:
    lines = ["[LINE] Chat history with Ana", "Saved on: 2026/12/01 19:57", ""]
    for n, wall in enumerate(walls):
        if n == 0 or wall.date() != walls[n - 1].date():
            lines += ["", f"{wall:%Y/%m/%d(%a)}"]
        lines.append(f"{wall:%H:%M}\tAna\tat {n}")
    return "\n".join([*lines, ""])


def write_telegram(walls: list[datetime]) -> str:
    messages = [
        {"id": n, "type": "message", "date": f"{wall:%Y-%m-%dT%H:%M:%S}", "from": "Ana",
         "from_id": "user1", "text": f"at {n}"}
        for n, wall in enumerate(walls, start=0)
    ]  # fmt: skip
    return json.dumps({"name": "Ana", "type": "personal_chat", "id": 1, "messages": messages})


WRITERS = {
    "kakaotalk": write_kakaotalk,
    "whatsapp": write_whatsapp,
    "line": write_line,
    "telegram": write_telegram,
}


def read_times(kind: str, walls: list[datetime], path: Path) -> list[MessageFound]:
    path.write_text(WRITERS[kind](walls), encoding="utf-8")
    changes = load_source_class(kind)(path, SourceSettings(NEW_YORK)).read()
    return [c for c in changes if isinstance(c, MessageFound) and c.text.startswith("at ")]


def list_walls(first: datetime, count: int) -> list[datetime]:
    """Every quarter of an hour from `first` on, as a wall that knows no change shows it."""
    return [first + timedelta(minutes=15 * n) for n in range(count)]


def is_plain(wall: datetime) -> bool:
    """Whether a wall-clock time was, and was once."""
    first, second = (wall.replace(tzinfo=NEW_YORK, fold=fold) for fold in (0, 1))
    return first.utcoffset() == second.utcoffset()


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("first", ["2026-03-07T23:00", "2026-10-31T23:00"], ids=["gap", "fold"])
def test_nothing_is_lost_where_clocks_are_set_and_what_is_plain_keeps_its_minute(
    kind: str, first: str, tmp_path: Path
) -> None:
    walls = list_walls(datetime.fromisoformat(first), 24)
    assert 0 < sum(not is_plain(wall) for wall in walls) < len(walls)
    told = read_times(kind, walls, tmp_path / "export.txt")
    assert [m.text for m in told] == [f"at {n}" for n in range(len(walls))]
    assert all(m.is_approximate for m in told)
    back = [m.sent_at.astimezone(NEW_YORK).replace(tzinfo=None) for m in told]
    assert [b for b, w in zip(back, walls, strict=True) if is_plain(w)] == [
        wall for wall in walls if is_plain(wall)
    ]
    existing = [
        m.sent_at for m, b, w in zip(told, back, walls, strict=True) if b == w
    ]  # in the gap a time is told as the one an hour later
    assert existing == sorted(existing)


@pytest.mark.parametrize("kind", WRITERS)
def test_messages_of_one_minute_of_a_doubled_hour_keep_their_order(
    kind: str, tmp_path: Path
) -> None:
    told = read_times(
        kind, [datetime.fromisoformat("2026-11-01T01:30")] * 5, tmp_path / "export.txt"
    )
    assert sorted(told, key=lambda m: (m.sent_at, m.position)) == told
    assert {m.sent_at for m in told} == {datetime(2026, 11, 1, 5, 30, tzinfo=UTC)}
    assert len({(m.id, m.position) for m in told}) == 5
