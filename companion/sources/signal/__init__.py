"""The source for Signal Desktop's encrypted database."""

from companion.sources.signal.source import SignalSource

__all__ = ["SignalSource"]
