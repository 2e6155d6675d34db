"""The text inside a zip is found, read in place, and never trusted."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.errors import StoreBroken
from companion.sources import zip_members
from companion.sources.interface import (
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    SourceSettings,
)
from companion.sources.whatsapp import WhatsAppSource

CHAT = "[13.06.18, 21:25:15] Anna: hi\n[13.06.18, 21:26:15] Ben: {}\n".format("hello " * 3000)

WriteZip = Callable[..., Path]


@pytest.fixture
def write_zip(tmp_path: Path) -> WriteZip:
    """Writes a zip of the members given as name=text pairs."""

    def write(members: dict[str, str], name: str = "WhatsApp Chat - Trip.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in members.items():
                archive.writestr(member, text)
        return path

    return write


def read(path: Path, settings: SourceSettings) -> list[object]:
    return [c for c in WhatsAppSource(path, settings).read() if not isinstance(c, CursorAdvanced)]


@pytest.mark.parametrize(
    "members",
    [
        {"_chat.txt": CHAT},
        {"00000001-PHOTO-2018-06-13-21-25-15.jpg": "\xff", "_chat.txt": CHAT},
        {"WhatsApp Chat - Trip/_chat.txt": CHAT, "__MACOSX/WhatsApp Chat - Trip/._chat.txt": "x"},
        {"notes.txt": "a document somebody sent", "WhatsApp Chat with Trip.txt": CHAT},
        {"notes.txt": "a document somebody sent", "_chat.txt": CHAT},
        {"../../../etc/_chat.txt": CHAT},
        {"anything.txt": CHAT},
    ],
)
def test_the_chat_is_found_among_media_and_documents(
    write_zip: WriteZip, settings: SourceSettings, members: dict[str, str], tmp_path: Path
) -> None:
    path = write_zip(members)
    assert WhatsAppSource.probe(path)
    conversation, *messages = read(path, settings)
    assert isinstance(conversation, ConversationFound)
    assert conversation.title == "Trip"
    assert [m.sender for m in messages if isinstance(m, MessageFound)] == ["Anna", "Ben"]
    assert [entry for entry in tmp_path.rglob("*") if entry.is_file()] == [path]


def test_the_title_comes_from_the_text_where_the_zip_was_renamed(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    path = write_zip({"WhatsApp Chat with Trip.txt": CHAT}, "backup.zip")
    (conversation, *_) = read(path, settings)
    assert isinstance(conversation, ConversationFound)
    assert conversation.title == "Trip"


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_zip_that_is_cut_off_is_recognised_and_broken(
    write_zip: WriteZip, settings: SourceSettings, kept: float
) -> None:
    path = write_zip({"_chat.txt": CHAT})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert WhatsAppSource.probe(path)
    with pytest.raises(StoreBroken, match=r"cut off or damaged; export .* again"):
        read(path, settings)


def test_a_zip_damaged_inside_is_broken(write_zip: WriteZip, settings: SourceSettings) -> None:
    path = write_zip({"_chat.txt": CHAT})
    raw = bytearray(path.read_bytes())
    raw[60:64] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    with pytest.raises(StoreBroken, match="damaged"):
        read(path, settings)


@pytest.mark.parametrize("members", [{}, {"photo.jpg": "x"}, {"a.txt": "x", "b.txt": CHAT}])
def test_a_zip_without_a_chat_is_not_recognised_and_broken(
    write_zip: WriteZip, settings: SourceSettings, members: dict[str, str]
) -> None:
    path = write_zip(members, "export.zip")
    assert not WhatsAppSource.probe(path)
    with pytest.raises(StoreBroken, match=r"without a WhatsApp chat|no message"):
        read(path, settings)


def set_in_directory(path: Path, offset: int, value: bytes) -> None:
    """Writes into the central directory's first entry (APPNOTE.TXT 4.3.12)."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + offset
    raw[at : at + len(value)] = value
    path.write_bytes(raw)


def test_an_encrypted_zip_is_recognised_and_refused(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    path = write_zip({"_chat.txt": CHAT})
    set_in_directory(path, 8, struct.pack("<H", zip_members.ENCRYPTED))
    assert WhatsAppSource.probe(path)
    with pytest.raises(StoreBroken, match="encrypted; unpack it"):
        read(path, settings)


@pytest.mark.parametrize("claimed", [zip_members.LIMIT_BYTES + 1, 100 << 20])
def test_a_bomb_is_refused_by_its_claim(
    write_zip: WriteZip, settings: SourceSettings, claimed: int
) -> None:
    path = write_zip({"_chat.txt": CHAT})
    set_in_directory(path, 24, struct.pack("<I", claimed))
    with pytest.raises(StoreBroken, match="which no chat does"):
        read(path, settings)


def test_a_member_that_is_more_than_it_claims_is_broken(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    path = write_zip({"_chat.txt": CHAT})
    set_in_directory(path, 24, struct.pack("<I", 100))
    with pytest.raises(StoreBroken, match="damaged"):
        read(path, settings)
