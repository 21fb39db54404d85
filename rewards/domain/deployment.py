"""Putting our contracts on a chain, or recognising them there, and recording both."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.domain import audit
from rewards.chain.client import ChainClient
from rewards.chain.deploy import Addresses, DeployConfig, deploy_all
from rewards.chain.errors import ChainRejected
from rewards.chain.reads import token_metadata
from rewards.chain.signer import Signer
from rewards.domain import node
from rewards.exceptions import RewardsError
from rewards.models import Chain, ChainSigner, Escrow, SettlementBatch, Token

# A development node's own accounts (published with it, worth nothing): admin, guardian, treasury.
DEVELOPMENT_ROLES = (
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
)


class ChainWasReset(RewardsError):
    """The node has another chain than the one the books speak of."""

    code = "chain_was_reset"


@dataclass(frozen=True, slots=True)
class Deployed:
    chain: Chain
    is_new: bool


def deploy(client: ChainClient, signer: Signer) -> Deployed:
    """The chain's row, with contracts behind it. Safe to repeat: what is recorded and there stays as it is."""
    found = client.check_identity()
    chain = Chain.objects.filter(chain_id=client.chain_id).first()
    if chain is not None and _is_as_recorded(chain, client):
        _record_signer(chain, signer)
        return Deployed(chain, is_new=False)
    if chain is not None and _has_money(chain):
        raise ChainWasReset(
            f"Chain {client.chain_id} is not the one this database has money on (it was reset, or CHAIN_RPC_URL is"
            " another chain's): point CHAIN_RPC_URL at the old chain, or run `make reset` to lose var/."
        )
    block = client.block_number()
    addresses = deploy_all(client, signer, _config(signer))
    return Deployed(_record(chain, client, signer, addresses, found.genesis_hash, block), is_new=True)


def allow_token(chain: Chain, client: ChainClient, address: str, *, has_faucet: bool = False) -> Token:
    """Accept an ERC-20. Its symbol and decimals are its own words, asked once and kept."""
    told = token_metadata(client, address)
    defaults = {"symbol": told.symbol, "name": told.name, "decimals": told.decimals, "has_faucet": has_faucet}
    token, is_new = Token.objects.get_or_create(chain=chain, address=address, defaults=defaults)
    if is_new:
        audit.record("token.allowed", actor=None, object_kind="token", object_id=token.pk, changes={"address": address})
    return token


def _is_as_recorded(chain: Chain, client: ChainClient) -> bool:
    try:
        node.check_identity(chain, client)
    except ChainRejected:
        return False
    return True


def _has_money(chain: Chain) -> bool:
    batches = SettlementBatch.objects.filter(chain=chain)
    return batches.exists() or Escrow.objects.filter(token__chain=chain).exclude(deposited=0).exists()


def _config(signer: Signer) -> DeployConfig:
    named: tuple[str, ...] = (
        settings.CHAIN_ADMIN_ADDRESS,
        settings.CHAIN_GUARDIAN_ADDRESS,
        settings.CHAIN_TREASURY_ADDRESS,
    )
    if settings.DEMO:
        named = tuple(given or fallback for given, fallback in zip(named, DEVELOPMENT_ROLES, strict=True))
    if not all(named):
        raise node.NotConfigured("Set CHAIN_ADMIN_ADDRESS, CHAIN_GUARDIAN_ADDRESS and CHAIN_TREASURY_ADDRESS.")
    admin, guardian, treasury = named
    return DeployConfig(
        admin=admin,
        operator=signer.address,
        guardian=guardian,
        treasury=treasury,
        root_delay_seconds=settings.SETTLEMENT_DELAY_SECONDS,
        close_notice_seconds=settings.CHAIN_CLOSE_NOTICE_SECONDS,
        with_test_token=settings.DEMO,
    )


@transaction.atomic
def _record(
    chain: Chain | None, client: ChainClient, signer: Signer, at: Addresses, genesis_hash: str, block: int
) -> Chain:
    if at.escrow is None or at.settlement is None:
        raise RuntimeError("A deployment ends with both contracts.")
    chain = chain or Chain(chain_id=client.chain_id, name="Development chain" if settings.DEMO else "")
    chain.name = chain.name or f"Chain {client.chain_id}"
    chain.confirmations, chain.genesis_hash = settings.CHAIN_CONFIRMATIONS, genesis_hash
    chain.escrow_address, chain.settlement_address = at.escrow, at.settlement
    chain.escrow_code_hash = client.code_hash(at.escrow) or ""
    chain.settlement_code_hash = client.code_hash(at.settlement) or ""
    chain.deployed_block, chain.indexed_block, chain.stopped_reason = block, -1, ""
    chain.save()
    chain.blocks.all().delete()
    chain.events.all().delete()
    # What was accepted on a chain that is gone has no contract behind it.
    chain.tokens.update(is_active=False)
    _record_signer(chain, signer)
    if at.test_token:
        token = allow_token(chain, client, at.test_token, has_faucet=True)
        Token.objects.filter(pk=token.pk).update(is_active=True)
    changes = {"escrow": at.escrow, "settlement": at.settlement, "block": block}
    audit.record("chain.deployed", actor=None, object_kind="chain", object_id=chain.chain_id, changes=changes)
    return chain


def _record_signer(chain: Chain, signer: Signer) -> None:
    ChainSigner.objects.update_or_create(chain=chain, defaults={"address": signer.address})
