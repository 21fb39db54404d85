"""What every call of the contracts costs, on an anvil of its own.

python -m contracts.scripts.measure_gas            compare with contracts/gas.json
python -m contracts.scripts.measure_gas --write    renew contracts/gas.json

Accounts, amounts and trees are the same at every run, so the figures are too: a difference is a change of the
contracts, the compiler or the tree.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_account import Account
from eth_utils import keccak, to_checksum_address

from contracts.scripts.compile import CONTRACTS, EVM_VERSIONS
from contracts.scripts.devchain import Devchain, start_devchain
from contracts.tests import permits, scenes
from contracts.tests.harness import Chain, Contract
from rewards.chain.epoch_tree import Credit, EpochTree, Payment
from rewards.chain.leaf_cache import KnownLeaves

SNAPSHOT = CONTRACTS / "gas.json"
TOLERANCE_PERCENT = 0.2
RENEW = "python -m contracts.scripts.measure_gas --write"
SIZES = (1, 100, 512)
IDLE_CREDITS = 1_000
WHOLE = 10**18

Figures = dict[str, int]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch's payments cost: every `pay`, and the root before them."""

    pays: tuple[int, ...]
    propose: int

    @property
    def paying(self) -> int:
        return sum(self.pays)


class Scene:
    """Both contracts and an ordinary token of 18 decimals, with credits of others under every root."""

    def __init__(self, chain: Chain, evm: str = "cancun", *, idle_credits: int = IDLE_CREDITS) -> None:
        self.chain = chain
        admin, self.operator, guardian, self.treasury, self.client = chain.accounts[:5]
        roles = (admin, self.operator, guardian)
        self.token = chain.deploy("TestToken", "Test", "TEST", 18, evm=evm)
        self.settlement = chain.deploy("Settlement", *roles, 0, evm=evm)
        self.escrow = chain.deploy("Escrow", *roles, self.settlement.address, self.treasury, 0, evm=evm)
        for contract in (self.settlement, self.escrow):
            # Nobody's balance is emptied or filled first while we measure.
            self.token.mint(contract.address, 900_000 * WHOLE, sender=self.client)
        self.token.mint(self.treasury, 1, sender=self.client)
        self.idle = [Credit(account, self.token.address, WHOLE) for account in accounts_of("idle", idle_credits)]
        self.known: KnownLeaves | None = None

    def tree(self, accounts: Sequence[str], credits: Sequence[Credit] = ()) -> EpochTree:
        tree = EpochTree(
            chain_id=31337,
            settlement=self.settlement.address,
            epoch=self.settlement.epoch() + 1,
            payments={self.token.address: [Payment(account, wage_of(at)) for at, account in enumerate(accounts)]},
            credits=[*self.idle, *credits],
            known=self.known,
        )
        self.known = tree.known_leaves()
        return tree

    def propose(self, tree: EpochTree) -> int:
        return int(scenes.propose(self.settlement, tree, self.operator).gas_used)

    def pay(self, accounts: Sequence[str]) -> Epoch:
        tree = self.tree(accounts)
        proposing = self.propose(tree)
        pays = tuple(scenes.pay(self.settlement, run, self.client).gas_used for run in tree.runs())
        assert sum(self.settlement.paid(tree.epoch, word).bit_count() for word in range(8)) == len(accounts)
        return Epoch(pays, proposing)

    def claims(self) -> Iterator[int]:
        """The first claim of an account that never held the token, and its second."""
        (account,) = accounts_of("claimant", 1)
        for cumulative in (WHOLE, 2 * WHOLE):
            tree = self.tree([], [Credit(account, self.token.address, cumulative)])
            self.propose(tree)
            yield scenes.claim(self.settlement, tree, account, self.token.address, self.client).gas_used

    def releases(self, count: int) -> tuple[int, int]:
        """The first release of so many projects, and their second."""
        keys = [
            scenes.open_project(self.escrow, self.token, self.client, salt=keccak(text=f"{count} {number}"))
            for number in range(count)
        ]
        first, second = (
            self.escrow.release(scenes.BATCH, self.token.address, [(key, due) for key in keys], sender=self.operator)
            for due in (400, 500)
        )
        return first.gas_used, second.gas_used

    def opening(self) -> Figures:
        self.token.mint(self.client, 10_000, sender=self.client)
        approved = self.token.approve(self.escrow.address, 3_000, sender=self.client)
        salt = b"\xff" * 32
        opened = self.escrow.open(salt, self.token.address, 1_000, 500, 10**9, sender=self.client)
        key = self.escrow.project_key(self.client, salt)
        topped = self.escrow.top_up(key, 500, sender=self.client)
        closed = self.escrow.close(key, sender=self.client)
        refunded = self.escrow.refund(key, sender=self.client)
        return {
            "approve": approved.gas_used,
            "open": opened.gas_used,
            "open_with_permit": self._open_with_permit(),
            "top_up": topped.gas_used,
            "top_up_with_permit": self._top_up_with_permit(),
            "close": closed.gas_used,
            "refund": refunded.gas_used,
        }

    def _open_with_permit(self) -> int:
        key = "0x" + "c1" * 32
        client = Account.from_key(key).address
        self.chain.devchain.rpc("anvil_setBalance", client, hex(WHOLE))
        self.chain.devchain.rpc("anvil_impersonateAccount", client)
        self.token.mint(client, 10_000, sender=client)
        permit = permits.sign_permit(self.token, key, self.escrow.address, 1_000)
        terms = (bytes(32), self.token.address, 1_000, 500, 10**9)
        return int(self.escrow.open_with_permit(*terms, *permit.parts, sender=client).gas_used)

    def _top_up_with_permit(self) -> int:
        key = "0x" + "c1" * 32
        client = Account.from_key(key).address
        project = self.escrow.project_key(client, bytes(32))
        permit = permits.sign_permit(self.token, key, self.escrow.address, 500, nonce=self.token.nonces(client))
        return int(self.escrow.top_up_with_permit(project, 500, *permit.parts, sender=client).gas_used)

    def transfers(self) -> tuple[int, int]:
        """The token alone: one transfer to an account that never held it, and one more."""
        (account,) = accounts_of("receiver", 1)
        self.token.mint(self.client, 1_000 * WHOLE, sender=self.client)
        cold, warm = (self.token.transfer(account, wage_of(1), sender=self.client).gas_used for _ in range(2))
        return cold, warm

    def code_size(self, contract: Contract) -> int:
        return len(self.chain.devchain.rpc("eth_getCode", contract.address, "latest")) // 2 - 1


