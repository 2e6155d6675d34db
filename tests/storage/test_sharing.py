"""Connections in one process and in others see the same archive, whoever opens and closes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from storage.archive import Archive
from storage.reader import Reader

AT = datetime(2026, 11, 23, tzinfo=UTC)

OTHER_PROCESS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive import Archive
from storage.reader import Reader
path = Path(sys.argv[1])
with Archive.open(path) as archive:
    archive.add_request("other", {}, at=datetime.now(UTC))
with Reader.open(path) as reader:
    print(",".join(request.kind for request in reader.requests(open_only=False)))
"""


def run_other_process(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(path)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_opening_once_more_in_a_process_does_not_give_up_its_locks(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path) as first, Reader.open(path) as reader:
        first.add_request("first", {}, at=AT)
        Archive.open(path).close()
        # Were the locks gone, this process would pass for the last one and delete the WAL.
        assert run_other_process(path) == "first,other"
        first.add_request("second", {}, at=AT)
        assert [item.kind for item in reader.requests()] == ["first", "other", "second"]
        assert run_other_process(path) == "first,other,second,other"
    with Reader.open(path) as reader:
        assert len(reader.requests()) == 4
        assert reader.check_integrity() == []
