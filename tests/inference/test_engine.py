"""What only a real model can show; which one does not matter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine import LocalEngine
from inference.errors import InferenceError, UnsupportedModel
from inference.interface import Chat, Decoding, Prompt
from inference.modelfolder import ModelFolder, read_folder
from inference.summarizer import Summarizer

pytestmark = pytest.mark.real_model

MakeChat = Callable[..., Chat]


@pytest.fixture(scope="module")
def folder() -> ModelFolder:
    """The smallest converted model below COMPANION_TEST_MODELS."""
    root = os.environ.get("COMPANION_TEST_MODELS")
    found = sorted(Path(root).glob("**/companion.json")) if root else []
    if not found:
        pytest.skip("no converted model in COMPANION_TEST_MODELS")
    return min((read_folder(path.parent) for path in found), key=lambda f: f.facts.model_size_bytes)


@pytest.fixture(scope="module")
def engine(folder: ModelFolder) -> Iterator[LocalEngine]:
    engine = LocalEngine(folder, "test")
    yield engine
    engine.close()


def make_prompt(engine: LocalEngine, text: str, fixed: str = "") -> Prompt:
    return Prompt(tuple(engine.encode(fixed)), tuple(engine.encode_plain(text)))


def test_a_batch_of_equal_lengths_writes_what_single_calls_write(engine: LocalEngine) -> None:
    ids = engine.encode_plain("The coach leaves at half past seven from the Legion on Saturday.")
    prompts = [Prompt((), tuple(ids[n:] + ids[:n])) for n in range(3)]
    decoding = Decoding(max_new_tokens=12)
    together = dict(engine.generate(prompts, [decoding] * len(prompts)))
    alone = [next(iter(engine.generate([prompt], [decoding])))[1] for prompt in prompts]
    assert [together[i].texts for i in range(3)] == [one.texts for one in alone]


def test_a_cached_fixed_part_changes_no_word(engine: LocalEngine) -> None:
    whole = make_prompt(engine, "Once upon a time there was a small house by the sea")
    split = Prompt(whole.rest[:6], whole.rest[6:])
    decoding = Decoding(max_new_tokens=12)
    texts = {
        next(iter(engine.generate([prompt], [decoding])))[1].texts
        for prompt in (whole, split, split)
    }
    assert len(texts) == 1


def test_hypotheses_come_best_first(engine: LocalEngine) -> None:
    decoding = Decoding(max_new_tokens=8, beam_size=3, num_hypotheses=3)
    ((_, generation),) = engine.generate([make_prompt(engine, "The sea is")], [decoding])
    assert len(set(generation.texts)) == 3
    assert list(generation.scores) == sorted(generation.scores, reverse=True)
    assert 0 < generation.new_tokens <= 8


def test_drawn_texts_differ_and_come_again_after_the_engine_was_closed(
    folder: ModelFolder,
) -> None:
    engine = LocalEngine(folder, "test")
    decoding = Decoding(max_new_tokens=8, num_hypotheses=3, sampling_topk=40, temperature=0.7)
    prompts = [make_prompt(engine, "The sea is")]
    runs = []
    for _ in range(2):
        runs.append(
            [
                generation.texts
                for _, generation in engine.generate(prompts, [decoding] * len(prompts))
            ]
        )
        engine.close()
    assert runs[0] == runs[1]
    ((texts,),) = runs[:1]
    assert len(set(texts)) == 3


def test_special_tokens_in_a_chat_stay_text(engine: LocalEngine) -> None:
    stop = engine.special_tokens["eos_token"]
    assert len(engine.encode(stop)) == 1
    assert len(engine.encode_plain(stop)) > 1


def test_a_closed_engine_loads_again_when_it_is_needed(folder: ModelFolder) -> None:
    engine = LocalEngine(folder, "test")
    prompt = make_prompt(engine, "The sea is")
    first = list(engine.generate([prompt], [Decoding(max_new_tokens=4)]))
    engine.close()
    engine.close()
    assert list(engine.generate([prompt], [Decoding(max_new_tokens=4)])) == first
    engine.close()


def test_a_prompt_over_the_limit_is_refused_before_it_runs(folder: ModelFolder) -> None:
    small = replace(folder, facts=replace(folder.facts, prompt_limit_tokens=4))
    engine = LocalEngine(small, "test")
    with pytest.raises(InferenceError, match="too long"):
        list(engine.generate([Prompt((), (1,) * 5)], [Decoding(max_new_tokens=1)]))
    engine.close()


@pytest.mark.parametrize(
    ("form", "marks", "passages"),
    [
        ("companion-1", False, False),
        ("companion-2", True, False),
        ("companion-3", False, True),
        ("", False, False),
    ],
)
def test_an_adapter_says_what_it_was_taught(
    folder: ModelFolder, form: str, marks: bool, passages: bool
) -> None:
    taught = replace(folder, facts=replace(folder.facts, adapter_prompt=form))
    engine = LocalEngine(taught, "test")
    assert engine.marks_context is marks
    assert engine.takes_passages is passages
    engine.close()


def test_an_adapter_for_another_prompt_is_refused(folder: ModelFolder) -> None:
    other = replace(folder, facts=replace(folder.facts, adapter_prompt="companion-0"))
    with pytest.raises(UnsupportedModel, match="companion-0"):
        LocalEngine(other, "test")


def test_a_real_chat_becomes_a_summary(engine: LocalEngine, make_chat: MakeChat) -> None:
    if engine.prompt_style != "tuned" and not engine.chat_template:
        pytest.skip("the model has neither an adapter nor a chat template")
    chat = make_chat(
        *(f"Denny: the coach leaves at {n} from the Legion, bring £22 for Carl" for n in "789"),
        "Carl: who has my seat and my ticket, I can pay on Saturday",
        "Shaz: take mine, I have a cold and sound like a tractor",
        title="Rovers",
        me="Shaz",
    )
    ((index, summary),) = Summarizer(engine).summarize([chat])
    assert index == 0
    assert summary.sentences
    assert summary.highlights
    assert summary.origin == "model" or summary.flags
