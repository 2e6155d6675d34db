"""What WhatsApp itself writes into an export, in the languages it speaks; judges no message.

The sentences are data (`wording.tsv`), as the apps spell them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from companion.sources.whatsapp.marks import clean_marks

Wording = Literal["omitted", "attached", "deleted", "edited"]
"""Media left out, "file attached", a message taken back, a message changed."""

_GROUP = re.compile(
    r"group|grup|gruppe|gruppo|groep|груп|груп|ryhmä|skupin|csoport|ομάδα|nhóm|กลุ่ม|kumpulan"
    r"|그룹|グループ|群組|群组|群聊|קבוצ|מקבוצ|مجموع|المجموعة|گروه|ग्रुप|समूह",
    re.IGNORECASE,
)


def is_wording(kind: Wording, text: str) -> bool:
    """Whether the whole of `text` is one of WhatsApp's sentences of that kind."""
    return _normalize(text) in _load_wordings()[kind]


def tells_of_group(system_text: str) -> bool:
    """Whether a system line says "group" in some language."""
    return _GROUP.search(system_text) is not None


@cache
def _load_wordings() -> dict[str, frozenset[str]]:
    wordings: dict[str, set[str]] = {}
    table = files(__package__).joinpath("wording.tsv").read_text(encoding="utf-8")
    for row in table.splitlines():
        if not row.startswith("#"):
            kind, wording = row.split("\t")
            wordings.setdefault(kind, set()).add(_normalize(wording))
    return {kind: frozenset(known) for kind, known in wordings.items()}


@lru_cache(maxsize=16)  # each body is asked about more than once
def _normalize(text: str) -> str:
    """Case, marks, runs of spaces and the final stop differ between versions of the apps."""
    return " ".join(clean_marks(text).split()).rstrip(".。।").casefold()
