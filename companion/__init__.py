"""Companion: knows the other three packages and joins them; the others do not know it."""

__version__ = "0.1.0"
