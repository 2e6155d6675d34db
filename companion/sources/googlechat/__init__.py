"""Google Chat as Google Takeout exports it (formats.md 1.10)."""

from companion.sources.googlechat.source import GoogleChatSource

__all__ = ["GoogleChatSource"]
