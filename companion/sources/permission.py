"""What to tell when the system refuses to open a store; opens nothing itself."""

from __future__ import annotations

from pathlib import Path

from companion.errors import StoreUnreadable


def describe_refusal(path: Path) -> StoreUnreadable:
    """The error for a store that exists but may not be opened, with the remedy.

    Under ~/Library macOS refuses whatever program lacks Full Disk Access, whoever owns the
    file, and says no more than "permission denied" (formats.md, general rule 8).
    """
    what = f"{path} cannot be opened: permission denied"
    if path.absolute().is_relative_to(Path.home() / "Library"):
        return StoreUnreadable(
            what,
            next_step="allow the program that runs companion (your terminal, or the service's own "
            "python) under System Settings, Privacy & Security, Full Disk Access, and run it again",
        )
    return StoreUnreadable(what, next_step="give your user the right to read it and run it again")
