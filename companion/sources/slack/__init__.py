"""Slack's workspace export, the zip or the folder unpacked from it (formats.md 1.10)."""

from companion.sources.slack.source import SlackSource

__all__ = ["SlackSource"]
