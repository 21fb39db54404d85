#!/usr/bin/env python3
"""Checks a published settlement epoch against the chain, trusting nobody who runs it.

    python3 verify_epoch.py LEAF_FILE --rpc https://a.node.of.your.choice [--settlement 0x…] [--account 0x…]

Needs this file, Python 3.11 and a node. It shares no code with the server whose books it checks, and rebuilds the root
from the rules of docs/algorithms/settlement-tree.md. docs/contracts/verify.md says what each line of the report proves.
Exit 0: everything that was checked holds. 1: something does not, and the report says what. 2: the node did not answer.
"""

import argparse
import hashlib
import json
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN_SIZE, WORD_BITS, MOST_IN_A_PAYMENT = 512, 256, 2**96 - 1
BATCH, TIMEOUT_SECONDS = 200, 60
ROOT_PROPOSED = "RootProposed(uint256,bytes32,bytes32,bytes32,uint256)"
ROOT_VETOED = "RootVetoed(uint256,bytes32,address)"


class Unreadable(Exception):
    """The file is not a leaf file, or says something impossible."""


class NoAnswer(Exception):
    """The node could not be asked."""


# Keccak-256. hashlib's sha3_256 is another function: the padding differs.


def find_keccak() -> tuple[Callable[[bytes], bytes], str]:
    for name, make in (("tiny_keccak", _tiny), ("pysha3", _pysha3), ("pycryptodome", _crypto), ("OpenSSL", _openssl)):
        try:
            found = make()
            if found(b"").hex().startswith("c5d2460186f7233c"):
                return found, name
        except (ImportError, AttributeError, ValueError):
            continue
    return keccak_in_python, "this file's own Python: slow, install tiny-keccak for more than some thousand leaves"


def _tiny() -> Callable[[bytes], bytes]:
    from tiny_keccak import keccak256

    return lambda data: bytes(keccak256(data))


def _pysha3() -> Callable[[bytes], bytes]:
    from sha3 import keccak_256

    return lambda data: bytes(keccak_256(data).digest())


def _crypto() -> Callable[[bytes], bytes]:
    from Crypto.Hash import keccak as crypto

    return lambda data: bytes(crypto.new(digest_bits=256, data=data).digest())


def _openssl() -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new("keccak-256", data).digest()


