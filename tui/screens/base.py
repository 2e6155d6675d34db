"""What all screens share: the top bar, the keys at the foot, and following the archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer

from storage.errors import StorageError
from storage.reader import Reader
from tui.bindings import bind, translate_bindings
from tui.context import Context
from tui.interface import DaemonState
from tui.messages import ActionEnded, ContentRead
from tui.widgets.top_bar import TopBar
from tui.words import Words

NARROW, WIDE = "-narrow", "-wide"
WIDE_CELLS = 110
"""From here on two panes stand side by side."""

BREAKPOINTS = [(0, NARROW), (WIDE_CELLS, WIDE)]

TEXT_STYLES = {
    "text--strong",
    "text--secondary",
    "text--faint",
    "text--accent",
    "text--heading",
    "text--ai",
    "text--name",
    "text--own",
    "text--quiet",
    "text--urgent",
    "text--warning",
    "text--error",
    "text--found",
}
"""Styles of text for every widget below: named in content as ".text--ai", set in app.tcss."""


T = TypeVar("T")


class CompanionScreen(Screen[None], Generic[T]):
    """A screen that shows a part of the archive and follows its changes while it is on top.

    `T` is what it reads from the archive: always on a worker thread, since an archive of a
    million messages takes longer to count than a screen may stand still.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = TEXT_STYLES
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [bind("back", "escape", "back", show=False)]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._bindings = translate_bindings(self._bindings, context.words)
        self._seen_version: int | None = None
        self._reading_number = 0
        self._has_content = False

    @property
    def words(self) -> Words:
        return self.context.words

    @property
    def place(self) -> str:
        """What the top bar calls this screen."""
        return ""

    def compose(self) -> ComposeResult:
        yield TopBar(self.context, self.place)
        yield from self.compose_body()
        yield Footer(show_command_palette=False, compact=True)

    def compose_body(self) -> ComposeResult:
        """The widgets between the top bar and the keys."""
        yield from ()

    def plan_reading(self) -> Callable[[Reader], T] | None:
        """What is to be read, as a function for a worker thread; None: nothing."""
        return None

    def show(self, content: T) -> None:
        """Show what was read when the screen opened."""

    def follow(self, content: T) -> None:
        """The archive changed since this was shown; by default it is shown anew."""
        self.show(content)

    def show_nothing(self) -> None:
        """There is no archive to read."""

    def notice(self, version: int | None, daemon: DaemonState) -> None:
        """Called about once a second while the screen is on top, and when it comes to the top."""
        if not self.is_mounted:
            return
        self.query_one(TopBar).daemon = daemon
        if version != self._seen_version:
            self._seen_version = version
            self.reload()

    def on_mount(self) -> None:
        self.query_one(TopBar).daemon = self.context.actions.daemon_state()
        self._seen_version = self.context.archive.find_version()
        self.reload()

    def on_screen_resume(self) -> None:
        self.notice(self.context.archive.find_version(), self.context.actions.daemon_state())

    def reload(self) -> None:
        """Read anew what this screen shows."""
        reading = self.plan_reading()
        if reading is None:
            return
        if self.context.archive.find_reader() is None:
            self.show_nothing()
            return
        self._reading_number += 1
        self.run_reading(reading, self._reading_number)

    @work(thread=True, group="reading")
    def run_reading(self, reading: Callable[[Reader], T], number: int) -> None:
        """Read on a worker thread and post what was read."""
        self.post_reading(lambda reader: ContentRead(reading(reader), number))

    def post_reading(self, reading: Callable[[Reader], Message]) -> None:
        """On a worker thread: read, and post the message made of it, or what went wrong."""
        try:
            with self.context.archive.open_reader() as reader:
                message = reading(reader)
        except StorageError as error:
            message = ActionEnded(f"{error.what}; {error.next_step}", failed=True)
        self.post_message(message)

    @on(ContentRead)
    def take_content(self, event: ContentRead) -> None:
        if event.number != self._reading_number:
            return
        content = cast("T", event.content)
        if self._has_content:
            self.follow(content)
        else:
            self._has_content = True
            self.show(content)

    def action_back(self) -> None:
        """Leave this screen; the last one stays."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
