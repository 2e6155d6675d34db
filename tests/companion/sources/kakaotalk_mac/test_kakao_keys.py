"""Name and passphrase of a database follow from device and account."""

from __future__ import annotations

from companion.sources.kakaotalk_mac.keys import Account, derive_file_name, derive_passphrase

ACCOUNT = Account("01234567-89AB-CDEF-0123-456789ABCDEF", 123456789)


def test_the_name_of_a_database_is_that_of_the_published_derivation() -> None:
    assert derive_file_name(ACCOUNT) == (
        "6c41eb4844270dda28ebb87051ffa9857c0eb8785318d4eece43aa8b9f3f7aa51833b5f42796f0"
    )


def test_the_passphrase_is_that_of_the_published_derivation() -> None:
    assert derive_passphrase(ACCOUNT) == (
        "e79395f193fbd7d4ec8a94d6c2943ff48245b74cb425efce63fb0f7723a624f6"
        "786c89174759faa04b2ccdd9db795bc79c8d9505ff8b3fccbcc12fc9a26412eb"
        "06971ef2ed04927c53753af9efd3837ff2a929325b156cccd6f4e325d9c33594"
        "0f2977b2b8e8d6f2e4a78593058bb9fda813e31a569b0356457a637e912630e5"
    )


def test_another_account_on_the_same_mac_has_another_name_and_passphrase() -> None:
    other = Account(ACCOUNT.device, 123456780)
    assert derive_file_name(other) != derive_file_name(ACCOUNT)
    assert derive_passphrase(other) != derive_passphrase(ACCOUNT)
