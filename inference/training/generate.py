"""Owns greedy decoding for validation; it must not be used at run time (CTranslate2 is)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inference.training.model import Decoder, Span, attend_last


@dataclass
class _Text:
    """One text being written, with the keys and values of all its tokens in every layer."""

    keys: list[Tensor]
    """By layer, (capacity, kv heads, size), filled up to `length`."""

    values: list[Tensor]
    length: int = 0
    written: list[int] = field(default_factory=list)


def greedy(
    decoder: Decoder, prompts: Sequence[Sequence[int]], end_id: int, limit_tokens: int
) -> list[list[int]]:
    """The most probable continuation of each prompt, without the end token.

    Prompts are read one by one and written to together: a step reads every weight once,
    however many texts it serves.
    """
    with torch.no_grad():
        texts = [_prefill(decoder, prompt, limit_tokens) for prompt in prompts]
        open_texts = _still_open(texts, end_id, limit_tokens)
        while open_texts:
            for text, token in zip(open_texts, _step(decoder, open_texts), strict=True):
                text.written.append(token)
            open_texts = _still_open(open_texts, end_id, limit_tokens)
    return [[token for token in text.written if token != end_id] for text in texts]


def _still_open(texts: Sequence[_Text], end_id: int, limit_tokens: int) -> list[_Text]:
    return [t for t in texts if t.written[-1] != end_id and len(t.written) < limit_tokens]


def _prefill(decoder: Decoder, prompt: Sequence[int], limit_tokens: int) -> _Text:
    shape = decoder.shape
    size = (len(prompt) + limit_tokens, shape.kv_heads, shape.head_size)
    hidden = decoder.embed(prompt)
    text = _Text([], [])

    def attend(_layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        text.keys.append(k.new_empty(size))
        text.values.append(v.new_empty(size))
        text.keys[-1][: len(prompt)] = k
        text.values[-1][: len(prompt)] = v
        return attend_last(q, k, v)

    last_row = Span(0, len(prompt), len(prompt) - 1)
    normed = decoder.run_to_wanted(hidden, [last_row], 0, attend)
    text.length = len(prompt)
    text.written.append(int(decoder.logits(normed).argmax()))
    return text


def _step(decoder: Decoder, texts: Sequence[_Text]) -> list[int]:
    def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        mixed: list[Tensor] = []
        for row, text in enumerate(texts):
            text.keys[layer][text.length] = k[row]
            text.values[layer][text.length] = v[row]
            known = text.length + 1
            mixed.append(
                attend_last(q[row : row + 1], text.keys[layer][:known], text.values[layer][:known])
            )
        return torch.cat(mixed)

    hidden = decoder.embed([text.written[-1] for text in texts])
    rope = decoder.rope(torch.tensor([text.length for text in texts]))
    for layer in range(decoder.shape.layers):
        hidden = decoder.layer(layer, hidden, rope, attend)
    for text in texts:
        text.length += 1
    tokens: list[int] = decoder.logits(decoder.final_norm(hidden)).argmax(-1).tolist()
    return tokens
