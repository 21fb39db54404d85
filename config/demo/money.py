"""Locking a demo project's price on the development chain, from the demo client's own wallet."""

import time

from django.conf import settings

from accounts.models import User
from annotation.domain import project as projects
from annotation.models import Project
from config.demo.people import wallet_of
from rewards.chain.client import ChainClient
from rewards.chain.deploy import wait_for_receipt
from rewards.chain.signer import KeySigner, Transaction
from rewards.domain import faucet
from rewards.domain.escrows import funding_calls
from rewards.domain.indexing import index_chain
from rewards.domain.node import client_for
from rewards.models import Chain, Escrow

GAS = 400_000
PATIENCE_SECONDS = 60


def fund(project: Project, owner: User) -> Project:
    """Quote, send what the quote asks for, and wait for the confirmations as everybody does."""
    account = wallet_of("client")
    escrow = projects.request_funding(project, actor=owner, funder_address=account.address)
    chain = escrow.token.chain
    client = client_for(chain)
    faucet.pour(escrow.token, client, address=account.address, actor=owner)
    for call in funding_calls(escrow):
        _send(client, KeySigner(bytes(account.key)), to=call["to"], data=call["data"])
    _wait_until_funded(chain, client, escrow)
    return projects.follow_funding(project)


def _send(client: ChainClient, signer: KeySigner, *, to: str, data: str) -> None:
    fees = client.fees()
    signed = signer.sign(
        Transaction(
            chain_id=settings.CHAIN_ID,
            nonce=client.nonce(signer.address, "pending"),
            to=to,
            data=bytes.fromhex(data.removeprefix("0x")),
            gas=GAS,
            max_fee=fees.max_fee,
            tip=fees.tip,
        )
    )
    client.send_raw(signed.raw)
    wait_for_receipt(client, signed.hash, PATIENCE_SECONDS)


def _wait_until_funded(chain: Chain, client: ChainClient, escrow: Escrow) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        chain.refresh_from_db()
        index_chain(chain, client)
        escrow.refresh_from_db()
        if escrow.state == Escrow.State.FUNDED:
            return
        time.sleep(0.5)
    raise TimeoutError("The demo's deposit was not confirmed within a minute. Is the chain mining blocks?")
