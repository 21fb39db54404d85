"""Which node and which key serve a chain. The configuration names one of each; the rows may know more chains."""

from functools import lru_cache

from django.conf import settings

from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected, Reason
from rewards.chain.signer import KeystoreSigner, Signer
from rewards.exceptions import RewardsError
from rewards.models import Chain

RPC_TIMEOUT_SECONDS = 10.0


class NotConfigured(RewardsError):
    """This installation has no node or no key for the chain."""

    code = "not_configured"
    status = 503


def client_for(chain: Chain) -> ChainClient:
    if chain.chain_id != settings.CHAIN_ID:
        raise NotConfigured(f"No node is configured for chain {chain.chain_id}.")
    return ChainClient(settings.CHAIN_RPC_URL, chain.chain_id, timeout_seconds=RPC_TIMEOUT_SECONDS)


def operator_signer() -> Signer:
    if not settings.CHAIN_OPERATOR_KEYSTORE:
        raise NotConfigured("CHAIN_OPERATOR_KEYSTORE is not set: nothing can be signed.")
    return _opened(settings.CHAIN_OPERATOR_KEYSTORE, settings.CHAIN_OPERATOR_PASSWORD)


@lru_cache(maxsize=4)
def _opened(path: str, password: str) -> KeystoreSigner:
    """Opening a keystore is slow on purpose: once a process."""
    return KeystoreSigner(path, password)


def check_identity(chain: Chain, client: ChainClient) -> None:
    """Raises ChainRejected when the node is on another chain, or other code stands at our addresses."""
    client.check_identity(chain.genesis_hash)
    expected = ((chain.escrow_address, chain.escrow_code_hash), (chain.settlement_address, chain.settlement_code_hash))
    for address, code_hash in expected:
        if client.code_hash(address) != code_hash:
            raise ChainRejected(Reason.WRONG_CODE, f"the contract at {address} is not the one recorded")
