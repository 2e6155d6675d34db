from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.batching import batch_prompts, pad_length
from inference.interface import Prompt


def make_prompt(length: int, fixed: tuple[int, ...] = ()) -> Prompt:
    return Prompt(fixed, tuple(range(length)))


prompts = st.lists(st.builds(make_prompt, st.integers(1, 6), st.sampled_from([(), (1, 2)])))


@given(prompts, st.integers(1, 40), st.integers(1, 5))
def test_every_prompt_is_in_one_batch_with_its_equals_alone(
    prompts: list[Prompt], limit_tokens: int, limit_rows: int
) -> None:
    batches = batch_prompts(prompts, limit_tokens=limit_tokens, limit_rows=limit_rows)
    assert sorted(i for batch in batches for i in batch) == list(range(len(prompts)))
    for batch in batches:
        rows = [prompts[i] for i in batch]
        assert len({(row.fixed, len(row.rest)) for row in rows}) == 1
        tokens = sum(len(row.fixed) + len(row.rest) for row in rows)
        assert len(rows) == 1 or (tokens <= limit_tokens and len(rows) <= limit_rows)


def test_the_batch_of_the_earliest_prompt_comes_first() -> None:
    prompts = [make_prompt(n) for n in (5, 3, 5, 3)]
    assert batch_prompts(prompts, limit_tokens=100, limit_rows=4) == [[0, 2], [1, 3]]


@pytest.mark.parametrize(("length", "padded"), [(1, 32), (32, 32), (33, 64)])
def test_lengths_are_brought_up_to_the_next_multiple(length: int, padded: int) -> None:
    assert pad_length(length, 32) == padded
