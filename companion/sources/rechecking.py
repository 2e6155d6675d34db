"""Which rows far behind the newest ones are looked at again, and when; reads none of them.

One block of ROWIDs at a time, the next one each time, where the store changed and a minute has
passed: an edit there is noticed late, and costs no reading much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from companion.clock import read_now
from companion.sources.sqlite_store import stamp_files

BLOCK_ROWS = 10_000
CHECK_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """When a reading begins, and how the files of the store look then."""

    at_s: int
    """Since 1970."""

    stamp: str


def take_moment(path: Path) -> Moment:
    """The present moment of the database at a path. Raises `SourceError`s."""
    return Moment(int(read_now().timestamp()), stamp_files(path))


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at again, and when last."""

    moment: Moment
    next_block: int = 0
    digests: Mapping[int, str] = field(default_factory=dict)
    """Of all that was told of a block, by its number; of those that had their turn."""

    def is_due(self, moment: Moment) -> bool:
        """Whether a reading that begins then looks at a block."""
        since_s = abs(moment.at_s - self.moment.at_s)  # clocks are set back, too
        return moment.stamp != self.moment.stamp and since_s >= CHECK_EVERY_S

    def choose_block(self, end: int) -> int:
        """The block whose turn it is, of those that begin below the ROWID `end`."""
        return self.next_block if self.next_block * BLOCK_ROWS < end else 0

    def note(self, moment: Moment, block: int, digest: str) -> Checked:
        return Checked(moment, block + 1, {**self.digests, block: digest})

    def to_fields(self) -> dict[str, Any]:
        return asdict(self)


def parse_checked(fields: dict[str, Any]) -> Checked:
    """Raises `KeyError`, `TypeError`, `ValueError` and `AttributeError` for anything else."""
    digests = {int(number): str(digest) for number, digest in fields["digests"].items()}
    return Checked(Moment(**fields["moment"]), int(fields["next_block"]), digests)
