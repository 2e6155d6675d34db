"""KakaoTalk for Mac: its encrypted database, read while KakaoTalk keeps writing it; unofficial."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from companion.errors import NotAStore, SourceError, StoreLocked
from companion.sources.following import Following, parse_cursor
from companion.sources.interface import Change, Source, UnreadOrigin
from companion.sources.kakaotalk_mac.accounts import (
    find_account_beside,
    get_account,
    is_number,
)
from companion.sources.kakaotalk_mac.database import REQUIRED_TABLES, KakaoDatabase
from companion.sources.kakaotalk_mac.keys import Account, derive_file_name, derive_passphrase
from companion.sources.rechecking import take_moment
from companion.sources.resting import read_unless_resting
from companion.sources.sqlcipher_store import make_passphrase, may_be_encrypted, open_cipher_store
from companion.sources.sqlite_store import begin_reading, find_columns

_COMPATIBILITIES = (3, 4)
"""Of SQLCipher: what KakaoTalk writes now, and what a later version may."""


class KakaoTalkMacSource(Source):
    """Messages with the read state of the store itself (formats.md 1.3).

    Of `settings.me` a number is the account's, without which nothing is opened; the first
    other name is the owner's, else the store's own name for the owner is shown.
    """

    kind: ClassVar[str] = "kakaotalk-mac"
    label: ClassVar[str] = "KakaoTalk for Mac (unofficial)"
    unread_origin: ClassVar[UnreadOrigin] = "store"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        """Only a copy with its account beside it; elsewhere the owner must ask for this kind."""
        account = find_account_beside(path)
        if account is None or not may_be_encrypted(path):
            return False
        if path.name.removesuffix(".db") == derive_file_name(account):
            return True
        try:
            with _open(path, account) as connection:
                return all(find_columns(connection, table) for table in REQUIRED_TABLES)
        except StoreLocked:
            raise
        except SourceError:
            return False

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        yield from read_unless_resting(self.path, cursor, self.settings.me, self._read_changes)

    def _read_changes(self, cursor: str | None) -> Iterator[Change]:
        if not self.path.is_file():
            raise NotAStore(
                f"{self.path} is no file", next_step="name the database itself, 78 digits long"
            )
        me = next((name for name in self.settings.me if not is_number(name)), "")
        moment = take_moment(self.path)
        with _open(self.path, get_account(self.path, self.settings.me)) as connection:
            with begin_reading(connection):
                database = KakaoDatabase(connection, me)
                reading = Following(database, parse_cursor(cursor), moment)
            identity = json.dumps([self.path.stat().st_ino, database.owner, me])
            yield from reading.list_changes(identity)


def _open(path: Path, account: Account) -> AbstractContextManager[sqlite3.Connection]:
    passphrase = derive_passphrase(account)
    return open_cipher_store(
        path,
        [make_passphrase(passphrase, compatibility) for compatibility in _COMPATIBILITIES],
        extra="kakao",
        next_step="check the number of the account; a newer KakaoTalk may have changed its"
        " database: export the conversation instead",
    )
