from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inference.drafting import ATTEMPTS
from inference.interface import Chat, Summary
from inference.summarizer import Summarizer
from inference.todos import find_todos
from inference.window_gists import LIMIT_WINDOWS

MakeChat = Callable[..., Chat]
MakeEngine = Callable[..., Any]

LINES = (
    "Marisol: can you get Biscuit from the groomer at 4, they close at 5 so don't be late",
    "Andy: 4 is tight, I've a call till 4:15",
    "Marisol: then get the dry cleaning before 6, the ticket is on the fridge",
    "Andy: deal, the dry cleaning it is",
    "Priya: I'll water the plants on Saturday if nobody minds",
)
GOOD = (
    "Andy picks up the dry cleaning before 6.\nPriya waters the plants on Saturday.\n"
    "To do:\n- Andy: Pick up the dry cleaning (before 6)\nTopic: Dry cleaning and plants"
)
BAD = "Andy picks up Biscuit at 11.\nTo do:\n-\nTopic: Groomer"


@pytest.fixture
def chat(make_chat: MakeChat) -> Chat:
    return make_chat(*LINES, title="Home", me="Andy")


def summarize_one(engine: Any, chat: Chat) -> Summary:
    ((index, summary),) = Summarizer(engine).summarize([chat])
    assert index == 0
    return summary


def test_a_gist_comes_with_evidence_to_dos_topic_and_what_made_it(
    chat: Chat, make_engine: MakeEngine
) -> None:
    summary = summarize_one(make_engine({"Home": [[GOOD]]}), chat)
    assert summary.origin == "model"
    assert [s.text for s in summary.sentences] == [*GOOD.split("\n")[:2], LINES[0]]
    assert [s.evidence for s in summary.sentences] == [(2, 3), (4,), (0,)]
    assert [s.is_quote for s in summary.sentences] == [False, False, True]
    assert summary.todos == find_todos(chat)
    assert summary.topic == "Dry cleaning and plants"
    assert (summary.covered, summary.skipped, summary.flags) == (5, 0, ())
    assert summary.model == "scripted"
    assert summary.options["beam_size"] == ATTEMPTS[0].beam_size
    assert summary.highlights
    assert summary.language == "en"


def test_what_a_gist_tells_in_full_is_not_quoted_after_it(
    make_chat: MakeChat, make_engine: MakeEngine
) -> None:
    chat = make_chat(*LINES[2:], *(f"{line} then" for line in LINES[2:]), title="Home", me="Andy")
    summary = summarize_one(make_engine({"Home": [[GOOD]]}), chat)
    assert [s.text for s in summary.sentences] == GOOD.split("\n")[:2]


def test_a_failed_text_gives_way_to_the_next_hypothesis(
    chat: Chat, make_engine: MakeEngine
) -> None:
    engine = make_engine({"Home": [[BAD], [BAD, GOOD, BAD]]})
    summary = summarize_one(engine, chat)
    assert summary.origin == "model"
    assert summary.sentences[0].text == GOOD.split("\n", maxsplit=1)[0]
    first, second = engine.decodings
    assert first == replace(ATTEMPTS[0], max_new_tokens=first.max_new_tokens)
    assert summary.options["num_hypotheses"] == second.num_hypotheses > 1


def test_a_hypothesis_without_losses_beats_a_likelier_one(
    chat: Chat, make_engine: MakeEngine
) -> None:
    lossy = GOOD.replace("on Saturday.", "on Sunday.")
    summary = summarize_one(make_engine({"Home": [[BAD], [BAD, lossy, GOOD]]}), chat)
    assert [s.text for s in summary.sentences[:2]] == GOOD.split("\n")[:2]
    assert summary.flags == ()


def test_when_all_fail_the_chat_is_quoted_and_the_flags_say_why(
    chat: Chat, make_engine: MakeEngine
) -> None:
    summary = summarize_one(make_engine({"Home": [[BAD]]}), chat)
    assert summary.origin == "extractive"
    assert summary.flags == ("ungrounded-number",)
    assert summary.model is None
    assert [s.evidence for s in summary.sentences] == [(h.message_id,) for h in summary.highlights]
    assert {s.text for s in summary.sentences} <= set(LINES)


def test_a_failing_chat_does_not_lose_the_others(
    make_chat: MakeChat, make_engine: MakeEngine
) -> None:
    engine = make_engine({"Broken": [None], "Home": [[GOOD]]})
    chats = [make_chat(*LINES, title=title) for title in ("Home", "Broken", "Home")]
    summaries = dict(Summarizer(engine).summarize(chats))
    assert [summaries[i].origin for i in range(3)] == ["model", "extractive", "model"]
    assert summaries[1].flags == ("model-failed",)


