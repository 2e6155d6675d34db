"""Owns the choice between the model and quoting, and what makes two inputs the same.

Secrets are masked at this door: nothing behind it, no model and no quotation, has them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from inference.calibration import find_calibration
from inference.drafting import ATTEMPTS, PASSAGE_ATTEMPTS
from inference.extractive import summarize_by_quoting
from inference.interface import Chat, ChatMessage, Engine, Summary
from inference.language import SUPPORTED, detect_language
from inference.passage_gists import PassageGists
from inference.prompts import PASSAGE_PROMPT_VERSION, PROMPT_VERSION, is_shown
from inference.secrets import mask_chat
from inference.window_gists import WindowGists
from inference.words import count_words

CODE_VERSION = 4
"""Raised when the same input would give another summary: everything is then summarised anew."""

MIN_WORDS = {"ko": 20, "en": 30}
"""Below, reading the messages is quicker. A Korean word does the work of one and a half."""

MIN_MESSAGES = 5
"""Fewer are worth a gist only when they hold twice as many words."""

FLAG_TOO_SHORT = "too-short"
FLAG_LANGUAGE = "language-unsupported"


class Summarizer:
    """Summarises chats with one engine; without one, by quoting."""

    def __init__(self, engine: Engine | None, *, masks_secrets: bool = True) -> None:
        """Raises UnsupportedModel for an engine for which no prompt can be written.

        Without `masks_secrets` summaries say what the messages say, door codes and passwords too.
        """
        self._engine = engine
        self._masks_secrets = masks_secrets
        self._gists = _open_gists(engine) if engine else None

    def summarize_extractively(self, chat: Chat) -> Summary:
        """The summary by quoting, at once; its flag says why a model could not do better, if so."""
        return _quote(self._mask(chat))

    def needs_model(self, chat: Chat) -> bool:
        """Whether a gist is worth writing: enough was said, in a language that models know."""
        return find_obstacle(self._mask(chat)) is None

    def fingerprint(self, chat: Chat) -> str:
        """SHA-256 hex of all that decides the summary's text: equal input, equal text.

        Of the chat without its ids, of the prompt's, the decoding's and this code's versions,
        and of the engine's name ("" without one). What is masked alike is the same text: a new
        pattern changes the chats alone in which it finds something.
        """
        chat = self._mask(chat)
        before = (None, *chat.messages)
        described = {
            "versions": [
                CODE_VERSION,
                PROMPT_VERSION,
                PASSAGE_PROMPT_VERSION,
                [asdict(a) for a in (*ATTEMPTS, *PASSAGE_ATTEMPTS)],
            ],
            "model": self._engine.name if self._engine else "",
            "calibration": asdict(find_calibration(self._engine.name)) if self._engine else {},
            "chat": [chat.title, chat.me, chat.kind, choose_language(chat)],
            "messages": [
                [m.sender, m.text, m.is_me, m.kind, m.is_context, _count_gap_s(earlier, m)]
                for earlier, m in zip(before, chat.messages, strict=False)
            ],
        }
        text = json.dumps(described, ensure_ascii=False, sort_keys=True)
        # A lone surrogate, which some exports hold, has no encoding of its own.
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def summarize(self, chats: Sequence[Chat]) -> Iterator[tuple[int, Summary]]:
        """Yields (index, summary) as they are ready, every index once.

        What the engine fails on becomes an extractive summary with a flag; other chats are not
        affected. Without an engine everything is extractive.
        """
        wanted: dict[int, Chat] = {}
        for index, chat in enumerate(map(self._mask, chats)):
            if self._gists is None or find_obstacle(chat):
                yield index, _quote(chat)
            else:
                wanted[index] = chat
        if self._gists is not None:
            places, chosen = list(wanted), list(wanted.values())
            languages = [choose_language(chat) for chat in chosen]
            for place, summary in self._gists.write_gists(chosen, languages):
                yield places[place], summary

    def _mask(self, chat: Chat) -> Chat:
        return mask_chat(chat) if self._masks_secrets else chat


def _quote(masked: Chat) -> Summary:
    obstacle = find_obstacle(masked)
    return summarize_by_quoting(masked, choose_language(masked), (obstacle,) if obstacle else ())


def _open_gists(engine: Engine) -> PassageGists | WindowGists:
    return PassageGists(engine) if engine.takes_passages else WindowGists(engine)


def find_obstacle(chat: Chat) -> str | None:
    """The flag that says why no gist is written of a chat; None when one can be."""
    unread = [m for m in chat.messages if not m.is_context and m.kind == "text" and is_shown(m)]
    language = choose_language(chat)
    words = count_words(m.text for m in unread)
    least = MIN_WORDS.get(language, min(MIN_WORDS.values()))
    if words < (least if len(unread) >= MIN_MESSAGES else 2 * least):
        return FLAG_TOO_SHORT
    return None if language in SUPPORTED else FLAG_LANGUAGE


def choose_language(chat: Chat) -> str:
    """The language asked for, else that of the unread messages, else that of all; or "und"."""
    if chat.language:
        return chat.language
    unread = detect_language(m.text for m in chat.messages if not m.is_context)
    return unread if unread in SUPPORTED else detect_language(m.text for m in chat.messages)


def _count_gap_s(earlier: ChatMessage | None, message: ChatMessage) -> int | None:
    """Silence before a message, which decides where windows begin; None where unknown."""
    if earlier is None or earlier.sent_at is None or message.sent_at is None:
        return None
    return int((message.sent_at - earlier.sent_at).total_seconds())
