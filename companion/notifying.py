"""Desktop notifications of what a pass made; they hold counts, and topics where the user says so.

Each is sent by a process of its own that ends at once: the library brings an event loop and a
message bus, which an idle daemon need not carry, and whatever it does, no pass fails for it.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

from companion.config import Config
from companion.marking_up import clean_line, escape_body
from companion.sealing import seal_network
from companion.speaking import find_language, say_count
from storage.reader import Reader

log = logging.getLogger(__name__)

_TITLES = {"ko": "{conversations} 요약", "en": "{conversations} summarised"}
_TOPICS_SHOWN = 3
_LIMIT_S = 20.0
_MISSING_EXTRA = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says."""

    title: str
    text: str = ""
    """A topic a line."""


Send = Callable[[Notice], None]


def compose_notice(reader: Reader, config: Config, ids: Collection[int]) -> Notice | None:
    """The one notification of a pass that made summaries of these conversations.

    None where nothing was made or the user wants none. A notification outlives its
    messages in the desktop's history: what disappears gives no topic to it.
    """
    if config.notify == "off" or not ids:
        return None
    language = find_language(config)
    title = _TITLES[language].format(conversations=say_count(len(ids), "conversation", language))
    if config.notify == "counts":
        return Notice(title)
    rows = [row for row in reader.conversations() if row.id in ids and not row.is_disappearing]
    topics = [clean_line(row.topic) for row in rows if row.topic]
    return Notice(title, "\n".join(topics[:_TOPICS_SHOWN]))


def send_notice(notice: Notice) -> None:
    """Show it on the desktop; where that cannot be, the log says so and nothing else happens."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "companion.notifying"],
            input=json.dumps(asdict(notice)).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("no notification: the desktop did not answer")
        return
    except OSError as error:
        log.warning("no notification: no process for it (%s)", error.strerror)
        return
    if done.returncode == _MISSING_EXTRA:
        log.warning("no notification: install the extra, pip install 'companion[notify]'")
    elif done.returncode != 0:
        log.warning("no notification: the desktop takes none")


def main() -> int:
    """Send the notice that comes as JSON on stdin; the exit code says what became of it."""
    seal_network()
    notice = Notice(**json.load(sys.stdin.buffer))
    try:
        from desktop_notifier.sync import DesktopNotifierSync
    except ImportError:
        return _MISSING_EXTRA
    shown = False

    def note_shown() -> None:
        nonlocal shown
        shown = True

    # The library keeps failures to itself, so that only success can be known.
    notifier = DesktopNotifierSync(app_name="Companion")
    # Other systems' notifications are plain text.
    text = escape_body(notice.text) if sys.platform == "linux" else notice.text
    notifier.send(notice.title, text, on_dispatched=note_shown)
    return 0 if shown else 1


if __name__ == "__main__":
    sys.exit(main())
