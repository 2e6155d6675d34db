"""The iMessage source, one module for each thing that can be wrong about a message."""

from companion.sources.imessage.source import IMessageSource

__all__ = ["IMessageSource"]
