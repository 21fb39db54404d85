"""python -m tests.journeys.refused_payment ADDRESS: run inside a product. Its person earns in two tokens that block him.

Deploys each token, allows it, quotes and funds an escrow as a client would, and lets the address's person earn from it. The
product's own worker does the rest. Prints the tokens' addresses.
"""

import json
import os
import sys
import time
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from eth_abi import encode  # noqa: E402
from eth_utils import keccak, to_checksum_address  # noqa: E402

from accounts.models import Team, Wallet  # noqa: E402
from contracts.scripts.compile import TOKENS, build_contract  # noqa: E402
from loop.wallet import Node  # noqa: E402
from rewards.domain.accrual import NewEarning, accrue  # noqa: E402
from rewards.domain.escrows import funding_calls, quote_escrow, reserve  # noqa: E402
from rewards.models import Chain, Escrow, Token  # noqa: E402

MINOR = 1_250_000


def main(address: str) -> list[str]:
    escrows = [funded_escrow(address, symbol) for symbol in ("FAULT", "FLAW")]
    person = Wallet.objects.get(address=address).user
    # At once, so that one batch takes both.
    for escrow in escrows:
        accrue(escrow.pk, earnings=[NewEarning(uuid4(), "answer", person.pk, MINOR)])
    return [escrow.token.address for escrow in escrows]


def funded_escrow(address: str, symbol: str) -> Escrow:
    chain = Chain.objects.get(chain_id=settings.CHAIN_ID)
    rpc = Node(settings.CHAIN_RPC_URL)
    funder = rpc.call("eth_accounts")[5]
    artifact = build_contract(TOKENS / "FaultyToken.vy", "cancun")
    at = send(rpc, {"from": funder, "data": artifact["bytecode"]})["contractAddress"]
    # It does not tell its name, so it is allowed by hand.
    token = Token.objects.create(
        chain=chain, address=to_checksum_address(at), symbol=symbol, name="Blocks people", decimals=6
    )
    call(rpc, funder, token.address, "set_blocked(address,bool)", ["address", "bool"], [address, True])
    escrow = quote_escrow(
        reference_kind="project", reference_id=uuid4(), team=Team.objects.create(name="Journey"), token=token,
        rewards_minor=MINOR, fee_bps=0, funder_address=to_checksum_address(funder),
    )  # fmt: skip
    call(rpc, funder, token.address, "mint(address,uint256)", ["address", "uint256"], [funder, escrow.required])
    for one in funding_calls(escrow):
        send(rpc, {"from": funder, "to": one["to"], "data": one["data"]})
    while escrow.state != Escrow.State.FUNDED:
        time.sleep(0.3)
        escrow.refresh_from_db()
    reserve(escrow, reservation_id=uuid4(), amount_minor=escrow.required)
    return escrow


def call(rpc: Node, sender: str, to: str, signature: str, kinds: list[str], values: list[object]) -> None:
    send(rpc, {"from": sender, "to": to, "data": "0x" + (keccak(text=signature)[:4] + encode(kinds, values)).hex()})


def send(rpc: Node, transaction: dict[str, str]) -> dict[str, str]:
    sent = rpc.call("eth_sendTransaction", {"gas": hex(10_000_000)} | transaction)
    while (receipt := rpc.receipt(sent)) is None:
        time.sleep(0.1)
    if int(receipt["status"], 16) != 1:
        raise RuntimeError(f"{sent} failed.")
    return receipt


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
