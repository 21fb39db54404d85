"""python -m tests.journeys.second_token ADDRESS: run inside a product. Another token is accepted, and the address has some.

Prints the token's id and address. It takes permits, as the first one does.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from eth_abi import encode  # noqa: E402

from contracts.scripts.compile import CONTRACTS, build_contract  # noqa: E402
from loop.wallet import Node  # noqa: E402
from rewards.domain.deployment import allow_token  # noqa: E402
from rewards.domain.node import client_for  # noqa: E402
from rewards.models import Chain  # noqa: E402
from tests.journeys.refused_payment import call, send  # noqa: E402

SYMBOL = "USD"
MINOR = 1_000_000_000


def main(address: str) -> dict[str, str]:
    chain = Chain.objects.get(chain_id=settings.CHAIN_ID)
    rpc = Node(settings.CHAIN_RPC_URL)
    sender = rpc.call("eth_accounts")[6]
    artifact = build_contract(CONTRACTS / "src" / "TestToken.vy", "cancun")
    told = encode(["string", "string", "uint8"], ["Stable dollars", SYMBOL, 6]).hex()
    at = send(rpc, {"from": sender, "data": artifact["bytecode"] + told})["contractAddress"]
    token = allow_token(chain, client_for(chain), at)
    call(rpc, sender, token.address, "mint(address,uint256)", ["address", "uint256"], [address, MINOR])
    return {"id": str(token.pk), "address": token.address}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
