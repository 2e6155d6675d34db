"""The first line of every screen: where one is, and what the daemon does."""

from __future__ import annotations

from datetime import tzinfo

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui import marks
from tui.context import Context
from tui.interface import DaemonState
from tui.text import clean_text, fit_text
from tui.times import name_time
from tui.words import Words

NAME = "Companion"
BAR_CELLS = 10


class TopBar(Widget):
    """One line: name, banner and place on the left, the daemon on the right."""

    daemon: reactive[DaemonState | None] = reactive(None)
    """None: not asked yet."""

    place: reactive[str] = reactive("")
    """The name of the screen or the title of the conversation, as it came from the archive."""

    def __init__(self, context: Context, place: str) -> None:
        super().__init__()
        self.context = context
        self.set_reactive(TopBar.place, place)

    def render(self) -> Content:
        width = self.size.width - 2
        right = Content()
        if self.daemon is not None:
            right = describe_daemon(self.daemon, self.context.words, self.context.zone)
            right = right.truncate(width // 2, ellipsis=True)
        banner = self.context.banner
        left = Content.assemble(
            " ",
            (NAME, ".text--strong"),
            (f" {banner}" if banner else "", ".text--accent"),
            (" › ", ".text--faint"),
        )
        room = width - left.cell_length - right.cell_length
        place = fit_text(clean_text(self.place) or self.context.words.untitled, room)
        return Content.assemble(left, place, " ", right)


def describe_daemon(daemon: DaemonState, words: Words, zone: tzinfo) -> Content:
    """The daemon in a few words, with a mark that says the same without colour."""
    if daemon.state == "absent":
        return Content.styled(f"○ {words.daemon_absent}", ".text--warning")
    if daemon.state == "paused":
        return Content.styled(f"‖ {words.daemon_paused}", ".text--warning")
    if daemon.error is not None and daemon.activity == "idle":
        return Content.styled(f"{marks.FAILED} {clean_text(daemon.error)}", ".text--error")
    if daemon.activity == "idle" and daemon.model is None:
        return Content.styled(f"○ {words.model_missing}", ".text--warning")
    said = {
        "starting": words.daemon_starting,
        "idle": words.daemon_idle,
        "reading": words.daemon_reading,
        "summarising": words.daemon_summarising,
        "digest": words.daemon_digest,
        "preparing": words.daemon_preparing,
        "stopping": words.daemon_stopping,
    }[daemon.activity].format(done=daemon.done, total=daemon.total)
    if daemon.activity == "idle":
        if daemon.next_digest_at is not None:
            at = words.next_digest.format(at=name_time(daemon.next_digest_at, zone))
            said = f"{said} · {at}"
        return Content.styled(f"● {said}", ".text--secondary")
    return Content.assemble((f"{said} ", ".text--secondary"), draw_bar(daemon.done, daemon.total))


def draw_bar(done: int, total: int) -> Content:
    """How far a pass is; nothing when that cannot be told."""
    if total <= 0:
        return Content()
    filled = min(BAR_CELLS, BAR_CELLS * done // total)
    return Content.assemble(
        ("━" * filled, ".text--accent"), ("─" * (BAR_CELLS - filled), ".text--faint")
    )
