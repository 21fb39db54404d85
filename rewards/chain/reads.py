"""What the contracts and tokens hold, as plain values."""

from dataclasses import dataclass

from eth_utils import to_checksum_address

from rewards.chain import calldata
from rewards.chain.client import BlockTag, ChainClient
from rewards.chain.errors import ChainRejected, Reason

EIP1271_MAGIC = bytes.fromhex("1626ba7e")
EIP1271_GAS = 500_000
MAX_SIGNATURE_BYTES = 8_192
METADATA_GAS = 200_000
_BITS = 256


@dataclass(frozen=True, slots=True)
class EscrowProject:
    client: str
    token: str
    fee_bps: int
    cap: int
    funded: int
    rewarded: int
    refunded: int
    closing_at: int

    @property
    def fee(self) -> int:
        return self.rewarded * self.fee_bps // 10_000

    @property
    def left(self) -> int:
        return self.funded - self.rewarded - self.fee - self.refunded


@dataclass(frozen=True, slots=True)
class SettlementStatus:
    """Everything a worker must know before it acts, as of one block."""

    epoch: int
    root: bytes
    live: int
    previous: bytes
    previous_epoch: int
    pending: bytes
    ready_at: int
    delay: int
    paused_until: int
    now: int

    @property
    def has_pending(self) -> bool:
        return any(self.pending)

    @property
    def is_paused(self) -> bool:
        return self.now < self.paused_until

    def is_payable(self, epoch: int) -> bool:
        """Is the epoch's root current or previous, so that its runs can be paid?"""
        return (epoch == self.live and any(self.root)) or (epoch == self.previous_epoch and any(self.previous))

    def is_expired(self, epoch: int) -> bool:
        """The epoch was proposed and can never be paid again: its root was replaced twice, or vetoed."""
        waits = epoch == self.epoch and self.has_pending
        return epoch <= self.epoch and not waits and not self.is_payable(epoch)


@dataclass(frozen=True, slots=True)
class TokenMetadata:
    name: str
    symbol: str
    decimals: int


def escrow_project(client: ChainClient, escrow: str, key: bytes, block: BlockTag = "latest") -> EscrowProject | None:
    """None when nobody has opened the project."""
    found = EscrowProject(*client.call(escrow, calldata.function("Escrow", "projects"), key, block=block))
    return found if int(found.client, 16) else None


def escrow_held(client: ChainClient, escrow: str, token: str, block: BlockTag = "latest") -> int:
    return int(client.call(escrow, calldata.function("Escrow", "held"), to_checksum_address(token), block=block))


def fees_due(client: ChainClient, escrow: str, token: str, block: BlockTag = "latest") -> int:
    return int(client.call(escrow, calldata.function("Escrow", "fees_due"), to_checksum_address(token), block=block))


def treasury(client: ChainClient, escrow: str) -> str:
    """Where fees go; it never changes."""
    return str(client.call(escrow, calldata.function("Escrow", "TREASURY")))


def spent_today(client: ChainClient, escrow: str, key: bytes, block: BlockTag = "latest") -> int:
    return int(client.call(escrow, calldata.function("Escrow", "spent_today"), key, block=block))


def settlement_status(client: ChainClient, settlement: str, block: BlockTag = "latest") -> SettlementStatus:
    return SettlementStatus(*client.call(settlement, calldata.function("Settlement", "status"), block=block))


def batch_epoch(client: ChainClient, settlement: str, batch: bytes, block: BlockTag = "latest") -> int:
    """The epoch under which the batch was proposed, 0 when it was not."""
    return int(client.call(settlement, calldata.function("Settlement", "batch_epoch"), batch, block=block))


def paid_word(client: ChainClient, settlement: str, epoch: int, word: int, block: BlockTag = "latest") -> int:
    return int(client.call(settlement, calldata.function("Settlement", "paid"), epoch, word, block=block))


def paid_flags(
    client: ChainClient, settlement: str, epoch: int, start: int, count: int, block: BlockTag = "latest"
) -> list[bool]:
    """For each payment of a run: has it been made?"""
    first, last = start // _BITS, (start + count - 1) // _BITS
    words = [paid_word(client, settlement, epoch, word, block) for word in range(first, last + 1)]
    return [bool(words[index // _BITS - first] >> index % _BITS & 1) for index in range(start, start + count)]


def claimed(client: ChainClient, settlement: str, account: str, token: str, block: BlockTag = "latest") -> int:
    function = calldata.function("Settlement", "claimed")
    return int(client.call(settlement, function, to_checksum_address(account), to_checksum_address(token), block=block))


def role_holders(client: ChainClient, contract: str) -> dict[str, str]:
    """Admin, operator and guardian; Escrow and Settlement answer alike."""
    names = ("admin", "operator", "guardian")
    return {name: str(client.call(contract, calldata.function("Settlement", name))) for name in names}


def token_balance(client: ChainClient, token: str, account: str, block: BlockTag = "latest") -> int:
    return int(client.call(token, calldata.ERC20["balanceOf"], to_checksum_address(account), block=block))


def token_allowance(client: ChainClient, token: str, owner: str, spender: str) -> int:
    owner, spender = to_checksum_address(owner), to_checksum_address(spender)
    return int(client.call(token, calldata.ERC20["allowance"], owner, spender))


def token_metadata(client: ChainClient, token: str) -> TokenMetadata:
    """Raises ChainRejected when the address is no token that tells its name, symbol and decimals."""
    name, symbol, decimals = (
        client.call(token, calldata.ERC20[part], gas=METADATA_GAS) for part in ("name", "symbol", "decimals")
    )
    return TokenMetadata(name=_shown(name, 64), symbol=_shown(symbol, 16), decimals=int(decimals))


def is_valid_signature(client: ChainClient, contract: str, digest: bytes, signature: bytes) -> bool:
    """EIP-1271: does the contract wallet stand by the signature? It is a stranger's: gas and size are bounded."""
    if len(digest) != 32 or len(signature) > MAX_SIGNATURE_BYTES:
        return False
    try:
        answer = client.call(contract, calldata.IS_VALID_SIGNATURE, digest, signature, gas=EIP1271_GAS)
    except ChainRejected as error:
        if error.reason in (Reason.WRONG_CHAIN, Reason.NO_GAS_MONEY):
            raise
        return False
    return bool(answer == EIP1271_MAGIC)


def _shown(text: str, length: int) -> str:
    """A stranger's words: printable, and short enough for a page."""
    return "".join(letter for letter in text if letter.isprintable())[:length]
