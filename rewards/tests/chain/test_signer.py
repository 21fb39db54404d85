import stat

import pytest
from eth_account import Account
from eth_utils import keccak

from rewards.chain.signer import KeystoreRefused, KeystoreSigner, Transaction, create_keystore

KEY = b"\x42" * 32
TO = "0x" + "11" * 20


def test_a_keystore_signs_what_its_address_can_be_recovered_from(tmp_path):
    address = create_keystore(tmp_path / "key.json", "secret", KEY)
    signer = KeystoreSigner(tmp_path / "key.json", "secret")

    signed = signer.sign(Transaction(31337, 7, TO, b"\x01", 21_000, 30, 2))

    assert signer.address == address
    assert Account.recover_transaction(signed.raw) == address
    assert signed.hash == "0x" + keccak(signed.raw).hex()
    assert signed.raw[0] == 2


def test_the_same_transaction_signs_to_the_same_bytes(tmp_path):
    create_keystore(tmp_path / "key.json", "secret", KEY)
    signer = KeystoreSigner(tmp_path / "key.json", "secret")
    draft = Transaction(31337, 7, TO, b"", 21_000, 30, 2)

    assert signer.sign(draft) == signer.sign(draft)


def test_the_file_is_readable_by_its_owner_only_and_never_replaced(tmp_path):
    create_keystore(tmp_path / "key.json", "secret")

    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_keystore(tmp_path / "key.json", "secret")


def test_a_wrong_password_a_broken_file_and_no_file_are_told_without_the_secret(tmp_path):
    create_keystore(tmp_path / "key.json", "secret", KEY)
    (tmp_path / "broken.json").write_text('{"version": 3}')

    for name in ("key.json", "broken.json", "absent.json"):
        with pytest.raises(KeystoreRefused) as refused:
            KeystoreSigner(tmp_path / name, "wr0ng")
        assert name in str(refused.value)
        assert "wr0ng" not in str(refused.value)


def test_a_signer_does_not_show_its_key(tmp_path):
    create_keystore(tmp_path / "key.json", "secret", KEY)

    assert KEY.hex() not in repr(KeystoreSigner(tmp_path / "key.json", "secret"))
