"""Owns turning text into token ids and back, and building the tokenizer out of a GGUF file."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from inference.errors import BrokenModelFile, UnsupportedModel
from inference.gguf import GgufFile

if TYPE_CHECKING:
    import tokenizers

# Kinds of token, as llama.cpp numbers them (llama.h, llama_token_type).
_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4

# SentencePiece's mark for a space.
_BLANK = "\u2581"

# Byte-level pre-tokenizers by GGUF's name for them; the patterns are the ones of the models'
# own tokenizer.json. None stands for GPT-2's, which the tokenizers library has built in.
_LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2_SPLIT = _LLAMA3_SPLIT.replace(r"\p{N}{1,3}", r"\p{N}")
_SPLITS = {
    "default": None,
    "gpt-2": None,
    "llama-bpe": _LLAMA3_SPLIT,
    "qwen2": _QWEN2_SPLIT,
    "smollm": None,
}

# Control tokens that end a turn in the chat formats of the supported models, beside the end
# token that the file names.
_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|endoftext|>", "</s>")


class Tokenizer:
    """A model's own tokenizer, loaded from its folder. Safe to call from several threads."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The tokenizer of a converted model; raises BrokenModelFile when it is unreadable."""
        import tokenizers

        path = folder / "tokenizer.json"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(folder) from error
        try:
            return cls(tokenizers.Tokenizer.from_str(text))
        except Exception as error:  # the library raises nothing finer
            raise _unreadable(folder) from error

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return self._tokenizer.get_vocab_size(with_added_tokens=True)

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`, special tokens in it recognised, nothing added around it."""
        with self._lock:
            return self._tokenizer.encode(text, add_special_tokens=False).ids

    def encode_plain(self, text: str) -> list[int]:
        """Token ids of text by strangers: special tokens spelled in it stay ordinary text."""
        with self._lock:
            self._tokenizer.encode_special_tokens = True
            try:
                return self._tokenizer.encode(text, add_special_tokens=False).ids
            finally:
                self._tokenizer.encode_special_tokens = False

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, special tokens left out."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)

    def token(self, token_id: int) -> str:
        """The token's own spelling, as CTranslate2's vocabulary has it; raises KeyError."""
        token = self._tokenizer.id_to_token(token_id)
        if token is None:
            raise KeyError(token_id)
        return token

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The spellings of several ids, in order; raises KeyError as `token` does."""
        return [self.token(token_id) for token_id in ids]

    def id_of(self, token: str) -> int | None:
        """The id of a token by its own spelling; None when there is no such token."""
        return self._tokenizer.token_to_id(token)


@dataclass(frozen=True, slots=True)
class BuiltTokenizer:
    """What a GGUF file says of its tokenizer."""

    tokenizer: tokenizers.Tokenizer
    tokens: list[str]
    """In id order, spelled as the tokenizer spells them."""

    bos: str
    """The token that begins a text; "" when the file names none."""

    eos: str
    unknown: str
    """"" when the file names none."""

    adds_bos: bool
    """Whether prompts of this model begin with `bos`."""

    stops: tuple[str, ...]
    """Every token that ends an answer, `eos` first."""


def build_tokenizer(gguf: GgufFile) -> BuiltTokenizer:
    """The tokenizer inside a GGUF file.

    Raises UnsupportedModel, by name, for a kind of tokenizer that is not rebuilt here, and
    BrokenModelFile when the lists in the file do not fit together.
    """
    tokens = gguf.texts("tokenizer.ggml.tokens")
    kinds = _kinds(gguf, len(tokens))
    model = gguf.text("tokenizer.ggml.model")
    if model == "gpt2":
        tokenizer = _byte_level(gguf, tokens)
    elif model == "llama":
        # Runs of spaces are stored as real spaces; the normaliser turns " " into the mark.
        tokens = [_BLANK * len(t) if t and not t.strip(" ") else t for t in tokens]
        tokenizer = _sentencepiece(gguf, tokens, kinds)
    else:
        raise _unsupported(f"the tokenizer {model} is not supported (supported: gpt2, llama)")
    _add_tokens(tokenizer, tokens, kinds)
    if tokenizer.get_vocab_size() != len(tokens):
        raise _broken("its added tokens are not in its vocabulary")

    def named(key: str) -> str:
        token_id = gguf.integer(f"tokenizer.ggml.{key}_token_id", -1)
        return tokens[token_id] if 0 <= token_id < len(tokens) else ""

    eos = named("eos")
    if not eos:
        raise _broken("it names no end token")
    control = {t for t, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL}
    ends = [eos, named("eot"), named("eom"), *(t for t in _TURN_ENDS if t in control)]
    return BuiltTokenizer(
        tokenizer=tokenizer,
        tokens=tokens,
        bos=named("bos"),
        eos=eos,
        unknown=named("unknown"),
        adds_bos=gguf.flag("tokenizer.ggml.add_bos_token", model == "llama"),
        stops=tuple(dict.fromkeys(end for end in ends if end)),
    )


def _kinds(gguf: GgufFile, n_tokens: int) -> list[int]:
    if "tokenizer.ggml.token_type" not in gguf.fields:
        return [_NORMAL] * n_tokens
    kinds = [int(kind) for kind in gguf.numbers("tokenizer.ggml.token_type")]
    if len(kinds) != n_tokens:
        raise _broken("its tokens and their kinds are not equally many")
    return kinds


def _vocabulary(tokens: Sequence[str]) -> dict[str, int]:
    vocabulary = {token: index for index, token in enumerate(tokens)}
    if len(vocabulary) != len(tokens):
        raise _broken("its vocabulary holds a token twice")
    return vocabulary


def _byte_level(gguf: GgufFile, tokens: Sequence[str]) -> tokenizers.Tokenizer:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    kind = gguf.text("tokenizer.ggml.pre", "default")
    if kind not in _SPLITS:
        known = ", ".join(sorted(_SPLITS))
        raise _unsupported(f"the pre-tokenizer {kind} is not supported (supported: {known})")
    merges = [tuple(merge.split(" ", 1)) for merge in gguf.texts("tokenizer.ggml.merges")]
    pairs = [(pair[0], pair[1]) for pair in merges if len(pair) == 2]
    vocabulary = _vocabulary(tokens)
    if len(pairs) != len(merges) or not all(
        a in vocabulary and b in vocabulary and a + b in vocabulary for a, b in pairs
    ):
        raise _broken("its merges name tokens that it does not have")
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=kind == "llama-bpe")
    )
    split = _SPLITS[kind]
    steps: list[pre_tokenizers.PreTokenizer] = []
    if kind == "smollm":
        steps.append(pre_tokenizers.Digits(individual_digits=True))
    if kind == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    if split is not None:
        steps.append(pre_tokenizers.Split(Regex(split), behavior="isolated"))
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _sentencepiece(
    gguf: GgufFile, tokens: Sequence[str], kinds: Sequence[int]
) -> tokenizers.Tokenizer:
    from tokenizers import Tokenizer, decoders, models, normalizers

    scores = [float(score) for score in gguf.numbers("tokenizer.ggml.scores")]
    if len(scores) != len(tokens):
        raise _broken("its tokens and their scores are not equally many")
    unknown = gguf.integer("tokenizer.ggml.unknown_token_id", 0)
    if not 0 <= unknown < len(tokens):
        raise _broken("its unknown token is not in its vocabulary")
    tokenizer = Tokenizer(
        models.BPE(
            vocab=_vocabulary(tokens),
            merges=_merges(tokens, kinds, scores),
            unk_token=tokens[unknown],
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    blanks = normalizers.Replace(" ", _BLANK)
    plain = [decoders.Replace(_BLANK, " "), decoders.ByteFallback(), decoders.Fuse()]
    if gguf.flag("tokenizer.ggml.add_space_prefix", default=True):
        # Llama 2's habit: every stretch of text begins with a space that decoding takes away.
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(_BLANK), blanks])
        tokenizer.decoder = decoders.Sequence([*plain, decoders.Strip(" ", 1, 0)])
    else:
        tokenizer.normalizer = blanks
        tokenizer.decoder = decoders.Sequence(plain)
    return tokenizer


def _merges(
    tokens: Sequence[str], kinds: Sequence[int], scores: Sequence[float]
) -> list[tuple[str, str]]:
    """Every split of a piece into two pieces, best piece first: what SentencePiece's BPE does."""
    usable = {
        token: index
        for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind in (_NORMAL, _USER_DEFINED)
    }
    merges: list[tuple[str, str]] = []
    for token, _ in sorted(usable.items(), key=lambda item: (-scores[item[1]], item[1])):
        splits = [
            (usable[token[:cut]], usable[token[cut:]], token[:cut], token[cut:])
            for cut in range(1, len(token))
            if token[:cut] in usable and token[cut:] in usable
        ]
        merges.extend((left, right) for _, _, left, right in sorted(splits))
    return merges


def _add_tokens(
    tokenizer: tokenizers.Tokenizer, tokens: Sequence[str], kinds: Sequence[int]
) -> None:
    from tokenizers import AddedToken

    pairs = list(zip(tokens, kinds, strict=True))
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t, kind in pairs if kind == _CONTROL]
    )
    # llama.cpp cuts user-defined tokens out of the raw text first. Runs of spaces are among them
    # for Gemma: those are matched after the normaliser, which spells them with the mark.
    tokenizer.add_tokens(
        [
            AddedToken(t, special=False, normalized=t.startswith(_BLANK))
            for t, kind in pairs
            if kind == _USER_DEFINED
        ]
    )


def _unreadable(folder: Path) -> BrokenModelFile:
    return BrokenModelFile(
        f"{folder.name}/tokenizer.json is not readable", next_step="run companion model verify"
    )


def _broken(reason: str) -> BrokenModelFile:
    return BrokenModelFile(
        f"not a usable GGUF file: {reason}",
        next_step="fetch the file again, or pass another one",
    )


def _unsupported(message: str) -> UnsupportedModel:
    return UnsupportedModel(message, next_step="pick a model from: companion model list")
