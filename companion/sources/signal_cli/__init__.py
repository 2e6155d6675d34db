"""signal-cli, one module for what a line says and one for what the lines add up to."""

from companion.sources.signal_cli.source import SignalCliSource

__all__ = ["SignalCliSource"]
