"""Evaluation files hold the held-out tenth whole, and nothing that was trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.evaluating.items import SAMPLE_FILE, build_item
from inference.training.__main__ import main
from inference.training.corpus import CorpusError, read_corpus
from inference.training.evaluation import describe_held_out, read_lists
from inference.training.scoring import build_item as build_corpus_item

CORPUS = read_corpus()
HELD_OUT = [conversation for conversation in CORPUS if conversation.held_out]
EMPTY_LISTS = {c.id: {"id": c.id, "must": [["x"]], "forbid": ["y"]} for c in HELD_OUT}


def test_every_held_out_conversation_is_there_once_and_no_other() -> None:
    lines = describe_held_out(CORPUS, EMPTY_LISTS)
    assert sorted(str(line["id"]) for line in lines) == sorted(c.id for c in HELD_OUT)


def test_languages_take_turns_as_long_as_there_are_both() -> None:
    languages = [line["lang"] for line in describe_held_out(CORPUS, EMPTY_LISTS)]
    n_both = 2 * min(languages.count("en"), languages.count("ko"))
    assert languages[:n_both] == ["en", "ko"] * (n_both // 2)


def test_a_line_holds_what_the_corpus_says() -> None:
    by_id = {c.id: c for c in HELD_OUT}
    for line in describe_held_out(CORPUS, EMPTY_LISTS):
        corpus_item = build_corpus_item(by_id[str(line["id"])])
        item = build_item(line, corpus_item.chat)
        messages = line["messages"]
        assert isinstance(messages, list)
        assert [(m["sender"], m["text"]) for m in messages] == [
            (m.sender, m.text) for m in corpus_item.chat.messages
        ]
        assert item.gold.references == corpus_item.gold.references
        assert item.gold.todos == corpus_item.gold.todos
        assert item.gold.sources == corpus_item.gold.sources
        assert (item.gold.must, item.gold.forbid) == ((("x",),), ("y",))


def test_conversations_without_lists_are_named() -> None:
    lists = {key: value for key, value in EMPTY_LISTS.items() if key != HELD_OUT[3].id}
    with pytest.raises(CorpusError, match=HELD_OUT[3].id):
        describe_held_out(CORPUS, lists)


def test_lists_of_all_files_are_read(tmp_path: Path) -> None:
    for language in ("en", "ko"):
        entry = {"id": f"{language}-a-001", "must": [["x"]], "forbid": []}
        (tmp_path / f"held_out_{language}.jsonl").write_text(json.dumps(entry) + "\n")
    assert set(read_lists(tmp_path)) == {"en-a-001", "ko-a-001"}


def test_the_bundled_sample_is_the_first_ten_of_each_language(tmp_path: Path) -> None:
    out = tmp_path / "sample.jsonl"
    assert main(["evaluation", "--out", str(out), "--limit", "20"]) == 0
    assert SAMPLE_FILE.read_text(encoding="utf-8") == out.read_text(encoding="utf-8")
