"""What all exports share: when they are read again, and what the system's refusals become."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.errors import NotAStore, StoreBroken, StoreUnreadable
from companion.sources.exports import ExportSource, read_head, translate_os_errors
from companion.sources.interface import Change, CursorAdvanced, Skipped, SourceSettings

READ = Skipped("the file was read")


class Export(ExportSource):
    kind = "test"
    label = "Test"

    @classmethod
    def probe(cls, path: Path) -> bool:
        return True

    def _read_changes(self, file: Path) -> Iterator[Change]:
        file.read_bytes()
        yield READ


def read(path: Path, settings: SourceSettings, cursor: str | None = None) -> tuple[bool, str]:
    """(Whether the file was read, the new cursor)."""
    *changes, last = Export(path, settings).read(cursor)
    assert isinstance(last, CursorAdvanced)
    assert changes in ([], [READ])
    return changes == [READ], last.cursor


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "export"
    path.write_text("one\n")
    return path


def test_an_unchanged_export_yields_its_cursor_alone(path: Path, settings: SourceSettings) -> None:
    was_read, cursor = read(path, settings)
    assert was_read
    assert read(path, settings, cursor) == (False, cursor)


def test_a_grown_export_is_read_again(path: Path, settings: SourceSettings) -> None:
    _, cursor = read(path, settings)
    path.write_text("one\ntwo\n")
    was_read, grown = read(path, settings, cursor)
    assert was_read
    assert read(path, settings, grown) == (False, grown)


def test_a_touched_export_is_not_read_again(path: Path, settings: SourceSettings) -> None:
    _, cursor = read(path, settings)
    os.utime(path, (1, 1))
    was_read, touched = read(path, settings, cursor)
    assert not was_read
    assert touched != cursor


def test_an_export_of_equal_size_but_other_content_is_read_again(
    path: Path, settings: SourceSettings
) -> None:
    _, cursor = read(path, settings)
    path.write_text("two\n")
    os.utime(path, (1, 1))
    assert read(path, settings, cursor)[0]


@pytest.mark.parametrize(
    "change", [{"me": ("민지",)}, {"zone": ZoneInfo("Europe/Berlin")}], ids=["me", "zone"]
)
def test_other_settings_are_a_reason_to_read_again(
    path: Path, settings: SourceSettings, change: dict[str, object]
) -> None:
    _, cursor = read(path, settings)
    assert read(path, replace(settings, **change), cursor)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("cursor", ["", "not json", "{}", "[]", '{"size_bytes": 4}'])
def test_a_cursor_of_another_version_means_reading_all(
    path: Path, settings: SourceSettings, cursor: str
) -> None:
    assert read(path, settings, cursor)[0]


def test_a_missing_export_is_an_error_with_a_next_step(
    tmp_path: Path, settings: SourceSettings
) -> None:
    with pytest.raises(NotAStore, match=r"gone\.txt does not exist; check the path"):
        read(tmp_path / "gone.txt", settings)


def test_a_folder_is_an_error_with_a_next_step(tmp_path: Path, settings: SourceSettings) -> None:
    with pytest.raises(NotAStore, match="is a folder"):
        read(tmp_path, settings)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (PermissionError(13, "Permission denied"), StoreUnreadable),
        (PermissionError(1, "Operation not permitted"), StoreUnreadable),
        (FileNotFoundError(2, "No such file or directory"), NotAStore),
        (OSError(5, "Input/output error"), StoreBroken),
    ],
    ids=repr,
)
def test_refusals_of_the_system_become_errors_of_the_source(
    tmp_path: Path, refusal: OSError, error: type[Exception]
) -> None:
    with pytest.raises(error), translate_os_errors(tmp_path):
        raise refusal


def test_heads_of_what_is_no_file_are_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert [read_head(tmp_path / name) for name in ("", "gone", "pipe")] == [b"", b"", b""]
