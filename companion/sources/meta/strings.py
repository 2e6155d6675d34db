"""Gives strings of a download back as they were written; knows nothing of what they say."""

from __future__ import annotations


def mend(text: str) -> str:
    r"""A string of the usual download, as it was written.

    Meta writes each byte of UTF-8 as a character of its own, "\u00c3\u00a9" for é. Strings are
    mended one by one: those that are whole already, or cut off within a character, are kept.
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
