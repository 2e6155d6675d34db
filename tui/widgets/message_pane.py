"""The messages of one conversation, oldest first, read in parts as the cursor nears an edge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message

from storage.records import MessageRow
from tui import marks
from tui.context import Context
from tui.reading import PART_MESSAGES, Place
from tui.text import clean_text, fit_text, wrap_text
from tui.times import name_near_day, name_time
from tui.widgets.rows import Row, Rows
from tui.words import Words

TIME_CELLS = 7
MIN_SENDER_CELLS, MAX_SENDER_CELLS = 14, 22
MIN_TEXT_CELLS = 20
EDGE_MESSAGES = 30
"""How near an edge the cursor comes before the next part is read."""
QUOTE_CELLS = 60


class Separator(Row):
    """A line across with words in its middle: a day, or where unread messages begin."""

    def __init__(self, key: str, said: str, style: str) -> None:
        super().__init__(key, can_choose=False)
        self._said = said
        self._style = style

    def draw(self, width: int) -> list[Content]:
        said = f" {fit_text(self._said, min(cell_len(self._said), width - 4))} "
        left = (width - cell_len(said)) // 2
        right = width - cell_len(said) - left
        return [
            Content.assemble(
                ("─" * left, ".text--faint"), (said, self._style), ("─" * right, ".text--faint")
            )
        ]


class MessageLine(Row):
    """One message in columns: time, sender, text; the sender once where several follow."""

    def __init__(
        self,
        message: MessageRow,
        context: Context,
        *,
        answered: MessageRow | None,
        shows_sender: bool,
    ) -> None:
        super().__init__(str(message.id))
        self.message = message
        self._context = context
        self._answered = answered
        self._shows_sender = shows_sender

    def shows(
        self, message: MessageRow, answered: MessageRow | None, *, shows_sender: bool
    ) -> bool:
        """Whether a line made of these would look the same."""
        return (message, answered, shows_sender) == (
            self.message,
            self._answered,
            self._shows_sender,
        )

    def draw(self, width: int) -> list[Content]:
        sender_cells = min(max(MIN_SENDER_CELLS, width // 6), MAX_SENDER_CELLS)
        sender_cells = min(sender_cells, max(4, width - TIME_CELLS - MIN_TEXT_CELLS))
        text_cells = max(2, width - TIME_CELLS - sender_cells)
        lead = self._draw_lead(sender_cells)
        indent = " " * (TIME_CELLS + sender_cells)
        body = self._draw_body(text_cells)
        return [
            (lead if number == 0 else Content(indent)) + line for number, line in enumerate(body)
        ]

    def _draw_lead(self, sender_cells: int) -> Content:
        message, words = self.message, self._context.words
        time = name_time(message.sent_at, self._context.zone)
        time = f"~{time}" if message.is_approximate else f" {time}"
        sender = ""
        if self._shows_sender and message.kind != "system":
            sender = words.me if message.is_me else clean_text(message.sender) or words.someone
        return Content.assemble(
            (fit_text(time, TIME_CELLS), ".text--faint"),
            (
                fit_text(sender, sender_cells - 2),
                ".text--own" if message.is_me else ".text--name",
            ),
            "  ",
        )

    def _draw_body(self, cells: int) -> list[Content]:
        message, words = self.message, self._context.words
        text = clean_text(message.text, keep_lines=True)
        style = ".text--own" if message.is_me else ""
        if message.kind == "deleted":
            text, style = words.deleted, ".text--quiet"
        elif message.kind == "system":
            style = ".text--secondary"
        elif message.kind == "media":
            text, style = f"[{text}]" if not text.startswith(("[", "<")) else text, ".text--quiet"
        if message.edited and message.kind != "deleted":
            text = f"{text} ({words.edited})"
        lines = [Content.styled(line, style) for line in wrap_text(text, cells)]
        if self._answered is not None:
            lines.insert(0, _quote(self._answered, words, cells))
        return lines


def _quote(answered: MessageRow, words: Words, cells: int) -> Content:
    sender = words.me if answered.is_me else clean_text(answered.sender) or words.someone
    said = f"{marks.ANSWER} {words.answers.format(sender=sender)} {clean_text(answered.text)}"
    return Content.styled(said, ".text--secondary").truncate(min(cells, QUOTE_CELLS), ellipsis=True)


class MessagePane(Rows):
    """Shows what was loaded and asks for more; loading itself is the screen's."""

    class Wanted(Message):
        """The cursor nears an edge beyond which messages may lie."""

        def __init__(self, place: Place, anchor: int) -> None:
            super().__init__()
            self.place = place
            self.anchor = anchor

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(context.words, id=id, can_open=False)
        self.context = context
        self._messages: list[MessageRow] = []
        self._is_complete = {"before": False, "after": False}
        self._awaited: set[Place] = set()
        self._lines: dict[int, MessageLine] = {}

    @property
    def messages(self) -> Sequence[MessageRow]:
        """What is loaded, oldest first."""
        return self._messages

    def show_messages(self, messages: Sequence[MessageRow], anchor: int | None) -> None:
        """Begin anew with the messages around `anchor`, the cursor on it; None: at the newest."""
        self._messages = list(messages)
        self._is_complete = {"before": not messages, "after": anchor is None}
        self._awaited.clear()
        if not messages:
            self.show_rows([Separator("none", self.context.words.no_messages, ".text--secondary")])
            return
        self.show_rows(self._build_rows(), at=str(anchor or messages[-1].id))
        self.go_to(str(anchor or messages[-1].id), centre=True)

    def add_messages(self, messages: Sequence[MessageRow], place: Place) -> None:
        """Put a further part before or after; nothing on the screen moves."""
        self._awaited.discard(place)
        self._is_complete[place] = len(messages) < PART_MESSAGES
        if place == "before":
            self._messages = [*messages, *self._messages]
        else:
            self._messages = [*self._messages, *messages]
        if messages:
            self.show_rows(self._build_rows())

    def has_message(self, message_id: int) -> bool:
        return any(message.id == message_id for message in self._messages)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        position = next(
            (n for n, message in enumerate(self._messages) if str(message.id) == event.row.key),
            None,
        )
        if position is None:
            return
        if position < EDGE_MESSAGES:
            self._want("before", self._messages[0].id)
        if position >= len(self._messages) - EDGE_MESSAGES:
            self._want("after", self._messages[-1].id)

    def _want(self, place: Place, anchor: int) -> None:
        if not self._is_complete[place] and place not in self._awaited:
            self._awaited.add(place)
            self.post_message(self.Wanted(place, anchor))

    def _build_rows(self) -> list[Row]:
        known = {message.id: message for message in self._messages}
        first_unread = next((message.id for message in self._messages if message.is_unread), None)
        rows: list[Row] = []
        day: date | None = None
        before: MessageRow | None = None
        for message in self._messages:
            here = message.sent_at.astimezone(self.context.zone).date()
            if here != day:
                day, before = here, None
                said = name_near_day(here, self.context.today(), self.context.words)
                rows.append(Separator(f"day-{here}", said, ".text--secondary"))
            if message.id == first_unread:
                said = self.context.words.unread_from_here
                rows.append(Separator("unread", said, ".text--accent"))
                before = None
            answered = known.get(message.reply_to) if message.reply_to is not None else None
            rows.append(
                self._make_line(message, answered, shows_sender=not _goes_on(before, message))
            )
            before = message
        return rows

    def _make_line(
        self, message: MessageRow, answered: MessageRow | None, *, shows_sender: bool
    ) -> MessageLine:
        """The line made before where nothing about it changed: it keeps what it has drawn."""
        line = self._lines.get(message.id)
        if line is None or not line.shows(message, answered, shows_sender=shows_sender):
            line = MessageLine(message, self.context, answered=answered, shows_sender=shows_sender)
            self._lines[message.id] = line
        return line


def _goes_on(before: MessageRow | None, message: MessageRow) -> bool:
    """Whether the same person goes on speaking."""
    if before is None or "system" in {before.kind, message.kind}:
        return False
    return (before.sender, before.is_me) == (message.sender, message.is_me)
