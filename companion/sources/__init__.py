"""Readers of messenger stores, one a messenger, read-only; they know nothing of the archive."""
