"""The decoder is Qwen2, and an adapted pass is the pass of the merged weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from inference.training.generate import greedy  # noqa: E402
from inference.training.model import (  # noqa: E402
    ADAPTED,
    Decoder,
    Lora,
    merged_weights,
    new_lora,
    spans_of,
)

if TYPE_CHECKING:
    from torch import Tensor

    from inference.training.base import Base

FIRST = [3, 1, 4, 1, 5, 9, 2, 6]
SECOND = [2, 7, 1, 8, 2]
HUGGING_FACE_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def all_logits(decoder: Decoder, ids: list[int]) -> Tensor:
    spans = spans_of([(1, len(ids))])
    with torch.no_grad():
        return decoder.logits(decoder.run_to_wanted(decoder.embed(ids), spans, 0))


def some_lora(base: Base, first_layer: int = 1) -> Lora:
    lora = new_lora(base, first_layer, rank=4, alpha=8.0, seed=3)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for pair in lora.pairs.values():
            pair.b.copy_(torch.randn(pair.b.shape, generator=generator) * 0.3)
    return lora


def test_logits_equal_those_of_transformers(tiny_base: Base) -> None:
    transformers = pytest.importorskip("transformers")
    shape = tiny_base.shape
    config = transformers.Qwen2Config(
        vocab_size=tiny_base.weights["output.weight"].shape[0],
        hidden_size=shape.width,
        intermediate_size=tiny_base.weights["blk.0.ffn_up.weight"].shape[0],
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        rms_norm_eps=shape.norm_epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_base},
        tie_word_embeddings=False,
    )
    reference = transformers.Qwen2ForCausalLM(config).eval()
    state = {}
    for name, value in tiny_base.weights.items():
        stem, kind = name.rsplit(".", 1)
        _, _, rest = stem.partition("blk.")
        layer, _, part = rest.partition(".")
        prefix = f"model.layers.{layer}." if rest else ""
        state[f"{prefix}{HUGGING_FACE_NAMES[part or stem]}.{kind}"] = value
    reference.load_state_dict(state)
    with torch.no_grad():
        wanted = reference(torch.tensor([FIRST])).logits[0]
    ours = all_logits(Decoder(shape, tiny_base.weights), FIRST)
    torch.testing.assert_close(ours, wanted, atol=2e-5, rtol=1e-4)


def test_a_new_adapter_changes_nothing(tiny_base: Base) -> None:
    lora = new_lora(tiny_base, 0, rank=4, alpha=8.0, seed=0)
    plain = all_logits(Decoder(tiny_base.shape, tiny_base.weights), FIRST)
    adapted = all_logits(Decoder(tiny_base.shape, tiny_base.weights, lora), FIRST)
    assert torch.equal(plain, adapted)


def test_an_adapted_pass_equals_the_pass_of_merged_weights(tiny_base: Base) -> None:
    lora = some_lora(tiny_base)
    plain = all_logits(Decoder(tiny_base.shape, tiny_base.weights), FIRST)
    adapted = all_logits(Decoder(tiny_base.shape, tiny_base.weights, lora), FIRST)
    merged = all_logits(Decoder(tiny_base.shape, merged_weights(tiny_base.weights, lora)), FIRST)
    torch.testing.assert_close(adapted, merged, atol=1e-4, rtol=1e-4)
    assert (adapted - plain).abs().max() > 0.1


def test_every_matrix_of_the_upper_layers_is_adapted_and_no_other(tiny_base: Base) -> None:
    lora = new_lora(tiny_base, 1, rank=4, alpha=8.0, seed=0)
    assert set(lora.pairs) == {f"blk.{layer}.{part}" for layer in (1, 2) for part in ADAPTED}


def test_texts_in_one_pack_do_not_see_each_other(tiny_base: Base) -> None:
    decoder = Decoder(tiny_base.shape, tiny_base.weights, some_lora(tiny_base))
    spans = spans_of([(1, len(FIRST)), (1, len(SECOND))])
    with torch.no_grad():
        packed = decoder.logits(decoder.run_to_wanted(decoder.embed(FIRST + SECOND), spans, 0))
    apart = torch.cat([all_logits(decoder, FIRST), all_logits(decoder, SECOND)])
    torch.testing.assert_close(packed, apart, atol=1e-5, rtol=1e-5)


def test_wanted_rows_are_those_from_the_prompts_last_token_on(tiny_base: Base) -> None:
    decoder = Decoder(tiny_base.shape, tiny_base.weights)
    spans = spans_of([(5, len(FIRST)), (3, len(SECOND))])
    with torch.no_grad():
        wanted = decoder.logits(decoder.run_to_wanted(decoder.embed(FIRST + SECOND), spans, 0))
    expected = torch.cat([all_logits(decoder, FIRST)[4:], all_logits(decoder, SECOND)[2:]])
    torch.testing.assert_close(wanted, expected, atol=1e-5, rtol=1e-5)


def test_lower_and_upper_layers_make_up_the_whole(tiny_base: Base) -> None:
    decoder = Decoder(tiny_base.shape, tiny_base.weights)
    spans = spans_of([(1, len(FIRST))])
    with torch.no_grad():
        lower = decoder.run_layers(decoder.embed(FIRST), spans, 0, 2)
        halves = decoder.logits(decoder.run_to_wanted(lower, spans, 2))
    torch.testing.assert_close(halves, all_logits(decoder, FIRST))


def test_greedy_writing_with_kept_keys_equals_reading_everything_anew(tiny_base: Base) -> None:
    decoder = Decoder(tiny_base.shape, tiny_base.weights)
    limit_tokens = 12
    expected: list[list[int]] = []
    for prompt in (FIRST, SECOND):
        ids = list(prompt)
        while len(ids) < len(prompt) + limit_tokens:
            ids.append(int(all_logits(decoder, ids)[-1].argmax()))
            if ids[-1] == tiny_base.end_id:
                break
        expected.append([i for i in ids[len(prompt) :] if i != tiny_base.end_id])
    assert greedy(decoder, [FIRST, SECOND], tiny_base.end_id, limit_tokens) == expected