def accounts_of(group: str, count: int) -> list[str]:
    return [to_checksum_address(keccak(text=f"{group} {number}")[:20]) for number in range(count)]


def wage_of(number: int) -> int:
    """1 to 100 tokens of 18 decimals, with no zeros at the end that would make calldata cheaper."""
    return WHOLE + int.from_bytes(keccak(text=f"wage {number}")) % (99 * WHOLE)


def measure(devchain: Devchain, evm: str) -> Figures:
    scene = Scene(Chain(devchain), evm)
    found = dict(zip(("transfer, cold", "transfer, warm"), scene.transfers(), strict=True))
    for state in ("cold", "warm"):
        for size in SIZES:
            paid = scene.pay(accounts_of(f"of {size}", size))
            found[f"pay {size}, {state}"] = paid.paying
            found["propose"] = paid.propose
    found |= zip(("claim, first", "claim, later"), scene.claims(), strict=True)
    for count in (1, 10):
        found |= zip((f"release {count}, first", f"release {count}, later"), scene.releases(count), strict=True)
    found |= scene.opening()
    found |= {"Settlement, bytes": scene.code_size(scene.settlement), "Escrow, bytes": scene.code_size(scene.escrow)}
    return found


def measure_all() -> dict[str, Figures]:
    found = {}
    for evm in EVM_VERSIONS:
        with start_devchain() as devchain:
            found[evm] = measure(devchain, evm)
    return found


def differences(kept: dict[str, Figures], found: dict[str, Figures]) -> list[str]:
    """What moved by more than the tolerance, came or went; a line each."""
    lines = []
    for evm in sorted(kept.keys() | found.keys()):
        before, after = kept.get(evm, {}), found.get(evm, {})
        for name in [*before, *(after.keys() - before.keys())]:
            was, now = before.get(name), after.get(name)
            if was is None or now is None:
                lines.append(f"{evm}: {name}: {was} -> {now}")
            elif abs(now - was) > was * TOLERANCE_PERCENT / 100:
                lines.append(f"{evm}: {name}: {was:,} -> {now:,} ({(now - was) / was:+.2%})")
    return lines


def main(arguments: list[str]) -> int:
    found = measure_all()
    if arguments == ["--write"]:
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n")
    for evm, figures in found.items():
        for name, gas in figures.items():
            print(f"{evm:8} {name:24} {gas:>12,}")
    lines = differences(json.loads(SNAPSHOT.read_text()), found)
    print(*lines, sep="\n", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
