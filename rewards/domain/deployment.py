"""Putting our contracts on a chain, or recognising them there, and recording both."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from eth_utils import to_checksum_address

from accounts.domain import audit
from rewards.chain.client import ChainClient
from rewards.chain.configuration import ChainSettings
from rewards.chain.deploy import Addresses, DeployConfig, deploy_all, has_code
from rewards.chain.errors import ChainRejected, Reason
from rewards.chain.permit import permit_domain
from rewards.chain.reads import role_holders, token_metadata
from rewards.chain.signer import Signer
from rewards.domain import locks, node
from rewards.exceptions import RewardsError
from rewards.models import Chain, ChainSigner, Checkpoint, Escrow, SettlementBatch, Token

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
        record_permits(chain, client)
        return Deployed(chain, is_new=False)
    if chain is not None and _has_money(chain):
        raise ChainWasReset(
            f"Chain {client.chain_id} is not the one this database has money on (it was reset, or CHAIN_RPC_URL is"
            " another chain's): point CHAIN_RPC_URL at the old chain, or run `make reset` to lose var/."
        )
    block = client.block_number()
    addresses = deploy_all(client, signer, _config(signer))
    return Deployed(_record(chain, client, signer, addresses, found.genesis_hash, block), is_new=True)


def sync_chain(said: ChainSettings) -> Chain:
    """Make the row what the configuration says, and the chain's accepted tokens those that it lists.

    Contracts that are there already are recorded after they were asked whether they are ours; to put new ones there is
    `deploy`'s. A token that is no longer listed is offered for no new project; what is owed in it is still paid.
    """
    client = node.client_of(said.chain_id)
    chain = Chain.objects.filter(chain_id=said.chain_id).first()
    if chain is None:
        chain = _adopt(said, client, node.signer_of(said.chain_id))
    else:
        node.check_identity(chain, client)
        _update(chain, said)
    if said.tokens:
        _allow_only(chain, client, said)
    record_permits(chain, client)
    return chain


def _adopt(said: ChainSettings, client: ChainClient, signer: Signer) -> Chain:
    if not (said.escrow and said.settlement):
        raise node.NotConfigured(
            f"Chain {said.chain_id} has no contracts: run `manage.py deploy_contracts --chain {said.chain_id}`, or name"
            " those that are there in CHAINS_FILE."
        )
    genesis_hash = client.check_identity().genesis_hash
    for name, address in (("Escrow", said.escrow), ("Settlement", said.settlement)):
        if not has_code(client, address, name):
            raise ChainRejected(Reason.WRONG_CODE, f"there is no contract at {address}")
        if role_holders(client, address)["operator"] != signer.address:
            raise node.NotConfigured(f"{signer.address}, whose key we have, is not the operator of {name} {address}.")
    addresses = Addresses(settlement=to_checksum_address(said.settlement), escrow=to_checksum_address(said.escrow))
    return _record(None, client, signer, addresses, genesis_hash, said.deployed_block)


def _update(chain: Chain, said: ChainSettings) -> None:
    names = ("name", "confirmations", "finality", "explorer_url")
    with transaction.atomic():
        chain = locks.lock_chain(chain.pk)
        before = {name: getattr(chain, name) for name in names}
        _configure(chain, said)
        changes = {name: [was, getattr(chain, name)] for name, was in before.items() if was != getattr(chain, name)}
        if changes:
            chain.save(update_fields=list(changes))
            audit.record("chain.configured", actor=None, object_kind="chain", object_id=chain.chain_id, changes=changes)


def _allow_only(chain: Chain, client: ChainClient, said: ChainSettings) -> None:
    listed = [
        allow_token(chain, client, to_checksum_address(token.address), has_faucet=token.faucet and settings.DEMO).pk
        for token in said.tokens
    ]
    with transaction.atomic():
        locks.lock_chain(chain.pk)
        for token in chain.tokens.filter(is_active=False, pk__in=listed):
            _switch(token, True)
        for token in chain.tokens.filter(is_active=True).exclude(pk__in=listed):
            _switch(token, False)


def _switch(token: Token, is_active: bool) -> None:
    token.is_active = is_active
    token.save(update_fields=["is_active"])
    audit.record(
        "token.allowed" if is_active else "token.retired", actor=None, object_kind="token", object_id=token.pk,
        changes={"address": token.address},
    )  # fmt: skip


def allow_token(chain: Chain, client: ChainClient, address: str, *, has_faucet: bool = False) -> Token:
    """Accept an ERC-20. Its symbol and decimals are its own words, asked once and kept."""
    address = to_checksum_address(address)
    told = token_metadata(client, address)
    defaults = {"symbol": told.symbol, "name": told.name, "decimals": told.decimals, "has_faucet": has_faucet}
    token, is_new = Token.objects.get_or_create(chain=chain, address=address, defaults=defaults)
    if is_new:
        token.permit_name, token.permit_version = _permit_of(client, address)
        token.save(update_fields=["permit_name", "permit_version"])
        audit.record("token.allowed", actor=None, object_kind="token", object_id=token.pk, changes={"address": address})
    return token


def record_permits(chain: Chain, client: ChainClient) -> None:
    """Ask the accepted tokens anew: a token behind a proxy may have learned, or changed, its permits."""
    for token in chain.tokens.filter(is_active=True):
        name, version = _permit_of(client, token.address)
        if (name, version) != (token.permit_name, token.permit_version):
            Token.objects.filter(pk=token.pk).update(permit_name=name, permit_version=version)


def _permit_of(client: ChainClient, address: str) -> tuple[str, str]:
    """The name and version of its permits' domain; both empty when it has none that we can build."""
    domain = permit_domain(client, address)
    if domain is None or len(domain.name) > 120 or len(domain.version) > 20:
        return "", ""
    # A stranger's words: what cannot be shown, or kept in a row, is not signed either.
    return (domain.name, domain.version) if (domain.name + domain.version).isprintable() else ("", "")


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
    chain = chain or Chain(chain_id=client.chain_id)
    _configure(chain, node.settings_of(client.chain_id))
    chain.genesis_hash = genesis_hash
    chain.escrow_address, chain.settlement_address = at.escrow, at.settlement
    chain.escrow_code_hash = client.code_hash(at.escrow) or ""
    chain.settlement_code_hash = client.code_hash(at.settlement) or ""
    chain.deployed_block, chain.indexed_block, chain.stopped_reason = block, -1, ""
    chain.save()
    _forget_the_former(chain)
    # What was accepted on a chain that is gone has no contract behind it.
    chain.tokens.update(is_active=False)
    _record_signer(chain, signer)
    if at.test_token:
        token = allow_token(chain, client, at.test_token, has_faucet=True)
        Token.objects.filter(pk=token.pk).update(is_active=True)
    changes = {"escrow": at.escrow, "settlement": at.settlement, "block": block}
    audit.record("chain.deployed", actor=None, object_kind="chain", object_id=chain.chain_id, changes=changes)
    return chain


def _forget_the_former(chain: Chain) -> None:
    """What was read and compared on a chain that is gone says nothing of this one."""
    chain.blocks.all().delete()
    chain.events.all().delete()
    chain.reconciliations.all().delete()
    Checkpoint.objects.filter(token__chain=chain).delete()
    chain.incidents.filter(resolved_at=None).update(
        resolved_at=timezone.now(), resolution="The contracts were deployed anew: the former chain is gone."
    )


def _configure(chain: Chain, said: ChainSettings) -> None:
    chain.name, chain.confirmations = said.name, said.confirmations
    chain.finality, chain.explorer_url = said.finality, said.explorer_url


def _record_signer(chain: Chain, signer: Signer) -> None:
    ChainSigner.objects.update_or_create(chain=chain, defaults={"address": signer.address})
