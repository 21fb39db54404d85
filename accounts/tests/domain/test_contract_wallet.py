"""EIP-1271 against a real contract on a real chain."""

import json
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from eth_abi import encode
from vyper.compiler import compile_code

from accounts.domain import wallet
from accounts.exceptions import ChallengeRefused
from accounts.models import WalletChallenge
from accounts.tests.factories import make_signer
from lib import evm

SOURCE = Path(__file__).parent.parent / "contract_wallet.vy"
SIGN_IN = WalletChallenge.Purpose.SIGN_IN


def rpc(method, *parameters):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(settings.CHAIN_RPC_URL, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    if "result" not in answer:
        raise AssertionError(f"{method}: {answer}")
    return answer["result"]


def deploy_wallet(owner: str) -> str:
    code = compile_code(SOURCE.read_text(), output_formats=["bytecode"])["bytecode"]
    data = code + encode(["address"], [owner]).hex()
    # The processes of the tests share this chain: senders of their own do not take each other's nonces.
    sender = make_signer().address
    rpc("anvil_setBalance", sender, hex(10**18))
    rpc("anvil_impersonateAccount", sender)
    transaction = rpc("eth_sendTransaction", {"from": sender, "data": data})
    for _attempt in range(100):
        receipt = rpc("eth_getTransactionReceipt", transaction)
        if receipt:
            return receipt["contractAddress"]
        time.sleep(0.05)
    raise AssertionError("The wallet was not deployed.")


@pytest.mark.django_db
def test_contract_wallet_vouches_for_its_owners_signature():
    owner = make_signer()
    challenge = wallet.issue_challenge(deploy_wallet(owner.address), purpose=SIGN_IN, binding="mine")

    proof = wallet.redeem_challenge(
        challenge.message, signature=owner.sign(challenge.message), purpose=SIGN_IN, binding="mine"
    )

    assert proof == wallet.Proof(challenge.address, is_contract=True)


@pytest.mark.django_db
@pytest.mark.parametrize("cut", [0, 1])
def test_contract_wallet_refuses_a_strangers_signature_and_one_it_reverts_on(cut):
    owner, attacker = make_signer(), make_signer()
    challenge = wallet.issue_challenge(deploy_wallet(owner.address), purpose=SIGN_IN, binding="mine")
    signature = attacker.sign(challenge.message)

    with pytest.raises(ChallengeRefused) as caught:
        wallet.redeem_challenge(
            challenge.message, signature=signature[: len(signature) - 2 * cut], purpose=SIGN_IN, binding="mine"
        )

    assert caught.value.field == "signature"


@pytest.mark.django_db
def test_address_without_code_vouches_for_nothing():
    nobody, attacker = make_signer(), make_signer()
    challenge = wallet.issue_challenge(nobody.address, purpose=SIGN_IN, binding="mine")

    with pytest.raises(ChallengeRefused):
        wallet.redeem_challenge(
            challenge.message, signature=attacker.sign(challenge.message), purpose=SIGN_IN, binding="mine"
        )


@pytest.mark.django_db
def test_unreachable_chain_is_said_and_the_challenge_stays_usable(settings):
    owner, attacker = make_signer(), make_signer()
    challenge = wallet.issue_challenge(owner.address, purpose=SIGN_IN, binding="mine")
    settings.CHAIN_RPC_URL = "http://127.0.0.1:9"

    with pytest.raises(ChallengeRefused) as caught:
        wallet.redeem_challenge(
            challenge.message, signature=attacker.sign(challenge.message), purpose=SIGN_IN, binding="mine"
        )

    assert (caught.value.code, caught.value.status) == ("chain_unreachable", 503)
    assert wallet.redeem_challenge(
        challenge.message, signature=owner.sign(challenge.message), purpose=SIGN_IN, binding="mine"
    )


def test_call_refuses_an_answer_that_is_not_a_nodes(tmp_path):
    with pytest.raises(evm.NodeUnreachable):
        evm.call("http://127.0.0.1:9", to="0x" + "00" * 20, data=b"")
