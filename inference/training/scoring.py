"""Owns scoring a model's text against a corpus conversation; it must not know models or tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from inference.cleaning import LINE_MARK
from inference.evaluating.items import Gold, GoldToDo, Item
from inference.evaluating.scoring import Score, Shown, score_shown
from inference.interface import Chat, ChatMessage
from inference.parsing import Draft, parse_draft
from inference.prompts import CUES
from inference.training.corpus import Conversation


@dataclass(frozen=True)
class TextScore:
    """The figures of one text as the model wrote it, no check applied."""

    score: Score
    well_formed: bool
    """Whether it has sentences, a list of to-dos and a topic."""


def score_text(conversation: Conversation, text: str, known_names: Collection[str]) -> TextScore:
    """Given names of persons anywhere in the corpus, score one text.

    By the metrics of `companion eval`; the corpus has no lists of what a summary must say, and a
    text carries no evidence.
    """
    draft = parse_draft(text)
    return TextScore(
        score_shown(build_item(conversation), _show(draft), known_names),
        well_formed=bool(draft.sentences and draft.topic)
        and f"\n{CUES[conversation.language].todo}:\n" in text,
    )


def build_item(conversation: Conversation) -> Item:
    """The conversation as a line of an evaluation file."""
    messages = tuple(
        ChatMessage(
            id=index,
            sender=message.sender,
            text=message.text.replace(LINE_MARK, "\n"),
            is_me=message.sender == conversation.me,
        )
        for index, message in enumerate(conversation.messages)
    )
    gold = Gold(
        references=("\n".join(point.text for point in conversation.points),),
        todos=tuple(GoldToDo(todo.who, todo.what) for todo in conversation.todos),
        sources=frozenset(index for point in conversation.points for index in point.sources),
    )
    chat = Chat(
        conversation.title,
        conversation.me,
        messages,
        kind="direct" if conversation.kind == "direct" else "group",
        language=conversation.language,
    )
    return Item(conversation.id, conversation.language, chat, gold)


def _show(draft: Draft) -> Shown:
    todos = tuple(GoldToDo(todo.who, todo.what) for todo in draft.todos)
    return Shown(draft.sentences, todos=todos, rest=(draft.topic,))
