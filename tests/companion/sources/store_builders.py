"""Writes a small store of every kind of source; a kind joins with one function.

Each tells `TEXTS`, and more. The writers are those of the kinds' own tests.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data"
TEXTS = ("Seven at the wall?", "오늘은 못 가요 ㅋㅋ", "Bring the rope 🧗\nand water")


@dataclass(frozen=True)
class Sample:
    """A store as its builder leaves it, closed."""

    path: Path
    connect: Callable[[Path], Any] | None = None
    """For databases: opens the copy at a path for writing."""

    is_slow: bool = False
    texts: tuple[str, ...] = TEXTS
    """What is written in it, and more."""


Build = Callable[[Path], Sample]
BUILDERS: dict[str, Build] = {}


def builder(kind: str) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        BUILDERS[kind] = build
        return build

    return register


def load_ground(name: str) -> ModuleType:
    """The tests' own writers of a kind: its conftest, or the module that has them."""
    spec = importlib.util.spec_from_file_location(f"ground_{name.replace('/', '_')}", HERE / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def connect_plain(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def write_lines(path: Path, *lines: str) -> Sample:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Sample(path)


def write_zip(path: Path, files: dict[str, Any]) -> Sample:
    """Stored, not packed: damage then reaches the reader of the member."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in files.items():
            archive.writestr(name, json.dumps(value, ensure_ascii=False))
    return Sample(path)


def copy_data(name: str, folder: Path) -> Sample:
    target = folder / Path(name).name
    shutil.copyfile(DATA / name, target)
    return Sample(target)


@builder("imessage")
def build_imessage(folder: Path) -> Sample:
    ground = load_ground("imessage/conftest.py")
    with closing(ground.ChatStore(folder / "chat.db")) as store:
        chat = store.add_chat("chat1", [store.add_handle("+15550100")])
        for text in TEXTS:
            store.add_message(chat, text, handle_id=1)
        store.add_message(chat, attributedBody=ground.archive(TEXTS[0]))
        summary = ground.summarize_edits(versions={0: TEXTS[:2]})
        store.add_message(chat, date_edited=ground.NOW, message_summary_info=summary)
    return Sample(store.path, connect_plain)


@builder("kakaotalk")
def build_kakaotalk(folder: Path) -> Sample:
    return write_lines(
        folder / "talk.txt",
        "점심 모임 님과 카카오톡 대화",
        "저장한 날짜 : 2026년 11월 23일 오후 9:12",
        "",
        "2026년 11월 23일 오전 9:02",
        *(f"2026년 11월 23일 오전 9:0{n}, 민서 : {text}" for n, text in enumerate(TEXTS, 2)),
        "2026년 11월 23일 오전 9:09, 민서님이 지우님을 초대했습니다.",
    )


@builder("kakaotalk-mac")
def build_kakaotalk_mac(folder: Path) -> Sample:
    ground = load_ground("kakaotalk_mac/conftest.py")
    account = {"uuid": ground.ACCOUNT.device, "userId": ground.ACCOUNT.number}
    (folder / "auth.json").write_text(json.dumps(account))
    path = folder / ground.derive_file_name(ground.ACCOUNT)
    with closing(ground.KakaoStore(path, 3)) as store:
        store.add_user(ground.MINA, "Mina")
        room = store.add_room(1, directChatMemberUserId=ground.MINA)
        for text in TEXTS:
            store.receive(room, text)
        store.add_message(room, None, type=2, attachment='{"k": 1}')
        store.add_message(room, '{"feedType": 1, "members": [{"nickName": "Jun"}]}', type=0)
    key = ground.make_passphrase(ground.derive_passphrase(ground.ACCOUNT), 3)

    def connect(path: Path) -> Any:
        connection = ground.dbapi2.connect(str(path), isolation_level=None)
        for statement in key.statements:
            connection.execute(statement)
        return connection

    return Sample(path, connect, is_slow=True)


@builder("signal")
def build_signal(folder: Path) -> Sample:
    ground = load_ground("signal/conftest.py")
    (folder / "sql").mkdir()
    (folder / "config.json").write_text(json.dumps({"key": ground.KEY}))
    with closing(ground.SignalStore(folder / "sql" / "db.sqlite", ground.KEY)) as store:
        for text in TEXTS:
            store.receive(text, "group")
        store.add_message(TEXTS[0], expireTimer=5, expirationStartTimestamp=1)
        store.add_message("", details={"editHistory": [{"body": "old"}], "quote": {"id": 1}})

    def connect(path: Path) -> Any:
        connection = ground.dbapi2.connect(str(path), isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{ground.KEY}'\"")
        return connection

    return Sample(store.path, connect)


@builder("telegram")
def build_telegram(folder: Path) -> Sample:
    sample = copy_data("telegram/tg-parser-1.2.0/supergroup_with_topics.json", folder)
    return replace(sample, texts=("Hello in General topic!", "Budget discussion here"))


@builder("whatsapp")
def build_whatsapp(folder: Path) -> Sample:
    return write_lines(
        folder / "WhatsApp Chat with Ana.txt",
        "11/23/26, 9:02 AM - Messages and calls are end-to-end encrypted.",
        *(f"11/23/26, 9:0{n} AM - Ana: {text}" for n, text in enumerate(TEXTS, 2)),
        "11/23/26, 9:08 AM - Kim: <Media omitted>",
        "11/23/26, 9:09 AM - Kim: See you <This message was edited>",
    )


@builder("whatsapp-mac")
def build_whatsapp_mac(folder: Path) -> Sample:
    ground = load_ground("whatsapp_mac/conftest.py")
    with closing(ground.ChatStorageFile(folder / "ChatStorage.sqlite")) as store:
        chat = store.add_chat(ground.GROUP, "Lunch", ZUNREADCOUNT=2)
        member = store.add_member(chat, ground.ANA, "Ana")
        for text in TEXTS:
            store.add_message(chat, text, ZGROUPMEMBER=member)
        store.add_media(chat, 1)
    return Sample(store.path, connect_plain)


@builder("whatsapp-android")
def build_whatsapp_android(folder: Path) -> Sample:
    ground = load_ground("whatsapp_android/conftest.py")
    with closing(ground.MessageStoreFile(folder / "msgstore.db")) as store:
        chat = store.add_chat(unseen_message_count=2)
        for text in TEXTS:
            message = store.add_message(chat, text)
        store.edit(message, TEXTS[0])
        store.add_event(chat, 12, 1)
    return Sample(store.path, connect_plain)


@builder("signal-cli")
def build_signal_cli(folder: Path) -> Sample:
    ground = load_ground("signal_cli/conftest.py")
    stream = ground.Stream(folder / "signal.jsonl")
    for number, text in enumerate(TEXTS):
        stream.receive(text, ground.AT_MS + number, groupInfo=ground.GROUP)
    stream.send("On my way", ground.AT_MS + 10)
    stream.read_on_phone(ground.AT_MS + 20, ground.AT_MS)
    return Sample(stream.path)


@builder("beeper")
def build_beeper(folder: Path) -> Sample:
    ground = load_ground("beeper/conftest.py")
    with closing(ground.IndexFile(folder / "index.db")) as store:
        room = store.add_room()
        store.add_person(room, ground.ANA, "Ana")
        for text in TEXTS:
            store.receive(room, text)
        store.send(room, "On my way")
        store.read_upto(room, 2)
    return Sample(store.path, connect_plain)


@builder("slack")
def build_slack(folder: Path) -> Sample:
    ground = load_ground("slack/test_source.py")
    days = [
        {**ground.HI, "text": text, "ts": f"170000000{n}.000100"} for n, text in enumerate(TEXTS)
    ]
    return write_zip(folder / "slack.zip", {**ground.LISTS, "general/2023-11-14.json": days})


@builder("discord")
def build_discord(folder: Path) -> Sample:
    ground = load_ground("test_discord.py")
    messages = [{**ground.MESSAGE, "id": f"17592{n}", "content": t} for n, t in enumerate(TEXTS)]
    channel = ground.make_channel(*messages)
    return write_lines(folder / "channel.json", json.dumps(channel, ensure_ascii=False))


@builder("facebook")
def build_facebook(folder: Path) -> Sample:
    return _build_meta(folder, "your_facebook_activity/messages/inbox/ben_1/message_1.json")


@builder("instagram")
def build_instagram(folder: Path) -> Sample:
    return _build_meta(folder, "your_instagram_activity/messages/inbox/ben_1/message_1.json")


def _build_meta(folder: Path, name: str) -> Sample:
    ground = load_ground("meta/test_meta_source.py")
    spoil = load_ground("meta/conftest.py").spoil
    messages = [ground.make_message(n, content=text) for n, text in enumerate(TEXTS)]
    return write_zip(folder / "download.zip", {name: spoil(ground.make_thread(*messages))})


@builder("maildir")
def build_maildir(folder: Path) -> Sample:
    ground = load_ground("mail/conftest.py")
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir()
    for number, text in enumerate(TEXTS):
        mail = ground.write_mail(text, number=number, in_reply_to="<0@example.com>")
        (folder / "cur" / f"{number}.host:2,S").write_bytes(mail)
    return Sample(folder)


@builder("mbox")
def build_mbox(folder: Path) -> Sample:
    ground = load_ground("mail/conftest.py")
    mails = [ground.write_mail(text, number=n, Status="RO") for n, text in enumerate(TEXTS)]
    path = folder / "Inbox"
    path.write_bytes(b"".join(b"From - Mon Sep 21 23:13:20 2026\n" + m + b"\n" for m in mails))
    return Sample(path)


@builder("element")
def build_element(folder: Path) -> Sample:
    ground = load_ground("element/test_source.py")
    room = ground.make_room(
        ground.make_member(ground.ANN, "Ann"),
        *(ground.make_event(f"${n}", text) for n, text in enumerate(TEXTS)),
        ground.make_edit("$1", "12:30", 1_700_000_001_000),
    )
    return write_lines(folder / "export.json", json.dumps(room, ensure_ascii=False, indent=1))


@builder("googlechat")
def build_googlechat(folder: Path) -> Sample:
    ground = load_ground("googlechat/test_source.py")
    messages = [{**ground.MESSAGE, "text": t, "message_id": f"d1/{t}"} for t in TEXTS]
    files = {f"Takeout/Google Chat/{k}": v for k, v in ground.make_group(*messages).items()}
    return write_zip(folder / "takeout.zip", files)


@builder("line")
def build_line(folder: Path) -> Sample:
    return write_lines(
        folder / "chat.txt",
        "[LINE] Chat history with Ana",
        "Saved on: 2026/11/23 19:57",
        "",
        "2026/11/23(Mon)",
        *(f"09:0{n}\tAna\t{text.split(chr(10))[0]}" for n, text in enumerate(TEXTS)),
        '09:30\tKim\t"two',
        'lines"',
    )


@builder("spool")
def build_spool(folder: Path) -> Sample:
    fields = {"conversation": "wall", "sender": "Ana", "sent_at": "2026-11-24T09:30:00+09:00"}
    for number, text in enumerate(TEXTS):
        line = json.dumps({**fields, "id": number, "text": text}, ensure_ascii=False)
        write_lines(folder / f"{number}.jsonl", line, line)
    return Sample(folder)
