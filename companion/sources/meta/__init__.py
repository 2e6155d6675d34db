"""The JSON downloads of Messenger and of Instagram, which are alike (formats.md 1.10)."""

from companion.sources.meta.source import FacebookSource, InstagramSource

__all__ = ["FacebookSource", "InstagramSource"]
