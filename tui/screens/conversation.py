"""One conversation: its summary, the messages behind each sentence, and all messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from storage.reader import Reader
from tui.bindings import bind
from tui.commands import mark_read, request_summary, undo_read
from tui.context import Context
from tui.messages import ActionEnded, MessagesRead
from tui.reading import ConversationContent, Place, read_conversation, read_messages
from tui.screens.base import WIDE, CompanionScreen
from tui.widgets.message_pane import MessagePane
from tui.widgets.rows import Rows
from tui.widgets.summary_panel import SummaryPanel
from tui.widgets.top_bar import TopBar

IN_MESSAGES = "-messages"
"""Class of the screen while the messages have the focus; where it is narrow they alone show."""


class ConversationScreen(CompanionScreen[ConversationContent | None]):
    """Summary and messages, side by side where there is room."""

    CSS_PATH = "conversation.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("pane", "m,tab", "switch_pane", key_display="m"),
        bind("read", "r", "mark_read"),
        bind("undo", "u", "undo_read", show=False),
        bind("summarize", "s,ctrl+r", "request_summary"),
        bind("news", "R", "show_news", show=False),
        bind("next", "n", "visit(1)", show=False),
        bind("previous", "p", "visit(-1)", show=False),
    ]

    def __init__(
        self,
        context: Context,
        conversation_id: int,
        *,
        message_id: int | None = None,
        siblings: tuple[int, ...] = (),
        on_visit: Callable[[int], None] | None = None,
    ) -> None:
        """With `message_id` the screen opens in the messages, at that one. `siblings` are the
        conversations of the list it was opened from, which is told of each that is visited.
        """
        super().__init__(context)
        self.conversation_id = conversation_id
        self._message_id = message_id
        self._siblings = siblings
        self._on_visit = on_visit
        self._shown_messages: object = None
        self._offered_messages: object = None
        self._window_number = 0

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield SummaryPanel(self.words, is_preview=False, id="panel")
            with Vertical(id="talk"):
                yield MessagePane(self.context, id="messages")
                yield Static(self.words.new_messages, markup=False, id="late", classes="news")

    @property
    def _panel(self) -> SummaryPanel:
        return self.query_one(SummaryPanel)

    @property
    def _messages(self) -> MessagePane:
        return self.query_one(MessagePane)

    def plan_reading(self) -> Callable[[Reader], ConversationContent | None]:
        return partial(read_conversation, conversation_id=self.conversation_id)

    def show(self, content: ConversationContent | None) -> None:
        if content is None:
            self._leave()
            return
        self.query_one(TopBar).place = content.conversation.title
        self._panel.show(content)
        self._shown_messages = _identify_messages(content)
        if self._message_id is not None or content.summary is None:
            self._focus_messages()
        else:
            self._panel.pane.focus()
        if self._message_id is not None:
            self._messages.mark_rows(frozenset({str(self._message_id)}))
        self.load_window(self._find_first_anchor())

    def follow(self, content: ConversationContent | None) -> None:
        if content is None:
            self._leave()
            return
        self._panel.offer(content)
        self._offered_messages = _identify_messages(content)
        self.set_class(self._offered_messages != self._shown_messages, "-has-late")

    def show_nothing(self) -> None:
        self._leave()

    @on(Rows.Moved, "#summary")
    def show_evidence_beside(self) -> None:
        """Where both panes stand side by side, the messages follow the sentence."""
        if self.has_class(WIDE) and not self.has_class(IN_MESSAGES) and self._messages.messages:
            self._show_evidence()

    @on(Rows.Chosen, "#summary")
    def open_evidence(self) -> None:
        if self._panel.pane.evidence:
            self._focus_messages()
            self._show_evidence()

    @on(MessagePane.Wanted)
    def load_more(self, event: MessagePane.Wanted) -> None:
        self.load_part(event.place, event.anchor)

    @on(MessagesRead)
    def take_messages(self, event: MessagesRead) -> None:
        content = event.content
        if event.number != self._window_number:
            return
        if content.place != "around":
            self._messages.add_messages(content.messages, content.place)
            return
        if content.is_anchor_gone:
            self.post_message(ActionEnded(self.words.message_gone, failed=True))
        self._messages.show_messages(content.messages, content.anchor)
        self.show_evidence_beside()

    def load_window(self, anchor: int | None) -> None:
        """Begin anew around a message; None: where the unread ones begin, or at the newest."""
        self._window_number += 1
        self.load_part("around", anchor)

    def load_part(self, place: Place, anchor: int | None) -> None:
        """Read a part of the window shown, or its first."""
        self.run_load(place, anchor, self._window_number)

    @work(thread=True, group="messages")
    def run_load(self, place: Place, anchor: int | None, number: int) -> None:
        """Read on a worker thread."""
        self.post_reading(
            lambda reader: MessagesRead(
                read_messages(reader, self.conversation_id, place, anchor), number
            )
        )

    def action_switch_pane(self) -> None:
        if self.has_class(IN_MESSAGES):
            self._focus_summary()
        else:
            self._focus_messages()

    def action_back(self) -> None:
        """From the messages to the summary where one came from there, else off the screen."""
        if (
            self.has_class(IN_MESSAGES)
            and self._message_id is None
            and self._panel.pane.cursor is not None
        ):
            self._focus_summary()
        else:
            super().action_back()

    def action_mark_read(self) -> None:
        self.post_message(mark_read(self.context, self.conversation_id))

    def action_undo_read(self) -> None:
        self.post_message(undo_read(self.context, self.conversation_id))

    def action_request_summary(self) -> None:
        self.post_message(request_summary(self.context, self.conversation_id))

    def action_show_news(self) -> None:
        self._panel.show_news()
        if self.has_class("-has-late"):
            self.set_class(False, "-has-late")
            self._shown_messages = self._offered_messages
            row = self._messages.row
            self.load_window(int(row.key) if row is not None else None)

    def action_visit(self, step: int) -> None:
        """Go on to the next conversation of the list this was opened from."""
        position = self._siblings.index(self.conversation_id) + step
        conversation_id = self._siblings[position]
        if self._on_visit is not None:
            self._on_visit(conversation_id)
        self.app.switch_screen(
            ConversationScreen(
                self.context, conversation_id, siblings=self._siblings, on_visit=self._on_visit
            )
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """At the ends of the list there is nowhere to go on to."""
        if action == "visit" and isinstance(step := parameters[0], int):
            if self.conversation_id not in self._siblings:
                return False
            return 0 <= self._siblings.index(self.conversation_id) + step < len(self._siblings)
        return True

    def _leave(self) -> None:
        """The conversation is gone; a screen that was opened over this one stays."""
        if self.is_current:
            super().action_back()

    def _find_first_anchor(self) -> int | None:
        """The message asked for, else the one behind the sentence beside which it will stand."""
        evidence = self._panel.pane.evidence
        if self._message_id is None and self.has_class(WIDE) and evidence:
            return evidence[0]
        return self._message_id

    def _show_evidence(self) -> None:
        evidence = self._panel.pane.evidence
        self._messages.mark_rows(frozenset(str(message) for message in evidence))
        if evidence and self._messages.has_message(evidence[0]):
            self._messages.go_to(str(evidence[0]), centre=True)
        elif evidence:
            self.load_window(evidence[0])

    def _focus_messages(self) -> None:
        self.set_class(True, IN_MESSAGES)
        self._messages.focus()

    def _focus_summary(self) -> None:
        self.set_class(False, IN_MESSAGES)
        self._panel.pane.focus()


def _identify_messages(content: ConversationContent) -> object:
    """What changes when a message comes in."""
    return (content.conversation.messages, content.conversation.last_at)
