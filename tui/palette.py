"""What the command palette finds beyond the keys: conversations by their title."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.command import Hit, Hits, Provider

from tui.screens.base import CompanionScreen
from tui.screens.conversation import ConversationScreen
from tui.text import clean_text, safe_text


class ConversationProvider(Provider):
    """Opens the conversation whose title matches."""

    async def search(self, query: str) -> Hits:
        """Every conversation whose title matches, best scores first by Textual's own order."""
        screen = self.screen
        if not isinstance(screen, CompanionScreen):
            return
        reader = screen.context.archive.find_reader()
        matcher = self.matcher(query)
        for conversation in [] if reader is None else reader.conversations():
            title = clean_text(conversation.title)
            if (score := matcher.match(title)) > 0:
                open_it = partial(self._open, screen, conversation.id)
                # Not matcher.highlight: it would obey markup in a title.
                yield Hit(score, safe_text(conversation.title), open_it, text=title)

    @staticmethod
    def _open(screen: CompanionScreen[Any], conversation_id: int) -> None:
        screen.app.push_screen(ConversationScreen(screen.context, conversation_id))
