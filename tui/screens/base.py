"""What all screens share: the top bar, the keys at the foot, and following the archive."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Footer

from tui.bindings import bind, translate_bindings
from tui.context import Context
from tui.interface import DaemonState
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


class CompanionScreen(Screen[None]):
    """A screen that shows a part of the archive and follows its changes while it is on top."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TEXT_STYLES
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [bind("back", "escape", "back", show=False)]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._bindings = translate_bindings(self._bindings, context.words)
        self._seen_version: int | None = None

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

    def show_archive(self) -> None:
        """Read the archive and show it; called when the screen opens."""

    def follow_archive(self) -> None:
        """The archive changed since this was shown; by default it is shown anew."""
        self.show_archive()

    def notice(self, version: int | None, daemon: DaemonState) -> None:
        """Called about once a second while the screen is on top, and when it comes to the top."""
        if not self.is_mounted:
            return
        self.query_one(TopBar).daemon = daemon
        if version != self._seen_version:
            self._seen_version = version
            self.follow_archive()

    def on_mount(self) -> None:
        self.query_one(TopBar).daemon = self.context.actions.daemon_state()
        self._seen_version = self.context.archive.find_version()
        self.show_archive()

    def on_screen_resume(self) -> None:
        self.notice(self.context.archive.find_version(), self.context.actions.daemon_state())

    def action_back(self) -> None:
        """Leave this screen; the last one stays."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
