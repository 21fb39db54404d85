"""Which nodes and which key serve a chain. The configuration names them; the rows may know more chains."""

import time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from rewards.chain.client import ChainClient
from rewards.chain.configuration import ChainSettings
from rewards.chain.endpoints import FailoverClient
from rewards.chain.errors import ChainRejected, Reason
from rewards.chain.kms import KmsSigner
from rewards.chain.signer import KeystoreSigner, Signer
from rewards.exceptions import RewardsError
from rewards.models import Chain

RPC_TIMEOUT_SECONDS = 10.0
RESTS_KEPT_SECONDS = 600


class NotConfigured(RewardsError):
    """This installation has no node or no key for the chain."""

    code = "not_configured"
    status = 503


class SharedRests:
    """Which nodes rest, told to all processes: one finds out that a node hangs, none waits for it again."""

    def until(self, url: str) -> float:
        return float(self._kept(url)[1])

    def failures(self, url: str) -> int:
        return int(self._kept(url)[0])

    def rest(self, url: str, *, failures: int, until: float) -> None:
        cache.set(self._name(url), (failures, until), max(RESTS_KEPT_SECONDS, int(until - time.time()) + 1))

    def forget(self, url: str) -> None:
        cache.delete(self._name(url))

    def _kept(self, url: str) -> tuple[int, float]:
        kept: tuple[int, float] = cache.get(self._name(url), (0, 0.0))
        return kept

    def _name(self, url: str) -> str:
        # Not the address itself: it may carry a key.
        return f"rewards.node.{sha256(url.encode()).hexdigest()[:32]}"


def configured_chains() -> dict[int, ChainSettings]:
    """Those of CHAINS_FILE, and the one of CHAIN_ID and CHAIN_RPC_URL unless the file has it too."""
    home = ChainSettings(
        chain_id=settings.CHAIN_ID,
        name="Development chain" if settings.DEMO else f"Chain {settings.CHAIN_ID}",
        rpc_urls=(settings.CHAIN_RPC_URL, *settings.CHAIN_RPC_FALLBACK_URLS),
        confirmations=settings.CHAIN_CONFIRMATIONS,
        finality=settings.CHAIN_FINALITY,
    )
    return {home.chain_id: home} | settings.CHAINS


def settings_of(chain_id: int) -> ChainSettings:
    found = configured_chains().get(chain_id)
    if found is None:
        raise NotConfigured(f"No node is configured for chain {chain_id}.")
    return found


def is_configured(chain: Chain) -> bool:
    return chain.chain_id in configured_chains()


def client_for(chain: Chain) -> ChainClient:
    return client_of(chain.chain_id)


def client_of(chain_id: int) -> ChainClient:
    urls = settings_of(chain_id).rpc_urls
    return FailoverClient(urls, chain_id, timeout_seconds=RPC_TIMEOUT_SECONDS, rests=SharedRests())


def signer_for(chain: Chain) -> Signer:
    return signer_of(chain.chain_id)


def signer_of(chain_id: int) -> Signer:
    """The chain's own key where it has one, else the installation's."""
    own = settings_of(chain_id)
    if not own.operator_keystore:
        return operator_signer()
    try:
        password = Path(own.operator_password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotConfigured(f"The password file of chain {chain_id}'s key cannot be read: {error}.") from None
    return _opened(own.operator_keystore, password)


def operator_signer() -> Signer:
    if settings.CHAIN_SIGNER == "kms":
        if not settings.CHAIN_KMS_URL or not settings.CHAIN_KMS_KEY_ID:
            raise NotConfigured("CHAIN_SIGNER is kms, and CHAIN_KMS_URL or CHAIN_KMS_KEY_ID is not set.")
        return _service(settings.CHAIN_KMS_URL, settings.CHAIN_KMS_KEY_ID, settings.CHAIN_KMS_TOKEN)
    if not settings.CHAIN_OPERATOR_KEYSTORE:
        raise NotConfigured("CHAIN_OPERATOR_KEYSTORE is not set: nothing can be signed.")
    return _opened(settings.CHAIN_OPERATOR_KEYSTORE, settings.CHAIN_OPERATOR_PASSWORD)


@lru_cache(maxsize=4)
def _service(url: str, key_id: str, token: str) -> KmsSigner:
    """Its public key is asked once a process."""
    return KmsSigner(url, key_id, token)


@lru_cache(maxsize=16)
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
