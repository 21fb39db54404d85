"""python -m tests.journeys.refused_opening ADDRESS: run inside a product. A draft of this wallet's person, quoted for it.

Prints the project and the calls that lock its price otherwise than quoted, with another fee.
"""

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from accounts.models import Wallet  # noqa: E402
from annotation.tests.factories import make_draft, make_team  # noqa: E402
from rewards.chain import calldata  # noqa: E402
from rewards.domain.escrows import quote_escrow  # noqa: E402
from rewards.models import Token  # noqa: E402

MINOR = 1_500_000


def main(address: str) -> dict[str, Any]:
    person = Wallet.objects.get(address=address).user
    token = Token.objects.filter(has_faucet=True).select_related("chain").order_by("pk")[0]
    project = make_draft(owner=person, team=make_team("The harbour office", owner=person), token=token)
    escrow = quote_escrow(
        reference_kind="project", reference_id=project.pk, team=project.team, token=token, rewards_minor=MINOR,
        fee_bps=500, funder_address=address,
    )  # fmt: skip
    project.escrow = escrow
    project.save()
    approve = calldata.approve(token.chain.escrow_address, escrow.required)
    opening = calldata.open_project(
        salt=bytes.fromhex(escrow.salt[2:]), token=token.address, amount=escrow.required, fee_bps=1,
        cap=escrow.daily_cap,
    )  # fmt: skip
    calls = [(token.address, approve), (token.chain.escrow_address, opening)]
    return {
        "project": str(project.pk),
        "token": token.address,
        "required": int(escrow.required),
        "chain_id": token.chain.chain_id,
        "calls": [{"to": to, "data": "0x" + data.hex(), "value": "0x0"} for to, data in calls],
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
