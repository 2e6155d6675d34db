"""Readers of messenger stores: one file a messenger, read-only; they know nothing of the archive."""
