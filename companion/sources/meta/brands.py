"""Tells Facebook's threads from Instagram's, whose files are alike; reads no file itself.

Newer downloads name their messenger in the paths of files and media. Older ones, and threads
taken out of a download, are told apart by what only one of the two writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from companion.sources.meta.survey import Survey

Brand = Literal["facebook", "instagram"]

_OWN_FOLDER = re.compile(r"your_(facebook|instagram)_activity")
_OWN_NAME = re.compile(r"(facebook|instagram)-.+")
"""As Meta calls the zip of a download, and the folder unpacked from it."""

_INSTAGRAM = re.compile(
    rb'"content"\s*:\s*"(?:Liked a message|Reacted [^"]+ to your message ?)"'
    rb"|https?://(?:www\.)?instagram\.com/|Instagram User"
)
_INSTAGRAM_ID = re.compile(r".*_17[0-9]{15}")


def tell_brand(path: Path, names: Iterable[str], survey: Survey) -> Brand:
    """The messenger of the store at `path`, by its files' names and the survey of one of them."""
    if survey.is_encrypted:  # the app of Messenger alone exports its encrypted chats
        return "facebook"
    parts = (*path.absolute().parts, *(part for name in names for part in name.split("/")))
    for pattern in (_OWN_FOLDER, _OWN_NAME):
        for part in reversed(parts):
            if match := pattern.fullmatch(part):
                return "facebook" if match[1] == "facebook" else "instagram"
    if match := _OWN_FOLDER.search(survey.edges.decode("ascii", "ignore")):
        return "facebook" if match[1] == "facebook" else "instagram"
    # A file that lacks even its thread's path was made by a tool, for Instagram in all seen.
    is_instagram = (
        not survey.id
        or _INSTAGRAM_ID.fullmatch(survey.id) is not None
        or _INSTAGRAM.search(survey.edges) is not None
    )
    return "instagram" if is_instagram else "facebook"
