"""LINE's chat exports, of phones and of the Windows client (formats.md 1.10)."""

from companion.sources.line.source import LineSource

__all__ = ["LineSource"]
