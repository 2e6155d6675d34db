"""Measures summaries against gold; it never decides what a user is shown."""
