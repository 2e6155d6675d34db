"""Rooms of Matrix as Element exports them, in JSON (formats.md 1.10)."""

from companion.sources.element.source import ElementSource

__all__ = ["ElementSource"]