@pytest.mark.parametrize(
    ("lines", "language", "flag"),
    [
        (("Bo: hi", "Cy: hello", "Bo: bye"), None, "too-short"),
        (tuple(f"Bo: {'나 지금 가는 중이야 '}{n}" for n in range(4)), None, "too-short"),
        (
            tuple(f"Bo: nos vemos mañana en la casa {n}" for n in range(9)),
            None,
            "language-unsupported",
        ),
        (("*Bo: " + "word " * 100, "Cy: ok"), None, "too-short"),
        ((), "en", "too-short"),
    ],
)
def test_what_is_not_worth_a_gist_is_quoted_and_says_so(
    make_chat: MakeChat,
    make_engine: MakeEngine,
    lines: tuple[str, ...],
    language: str | None,
    flag: str,
) -> None:
    chat = make_chat(*lines, language=language)
    engine = make_engine({})
    assert not Summarizer(engine).needs_model(chat)
    summary = summarize_one(engine, chat)
    assert (summary.origin, summary.flags) == ("extractive", (flag,))
    assert engine.prompts == []


def test_one_long_notice_is_worth_a_gist(make_chat: MakeChat) -> None:
    assert Summarizer(None).needs_model(make_chat("Bo: " + "all residents should know this " * 15))


def test_without_an_engine_all_is_quoted(chat: Chat) -> None:
    ((_, summary),) = Summarizer(None).summarize([chat])
    assert (summary.origin, summary.flags, summary.covered) == ("extractive", (), 5)
    assert summary == Summarizer(None).summarize_extractively(chat)


def test_every_chat_comes_once_and_the_ready_ones_first(
    make_chat: MakeChat, make_engine: MakeEngine
) -> None:
    chats = [make_chat(*LINES, title="Home"), make_chat("Bo: hi"), make_chat(*LINES, title="Home")]
    order = [i for i, _ in Summarizer(make_engine({"Home": [[GOOD]]})).summarize(chats)]
    assert order == [1, 0, 2]
    assert list(Summarizer(make_engine({})).summarize([])) == []


PART_MESSAGES = 4
FRUITS = (
    *("apple", "banana", "cherry", "fig", "grape", "lemon", "lime", "mango", "melon", "olive"),
    *("orange", "papaya", "peach", "pear", "plum", "quince", "raisin", "walnut"),
)


def tell_part(number: int) -> str:
    """A sentence with few words of those about other parts."""
    return "Bo plans {0}pie, {0}jam and {0}cake.".format(FRUITS[number])


