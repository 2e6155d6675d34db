"""The application: opens screens, follows the archive, runs actions on worker threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import textual
from rich.traceback import Traceback
from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen

from tui.bindings import bind, translate_bindings
from tui.commands import ActionAsked, request_sync
from tui.context import ArchiveView, Context
from tui.interface import ActionFailed, Actions
from tui.messages import ActionEnded
from tui.palette import ConversationProvider
from tui.screens.base import CompanionScreen
from tui.screens.inbox import InboxScreen
from tui.theme import DARK, LIGHT, VARIABLE_DEFAULTS
from tui.widgets.rows import Rows
from tui.words import Language, get_words

POLL_S = 1.0
AGE_S = 60.0
"""How often ages are said anew where nothing else changes."""
UNLISTED = ("list.", "palette", "back")
"""Keys of no use in the palette, by how their ids begin."""


class CompanionApp(App[None]):
    """Companion in the terminal. Reads the archive at `archive_path`, which may not exist yet."""

    CSS_PATH: ClassVar = ["app.tcss", "screens/inbox.tcss"]
    """The inbox is there from the start, and Textual loads the styles of pushed screens alone."""

    TITLE = "Companion"
    COMMANDS: ClassVar = App.COMMANDS | {ConversationProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("search", "slash", "open_search", key_display="/"),
        bind("todos", "t", "open_todos"),
        bind("digests", "d", "open_digests"),
        bind("sync", "y", "request_sync", show=False),
        bind("theme", "ctrl+t", "toggle_theme", show=False),
        bind("palette", "ctrl+p", "command_palette", show=False),
        bind("help", "question_mark", "open_help", key_display="?"),
        bind("quit", "q", "quit"),
    ]

    def __init__(
        self,
        archive_path: Path,
        actions: Actions,
        *,
        zone: tzinfo,
        now: Callable[[], datetime],
        language: Language = "en",
        start: str | None = None,
        banner: str = "",
    ) -> None:
        """`start` names a screen to open over the inbox: "todos", "digests" or "search".
        `banner` stands beside the name on every screen ("demo").
        """
        super().__init__()
        self.context = Context(
            ArchiveView(archive_path), actions, zone, now, get_words(language), banner
        )
        self._bindings = translate_bindings(self._bindings, self.context.words)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self._start = start
        self._acting = Lock()

    def get_default_screen(self) -> Screen[None]:
        return InboxScreen(self.context)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLE_DEFAULTS

    def on_mount(self) -> None:
        self.set_interval(POLL_S, self.poll)
        self.set_interval(AGE_S, self.refresh_ages)
        openers = {
            "todos": self.action_open_todos,
            "digests": self.action_open_digests,
            "search": self.action_open_search,
        }
        if self._start is not None:
            openers[self._start]()

    def on_unmount(self) -> None:
        self.context.archive.close()

    def poll(self) -> None:
        """Tell the screen on top what the archive and the daemon are at; costs two quick reads."""
        if self.is_running and isinstance(self.screen, CompanionScreen):
            version = self.context.archive.find_version()
            self.screen.notice(version, self.context.actions.daemon_state())

    def refresh_ages(self) -> None:
        """Show the screen on top anew: a minute has passed."""
        if self.is_running and isinstance(self.screen, CompanionScreen):
            self.screen.reload()

    @on(ActionAsked)
    def start_action(self, event: ActionAsked) -> None:
        self.run_act(event.act)

    @work(thread=True, group="actions")
    def run_act(self, act: Callable[[], str]) -> None:
        """Run one action at a time, however fast the keys come."""
        with self._acting:
            try:
                ended = ActionEnded(act())
            except ActionFailed as failure:
                ended = ActionEnded(str(failure), failed=True)
        self.post_message(ended)

    @on(ActionEnded)
    def tell_end(self, event: ActionEnded) -> None:
        if event.said:
            self.notify(
                event.said, severity="error" if event.failed else "information", markup=False
            )
        self.poll()

    def action_open_search(self) -> None:
        from tui.screens.search import SearchScreen

        self._open(SearchScreen)

    def action_open_todos(self) -> None:
        from tui.screens.todos import ToDosScreen

        self._open(ToDosScreen)

    def action_open_digests(self) -> None:
        from tui.screens.digests import DigestsScreen

        self._open(DigestsScreen)

    def action_open_help(self) -> None:
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.context, list_bindings()))

    def action_command_palette(self) -> None:
        """Open Textual's palette with a prompt of our own."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=self.context.words.palette_prompt))

    def action_request_sync(self) -> None:
        self.post_message(request_sync(self.context))

    def action_toggle_theme(self) -> None:
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette holds what the keys do on the screen it was opened from."""
        from tui.screens.help import name_keys

        listed: set[str] = set()
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            name = binding.id
            if name is None or not enabled or name in listed or name.startswith(UNLISTED):
                continue
            listed.add(name)

            async def run(action: str = binding.action, node: DOMNode = node) -> None:
                await self.run_action(action, node)

            yield SystemCommand(tooltip, name_keys(binding), run)

    def _fatal_error(self) -> None:
        """Leave after a bug with where it was, but without the values: they hold messages."""
        self.panic(Traceback(show_locals=False, suppress=[textual]))

    def _open(self, kind: type[CompanionScreen[Any]]) -> None:
        if not isinstance(self.screen, kind):
            self.push_screen(kind(self.context))


def list_bindings() -> dict[str, list[Binding]]:
    """Every binding of the application by the place it holds in."""
    from tui.screens.conversation import ConversationScreen
    from tui.screens.digests import DigestsScreen
    from tui.screens.search import SearchScreen
    from tui.screens.todos import ToDosScreen
    from tui.widgets.summary_pane import SummaryPane

    places: dict[str, tuple[type, ...]] = {
        "everywhere": (CompanionApp, CompanionScreen),
        "list": (Rows,),
        "inbox": (InboxScreen,),
        "conversation": (SummaryPane, ConversationScreen),
        "todos": (ToDosScreen,),
        "digests": (DigestsScreen,),
        "search": (SearchScreen,),
    }
    return {
        place: [binding for holder in holders for binding in holder.__dict__["BINDINGS"]]
        for place, holders in places.items()
    }
