"""Offline tuning of the summary specialist; nothing here may be imported while Companion runs."""