def make_long_chat(make_chat: MakeChat, n_parts: int) -> Chat:
    """Parts an hour apart, each as long as one prompt may be."""
    start = datetime(2026, 11, 24, tzinfo=UTC)
    chat = make_chat(
        *(
            f"Bo: part{part} plan {n} "
            + "is to go on with the {0}cake and {0}pie and {0}jam".format(FRUITS[part])
            for part in range(n_parts)
            for n in range(PART_MESSAGES)
        ),
        title="Long",
    )
    timed = [
        replace(m, sent_at=start + timedelta(minutes=m.id, hours=m.id // PART_MESSAGES))
        for m in chat.messages
    ]
    return replace(chat, messages=tuple(timed))


def test_a_long_conversation_is_read_in_parts_and_the_newest_leads(
    make_chat: MakeChat, make_engine: MakeEngine
) -> None:
    script = {f"part{n} plan": [[f"{tell_part(n)}\nTopic: Plan part{n}"]] for n in range(3)}
    summary = summarize_one(make_engine(script), make_long_chat(make_chat, 3))
    assert [s.text for s in summary.sentences] == [tell_part(n) for n in (2, 1, 0)]
    assert summary.topic == "Plan part2"
    assert (summary.covered, summary.skipped) == (3 * PART_MESSAGES, 0)
    assert summary.options["parts"] == 3


def test_what_the_model_did_not_read_is_told(make_chat: MakeChat, make_engine: MakeEngine) -> None:
    n_parts = LIMIT_WINDOWS + 2
    script = {f"part{n} plan": [[tell_part(n)]] for n in range(n_parts)}
    script["part1 plan"] = [["Nobody said 4711 here."]]
    script["part4 plan"] = [["Nobody said 4711 here."]]
    chat = make_long_chat(make_chat, n_parts)
    summary = summarize_one(make_engine(script), chat)
    assert summary.origin == "model"
    assert summary.covered == PART_MESSAGES * (LIMIT_WINDOWS - 1)
    assert summary.skipped == PART_MESSAGES * 3
    assert len(chat.messages) == summary.covered + summary.skipped
    assert "cut" in summary.flags
    told = {n for sentence in summary.sentences for n in sentence.evidence}
    untold = range(PART_MESSAGES * 2)
    assert not told.intersection(untold)
    assert {h.message_id for h in summary.highlights}.intersection(untold)


def test_a_newest_part_that_is_refused_is_quoted(
    make_chat: MakeChat, make_engine: MakeEngine
) -> None:
    script = {
        "part0 plan": [[tell_part(0)]],
        "part1 plan": [["Nobody said 4711 here."]],
    }
    chat = make_long_chat(make_chat, 2)
    summary = summarize_one(make_engine(script), chat)
    assert summary.origin == "model"
    first, *_, last = summary.sentences
    (number,) = first.evidence
    assert number >= PART_MESSAGES
    assert first.text == f"Bo: {chat.messages[number].text.strip()}"
    assert last.text == tell_part(0)
    assert (first.is_quote, last.is_quote) == (True, False)
    assert (summary.covered, summary.skipped) == (PART_MESSAGES, PART_MESSAGES)


def test_a_gist_of_less_than_half_is_none(make_chat: MakeChat, make_engine: MakeEngine) -> None:
    script = {f"part{n} plan": [["Nobody said 4711 here."]] for n in range(2)}
    script["part2 plan"] = [[tell_part(2)]]
    assert summarize_one(make_engine(script), make_long_chat(make_chat, 3)).origin == "extractive"


def test_context_is_read_but_not_told(make_chat: MakeChat, make_engine: MakeEngine) -> None:
    engine = make_engine({"Home": [[f"Zoe flies to Lima on Monday.\n{GOOD}"]]})
    chat = make_chat("*Zoe: I fly to Lima on Monday", *LINES, title="Home", me="Andy")
    summary = summarize_one(engine, chat)
    assert "Zoe: I fly" in engine.prompts[0]
    assert [s.text for s in summary.sentences[:2]] == GOOD.split("\n")[:2]
    assert summary.covered == 5


def test_untaught_models_are_asked_in_their_own_format(chat: Chat, make_engine: MakeEngine) -> None:
    engine = make_engine({"Home": [[GOOD]]}, "instruct")
    assert summarize_one(engine, chat).origin == "model"
    assert engine.prompts[0].startswith("<s><system>You summarise")


SAME = "same"
OTHER = "other"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (lambda c: replace(c, messages=tuple(replace(m, id=m.id + 7) for m in c.messages)), SAME),
        (
            lambda c: replace(c, messages=(*c.messages[:-1], replace(c.messages[-1], text="no"))),
            OTHER,
        ),
        (
            lambda c: replace(c, messages=(*c.messages[:-1], replace(c.messages[-1], sender="Bo"))),
            OTHER,
        ),
        (
            lambda c: replace(
                c, messages=(replace(c.messages[0], is_context=True), *c.messages[1:])
            ),
            OTHER,
        ),
        (lambda c: replace(c, messages=c.messages[:-1]), OTHER),
        (lambda c: replace(c, title="Work"), OTHER),
        (lambda c: replace(c, me="Marisol"), OTHER),
        (lambda c: replace(c, language="ko"), OTHER),
        (lambda c: replace(c, language="en"), SAME),
    ],
)
def test_the_fingerprint_changes_with_what_decides_the_text(
    chat: Chat, change: Callable[[Chat], Chat], outcome: str
) -> None:
    summarizer = Summarizer(None)
    same = summarizer.fingerprint(change(chat)) == summarizer.fingerprint(chat)
    assert same is (outcome == SAME)


def test_the_fingerprint_tells_models_apart(chat: Chat, make_engine: MakeEngine) -> None:
    assert Summarizer(make_engine({})).fingerprint(chat) != Summarizer(None).fingerprint(chat)


def test_half_a_surrogate_has_a_fingerprint(make_chat: MakeChat) -> None:
    assert len(Summarizer(None).fingerprint(make_chat("Bo: \ud83d"))) == 64


def test_a_text_that_the_model_itself_doubts_is_not_shown_nor_tried_again(
    chat: Chat, make_engine: MakeEngine
) -> None:
    engine = make_engine({"Home": [[GOOD]]})
    engine.score = -5.0
    summary = summarize_one(engine, chat)
    assert (summary.origin, summary.flags) == ("extractive", ("unsure",))
    assert len(engine.prompts) == 1
