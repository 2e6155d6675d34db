"""Owns the exact text a model is given; adapters are taught with it, so a change needs new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from inference.batching import pad_length
from inference.cleaning import flatten_text
from inference.errors import UnsupportedModel
from inference.instructions import MAX_EXAMPLES, build_turns, fence_chat, make_nonce, split_at_place
from inference.interface import Chat, ChatMessage, Engine, Prompt, TemplatedEngine
from inference.templates import render_turns

PROMPT_VERSION = "companion-1"
"""Changes with any change of a prompt's text; the same name stands in the adapters' files."""

MARKED_PROMPT_VERSION = "companion-2"
"""Named by adapters that were taught, besides, the line between read and unread messages."""

PASSAGE_PROMPT_VERSION = "companion-3"
"""Named by adapters that were taught to tell one passage of a chat at a time."""

LIMIT_MESSAGE_CHARS = 700
"""A longer message is shown by its beginning and its end."""

LIMIT_NAME_CHARS = 80
"""Of titles and senders; the rest of a longer one is not shown to the model."""

LIMIT_PROMPT_TOKENS = {"ko": 600, "en": 450}
"""Nine of ten prompts that the adapters were taught with are shorter: a window should hold one
topic, as those do. Of sixteen English chats one after the other, the tuned 0.5B told fifteen in
windows of 450 tokens and ten in windows of 900, which took longer, too."""

PAD_TOKENS = 64
"""Prompts are brought up to a multiple of it: 12 chats then come in about 8 lengths."""

PASSAGE_GAP = "…"
"""The line of a passage where messages that are not in it stood; no message can imitate it."""

_SHOWN_END_CHARS = 150
_CUE_TOKENS = 16
_FENCE_TOKENS = 40


@dataclass(frozen=True, slots=True)
class CueWords:
    """The fixed words of one language in prompt and answer."""

    chat: str
    me: str
    summary: str
    todo: str
    topic: str
    new: str
    """Stands between the messages already read and the unread ones; no message can imitate it,
    for their lines are all `sender: text`."""


CUES = {
    "ko": CueWords("대화", "나", "요약", "할 일", "주제", "--- 새 메시지 ---"),
    "en": CueWords("Chat", "Me", "Summary", "To do", "Topic", "--- new ---"),
}


def build_tuned_prompt(chat: Chat, language: str, *, marks_context: bool = False) -> str:
    """The text an adapter continues with the summary: title, owner, messages, the cue.

    Raw tokens, no chat template and no begin token. Only messages that `is_shown` are in it.
    """
    lines = build_header(chat, language)
    lines += build_lines(chat, language, marks_context=marks_context)
    return "\n".join(lines) + f"\n\n{CUES[language].summary}:\n"


def build_lines(chat: Chat, language: str, *, marks_context: bool = False) -> list[str]:
    """One line a shown message: `sender: text`, line breaks inside it as ` / `.

    With `marks_context`, one more between messages already read and those after them.
    """
    shown = [message for message in chat.messages if is_shown(message)]
    lines = [build_line(message, chat, language) for message in shown]
    n_context = sum(1 for _ in takewhile(lambda message: message.is_context, shown))
    if marks_context and 0 < n_context < len(shown):
        lines.insert(n_context, CUES[language].new)
    return lines


def build_passage_prompt(chat: Chat, passage: Sequence[ChatMessage], language: str) -> str:
    """Title, owner and some messages of a chat, in chat order, without the cue that follows.

    Where messages of the chat that say something were left out between two, the line
    `PASSAGE_GAP` stands.
    """
    places = {m.id: place for place, m in enumerate(filter(is_shown, chat.messages))}
    lines = build_header(chat, language)
    for before, message in zip((None, *passage), passage, strict=False):
        if before and places[message.id] > places[before.id] + 1:
            lines.append(PASSAGE_GAP)
        lines.append(build_line(message, chat, language))
    return "\n".join(lines) + "\n\n"


def build_line(message: ChatMessage, chat: Chat, language: str) -> str:
    """The line of one message."""
    sender = _show_name(message.sender)
    if not sender:
        sender = (_show_name(chat.me) or CUES[language].me) if message.is_me else "?"
    return f"{sender}: {_show_text(message, language)}"


def is_shown(message: ChatMessage) -> bool:
    """Whether a message says something: not deleted, not a system line, not empty text."""
    if message.kind == "media":
        return True
    return message.kind == "text" and bool(flatten_text(message.text))


def is_clipped(message: ChatMessage) -> bool:
    """Whether the model sees only the beginning and the end of a message."""
    return len(flatten_text(message.text)) > LIMIT_MESSAGE_CHARS


class PromptWriter:
    """Writes prompts for one engine, in the style its model was taught."""

    def __init__(self, engine: Engine) -> None:
        """Raises UnsupportedModel for a model with neither an adapter nor a chat template."""
        self._engine = engine
        self._templated: TemplatedEngine | None = None
        self._frames: dict[str, _Frame] = {}
        if engine.prompt_style == "tuned":
            return
        if not isinstance(engine, TemplatedEngine) or not engine.chat_template:
            raise UnsupportedModel(
                f"the model {engine.name} has neither an adapter nor a chat template",
                next_step="pick another model from: companion model list",
            )
        self._templated = engine

    def write_prompt(self, chat: Chat, language: str) -> Prompt:
        """The prompt for a chat, its length brought up to a multiple of `PAD_TOKENS`.

        So that prompts of like length can share a call; the padding is blank lines before the
        cue or the request. The length is not limited here: see `count_room`.
        """
        if self._templated is None:
            cue = f"{CUES[language].summary}:\n"
            text = build_tuned_prompt(chat, language, marks_context=self._engine.marks_context)
            above = text.removesuffix(cue)
            return self._join((), self._engine.encode_plain(above), self._engine.encode(cue))
        frame = self._frame(self._templated, language)
        lines = build_header(chat, language) + build_lines(chat, language, marks_context=True)
        opening, closing = fence_chat(make_nonce(lines), language)
        chat_ids = self._engine.encode_plain("\n".join(lines))
        return self._join(
            frame.fixed,
            [*self._engine.encode(opening), *chat_ids],
            self._engine.encode(closing + frame.after),
        )

    def write_passage_prompt(
        self, chat: Chat, passage: Sequence[ChatMessage], language: str
    ) -> Prompt:
        """The prompt for what is to be told of a few messages of a chat, in chat order."""
        return self._write_about(chat, passage, language, CUES[language].summary)

    def write_topic_prompt(
        self, chat: Chat, messages: Sequence[ChatMessage], language: str
    ) -> Prompt:
        """The prompt for the topic of a chat, by the messages that matter, in chat order."""
        return self._write_about(chat, messages, language, CUES[language].topic)

    def count_message(self, message: ChatMessage, chat: Chat, language: str) -> int:
        """Tokens that a message takes in a prompt; 0 for one that is not shown."""
        if not is_shown(message):
            return 0
        return len(self._engine.encode_plain(build_line(message, chat, language) + "\n"))

    def count_room(self, chat: Chat, language: str) -> int:
        """How many tokens of messages fit into one prompt of this chat."""
        header = "\n".join(build_header(chat, language))
        used = len(self._engine.encode_plain(header)) + PAD_TOKENS + _CUE_TOKENS
        limit = LIMIT_PROMPT_TOKENS[language]
        if self._templated is not None:
            frame = self._frame(self._templated, language)
            used += len(self._engine.encode(frame.after)) + _FENCE_TOKENS
            limit = min(limit, self._engine.limit_tokens - len(frame.fixed))
        return max(min(limit, self._engine.limit_tokens) - used, PAD_TOKENS)

    def _write_about(
        self, chat: Chat, messages: Sequence[ChatMessage], language: str, cue: str
    ) -> Prompt:
        text = build_passage_prompt(chat, messages, language)
        return self._join((), self._engine.encode_plain(text), self._engine.encode(f"{cue}:\n"))

    def _join(self, fixed: tuple[int, ...], above: list[int], below: list[int]) -> Prompt:
        # Blank lines in front of the whole prompt cost an adapter 0.1 nat a token and every
        # second summary; here they cost nothing measurable.
        length = len(above) + len(below)
        blanks = self._engine.encode("\n")[:1] * (pad_length(length, PAD_TOKENS) - length)
        return Prompt(fixed, (*above, *blanks, *below))

    def _frame(self, engine: TemplatedEngine, language: str) -> _Frame:
        if language not in self._frames:
            self._frames[language] = _build_frame(engine, language)
        return self._frames[language]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around the chat in an instruction prompt."""

    fixed: tuple[int, ...]
    after: str


