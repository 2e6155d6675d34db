"""Finds Signal's database and the key that opens it; keeps the key nowhere but in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from companion.errors import StoreUnreadable
from companion.sources.permission import describe_refusal
from companion.sources.signal.safe_storage import list_decrypted
from companion.sources.sqlcipher_store import CipherKey, make_raw_key

APPLICATION = "Signal"

_CONFIG, _DATABASE = "config.json", Path("sql") / "db.sqlite"
_MAX_BYTES = 1 << 20


def find_database(path: Path) -> Path:
    """The database of Signal's folder; any other path is given back as it is."""
    return path / _DATABASE if path.is_dir() else path


def find_config(database: Path) -> Path | None:
    """The config.json of a database: in the folder above its own, or beside a copy."""
    for folder in (database.absolute().parent.parent, database.absolute().parent):
        config = folder / _CONFIG
        if "key" in (told := read_config(config)) or "encryptedKey" in told:
            return config
    return None


def read_config(config: Path) -> dict[str, Any]:
    """What a config.json says; {} for none, and for what is no JSON object.

    Raises `StoreUnreadable` where the system forbids reading.
    """
    try:
        with config.open("rb") as file:
            told = json.loads(file.read(_MAX_BYTES))
    except PermissionError as error:
        raise describe_refusal(config) from error
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def load_keys(database: Path) -> list[CipherKey]:
    """The keys that may open a database, asked of the OS keychain where it guards them.

    Raises `StoreUnreadable` where there is none.
    """
    config = find_config(database)
    if config is None:
        raise StoreUnreadable(
            f"there is no {_CONFIG} with the key of {database}",
            next_step=f"name Signal's own folder, or put its {_CONFIG} beside the copy",
        )
    told = read_config(config)
    candidates = [told["key"]] if "key" in told else _decrypt_key(told)
    keys = []
    for digits in candidates:
        try:
            keys.append(make_raw_key(str(digits)))
        except ValueError:
            continue
    if not keys:
        raise StoreUnreadable(
            f"the key in {config} cannot be had",
            next_step="allow the keychain's question, on the machine and as the user of Signal",
        )
    return keys


def _decrypt_key(told: dict[str, Any]) -> list[str]:
    try:
        encrypted = bytes.fromhex(str(told["encryptedKey"]))
    except ValueError:
        return []
    backend = str(told.get("safeStorageBackend") or "")
    decrypted = list_decrypted(encrypted, backend, APPLICATION)
    return [text.decode("ascii", "replace") for text in decrypted]
