"""Whatever is done to the corpus, gold and chat still fit each other."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.training.augmenting import Shares, augmented, plan_passes
from inference.training.corpus import Conversation, read_corpus
from inference.training.rearranging import cut, join
from inference.training.renaming import rename
from inference.training.rewriting import chat_texts, gold_sources, gold_texts
from inference.training.roughening import roughen
from inference.training.shifting import shift

TRAINING = [conversation for conversation in read_corpus() if not conversation.held_out]
NONE = Shares(0.0, 0.0, 0.0, 0.0, 0.0)
ALL = Shares(1.0, 1.0, 1.0, 1.0, 1.0)


def cut_only(conversation: Conversation, rng: random.Random) -> Conversation | None:
    parted = cut(conversation, rng)
    return parted[0] if parted else None


CHANGES: list[Callable[[Conversation, random.Random], Conversation | None]] = [
    rename,
    shift,
    roughen,
    cut_only,
]


def ungrounded(conversation: Conversation) -> set[str]:
    """Figures of the gold that its chat does not have."""
    gold, chat = " ".join(gold_texts(conversation)), " ".join(chat_texts(conversation))
    return set(re.findall(r"\d+", gold)) - set(re.findall(r"\d+", chat))


def unnamed(conversation: Conversation) -> set[str]:
    """To-do persons who are not in the chat."""
    chat = " ".join(chat_texts(conversation))
    return {todo.who for todo in conversation.todos if todo.who not in chat}


def assert_well_formed(conversation: Conversation) -> None:
    """As the corpus's own check has it, but for the length of joined chats."""
    assert 1 <= len(conversation.points) <= 4
    assert conversation.topic
    sources = gold_sources(conversation)
    assert all(sources)
    assert {i for each in sources for i in each} <= set(range(len(conversation.messages)))
    for message in conversation.messages:
        assert message.sender
        assert len(message.sender) <= 40
        assert "\n" not in message.text
    if conversation.kind == "direct":
        assert len({message.sender for message in conversation.messages}) <= 2


@given(st.sampled_from(TRAINING), st.sampled_from(CHANGES), st.integers(0, 99))
def test_a_change_keeps_gold_and_chat_together(
    conversation: Conversation,
    change: Callable[[Conversation, random.Random], Conversation | None],
    seed: int,
) -> None:
    changed = change(conversation, random.Random(seed))
    if changed is None:
        return
    assert changed != conversation
    assert changed == change(conversation, random.Random(seed))
    assert_well_formed(changed)
    assert len(ungrounded(changed)) <= len(ungrounded(conversation))
    assert len(unnamed(changed)) <= len(unnamed(conversation))


@given(st.sampled_from(TRAINING), st.integers(0, 99))
def test_renaming_takes_each_sender_to_one_of_their_own(
    conversation: Conversation, seed: int
) -> None:
    renamed = rename(conversation, random.Random(seed))
    if renamed is None:
        return
    pairs = zip(conversation.messages, renamed.messages, strict=True)
    table = {(old.sender, new.sender) for old, new in pairs}
    table.add((conversation.me, renamed.me))
    assert len(table) == len({old for old, _ in table}) == len({new for _, new in table})
    moved = {old for old, new in table if old != new}
    assert not moved & set(chat_texts(renamed))


@given(st.lists(st.sampled_from(TRAINING), min_size=2, max_size=3, unique=True), st.integers(0, 99))
def test_joined_chats_keep_gold_and_chat_together(parts: list[Conversation], seed: int) -> None:
    joined = join(parts, random.Random(seed))
    if joined is None:
        return
    assert_well_formed(joined)
    assert len(ungrounded(joined)) <= sum(len(ungrounded(part)) for part in parts)
    assert len({m.sender for m in joined.messages}) == sum(
        len({m.sender for m in part.messages}) for part in parts
    )


def test_a_whole_pass_is_well_formed_and_each_change_occurs_in_it() -> None:
    passed = augmented(TRAINING, Shares(), seed=1)
    assert len(passed) == len(TRAINING)
    assert len({conversation.id for conversation, _ in passed}) == len(TRAINING)
    counts: Counter[str] = Counter()
    for conversation, n_context in passed:
        assert_well_formed(conversation)
        assert not conversation.held_out
        assert all(min(point.sources) >= n_context for point in conversation.points)
        counts.update(conversation.id.split("+")[1:])
        counts["marked"] += n_context > 0
    assert counts["cut"] == counts["marked"]
    assert all(counts[name] > 50 for name in ("rename", "shift", "join", "roughen", "cut"))


def test_the_same_seed_gives_the_same_pass_and_another_another() -> None:
    some = TRAINING[::20]
    assert augmented(some, ALL, 1) == augmented(some, ALL, 1)
    assert augmented(some, ALL, 1) != augmented(some, ALL, 2)


def test_without_shares_nothing_changes() -> None:
    plain = [(conversation, 0) for conversation in TRAINING[:50]]
    assert augmented(TRAINING[:50], NONE, 1) == plain
    assert plan_passes(TRAINING[:50], 2, ()) == [plain, plain]


def test_the_first_pass_is_plain_and_later_ones_differ() -> None:
    some = TRAINING[::20]
    first, second, third = plan_passes(some, 3, (1.0, 1.0, 1.0, 1.0, 1.0))
    assert first == [(conversation, 0) for conversation in some]
    assert first != second != third


def test_held_out_conversations_are_refused() -> None:
    held_out = [conversation for conversation in read_corpus() if conversation.held_out]
    with pytest.raises(ValueError, match="held-out"):
        augmented(held_out[:1], NONE, 1)


def test_a_share_over_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Shares(rename=1.5)


def test_a_run_that_goes_on_from_another_is_varied_from_its_first_pass() -> None:
    some = TRAINING[:30]
    shares = (1.0, 1.0, 0.0, 0.0, 0.0)
    _, varied, _ = plan_passes(some, 3, shares)
    first, second = plan_passes(some, 2, shares, starts_plain=False)
    assert first == varied
    assert second != first
    assert plan_passes(some, 2, (), starts_plain=False) == plan_passes(some, 2, ())
