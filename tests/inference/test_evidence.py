from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.evidence import FEATURES, MAX_MESSAGES, EvidenceFinder, Weighing, load_weighing
from inference.interface import Chat, ChatMessage

MakeChat = Callable[..., Chat]


@pytest.mark.parametrize(
    ("sentence", "messages"),
    [
        ("The coach leaves the Legion at 7.30.", (0, 1)),
        ("Carl owes Shaz £22 for the seat.", (2, 3)),
        ("Nothing of this was said.", (4,)),
    ],
)
def test_a_sentence_points_to_the_messages_that_share_its_words(
    make_chat: MakeChat, sentence: str, messages: tuple[int, ...]
) -> None:
    chat = make_chat(
        "Denny: the coach is full, sorry",
        "Denny: 7.30 from the Legion",
        "Shaz: have my seat Carl",
        "Carl: cheers, £22?",
        "Denny: sound",
    )
    assert EvidenceFinder(chat.messages).find_messages(sentence) == messages


def test_korean_particles_do_not_hide_a_word(make_chat: MakeChat) -> None:
    chat = make_chat("혜진: 보일러 에러 떴어", "유리: 나 알바 10시", "혜진: 수리비는 집주인이 낸대")
    finder = EvidenceFinder(chat.messages)
    assert finder.find_messages("집주인이 보일러의 수리비를 낸다.") == (0, 2)


def test_among_equal_messages_the_named_senders_counts(make_chat: MakeChat) -> None:
    chat = make_chat("Ana: I can drive", "Bo: I can drive", "Cy: fine")
    assert EvidenceFinder(chat.messages).find_messages("Ana will drive.") == (0,)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8), st.text(max_size=60))
def test_evidence_is_never_empty_and_never_long(texts: list[str], sentence: str) -> None:
    messages = [ChatMessage(10 * i, "a", text) for i, text in enumerate(texts)]
    found = EvidenceFinder(messages).find_messages(sentence)
    assert 1 <= len(found) <= MAX_MESSAGES
    assert list(found) == sorted(set(found))
    assert set(found) <= {m.id for m in messages}


def test_a_chat_without_messages_has_no_evidence() -> None:
    with pytest.raises(ValueError, match="without messages"):
        EvidenceFinder([]).find_messages("x")


@pytest.mark.parametrize(
    ("sentence", "position", "present", "absent"),
    [
        ("Ana drives at 9.", 0, {"words", "numbers", "rare", "best", "turn", "sender"}, {"near"}),
        ("Ana drives at 9.", 1, {"follows", "near", "question"}, {"shares", "words", "best"}),
        ("Ana drives at 9.", 2, {"near", "position"}, {"sender", "turn", "question", "follows"}),
    ],
)
def test_what_speaks_for_a_message_is_noticed(
    make_chat: MakeChat, sentence: str, position: int, present: set[str], absent: set[str]
) -> None:
    chat = make_chat("Ana: I drive at 9", "Bo: sure?", "Cy: fine weather")
    features = EvidenceFinder(chat.messages).find_features(sentence)[position]
    found = {name for name, value in features.items() if value}
    assert present <= found
    assert not absent & found


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=60))
def test_features_lie_between_none_and_one(texts: list[str], sentence: str) -> None:
    messages = [ChatMessage(i, "ab"[i % 2], text) for i, text in enumerate(texts)]
    for features in EvidenceFinder(messages).find_features(sentence):
        assert features.keys() == FEATURES.keys()
        assert all(0 <= value <= 1 + 1e-9 for value in features.values())


def test_every_feature_has_a_shipped_weight() -> None:
    assert load_weighing().weights.keys() == FEATURES.keys()


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [({"wordz": 1.0}, "no such features: wordz"), ({"words": float("inf")}, "not finite")],
)
def test_a_weighing_that_makes_no_sense_is_refused(
    weights: dict[str, float], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Weighing(weights, 0.4)


def test_the_likeliest_message_is_evidence_however_unlikely(make_chat: MakeChat) -> None:
    chat = make_chat("Ana: tents and stoves", "Bo: what", "Cy: stoves")
    found = EvidenceFinder(chat.messages).find_messages(
        "Somebody somewhere spoke of old iron stoves, of rain, of maps and of several dogs."
    )
    assert len(found) == 1
