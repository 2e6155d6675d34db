"""WhatsApp's text export, as `.txt` or `.zip` (formats.md 1.4)."""

from companion.sources.whatsapp.source import WhatsAppSource

__all__ = ["WhatsAppSource"]
