"""Owns prompt and target of a conversation; it must not train."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tokenizers import Tokenizer

from inference.prompts import CUES
from inference.training.corpus import UNSAID, Conversation

PROMPT_FORM = "companion-1"
"""Named in the adapter's metadata, so that the run-time side can refuse another form."""

MARKED_PROMPT_FORM = "companion-2"
"""The same where no message was read before; otherwise the line `CUES[language].new` stands between
the messages already read and the unread ones, which alone are summarised. Its metadata name
belongs to an adapter that was taught both."""

PASSAGE_FORM = "companion-3"
"""Some messages of a chat and what is to be told of them: see `inference.training.passages`."""

LIMIT_CONTEXT_MESSAGES = 4
"""As many messages already read come before the unread ones at run time, at most."""


@dataclass(frozen=True)
class Example:
    """One conversation as tokens."""

    id: str
    prompt_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    """Ends with the end token."""

    @property
    def input_ids(self) -> tuple[int, ...]:
        """What the model reads: everything but the end token, which it only has to predict."""
        return self.prompt_ids + self.target_ids[:-1]

    @property
    def length_tokens(self) -> int:
        return len(self.prompt_ids) + len(self.target_ids) - 1


def prompt_text(conversation: Conversation, n_context: int = 0) -> str:
    """The text before the summary, ending in the summary's cue and a line break.

    The first `n_context` messages are those already read: with any, the prompt has the form
    `MARKED_PROMPT_FORM`. At least one message must be left.
    """
    if not 0 <= n_context < len(conversation.messages):
        raise ValueError(f"{n_context} of {len(conversation.messages)} messages as context")
    cue = CUES[conversation.language]
    lines = [f"{cue.chat}: {conversation.title}", f"{cue.me}: {conversation.me}"]
    said = [f"{message.sender}: {message.text}" for message in conversation.messages]
    if n_context:
        said.insert(n_context, cue.new)
    lines += said
    return "\n".join(lines) + f"\n\n{cue.summary}:\n"


def target_text(conversation: Conversation) -> str:
    """The gold summary as the model is to write it, without the end token."""
    cue = CUES[conversation.language]
    lines = [point.text for point in conversation.points]
    lines.append(f"{cue.todo}:")
    for todo in conversation.todos:
        when = "" if todo.when == UNSAID else f" ({todo.when})"
        lines.append(f"- {todo.who}: {todo.what}{when}")
    if not conversation.todos:
        lines.append("-")
    lines.append(f"{cue.topic}: {conversation.topic}")
    return "\n".join(lines)


def build_example(
    conversation: Conversation, n_context: int, tokenizer: Tokenizer, end_id: int
) -> Example:
    """Prompt and target are encoded apart, because at run time the prompt is encoded alone."""
    prompt = prompt_text(conversation, n_context)
    return Example(
        id=conversation.id,
        prompt_ids=tuple(tokenizer.encode(prompt, add_special_tokens=False).ids),
        target_ids=(
            *tokenizer.encode(target_text(conversation), add_special_tokens=False).ids,
            end_id,
        ),
    )


def build_examples(
    conversations: Iterable[tuple[Conversation, int]],
    tokenizer: Tokenizer,
    end_id: int,
    limit_prompt_tokens: int,
) -> list[Example]:
    """Examples of conversations, each given with how many of its messages are context.

    Those whose prompt is over the limit are left out.
    """
    built = (build_example(c, n_context, tokenizer, end_id) for c, n_context in conversations)
    return [example for example in built if len(example.prompt_ids) <= limit_prompt_tokens]


def packs_of(examples: list[Example], limit_tokens: int) -> list[list[Example]]:
    """Cut a list, in its order, into runs of at most `limit_tokens` (a longer example is alone).

    A pack is one optimizer step and one set of matrix products: the examples lie one after the
    other without padding, and only attention tells them apart.
    """
    packs: list[list[Example]] = []
    used_tokens = 0
    for example in examples:
        if not packs or used_tokens + example.length_tokens > limit_tokens:
            packs.append([])
            used_tokens = 0
        packs[-1].append(example)
        used_tokens += example.length_tokens
    return packs
