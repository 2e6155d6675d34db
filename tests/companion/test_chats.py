"""Rows become the chat the model reads, and its summary the record the archive keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from companion.chats import find_owner, make_chat, make_record
from inference.interface import Highlight, Sentence, Summary, ToDo
from storage.records import ConversationRow, MessageRow

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def make_message(id_: int, sender: str = "Ana", text: str = "hello", **fields: Any) -> MessageRow:
    told: dict[str, Any] = {
        "conversation_id": 1,
        "uid": str(id_),
        "is_me": False,
        "sent_at": AT,
        "kind": "text",
        "edited": False,
        "reply_to": None,
        "is_unread": True,
        "is_approximate": False,
    }
    return MessageRow(id_, sender=sender, text=text, **told | fields)


ROW = ConversationRow(
    id=1,
    title="Lunch",
    kind="group",
    source_kind="whatsapp",
    source_label="WhatsApp",
    unread_origin="mark",
    unread=2,
    messages=3,
    last_at=AT,
    last_sender="Ana",
    last_text="hello",
    first_line="",
    topic="",
    gist=None,
    origin=None,
    outdated=False,
    open_todos=0,
    my_todos=0,
    urgent=False,
)

MINE = make_message(3, sender="", is_me=True)


def test_context_comes_first_and_is_marked() -> None:
    chat = make_chat(
        ROW, [make_message(1)], [make_message(2, reply_to=1)], owner="Jiwoo", language=None
    )
    assert [(m.id, m.is_context, m.reply_to) for m in chat.messages] == [
        (1, True, None),
        (2, False, 1),
    ]
    assert (chat.title, chat.me, chat.kind, chat.language) == ("Lunch", "Jiwoo", "group", None)


def test_the_owners_messages_without_a_name_get_the_owners() -> None:
    others = make_message(4, sender="")
    chat = make_chat(ROW, [], [MINE, others], owner="Jiwoo", language="ko")
    assert [(m.sender, m.is_me) for m in chat.messages] == [("Jiwoo", True), ("", False)]


@pytest.mark.parametrize(
    ("names", "messages", "language", "owner"),
    [
        pytest.param(
            ("Told",), [make_message(1, "지우", is_me=True)], "en", "지우", id="as the store has it"
        ),
        pytest.param(("Told", "Too"), [MINE, make_message(1)], "en", "Told", id="as told"),
        pytest.param((), [MINE], "ko", "나", id="Korean by default"),
        pytest.param((), [], "en", "Me", id="English by default"),
        pytest.param((), [], "und", "Me", id="any other language"),
        pytest.param(
            (),
            [make_message(1, "Old", is_me=True), make_message(2, "New", is_me=True)],
            "en",
            "New",
            id="the newest name",
        ),
    ],
)
def test_the_owners_name(
    names: tuple[str, ...], messages: list[MessageRow], language: str, owner: str
) -> None:
    assert find_owner(names, messages, language) == owner


def test_a_record_keeps_everything_and_says_whose_to_dos_are() -> None:
    chat = make_chat(
        ROW, [make_message(1)], [make_message(2), make_message(5)], owner="Jiwoo", language=None
    )
    summary = Summary(
        language="en",
        highlights=(Highlight(2, "Ana", "hello", ("request",)),),
        sentences=(Sentence("Ana greets.", (2, 5)), Sentence("Ana: hi", (2,), is_quote=True)),
        origin="model",
        topic="Greetings",
        todos=(ToDo("Jiwoo", "answer", "today", (2,)), ToDo("Ana", "wait", "", (5,))),
        covered=2,
        skipped=0,
        flags=("cut",),
        model="tiny",
        options={"beam_size": 4},
        elapsed_s=1.5,
    )
    record = make_record(summary, chat, conversation_id=1, input_hash="h", gist="done", made_at=AT)
    assert (record.unread, record.message_ids) == (2, (2, 5))
    assert [(todo.who, todo.is_mine) for todo in record.todos] == [("Jiwoo", True), ("Ana", False)]
    assert record.highlights[0].reasons == ("request",)
    assert [(s.evidence, s.is_quote) for s in record.sentences] == [((2, 5), False), ((2,), True)]
    assert (record.topic, record.flags, record.model) == ("Greetings", ("cut",), "tiny")
    assert (record.options, record.elapsed_s, record.made_at) == ({"beam_size": 4}, 1.5, AT)
