"""What is sent to the contracts: for our own outbox, and for a client's wallet in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eth_utils import to_checksum_address

from rewards.chain import abi
from rewards.chain.artifacts import AbiEntry, load_artifact
from rewards.chain.epoch_tree import Claim, Run
from rewards.chain.merkle import MAX_PAYMENT, keccak


@dataclass(frozen=True, slots=True)
class Due:
    """A project's cumulative rewards once the release is done."""

    project: bytes
    rewarded: int


@dataclass(frozen=True, slots=True)
class SignedPermit:
    """A signature of the typed data that rewards/chain/permit.py makes."""

    deadline: int
    v: int
    r: bytes
    s: bytes


@dataclass(frozen=True, slots=True)
class PayCall:
    """What a written `Settlement.pay` says. It shows the whole leaf, and pays `count` payments from its `first` on."""

    epoch: int
    leaf_start: int
    token: str
    payments: tuple[int, ...]
    proof: tuple[bytes, ...]
    first: int
    count: int

    @property
    def start(self) -> int:
        return self.leaf_start + self.first

    @property
    def passed_over(self) -> int:
        return len(self.payments) - self.count

    def payees(self) -> list[tuple[str, int]]:
        """Account and amount of those that it pays."""
        window = self.payments[self.first : self.first + self.count]
        return [(to_checksum_address((word >> 96).to_bytes(20, "big")), word & MAX_PAYMENT) for word in window]

    def of(self, first: int, count: int) -> "PayCall":
        """The same leaf and another part of it: `first` counts from the first that is paid now."""
        return replace(self, first=self.first + first, count=count)

    def data(self) -> bytes:
        return _call(
            "Settlement", "pay", self.epoch, self.leaf_start, self.token, self.payments, self.proof, self.first,
            self.count,
        )  # fmt: skip


def project_key(client: str, salt: bytes) -> bytes:
    """Where Escrow keeps what `client` opens with `salt`."""
    return bytes(keccak(abi.encode_values(["address", "bytes32"], [to_checksum_address(client), salt])))


def open_project(*, salt: bytes, token: str, amount: int, fee_bps: int, cap: int) -> bytes:
    return _call("Escrow", "open", salt, to_checksum_address(token), amount, fee_bps, cap)


def open_with_permit(*, salt: bytes, token: str, amount: int, fee_bps: int, cap: int, permit: SignedPermit) -> bytes:
    """`open_project` and its approval in one transaction, sent by the permit's owner."""
    terms = (salt, to_checksum_address(token), amount, fee_bps, cap)
    return _call("Escrow", "open_with_permit", *terms, permit.deadline, permit.v, permit.r, permit.s)


def top_up(project: bytes, amount: int) -> bytes:
    return _call("Escrow", "top_up", project, amount)


def top_up_with_permit(project: bytes, amount: int, *, permit: SignedPermit) -> bytes:
    """`top_up` and its approval in one transaction, sent by the permit's owner."""
    return _call("Escrow", "top_up_with_permit", project, amount, permit.deadline, permit.v, permit.r, permit.s)


def release(*, batch: bytes, token: str, dues: Sequence[Due]) -> bytes:
    """At most MAX_DUES projects; a release sent twice moves nothing the second time."""
    return _call("Escrow", "release", batch, to_checksum_address(token), [(due.project, due.rewarded) for due in dues])


def close(project: bytes) -> bytes:
    return _call("Escrow", "close", project)


def refund(project: bytes) -> bytes:
    return _call("Escrow", "refund", project)


def collect_fees(token: str) -> bytes:
    return _call("Escrow", "collect_fees", to_checksum_address(token))


def propose(*, epoch: int, root: bytes, batch: bytes, uri_hash: bytes) -> bytes:
    return _call("Settlement", "propose", epoch, root, batch, uri_hash)


def activate() -> bytes:
    return _call("Settlement", "activate")


def veto(epoch: int) -> bytes:
    return _call("Settlement", "veto", epoch)


def pay(run: Run) -> bytes:
    words = memoryview(run.leaf_words)
    payments = [int.from_bytes(words[at : at + 32]) for at in range(0, len(words), 32)]
    window = (run.start - run.leaf_start, len(run.accounts))
    return _call("Settlement", "pay", run.epoch, run.leaf_start, run.token, payments, run.proof, *window)


def read_pay(data: bytes) -> PayCall:
    values = abi.decode_values(abi.types_of(function("Settlement", "pay")["inputs"]), data[4:])
    epoch, leaf_start, token, payments, proof, first, count = values
    return PayCall(epoch, leaf_start, token, tuple(payments), tuple(proof), first, count)


def claim(claim: Claim) -> bytes:
    account, token = to_checksum_address(claim.account), to_checksum_address(claim.token)
    return _call("Settlement", "claim", account, token, claim.cumulative, claim.proof)


def claim_to(receiver: str, claim: Claim) -> bytes:
    """To be sent by the account itself."""
    to, token = to_checksum_address(receiver), to_checksum_address(claim.token)
    return _call("Settlement", "claim_to", to, token, claim.cumulative, claim.proof)


def pause() -> bytes:
    return _call("Settlement", "pause")


def approve(spender: str, amount: int) -> bytes:
    return abi.encode_call(ERC20["approve"], [to_checksum_address(spender), amount])


def transfer(to: str, amount: int) -> bytes:
    return abi.encode_call(ERC20["transfer"], [to_checksum_address(to), amount])


def mint(to: str, amount: int) -> bytes:
    """TestToken's faucet."""
    return _call("TestToken", "mint", to_checksum_address(to), amount)


def function(contract: str, name: str) -> AbiEntry:
    return load_artifact(contract).entry("function", name)


def _call(contract: str, name: str, *arguments: object) -> bytes:
    return abi.encode_call(function(contract, name), arguments)


def _erc20(name: str, inputs: Sequence[str], outputs: Sequence[str]) -> AbiEntry:
    return {
        "type": "function",
        "name": name,
        "inputs": [{"name": "", "type": kind} for kind in inputs],
        "outputs": [{"name": "", "type": kind} for kind in outputs],
    }


ERC20 = {
    "approve": _erc20("approve", ["address", "uint256"], ["bool"]),
    "transfer": _erc20("transfer", ["address", "uint256"], ["bool"]),
    "balanceOf": _erc20("balanceOf", ["address"], ["uint256"]),
    "allowance": _erc20("allowance", ["address", "address"], ["uint256"]),
    "name": _erc20("name", [], ["string"]),
    "symbol": _erc20("symbol", [], ["string"]),
    "decimals": _erc20("decimals", [], ["uint8"]),
    "version": _erc20("version", [], ["string"]),
    "nonces": _erc20("nonces", ["address"], ["uint256"]),
    "DOMAIN_SEPARATOR": _erc20("DOMAIN_SEPARATOR", [], ["bytes32"]),
    "permit": _erc20("permit", ["address", "address", "uint256", "uint256", "uint8", "bytes32", "bytes32"], []),
}
IS_VALID_SIGNATURE = _erc20("isValidSignature", ["bytes32", "bytes"], ["bytes4"])
