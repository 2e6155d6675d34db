"""Beeper Desktop, whose one database holds the chats of many networks."""

from companion.sources.beeper.source import BeeperSource

__all__ = ["BeeperSource"]
