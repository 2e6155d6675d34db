"""Small talk comes and goes; what the gold rests on stays to the letter or nearly so."""

from __future__ import annotations

import random

import pytest

from inference.training.corpus import Conversation, Message, Point
from inference.training.roughening import roughen


def chat(language: str, messages: list[tuple[str, str]]) -> Conversation:
    return Conversation(
        id=f"{language}-a-001",
        language=language,
        kind="group",
        title="-",
        me="Ann",
        messages=tuple(Message(sender, text) for sender, text in messages),
        points=(Point("-", (0,)),),
        todos=(),
        topic="-",
    )


def results(conversation: Conversation) -> list[Conversation]:
    return [c for seed in range(40) if (c := roughen(conversation, random.Random(seed)))]


def test_talk_goes_but_no_source_no_figure_and_no_one_s_last_word() -> None:
    talk = chat("en", [("Ann", "ok"), ("Ben", "hm"), ("Ann", "5"), ("Ann", "so"), ("Cy", "x" * 40)])
    kept = {tuple(m.text for m in c.messages) for c in results(talk)}
    assert kept == {("ok", "hm", "5", "x" * 40)}


def test_laughter_comes_only_from_those_who_laugh() -> None:
    merry = chat("en", [("Ann", "lol"), ("Ben", "x" * 40)])
    added = {m.sender for c in results(merry) for m in c.messages if m not in merry.messages}
    assert added == {"Ann"}
    assert results(chat("en", [("Ann", "the funeral " * 4), ("Ben", "x" * 40)])) == []


@pytest.mark.parametrize(
    ("language", "text", "written"),
    [
        ("en", "The bus is late.", "the bus is late"),
        ("en", "Can Will come?", "can Will come??"),
        ("en", "Will can.", "Will can"),
        ("ko", "갈 수 있어.", "갈수 있어"),
        ("ko", "안 돼?", "안돼??"),
        ("ko", "된 것 같아", "된것 같아"),
    ],
)
def test_careless_writing_changes_no_word(language: str, text: str, written: str) -> None:
    assert {c.messages[0].text for c in results(chat(language, [("Ann", text)]))} == {written}
