"""The archive: one SQLite file of conversations, messages, marks and summaries; knows no source and no model."""
