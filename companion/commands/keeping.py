"""Commands about what Companion keeps: show it, and make it small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from companion.commands.printing import json_option, print_json, print_notice, print_table
from companion.commands.session import Session, start_session
from companion.errors import PrivacyRefusal
from companion.speaking import say_count, say_encryption

if TYPE_CHECKING:
    from companion.accounting import KeptFile
    from storage.records import SourceRow


@click.command()
@json_option
def vacuum(*, as_json: bool) -> None:
    """Compact the archive, and overwrite what was removed from it."""
    session = start_session()
    file = session.paths.archive_file
    with session.open_archive() as archive:
        before_bytes = file.stat().st_size
        is_erased = archive.vacuum()
    after_bytes = file.stat().st_size
    if as_json:
        print_json({"before_bytes": before_bytes, "after_bytes": after_bytes, "erased": is_erased})
        return
    click.echo(f"{before_bytes:,} bytes before, {after_bytes:,} after.")
    if not is_erased:
        print_notice("another program is reading the archive: run it again when that is done")


@click.command()
@json_option
def privacy(*, as_json: bool) -> None:
    """Show every file kept, its mode, how long it is kept, and that no network is possible."""
    from companion.accounting import list_files, try_network
    from companion.sealing import is_sealed
    from companion.unlocking import find_encryption

    session = start_session()
    refusal = try_network()
    kept = _read_kept(session)
    encryption = find_encryption(session.paths)
    files = list_files(session.paths)
    if as_json:
        print_json(
            {
                "network": {
                    "sealed": is_sealed(),
                    "refused": refusal is not None,
                    "detail": refusal,
                },
                "encryption": encryption,
                "files": [_describe_file(file) for file in files],
                "open_files": sum(file.is_open for file in files),
                "retention_days": session.config.retention_days,
                "sources": [
                    {"id": row.id, "path": row.path, "retention_days": _find_days(row, session)}
                    for row in kept.sources
                ],
                "left_out": kept.left_out,
                "erased": not kept.erasures,
            }
        )
    else:
        _print_files(files)
        _print_kept(kept, session)
        click.echo(f"archive    {say_encryption(encryption)}")
        click.echo(f"network    {refusal or 'A SOCKET COULD BE MADE'}")
    if refusal is None:
        raise PrivacyRefusal(
            "a socket to the network could be made", next_step="do not use this installation"
        )


class _Kept:
    """What the archive says of how long and what it keeps."""

    def __init__(self) -> None:
        self.sources: list[SourceRow] = []
        self.left_out = 0
        self.erasures: list[int] = []


def _read_kept(session: Session) -> _Kept:
    kept = _Kept()
    if session.has_archive:
        with session.open_reader() as reader:
            kept.sources = reader.sources()
            kept.left_out = len(reader.left_out())
            kept.erasures = reader.erasures()
    return kept


def _find_days(row: SourceRow, session: Session) -> int:
    return session.config.retention_days if row.retention_days is None else row.retention_days


def _describe_file(file: KeptFile) -> dict[str, object]:
    return {
        "path": str(file.path),
        "size_bytes": file.size_bytes,
        "mode": f"{file.mode:04o}",
        "open": file.is_open,
        "holds": file.holds,
    }


def _print_files(files: list[KeptFile]) -> None:
    print_table(
        ("mode", "bytes", "file", "holds"),
        (
            (
                f"{file.mode:04o}" + (" OPEN TO OTHERS" if file.is_open else ""),
                f"{file.size_bytes:,}" if file.holds != "folder" else "",
                str(file.path),
                file.holds,
            )
            for file in files
        ),
    )


def _print_kept(kept: _Kept, session: Session) -> None:
    for row in kept.sources:
        click.echo(f"source {row.id:<3} {row.label}: kept {_say_days(_find_days(row, session))}")
    click.echo(f"digests    kept {_say_days(_find_digest_days(kept, session))}")
    click.echo(f"left out   {say_count(kept.left_out, 'conversation')} (`companion exclude`)")
    if kept.erasures:
        click.echo("erasing    not over: run `companion vacuum`")


def _find_digest_days(kept: _Kept, session: Session) -> int:
    """As `storage.retention` removes them."""
    days = [session.config.retention_days, *(_find_days(row, session) for row in kept.sources)]
    return min((day for day in days if day), default=0)


def _say_days(days: int) -> str:
    return f"for {days} days" if days else "for good"
