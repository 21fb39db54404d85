"""An approval that a wallet signs instead of sending it (EIP-2612), where the token knows how.

docs/contracts/permit.md says what a page does with it. Smart wallets cannot sign one: they approve, then open.
"""

from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address

from rewards.chain import abi, calldata
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected
from rewards.chain.merkle import keccak

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
FIELDS = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)
DOMAIN_FIELDS = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


@dataclass(frozen=True, slots=True)
class PermitDomain:
    """What a token's signatures are bound to."""

    name: str
    version: str
    chain_id: int
    token: str

    @property
    def separator(self) -> bytes:
        hashes = [bytes(keccak(text.encode())) for text in (DOMAIN_TYPE, self.name, self.version)]
        values = [*hashes, self.chain_id, to_checksum_address(self.token)]
        return bytes(keccak(abi.encode_values(["bytes32", "bytes32", "bytes32", "uint256", "address"], values)))


def permit_domain(client: ChainClient, token: str) -> PermitDomain | None:
    """None when the token has no EIP-2612, or another kind than is built here: then it is approved as usual.

    The domain is what the token itself says; a guess that gives another separator would only make useless signatures.
    """
    said = _ask(client, token, "DOMAIN_SEPARATOR")
    name = _ask(client, token, "name")
    if said is None or name is None or _ask(client, token, "nonces", token) is None:
        return None
    version = _ask(client, token, "version")
    domain = PermitDomain(name, version or "1", client.chain_id, to_checksum_address(token))
    return domain if domain.separator == said else None


def permit_nonce(client: ChainClient, token: str, owner: str) -> int:
    return int(client.call(token, calldata.ERC20["nonces"], to_checksum_address(owner)))


def permit_typed_data(
    domain: PermitDomain, *, owner: str, spender: str, amount: int, nonce: int, deadline: int
) -> dict[str, Any]:
    """For `eth_signTypedData_v4`. Numbers are text: a page's JSON would round them."""
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in DOMAIN_FIELDS],
            "Permit": [{"name": name, "type": kind} for name, kind in FIELDS],
        },
        "primaryType": "Permit",
        "domain": {
            "name": domain.name,
            "version": domain.version,
            "chainId": domain.chain_id,
            "verifyingContract": domain.token,
        },
        "message": {
            "owner": to_checksum_address(owner),
            "spender": to_checksum_address(spender),
            "value": str(amount),
            "nonce": str(nonce),
            "deadline": str(deadline),
        },
    }


def _ask(client: ChainClient, token: str, name: str, *arguments: object) -> Any:
    try:
        return client.call(token, calldata.ERC20[name], *arguments)
    except ChainRejected:
        return None
