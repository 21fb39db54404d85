import pytest

from rewards.chain.kms import KmsSigner
from rewards.chain.signer import KeystoreSigner, create_keystore
from rewards.domain import node


def test_a_keystore_signs_unless_told_otherwise(settings, tmp_path):
    settings.CHAIN_OPERATOR_KEYSTORE = str(tmp_path / "key.json")
    settings.CHAIN_OPERATOR_PASSWORD = "a password"
    address = create_keystore(settings.CHAIN_OPERATOR_KEYSTORE, "a password")

    signer = node.operator_signer()

    assert isinstance(signer, KeystoreSigner)
    assert signer.address == address


def test_a_setting_puts_a_key_service_in_its_place(settings):
    settings.CHAIN_SIGNER, settings.CHAIN_KMS_URL = "kms", "http://127.0.0.1:1"

    with pytest.raises(node.NotConfigured, match="CHAIN_KMS_KEY_ID"):
        node.operator_signer()
    settings.CHAIN_KMS_KEY_ID = "operator"

    assert isinstance(node.operator_signer(), KmsSigner)
