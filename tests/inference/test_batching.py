from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.batching import (
    LIMIT_TOKENS,
    USUAL_NEW_TOKENS,
    batch_prompts,
    count_tokens,
    fit_beams,
    pad_length,
)
from inference.interface import Decoding, Prompt


def make_prompt(length: int, fixed: tuple[int, ...] = ()) -> Prompt:
    return Prompt(fixed, tuple(range(length)))


prompts = st.builds(make_prompt, st.integers(1, 6), st.sampled_from([(), (1, 2)]))
decodings = st.builds(Decoding, st.integers(1, 9), st.integers(1, 4))


@given(st.lists(st.tuples(prompts, decodings)), st.integers(1, 90), st.integers(1, 5))
def test_every_prompt_is_in_one_batch_with_its_equals_alone(
    asked: list[tuple[Prompt, Decoding]], limit_tokens: int, limit_rows: int
) -> None:
    prompts, decodings = [prompt for prompt, _ in asked], [decoding for _, decoding in asked]
    batches = batch_prompts(prompts, decodings, limit_tokens=limit_tokens, limit_rows=limit_rows)
    assert sorted(i for batch in batches for i in batch) == list(range(len(prompts)))
    for batch in batches:
        rows = [prompts[i] for i in batch]
        assert len({(row.fixed, len(row.rest)) for row in rows}) == 1
        (decoding,) = {decodings[i] for i in batch}
        tokens = sum(count_tokens(row, decoding) for row in rows)
        assert len(rows) == 1 or (tokens <= limit_tokens and len(rows) <= limit_rows)


def test_the_batch_of_the_earliest_prompt_comes_first() -> None:
    prompts = [make_prompt(n) for n in (5, 3, 5, 3)]
    batches = batch_prompts(prompts, [Decoding(9)] * 4, limit_tokens=100, limit_rows=4)
    assert batches == [[0, 2], [1, 3]]


def test_what_is_decoded_alike_follows_each_other() -> None:
    prompts, (first, second) = [make_prompt(5)] * 4, (Decoding(9), Decoding(8))
    batches = batch_prompts(prompts, [first, second, first, second], limit_tokens=1, limit_rows=4)
    assert batches == [[0], [2], [1], [3]]


@pytest.mark.parametrize(
    ("decoding", "n_tokens"),
    [
        (Decoding(max_new_tokens=1), 8 + 1),
        (Decoding(max_new_tokens=9, beam_size=4), 4 * (8 + 9)),
        (Decoding(max_new_tokens=10_000), 8 + USUAL_NEW_TOKENS),
    ],
)
def test_the_prompt_and_what_is_usually_written_count_once_a_beam(
    decoding: Decoding, n_tokens: int
) -> None:
    assert count_tokens(make_prompt(6, fixed=(1, 2)), decoding) == n_tokens


@pytest.mark.parametrize(
    ("length", "wanted", "beams"), [(100, 4, 4), (200, 4, 3), (300, 4, 2), (900, 4, 2), (900, 1, 1)]
)
def test_long_prompts_get_fewer_beams(length: int, wanted: int, beams: int) -> None:
    prompt = make_prompt(length - 60, fixed=(1,) * 60)
    decoding = fit_beams(Decoding(200, wanted, wanted), prompt)
    assert (decoding.beam_size, decoding.num_hypotheses) == (beams, beams)


@given(st.integers(1, 3000), decodings)
def test_only_a_prompt_that_is_too_long_for_two_beams_goes_over_the_limit(
    length: int, decoding: Decoding
) -> None:
    fitted = fit_beams(decoding, make_prompt(length))
    assert min(2, decoding.beam_size) <= fitted.beam_size <= decoding.beam_size
    assert fitted.num_hypotheses <= fitted.beam_size
    assert fitted.beam_size <= 2 or count_tokens(make_prompt(length), fitted) <= LIMIT_TOKENS


@pytest.mark.parametrize(("length", "padded"), [(1, 32), (32, 32), (33, 64)])
def test_lengths_are_brought_up_to_the_next_multiple(length: int, padded: int) -> None:
    assert pad_length(length, 32) == padded