def _build_frame(engine: TemplatedEngine, language: str) -> _Frame:
    """With the most examples that leave half of the model's limit to the chat."""
    for examples in range(MAX_EXAMPLES, -1, -1):
        turns = build_turns(language, examples)
        text = render_turns(engine.chat_template, turns, engine.special_tokens)
        before, after = split_at_place(text)
        fixed = tuple(engine.encode(before))
        if len(fixed) <= engine.limit_tokens / 2:
            break
    return _Frame(fixed, after)


def build_header(chat: Chat, language: str) -> list[str]:
    """The two lines above the messages: title and owner."""
    cue = CUES[language]
    title = _show_name(chat.title) or cue.chat
    owner = _show_name(chat.me) or cue.me
    return [f"{cue.chat}: {title}", f"{cue.me}: {owner}"]


def _show_name(name: str) -> str:
    return flatten_text(name)[:LIMIT_NAME_CHARS]


def _show_text(message: ChatMessage, language: str) -> str:
    text = flatten_text(message.text)
    if message.kind == "media":
        text = text or ("파일" if language == "ko" else "file")
        if text[0] not in "([<" and len(text) <= 20:
            text = f"({text})"
    if len(text) <= LIMIT_MESSAGE_CHARS:
        return text
    head = LIMIT_MESSAGE_CHARS - _SHOWN_END_CHARS
    return f"{text[:head]} … {text[-_SHOWN_END_CHARS:]}"
