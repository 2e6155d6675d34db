"""Telegram Desktop's JSON export, one chat or the whole account (formats.md 1.7)."""

from companion.sources.telegram.source import TelegramSource

__all__ = ["TelegramSource"]
