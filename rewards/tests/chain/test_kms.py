"""A process of its own stands in for the key service, over the same HTTP and JSON."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
import rlp
from eth_account import Account

from rewards.chain.client import ChainClient
from rewards.chain.kms import ORDER, KeyServiceBroken, KeyServiceUnavailable, KmsSigner
from rewards.chain.signer import KeySigner, Transaction

SERVICE = Path(__file__).with_name("key_service.py")
KEY = "0x" + "5b" * 32
TRANSACTION = Transaction(31337, 0, "0x" + "22" * 20, b"", gas=21_000, max_fee=30 * 10**9, tip=10**9)


@pytest.fixture
def service():
    running = []

    def start(*options):
        process = subprocess.Popen([sys.executable, str(SERVICE), KEY, *options], stdout=subprocess.PIPE, text=True)
        running.append(process)
        return json.loads(process.stdout.readline())["url"]

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_has_the_address_of_the_services_key(service):
    assert KmsSigner(service(), "operator").address == Account.from_key(KEY).address


def test_its_transactions_are_those_of_the_key_and_always_low(service):
    signer = KmsSigner(service(), "operator")

    for nonce in range(40):
        transaction = Transaction(31337, nonce, TRANSACTION.to, b"\x01\x02", 50_000, 9, 3, value=nonce)
        signed = signer.sign(transaction)
        assert Account.recover_transaction(signed.raw) == signer.address
        # Not the last 32 bytes: a number that begins with zeros is written shorter.
        assert int.from_bytes(rlp.decode(signed.raw[1:])[-1], "big") <= ORDER // 2


def test_its_bytes_differ_from_a_keystores_only_in_the_signature(service):
    ours, theirs = KmsSigner(service(), "operator").sign(TRANSACTION), KeySigner(KEY).sign(TRANSACTION)

    assert ours.raw[0] == theirs.raw[0]
    assert rlp.decode(ours.raw[1:])[:-3] == rlp.decode(theirs.raw[1:])[:-3]
    assert ours.hash == "0x" + __import__("eth_utils").keccak(ours.raw).hex()


def test_a_deployment_has_no_receiver(service):
    signed = KmsSigner(service(), "operator").sign(Transaction(31337, 0, None, b"\x60\x00", 60_000, 9, 3))

    assert Account.recover_transaction(signed.raw) == Account.from_key(KEY).address


def test_a_chain_takes_what_it_signs(service, devchain):
    signer, client = KmsSigner(service(), "operator"), ChainClient(devchain.url, 31337)
    devchain.rpc("anvil_setBalance", signer.address, hex(10**18))
    nonce = client.nonce(signer.address)
    signed = signer.sign(Transaction(31337, nonce, TRANSACTION.to, b"", 21_000, 30 * 10**9, 10**9, value=7))

    assert client.send_raw(signed.raw) == signed.hash
    devchain.rpc("evm_mine")
    assert client.receipt(signed.hash).succeeded


def test_a_service_that_is_away_signs_nothing(service):
    with pytest.raises(KeyServiceUnavailable):
        KmsSigner("http://127.0.0.1:1", "operator").address  # noqa: B018
    with pytest.raises(KeyServiceUnavailable):
        KmsSigner(service("--token", "right"), "operator", "wrong").address  # noqa: B018
    assert KmsSigner(service("--token", "right"), "operator", "right").address


def test_a_signature_by_another_key_is_never_sent(service):
    signer = KmsSigner(service("--signs-with", "0x" + "77" * 32), "operator")

    with pytest.raises(KeyServiceBroken, match="not by its own key"):
        signer.sign(TRANSACTION)


def test_a_key_on_another_curve_is_refused(service):
    with pytest.raises(KeyServiceBroken, match="secp256k1"):
        KmsSigner(service("--curve", "p256"), "operator").address  # noqa: B018


def test_a_signature_that_cannot_be_read_is_refused(service):
    signer = KmsSigner(service("--garbage"), "operator")

    with pytest.raises(KeyServiceBroken, match="cannot be read"):
        signer.sign(TRANSACTION)
    assert base64.b64encode(b"x")
