"""Marks that say in one character what colour alone must not; the help lists them."""

from __future__ import annotations

URGENT = "!"
UNREAD = "•"
WRITTEN = "✦"
QUOTED = "“"
PENDING = "…"
OUTDATED = "↻"
TODO_OPEN = "☐"
TODO_DONE = "☑"
CURSOR = "▌"
EVIDENCE = "»"
ANSWER = "↳"
FAILED = "×"