def _rounds() -> Iterator[int]:
    register = 1
    for _round in range(24):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << ((1 << j) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        yield constant


ROUNDS, MASK = tuple(_rounds()), 2**64 - 1
TURNS = ((0, 36, 3, 41, 18), (1, 44, 10, 45, 2), (62, 6, 43, 15, 61), (28, 55, 25, 21, 56), (27, 20, 39, 8, 14))


def keccak_in_python(data: bytes) -> bytes:
    rate = 136
    padded = bytearray(data) + bytes(rate - len(data) % rate)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for at in range(0, len(padded), rate):
        for n in range(rate // 8):
            lanes[n % 5][n // 5] ^= int.from_bytes(padded[at + 8 * n : at + 8 * n + 8], "little")
        for constant in ROUNDS:
            lanes = _permuted(lanes, constant)
    return b"".join(lanes[n % 5][n // 5].to_bytes(8, "little") for n in range(4))


def _permuted(a: list[list[int]], constant: int) -> list[list[int]]:
    c = [column[0] ^ column[1] ^ column[2] ^ column[3] ^ column[4] for column in a]
    d = [c[x - 1] ^ _turned(c[(x + 1) % 5], 1) for x in range(5)]
    b = [[0] * 5 for _ in range(5)]
    for x in range(5):
        for y in range(5):
            b[y][(2 * x + 3 * y) % 5] = _turned(a[x][y] ^ d[x], TURNS[x][y])
    a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y] & MASK) for y in range(5)] for x in range(5)]
    a[0][0] ^= constant
    return a


def _turned(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & MASK


keccak, KECCAK_OF = find_keccak()


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address_of(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 20:
        raise Unreadable(f"{text} is not an address.")
    return raw


def padded(address: bytes) -> bytes:
    return bytes(12) + address


# The file


@dataclass(frozen=True)
class Section:
    """One token's payments; `start` is the index of the first, which is its bit on chain."""

    token: bytes
    start: int
    payments: list[tuple[bytes, int]]


@dataclass(frozen=True)
class LeafFile:
    sha256: bytes
    chain_id: int
    settlement: bytes
    epoch: int
    run_size: int
    sections: list[Section]
    credits: list[tuple[bytes, bytes, int]]
    root_said: str | None


def read_file(content: bytes) -> LeafFile:
    try:
        data = json.loads(content)
        return LeafFile(
            sha256=hashlib.sha256(content).digest(),
            chain_id=int(data["chain_id"]),
            settlement=address_of(data["settlement"]),
            epoch=int(data["epoch"]),
            run_size=int(data.get("run_size", RUN_SIZE)),
            sections=lay_out(data["payments"]),
            credits=[_credit(*row) for row in data["credits"]],
            root_said=data.get("root"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"This is not a leaf file: {type(error).__name__} {error}") from error


def lay_out(payments: dict[str, list[list[str]]]) -> list[Section]:
    """Tokens in order of address; each begins where it touches as few words of 256 bits as it can."""
    sections, end = [], 0
    for token, rows in sorted((address_of(token), rows) for token, rows in payments.items() if rows):
        fits = end % WORD_BITS + len(rows) <= WORD_BITS
        start = end if fits else -(-end // WORD_BITS) * WORD_BITS
        sections.append(Section(token, start, [_payment(*row) for row in rows]))
        end = start + len(rows)
    return sections


def _payment(account: str, amount: str) -> tuple[bytes, int]:
    if not 0 < int(amount) <= MOST_IN_A_PAYMENT:
        raise Unreadable(f"{amount} to {account} is not an amount that can be paid.")
    return address_of(account), int(amount)


def _credit(account: str, token: str, cumulative: str) -> tuple[bytes, bytes, int]:
    return address_of(account), address_of(token), int(cumulative)


# The tree


def leaves_of(file: LeafFile) -> list[bytes]:
    here = word(file.chain_id) + padded(file.settlement)
    leaves = []
    for section in file.sections:
        domain = keccak(here + word(file.epoch) + padded(section.token))
        for at in range(0, len(section.payments), file.run_size):
            words = [account + amount.to_bytes(12, "big") for account, amount in section.payments[at:][: file.run_size]]
            run = domain + word(section.start + at) + word(96) + word(len(words)) + b"".join(words)
            leaves.append(keccak(keccak(run)))
    before = b""
    for account, token, cumulative in file.credits:
        if account + token <= before:
            raise Unreadable("The credits are not in order, or an account has two in one token.")
        before = account + token
        leaves.append(keccak(keccak(here + padded(account) + padded(token) + word(cumulative))))
    return leaves


def layers_of(leaves: list[bytes]) -> list[list[bytes]]:
    """Leaves first, the root last; an odd layer gets the root of an empty subtree as its last node."""
    if not leaves:
        raise Unreadable("The file holds nothing.")
    layers, empty = [leaves], bytes(32)
    while len(layers[-1]) > 1:
        layer = layers[-1]
        if len(layer) % 2:
            layer.append(empty)
        layers.append([_pair(layer[n], layer[n + 1]) for n in range(0, len(layer), 2)])
        empty = _pair(empty, empty)
    return layers


def _pair(one: bytes, two: bytes) -> bytes:
    return keccak(one + two if one < two else two + one)


def proof_of(layers: list[list[bytes]], leaf: int) -> list[bytes]:
    return [layer[leaf >> level ^ 1] for level, layer in enumerate(layers[:-1])]


# The chain


@dataclass
class Node:
    url: str
    block: str = "latest"

    def ask(self, method: str, *parameters: Any) -> Any:
        return self.ask_many([(method, parameters)])[0]

    def ask_many(self, calls: Iterable[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": n, "method": method, "params": parameters}
            for n, (method, parameters) in enumerate(calls)
        ]
        request = urllib.request.Request(  # noqa: S310
            self.url, json.dumps(body).encode(), {"Content-Type": "application/json", "User-Agent": "verify_epoch"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                answers = json.load(response)
        except (OSError, ValueError) as error:
            raise NoAnswer(f"{self.url}: {error}") from error
        if isinstance(answers, dict):
            raise NoAnswer(f"{self.url}: {answers.get('error', answers)}")
        for answer in answers:
            if "error" in answer:
                raise NoAnswer(f"{self.url}: {body[answer['id']]['method']}: {answer['error']}")
        return [answer["result"] for answer in sorted(answers, key=lambda answer: int(answer["id"]))]

    def read(self, to: bytes, signature: str, arguments: Iterable[bytes]) -> list[int]:
        """A view's first word, for each of many arguments, all at one block."""
        selector = keccak(signature.encode())[:4]
        calls = [
            ("eth_call", ({"to": "0x" + to.hex(), "data": "0x" + (selector + data).hex()}, self.block))
            for data in arguments
        ]
        found = []
        for at in range(0, len(calls), BATCH):
            for answer in self.ask_many(calls[at : at + BATCH]):
                if len(answer) < 66:
                    raise NoAnswer(f"0x{to.hex()} does not answer {signature}: is it that contract?")
                found.append(int(answer[:66], 16))
        return found

    def logs(self, address: bytes, topics: list[str], first: int) -> list[Any]:
        """From `first` to the block; nodes limit how much one question may span, so it is halved until they answer."""
        found, span, last = [], 1 << 40, int(self.block, 16)
        while first <= last:
            to = min(first + span - 1, last)
            asked = {"address": "0x" + address.hex(), "topics": topics, "fromBlock": hex(first), "toBlock": hex(to)}
            try:
                found += self.ask("eth_getLogs", asked)
            except NoAnswer:
                if to == first:
                    raise
                span = (to - first + 1) // 2
                continue
            first = to + 1
        return found


# The report


@dataclass
class Report:
    failures: int = 0

    def say(self, text: str = "") -> None:
        print(text)

    def check(self, holds: bool, text: str, otherwise: str = "") -> bool:
        print(("  ok    " if holds else "  WRONG ") + (text if holds or not otherwise else otherwise))
        self.failures += not holds
        return holds


def verify(content: bytes, node: Node, report: Report, *, settlement: str | None, from_block: int) -> LeafFile:
    file = read_file(content)
    layers = layers_of(leaves_of(file))
    root = layers[-1][0]
    payments = sum(len(section.payments) for section in file.sections)
    report.say(f"Leaf file  epoch {file.epoch} of settlement 0x{file.settlement.hex()} on chain {file.chain_id}")
    report.say(f"           {payments:,} payments, {len(file.credits):,} credits, SHA-256 {file.sha256.hex()}")
    report.say(f"           root, rebuilt: 0x{root.hex()} (Keccak of {KECCAK_OF})")
    if file.root_said:
        report.check(int(file.root_said, 16) == int.from_bytes(root), "the file's own root is the one its lines give")
    if settlement:
        report.check(address_of(settlement) == file.settlement, f"the settlement is {settlement}, as you asked")
    if check_chain(file, node, report):
        state = check_root(file, root, node, report, from_block)
        check_money(file, node, report, state)
    return file


def check_chain(file: LeafFile, node: Node, report: Report) -> bool:
    chain, head, code = node.ask_many(
        [
            ("eth_chainId", ()),
            ("eth_blockNumber", ()),
            ("eth_getCode", ("0x" + file.settlement.hex(), "latest")),
        ]
    )
    if node.block == "latest":
        node.block = head
    report.say(f"\nChain      {node.url}, block {int(node.block, 16):,}")
    return report.check(
        int(chain, 16) == file.chain_id, f"it is chain {file.chain_id}", f"it is chain {int(chain, 16)}"
    ) and report.check(len(code) > 2, "there is a contract at the settlement's address")


def check_root(file: LeafFile, root: bytes, node: Node, report: Report, from_block: int) -> str:
    """Whether the chain has this root for this epoch, and how far it has come: live, previous, pending, …"""
    topic = {name: "0x" + keccak(name.encode()).hex() for name in (ROOT_PROPOSED, ROOT_VETOED)}
    epoch = "0x" + word(file.epoch).hex()
    report.say("\nRoot")
    proposed = node.logs(file.settlement, [topic[ROOT_PROPOSED], epoch], from_block)
    if not report.check(
        len(proposed) == 1, f"epoch {file.epoch} was proposed", f"epoch {file.epoch} was never proposed"
    ):
        return "unknown"
    said = bytes.fromhex(proposed[0]["data"][2:])
    batch = keccak(word(file.chain_id) + padded(file.settlement) + word(file.epoch) + root)
    report.check(said[:32] == root, "the root on chain is the file's", f"the root on chain is 0x{said[:32].hex()}")
    report.check(
        said[32:64] == file.sha256, "the hash on chain is this file's", f"the file on chain is {said[32:64].hex()}"
    )
    report.check(bytes.fromhex(proposed[0]["topics"][2][2:]) == batch, "the batch id follows from the root")
    names = ("root", "live", "previous", "previous_epoch", "pending", "epoch")
    status = {name: node.read(file.settlement, f"{name}()", [b""])[0] for name in names}
    state = _state_of(file.epoch, status)
    held = {"live": "root", "previous": "previous", "pending": "pending"}.get(state)
    if held:
        report.check(status[held] == int.from_bytes(root), f"the contract's {held} root is the file's")
    if node.logs(file.settlement, [topic[ROOT_VETOED], epoch], from_block):
        state = "vetoed"
    report.say(f"        it is {state}: {MEANING[state]}")
    return state


MEANING = {
    "live": "its payments can be made and its credits claimed",
    "previous": "its payments can be made; credits are claimed by a newer root",
    "pending": "a guardian may still veto it; nothing can be paid by it yet",
    "expired": "newer roots took its place; what it left unpaid is credited by a later one",
    "vetoed": "a guardian threw it away, and nothing is paid by it",
}


def _state_of(epoch: int, status: dict[str, int]) -> str:
    if epoch == status["live"]:
        return "live"
    if epoch == status["previous_epoch"]:
        return "previous"
    return "pending" if epoch == status["epoch"] and status["pending"] else "expired"


def check_money(file: LeafFile, node: Node, report: Report, state: str) -> None:
    paid = paid_indices(file, node, report)
    claimed = node.read(
        file.settlement, "claimed(address,address)", (padded(who) + padded(token) for who, token, _ in file.credits)
    )
    open_credits: dict[bytes, int] = defaultdict(int)
    credited: dict[bytes, int] = defaultdict(int)
    taken: dict[bytes, int] = defaultdict(int)
    for (account, token, cumulative), was in zip(file.credits, claimed, strict=True):
        credited[token] += cumulative
        taken[token] += was
        open_credits[token] += max(cumulative - was, 0)
        # A newer root may have credited, and paid, more.
        if was > cumulative and state in {"live", "pending"}:
            report.check(False, f"0x{account.hex()} claimed {was} of token 0x{token.hex()} and is owed {cumulative}")
    for token in sorted({section.token for section in file.sections} | credited.keys()):
        listed = [section for section in file.sections if section.token == token]
        amounts = [(s.start + n, amount) for s in listed for n, (_, amount) in enumerate(s.payments)]
        total, done = sum(a for _, a in amounts), sum(a for index, a in amounts if index in paid)
        count = sum(index in paid for index, _ in amounts)
        report.say(f"\nToken      0x{token.hex()} (minor units)")
        report.say(
            f"        payments {total:,}: paid {done:,} ({count:,} of {len(amounts):,}), unpaid {total - done:,}"
        )
        report.say(
            f"        credits  {credited[token]:,}: claimed by now {taken[token]:,}, open {open_credits[token]:,}"
        )
        owed = (total - done if state != "expired" else 0) + (
            open_credits[token] if state in {"live", "pending"} else 0
        )
        if state in {"live", "previous", "pending"}:
            (held,) = node.read(token, "balanceOf(address)", [padded(file.settlement)])
            text = f"the settlement holds {held:,} and owes {owed:,} by this root"
            report.check(held >= owed, text, f"{text}: {owed - held:,} are missing")


def paid_indices(file: LeafFile, node: Node, report: Report) -> set[int]:
    end = max((section.start + len(section.payments) for section in file.sections), default=0)
    words = range(-(-end // WORD_BITS) + 1)  # one more, which must be empty
    bits = node.read(file.settlement, "paid(uint256,uint256)", (word(file.epoch) + word(n) for n in words))
    paid = {n * WORD_BITS + bit for n, found in enumerate(bits) for bit in range(WORD_BITS) if found >> bit & 1}
    listed = {index for s in file.sections for index in range(s.start, s.start + len(s.payments))}
    report.say("\nPayments")
    report.check(
        paid <= listed,
        f"every bit that is set ({len(paid):,}) is a payment of the file",
        f"bits are set that are no payments of the file: {sorted(paid - listed)[:5]}",
    )
    return paid


def show_account(file: LeafFile, account: bytes, node: Node, report: Report) -> None:
    """One person's lines, and what to send to claim without anybody's help."""
    report.say(f"\nAccount    0x{account.hex()}")
    layers = layers_of(leaves_of(file))
    for section in file.sections:
        for index, (who, amount) in enumerate(section.payments, section.start):
            if who == account:
                (bits,) = node.read(
                    file.settlement, "paid(uint256,uint256)", [word(file.epoch) + word(index // WORD_BITS)]
                )
                done = "paid" if bits >> index % WORD_BITS & 1 else "not paid"
                report.say(f"        payment {index} of 0x{section.token.hex()}: {amount:,}, {done}")
    first = sum(-(-len(section.payments) // file.run_size) for section in file.sections)
    for at, (who, token, cumulative) in enumerate(file.credits):
        if who == account:
            (was,) = node.read(file.settlement, "claimed(address,address)", [padded(who) + padded(token)])
            report.say(f"        credit in 0x{token.hex()}: {cumulative:,}, claimed {was:,}")
            proof = proof_of(layers, first + at)
            call = keccak(b"claim(address,address,uint256,bytes32[])")[:4] + padded(who) + padded(token)
            call += word(cumulative) + word(128) + word(len(proof)) + b"".join(proof)
            report.say(f"        to claim, anybody sends to 0x{file.settlement.hex()}: 0x{call.hex()}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a published settlement epoch against the chain.")
    parser.add_argument("file", type=Path, help="the leaf file, as published")
    parser.add_argument("--rpc", required=True, help="the address of a node that you trust")
    parser.add_argument("--settlement", help="the contract's address, if you know it from elsewhere")
    parser.add_argument("--from-block", type=int, default=0, help="where to look for the root, to ask less of a node")
    parser.add_argument("--account", help="also show what this address is owed, and how to claim it")
    arguments = parser.parse_args()
    report, node = Report(), Node(arguments.rpc)
    try:
        content = arguments.file.read_bytes()
        file = verify(content, node, report, settlement=arguments.settlement, from_block=arguments.from_block)
        if arguments.account:
            show_account(file, address_of(arguments.account), node, report)
    except Unreadable as error:
        report.check(False, str(error))
    except (NoAnswer, OSError) as error:
        print(f"Could not be checked: {error}", file=sys.stderr)
        return 2
    report.say("\nEverything holds." if not report.failures else f"\nDoes not hold: {report.failures} of the above.")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
