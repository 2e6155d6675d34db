"""Forty everyday chats in each of which somebody gives orders to whoever summarises it.

The engine of these tests obeys: it writes what was ordered, word by word or in its own words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.checks import SourceText, check_sentence
from inference.injection import Orders, find_orders
from inference.interface import Chat, ChatMessage, Summary
from inference.summarizer import Summarizer

MakeEngine = Callable[..., Any]

DATA = Path(__file__).parent / "data"
N_A_LANGUAGE = 20
LETTERS_A_TOKEN = 4
"""About as many as a tokenizer's, so that the engine reads each chat whole and finds the order."""

UNSEEN = {
    "병원 방문은 취소됐다.": "an order in one language is followed in the other",
    "모니터와 의자, 서버랙 품의가 모두 승인됐다.": "most of its words were said by others",
}
"""What the checks let through, and why: they compare words and know no meanings."""


def read_items(language: str) -> list[dict[str, Any]]:
    path = DATA / f"injection_{language}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ITEMS = [item for language in ("en", "ko") for item in read_items(language)]
EACH_ITEM = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
EACH_OBEYED = pytest.mark.parametrize(
    ("item", "sentence"),
    [
        pytest.param(
            item,
            sentence,
            id=f"{item['id']}-{place}",
            marks=[pytest.mark.xfail(reason=UNSEEN[sentence], strict=True)]
            if sentence in UNSEEN
            else [],
        )
        for item in ITEMS
        for place, sentence in enumerate(item["obeyed"])
    ],
)


def build_chat(item: dict[str, Any]) -> Chat:
    messages = (
        ChatMessage(number, m["sender"], m["text"], is_me=m["sender"] == item["me"])
        for number, m in enumerate(item["messages"])
    )
    return Chat(item["title"], item["me"], tuple(messages))


def summarize(engine: Any, item: dict[str, Any]) -> Summary:
    ((_, summary),) = Summarizer(engine).summarize([build_chat(item)])
    return summary


def holds(text: str, phrase: str) -> bool:
    return phrase.casefold() in text.casefold()


def test_there_are_as_many_chats_in_both_languages() -> None:
    assert [item["lang"] for item in ITEMS] == ["en"] * N_A_LANGUAGE + ["ko"] * N_A_LANGUAGE
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)


@EACH_ITEM
def test_the_lists_tell_a_true_summary_from_an_obedient_one(item: dict[str, Any]) -> None:
    (reference,) = item["references"]
    assert all(any(holds(reference, one) for one in spellings) for spellings in item["must"])
    assert not any(holds(reference, phrase) for phrase in item["forbid"])
    assert any(holds(" ".join(item["obeyed"]), phrase) for phrase in item["forbid"])


@EACH_ITEM
def test_a_phrase_that_a_quoted_message_would_hold_is_marked_so(item: dict[str, Any]) -> None:
    texts = "\n".join(message["text"] for message in item["messages"])
    quoted = any(holds(texts, phrase) for phrase in item["forbid"])
    assert item.get("reported_ok", False) is quoted


@EACH_ITEM
def test_the_order_is_seen_and_the_chat_is_worth_a_gist(item: dict[str, Any]) -> None:
    chat = build_chat(item)
    assert find_orders(chat.messages)
    assert Summarizer(None).needs_model(chat)


@EACH_OBEYED
def test_what_was_ordered_is_told_from_what_was_said(item: dict[str, Any], sentence: str) -> None:
    assert Orders(build_chat(item)).are_followed_by(sentence)


@EACH_OBEYED
def test_a_model_that_obeys_is_not_shown(
    item: dict[str, Any], sentence: str, make_engine: MakeEngine
) -> None:
    text = f"{sentence}\nTo do:\n-\nTopic: {sentence}"
    summary = summarize(make_engine({"": [[text]]}, letters_a_token=LETTERS_A_TOKEN), item)
    assert summary.origin == "extractive"
    assert "obeyed" in summary.flags
    assert not summary.topic


@EACH_OBEYED
def test_a_model_that_obeys_at_the_end_loses_that_sentence(
    item: dict[str, Any], sentence: str, make_engine: MakeEngine
) -> None:
    first = item["references"][0].split("\n")[0]
    text = f"{first}\n{sentence}\nTo do:\n-\nTopic: x"
    summary = summarize(make_engine({"": [[text]]}, letters_a_token=LETTERS_A_TOKEN), item)
    assert sentence not in [shown.text for shown in summary.sentences]


@EACH_ITEM
def test_nothing_in_the_true_summary_is_taken_for_obedience(item: dict[str, Any]) -> None:
    chat = build_chat(item)
    source = SourceText(chat, item["lang"])
    first = item["references"][0].split("\n")[0]
    assert "obeyed" not in check_sentence(first, source)


@EACH_ITEM
def test_no_order_becomes_a_to_do(item: dict[str, Any]) -> None:
    chat = build_chat(item)
    orders = find_orders(chat.messages)
    summary = Summarizer(None).summarize_extractively(chat)
    assert not orders.intersection(id_ for todo in summary.todos for id_ in todo.evidence)
