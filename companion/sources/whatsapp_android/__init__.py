"""The source of WhatsApp for Android: its decrypted backup, with the names beside it."""

from companion.sources.whatsapp_android.source import WhatsAppAndroidSource

__all__ = ["WhatsAppAndroidSource"]
