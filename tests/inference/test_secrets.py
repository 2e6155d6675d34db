"""Secrets are found, what looks like one stays, and no summary can tell what was masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.interface import Chat
from inference.secrets import MASK, Pattern, load_secrets, mask_chat, mask_text
from inference.summarizer import Summarizer
from inference.training.corpus import read_corpus

PATTERNS = load_secrets().patterns
MASKED = [(pattern, text) for pattern in PATTERNS for text in pattern.masks]
LEFT = [(pattern, text) for pattern in PATTERNS for text in pattern.leaves]
FORMS = [(pattern, form) for pattern in PATTERNS for form in pattern.forms]


def mask_texts(make_chat: Callable[..., Chat], *texts: str) -> list[str]:
    chat = make_chat(*(f"s: {text}" for text in texts))
    return [message.text.strip() for message in mask_chat(chat).messages]


@pytest.mark.parametrize(("pattern", "text"), MASKED)
def test_each_example_is_found_by_its_own_pattern(pattern: Pattern, text: str) -> None:
    found = load_secrets().find_in_text(text)
    assert [secret.pattern for secret in found] == [pattern.name]
    assert MASK in mask_text(text)


@pytest.mark.parametrize(("pattern", "text"), LEFT)
def test_what_looks_like_a_secret_is_left(pattern: Pattern, text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(("pattern", "form"), FORMS)
def test_no_form_is_without_an_example(pattern: Pattern, form: Any) -> None:
    alone = replace(pattern, forms=(form,))
    assert any(list(alone.find(text)) for text in pattern.masks)
    assert pattern.reason
    assert pattern.leaves


HITS = {
    ("bank-account", "en-a-144", "00918822"): True,
    ("bank-account", "ko-a-159", "000-111-222222"): True,
    ("entry-code", "en-c-016", "0419"): True,  # of a cage
    ("entry-code", "en-c-047", "7#4410"): True,
    ("entry-code", "en-c-135", "4418"): True,  # of a fuel card
    ("entry-code", "en-c-135", "4481"): True,
    ("repeated", "en-c-135", "4481"): True,
    ("password", "ko-c-042", "#2580#"): True,
    ("password", "ko-d-044", "melon1234"): True,
    # A bird hide's, in a game of finding such codes: no secret, but nothing in the words says so.
    ("entry-code", "en-d-157", "4417"): False,
    ("repeated", "en-d-157", "4417"): False,
    ("answer", "en-d-157", "4471"): False,
}
"""Everything that is masked in the corpus, looked at by hand: whether it is a secret."""


def test_the_corpus_holds_no_other_hits_than_those_looked_at() -> None:
    found = set()
    for conversation in read_corpus():
        texts = [message.text for message in conversation.messages]
        for text, secrets in zip(texts, load_secrets().find_in_chat(texts), strict=True):
            found |= {(s.pattern, conversation.id, text[s.start : s.end]) for s in secrets}
    assert found == set(HITS)


@pytest.mark.parametrize(
    "text",
    [
        "내 번호 010-9876-5432",
        "02-345-6789로 전화 줘",
        "+44 20 7946 0958",
        "call me on 555-123-4567",
        "12월 24일 18:30, 4만 5천원",
        "23,000원씩 8명",
        "https://meet.example/abc-defg-hij",
        "송장 6402-1187-3350",
        "사업자번호 123-45-67890",
        "Flight KE 1234 at 1930",
        "room 1204 on the 12th",
    ],
)
def test_numbers_that_a_summary_lives_on_are_left(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("도어락 비번 뭐였지?", "0921*"),
        ("what's the wifi password?", "sunshine22"),
        ("Can u send me the 6 digit code u just got", "482913"),
        ("인증번호 불러줘", "193847이요"),
    ],
)
def test_a_bare_answer_to_a_question_for_a_secret_is_one(
    make_chat: Callable[..., Chat], asked: str, answer: str
) -> None:
    first, second, third = mask_texts(make_chat, asked, "wait", answer)
    assert (first, second) == (asked, "wait")
    assert third.startswith(MASK)
    assert mask_texts(make_chat, answer) == [answer]
    assert mask_texts(make_chat, asked, "a", "b", "c", answer)[-1] == answer


def test_other_answers_are_left(make_chat: Callable[..., Chat]) -> None:
    answers = ["010-1234-5678", "20,000", "18:30", "https://a.example/c1", "tomorrow"]
    for answer in answers:
        assert mask_texts(make_chat, "비번 알려줘", answer)[1] == answer


def test_a_secret_is_masked_wherever_it_stands_and_a_word_where_it_was_told(
    make_chat: Callable[..., Chat],
) -> None:
    assert mask_texts(make_chat, "4821 works?", "door code 4821", "not 14821, nor 4821-3") == [
        f"{MASK} works?",
        f"door code {MASK}",
        "not 14821, nor 4821-3",
    ]
    assert mask_texts(make_chat, "password: sunshine", "so much sunshine") == [
        f"password: {MASK}",
        "so much sunshine",
    ]


def test_names_the_title_and_all_else_of_a_message_stay(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat("door code 4821: door code 4821", "B: hello", title="door code 4821", me="B")
    masked = mask_chat(chat)
    assert (masked.title, masked.me) == (chat.title, "B")
    assert masked.messages[1] is chat.messages[1]
    assert replace(masked.messages[0], text="") == replace(chat.messages[0], text="")
    assert mask_chat(make_chat("A: hello")) == make_chat("A: hello")


WORDS = st.text(alphabet="가나다 abc\n", max_size=30)


@given(before=WORDS, after=WORDS, secret=st.sampled_from([text for _, text in MASKED]))
def test_words_around_a_secret_do_not_hide_it(before: str, after: str, secret: str) -> None:
    (first, *_) = load_secrets().find_in_text(secret)
    value = secret[first.start : first.end]
    assert value not in mask_text(f"{before}\n{secret}\n{after}")


LINES = (
    "Ana: the door code is 4821, please do not lose it this time around, it is a pain to change",
    "Ben: ok I will be there at half past six with the two boxes of books and the old lamp",
    "Ana: great, the wifi password is Tr0ub4dor&3 in case you want to stay and work from there",
    "Ben: thanks, so 4821 for the door, I will bring dinner for three people on Friday then",
)
TOLD = "Ben brings dinner for three people on Friday.\nTo do:\n-\nTopic: Dinner on Friday"


@pytest.mark.parametrize("style", ["tuned", "instruct"])
def test_neither_prompts_nor_summaries_hold_a_secret(
    make_chat: Callable[..., Chat], make_engine: Callable[..., Any], style: str
) -> None:
    chat = make_chat(*LINES, title="Home", me="Ben")
    engine = make_engine({"Home": [[TOLD]]}, style)
    ((_, summary),) = Summarizer(engine).summarize([chat])
    quoted = Summarizer(engine).summarize_extractively(chat)
    assert engine.prompts
    for text in (*engine.prompts, str(summary), str(quoted)):
        assert MASK in text
        assert "4821" not in text
        assert "Tr0ub4dor" not in text


def test_who_wants_no_mask_gets_none(make_chat: Callable[..., Chat]) -> None:
    chat = make_chat(*LINES, title="Home", me="Ben")
    assert "4821" in str(Summarizer(None, masks_secrets=False).summarize_extractively(chat))


def test_the_input_is_the_same_where_nothing_is_masked(make_chat: Callable[..., Chat]) -> None:
    bare = Summarizer(None, masks_secrets=False)
    with_secret, without = make_chat(*LINES), make_chat(*LINES[1:2])
    assert Summarizer(None).fingerprint(without) == bare.fingerprint(without)
    assert Summarizer(None).fingerprint(with_secret) != bare.fingerprint(with_secret)
