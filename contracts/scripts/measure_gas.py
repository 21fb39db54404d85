"""Prints what docs/contracts/gas.md shows, from an anvil of its own: python -m contracts.scripts.measure_gas"""

import os

from eth_utils import to_checksum_address

from contracts.scripts.devchain import start_devchain
from contracts.tests import scenes
from contracts.tests.harness import Chain, Contract

IDLE_CREDITS = 20_000
SIZES = (1, 100, 500)


def random_accounts(count: int) -> list[str]:
    return [to_checksum_address("0x" + os.urandom(20).hex()) for _ in range(count)]


class Bench:
    def __init__(self, chain: Chain, evm: str) -> None:
        self.chain = chain
        self.admin, self.operator, self.guardian, self.treasury, self.client = chain.accounts[:5]
        self.token = chain.deploy("TestToken", "Test", "TEST", 6)
        roles = (self.admin, self.operator, self.guardian)
        self.settlement = chain.deploy("Settlement", *roles, 0, evm=evm)
        self.escrow = chain.deploy("Escrow", *roles, self.settlement.address, self.treasury, 0, evm=evm)
        self.idle = [(account, self.token.address, 1) for account in random_accounts(IDLE_CREDITS)]
        self.token.mint(self.settlement.address, 10**12, sender=self.client)

    def epoch(self, accounts: list[str], credits: list[tuple[str, str, int]]) -> tuple[scenes.EpochTree, int]:
        payments = {self.token.address: [(account, 1_000_000 + number) for number, account in enumerate(accounts)]}
        number = self.settlement.epoch() + 1
        tree = scenes.make_tree(self.settlement, number, payments, credits + self.idle)
        return tree, scenes.propose(self.settlement, tree, self.operator).gas_used

    def pay(self, accounts: list[str]) -> tuple[int, int]:
        tree, proposing = self.epoch(accounts, [])
        (run,) = tree.runs()
        return scenes.pay(self.settlement, run, self.client).gas_used // len(accounts), proposing

    def claims(self) -> tuple[int, int]:
        (account,) = random_accounts(1)
        used = []
        for cumulative in (1_000_000, 2_000_000):
            tree, _ = self.epoch([], [(account, self.token.address, cumulative)])
            used.append(scenes.claim(self.settlement, tree, account, self.token.address, self.client).gas_used)
        return used[0], used[1]

    def releases(self, counts: tuple[int, ...]) -> list[int]:
        keys: list[bytes] = []
        self.token.mint(self.treasury, 1, sender=self.client)
        used = []
        for number in range(sum(counts)):
            salt = (number + 1).to_bytes(32, "big")
            keys.append(scenes.open_project(self.escrow, self.token, self.client, salt=salt))
        for count in counts:
            chosen = [keys.pop() for _ in range(count)]
            for rewarded in (400, 500):
                dues = [(key, rewarded) for key in chosen]
                sent = self.escrow.release(scenes.BATCH, self.token.address, dues, sender=self.operator)
                used.append(sent.gas_used)
        return used

    def opening(self) -> tuple[int, int, int]:
        self.token.mint(self.client, 3_000, sender=self.client)
        self.token.approve(self.escrow.address, 2_000, sender=self.client)
        salt = b"\xff" * 32
        opened = self.escrow.open(salt, self.token.address, 1_000, 500, 10**9, sender=self.client)
        key = self.escrow.project_key(self.client, salt)
        topped = self.escrow.top_up(key, 500, sender=self.client)
        self.escrow.close(key, sender=self.operator)
        refunded = self.escrow.refund(key, sender=self.client)
        return opened.gas_used, topped.gas_used, refunded.gas_used


def code_size(chain: Chain, contract: Contract) -> int:
    made = chain.devchain.rpc("eth_getCode", contract.address, "latest")
    return (len(made) - 2) // 2


def main() -> None:
    for evm in ("cancun", "paris"):
        with start_devchain() as devchain:
            bench = Bench(Chain(devchain), evm)
            print(f"## {evm}\n\n| pay, gas per recipient | " + " | ".join(map(str, SIZES)) + " |")
            groups = [random_accounts(size) for size in SIZES]
            for state in ("cold", "warm"):
                rows = [bench.pay(group) for group in groups]
                print(f"| {state} | " + " | ".join(f"{per:,}" for per, _ in rows) + " |")
            print(f"\npropose {rows[-1][1]:,}; claim first {bench.claims()[0]:,}, later {bench.claims()[1]:,}")
            print(
                "release, first and later, of 1, 10, 100 projects:",
                ", ".join(f"{used:,}" for used in bench.releases((1, 10, 100))),
            )
            print("open {:,}, top_up {:,}, refund {:,}".format(*bench.opening()))
            sizes = [code_size(bench.chain, contract) for contract in (bench.settlement, bench.escrow)]
            print(f"code on chain: Settlement {sizes[0]:,} bytes, Escrow {sizes[1]:,} bytes\n")


if __name__ == "__main__":
    main()
