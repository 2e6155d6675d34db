"""The corpus is read whole, exactly, and its held-out tenth stands still."""

from __future__ import annotations

from collections import Counter

import pytest

from inference.training.corpus import (
    UNSAID,
    Conversation,
    CorpusError,
    Message,
    Point,
    Todo,
    parse_blocks,
    read_corpus,
)

BLOCK = """### ko-a-001 | group | 토요일 집들이 | me=민지

민지> 토요일에 다들 오는 거 맞지? / 답 줘
재영> 응 = 나 감
= 토요일 집들이에 재영이 온다. [0,1]
! 재영 | 음료 준비 | - | [1]
# 토요일 집들이
"""


def parse(text: str) -> list[Conversation]:
    return list(parse_blocks(text.splitlines(keepends=True), "some.txt"))


def test_every_part_of_a_block_is_read() -> None:
    (conversation,) = parse(BLOCK)
    assert conversation.id == "ko-a-001"
    assert conversation.language == "ko"
    assert conversation.kind == "group"
    assert conversation.title == "토요일 집들이"
    assert conversation.me == "민지"
    assert conversation.messages == (
        Message("민지", "토요일에 다들 오는 거 맞지? / 답 줘"),
        Message("재영", "응 = 나 감"),
    )
    assert conversation.points == (Point("토요일 집들이에 재영이 온다.", (0, 1)),)
    assert conversation.todos == (Todo("재영", "음료 준비", UNSAID, (1,)),)
    assert conversation.topic == "토요일 집들이"


def test_two_blocks_are_two_conversations() -> None:
    second = BLOCK.replace("ko-a-001", "ko-a-002")
    assert [c.id for c in parse(BLOCK + "\n" + second)] == ["ko-a-001", "ko-a-002"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("secret\n", 1, id="no header"),
        pytest.param(BLOCK.replace("재영> 응 = 나 감", "secret"), 4, id="no sender"),
        pytest.param(BLOCK.replace("[0,1]", ""), 5, id="no sources"),
        pytest.param(BLOCK.replace("# 토요일 집들이\n", ""), 1, id="no topic"),
    ],
)
def test_a_bad_line_is_named_by_its_place_and_never_quoted(text: str, line: int) -> None:
    with pytest.raises(CorpusError, match=rf"some\.txt:{line}:") as caught:
        parse(text)
    assert "secret" not in str(caught.value)
    assert "집들이" not in str(caught.value)


def test_the_bundled_corpus_is_whole() -> None:
    conversations = read_corpus()
    assert Counter(c.language for c in conversations) == {"ko": 700, "en": 700}
    assert len({c.id for c in conversations}) == 1400
    for conversation in conversations:
        sources = [
            i for part in (conversation.points, conversation.todos) for p in part for i in p.sources
        ]
        assert max(sources) < len(conversation.messages)


def test_the_held_out_tenth_is_the_same_for_everyone() -> None:
    held_out = [c for c in read_corpus() if c.held_out]
    assert Counter(c.language for c in held_out) == {"ko": 63, "en": 49}
    assert [c.id for c in held_out][:3] == ["en-a-002", "en-a-026", "en-a-034"]
