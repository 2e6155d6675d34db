"""The source of WhatsApp for Mac, which keeps its chats as the iPhone app does."""

from companion.sources.whatsapp_mac.source import WhatsAppMacSource

__all__ = ["WhatsAppMacSource"]
