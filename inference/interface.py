"""The types at the border of `inference`: what goes in and what comes out; no logic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

MessageKind = Literal["text", "media", "system", "deleted"]
Origin = Literal["model", "extractive"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message as the summariser sees it."""

    id: int
    """Any number unique in the chat; evidence points to it."""

    sender: str
    text: str
    sent_at: datetime | None = None
    """Aware; None when unknown (time gaps are then not used)."""

    is_me: bool = False
    kind: MessageKind = "text"
    reply_to: int | None = None
    is_context: bool = False
    """True for a message already read, given so that the unread ones make sense: it is
    shown to the model, but is never a highlight."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation to summarise: messages in order, oldest first."""

    title: str
    me: str
    """The name under which the owner appears; "" when unknown."""

    messages: tuple[ChatMessage, ...]
    kind: Literal["group", "direct"] = "group"
    language: str | None = None
    """"ko" or "en" to force the summary's language; None: that of the chat."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A message that matters, verbatim, chosen by code."""

    message_id: int
    sender: str
    text: str
    reasons: tuple[str, ...] = ()
    """Why it was chosen: "request", "answer", "decision", "time", "amount", "correction", ..."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a summary: the model's, or a message quoted in its place."""

    text: str
    evidence: tuple[int, ...]
    """Ids of the messages behind it, in chat order; never empty."""

    is_quote: bool = False
    """True for the words of the one message behind it, on one line after their sender; False for
    the model's."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something somebody is to do, still open at the end of the chat."""

    who: str
    what: str
    when: str
    """As said ("Friday 18:00"); "" when unsaid."""

    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known about one chat. Nothing in it is ever called verified."""

    language: str
    highlights: tuple[Highlight, ...]
    sentences: tuple[Sentence, ...]
    origin: Origin
    topic: str
    """Two to six words; "" when there is no gist."""

    todos: tuple[ToDo, ...]
    covered: int
    """How many of the unread messages were read: by the model, or by the code that chose those it
    was told of, or those that are quoted."""

    skipped: int
    """How many unread messages were left out."""

    flags: tuple[str, ...]
    """Why a gist was refused or what to be careful about: stable words such as
    "too-short", "ungrounded-name", "ungrounded-number", "copied", "repeated",
    "wrong-language", "no-model", "language-unsupported", "cut"."""

    model: str | None
    """Name of the model that wrote the `sentences` that are no quotes; None for extractive ones."""

    options: Mapping[str, object] = field(default_factory=dict)
    """Everything that, with the input, decided the text: decoding, prompt version, adapter."""

    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the engine is to write."""

    max_new_tokens: int
    beam_size: int = 1
    num_hypotheses: int = 1
    stop: tuple[str, ...] = ()
    """Tokens that end the text; the model's own end token always does."""

    no_repeat_ngram_size: int = 0
    """Runs of so many tokens may not come twice in a text; 0: they may."""

    sampling_topk: int = 1
    """Of how many of the likeliest tokens each is drawn; 1 takes the likeliest. Only with one
    beam: the hypotheses are then so many drawn texts."""

    temperature: float = 1.0
    """Below 1, likelier tokens are drawn more often than the model would."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the engine is to continue: a fixed part shared by many calls, then the rest."""

    fixed: tuple[int, ...]
    """Token ids whose state the engine may keep between calls; () for none."""

    rest: tuple[int, ...]
    """Token ids; never empty."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The engine's answer to one prompt, best hypothesis first."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    """Mean log-probability a token, of each text."""

    new_tokens: int


class Engine(Protocol):
    """A loaded model. One implementation runs CTranslate2; tests have a scripted one."""

    @property
    def name(self) -> str:
        """The catalogue's name of the model, with its adapter."""

    @property
    def prompt_style(self) -> str:
        """Is "tuned" where an adapter taught the format of `inference.prompts`, else "instruct"."""

    @property
    def marks_context(self) -> bool:
        """Whether an adapter was taught the line between messages already read and unread ones."""

    @property
    def takes_passages(self) -> bool:
        """Whether an adapter was taught to tell one passage of a chat at a time, not all of it."""

    @property
    def limit_tokens(self) -> int:
        """The longest prompt that is right in this model on this engine."""

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`, added tokens recognised, nothing added."""

    def encode_plain(self, text: str) -> list[int]:
        """Token ids of text by strangers: special tokens spelled in it stay ordinary text."""

    def generate(
        self, prompts: Sequence[Prompt], decodings: Sequence[Decoding]
    ) -> Iterator[tuple[int, Generation]]:
        """Continue every prompt in its own way: yields (index, generation) as they are ready.

        Each index once. All that is wanted belongs into one call: at its end workers wait for
        each other.
        """

    def close(self) -> None:
        """Free the model's memory; calling twice is fine."""


@runtime_checkable
class TemplatedEngine(Engine, Protocol):
    """An engine whose model was taught to follow instructions in a chat format of its own."""

    @property
    def chat_template(self) -> str:
        """The model's Jinja template, from its file."""

    @property
    def special_tokens(self) -> Mapping[str, str]:
        """What the template calls `bos_token` and `eos_token`; "" for one the model lacks."""
