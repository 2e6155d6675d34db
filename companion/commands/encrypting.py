"""Commands that encrypt the archive at rest, and make it a plain one again."""

from __future__ import annotations

import click

from companion.commands.printing import json_option, print_json, print_notice
from companion.commands.session import Session, start_session
from companion.speaking import say_encryption


@click.command()
@click.option(
    "--passphrase", is_flag=True, help="Keep the key under a passphrase, not in the keyring."
)
@json_option
def encrypt(*, passphrase: bool, as_json: bool) -> None:
    """Encrypt the archive; of an encrypted one, keep its key in another way."""
    from companion.archive_key import keep_in_keyring, keep_under
    from companion.commands.asking import choose_passphrase
    from companion.encrypting import encrypt_home
    from companion.unlocking import find_encryption

    session = start_session()
    before = find_encryption(session.paths)
    if before == "keyring" and not passphrase:
        _tell(session, changed=False, as_json=as_json)
        return
    if passphrase:
        words = choose_passphrase()
        encrypt_home(session.paths, lambda key: keep_under(words, key))
    else:
        encrypt_home(session.paths, keep_in_keyring)
    _tell(session, changed=True, as_json=as_json)
    if before == "none":
        print_notice("the disk, its backups and exports may still hold the words as they were")


@click.command()
@json_option
def decrypt(*, as_json: bool) -> None:
    """Make the archive a plain file again, and drop its key."""
    from companion.encrypting import decrypt_home
    from companion.unlocking import find_encryption

    session = start_session()
    is_encrypted = find_encryption(session.paths) != "none"
    if is_encrypted or session.paths.key_file.exists():
        decrypt_home(session.paths)
    _tell(session, changed=is_encrypted, as_json=as_json)


def _tell(session: Session, *, changed: bool, as_json: bool) -> None:
    from companion.unlocking import find_encryption

    encryption = find_encryption(session.paths)
    if as_json:
        print_json({"changed": changed, "encryption": encryption})
    else:
        click.echo(f"The archive is {say_encryption(encryption)}{'' if changed else ' already'}.")
