"""The people, the money and what is owed to whom. What outsiders do on the chain is an errand: sent until it stays.

Everything is asked of the chain directly, not through the proxy: the storm is the worker's, not the observer's.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from uuid import uuid4

from django.conf import settings
from django.db.models import Sum
from eth_utils import keccak, to_checksum_address

from accounts.models import User
from contracts.scripts.compile import TOKENS, build_contract
from rewards.chain import calldata
from rewards.chain.client import ChainClient
from rewards.chain.reads import EscrowProject, claimed, escrow_project, settlement_status, token_balance
from rewards.chain.signer import Signer
from rewards.domain import claims, deployment
from rewards.domain.escrows import begin_refund, funding_calls, reserve, void_reservations
from rewards.models import Earning, Escrow, Payout, SettlementBatch, Token
from rewards.tests.factories import earn, make_earner, make_escrow, make_team, make_user
from storm.node import Node
from storm.plan import CONFIRMATIONS, Plan

RICH = hex(10**24)
GAS = hex(6_000_000)
PEOPLE = 6
PRICE = 1_000_000
# How a token may turn: 22,000 gas for each unit of weight; the hog is one who burns all gas on getting it.
TURNS = {"weight": (0, 0, 6, 60), "stands_still": (0, 0, 1), "hog": (0, 1)}
# No reorganisation reaches further back.
DEEPEST = CONFIRMATIONS + 14
# An errand that stood for so long is done.
SEALED_AFTER = DEEPEST + 3
RESEND_AFTER = 3


@dataclass
class Errand:
    """Something an outsider wants on the chain; sent again when the weather took it away."""

    name: str
    is_done: Callable[[], bool]
    send: Callable[[], None]
    done_at: int = -1
    sent_at: int = -100

    def look(self, head: int) -> None:
        if not self.is_done():
            self.done_at = -1
            if head - self.sent_at >= RESEND_AFTER or head < self.sent_at:
                self.sent_at = head
                self.send()
        elif self.done_at < 0 or self.done_at > head:
            self.done_at = head

    def is_sealed(self, head: int) -> bool:
        return 0 <= self.done_at <= head - SEALED_AFTER


class World:
    def __init__(self, node: Node, plan: Plan, signer: Signer, *, surplus: int = 0) -> None:
        self.node, self.plan, self.signer, self.surplus = node, plan, signer, surplus
        self.client = ChainClient(node.url, settings.CHAIN_ID)
        accounts = [to_checksum_address(account) for account in node.rpc("eth_accounts")]
        self.guardian, self.funder, self.stranger = accounts[2], accounts[5], accounts[7]
        self.errands: list[Errand] = []
        self.covered = 0
        self.owed: Counter[tuple[str, str]] = Counter()
        self.owed_by_ending: Counter[tuple[str, str]] = Counter()
        node.rpc("evm_setAutomine", True)
        node.rpc("anvil_setBalance", signer.address, RICH)
        self.chain = deployment.deploy(self.client, signer).chain
        self.admin = make_user(is_finance_admin=True)
        self.people = [make_earner() for _ in range(PEOPLE)]
        self.tokens = [self.chain.tokens.get()]
        if plan.has_faulty_token:
            self.tokens.append(self._faulty_token())
        self.escrows = [self._escrow(token) for token in self.tokens]
        self.ending = self._escrow(self.tokens[0])
        self._give_surplus()
        node.rpc("anvil_mine", hex(SEALED_AFTER))  # no weather reaches the contracts themselves
        node.rpc("evm_setAutomine", False)

    def _faulty_token(self) -> Token:
        artifact = build_contract(TOKENS / "FaultyToken.vy")
        hash_ = self.node.rpc("eth_sendTransaction", {"from": self.funder, "data": artifact["bytecode"], "gas": GAS})
        address = None
        while address is None:
            receipt = self.client.receipt(hash_)
            address = receipt.contract_address if receipt else None
        token: Token = Token.objects.create(
            chain=self.chain, address=address, symbol="FAULT", name="Faulty", decimals=6
        )
        self.block(self.people[0], token, on=True, now=True)
        return token

    def _escrow(self, token: Token) -> Escrow:
        escrow = make_escrow(token, rewards_minor=PRICE, team=make_team(), funder_address=self.funder)
        self.errands.append(Errand(f"fund {escrow.pk}", lambda: self._is_funded(escrow), lambda: self._fund(escrow)))
        return escrow

    def _give_surplus(self) -> None:
        """In a control a payment too many must not fail for lack of money."""
        for token in self.tokens if self.surplus else ():
            self.send(token.address, calldata.mint(self.chain.settlement_address, self.surplus), self.funder)

    # What outsiders do

    def send(self, to: str, data: bytes, sender: str) -> str:
        return str(
            self.node.rpc("eth_sendTransaction", {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": GAS})
        )

    def _fund(self, escrow: Escrow) -> None:
        self.send(escrow.token.address, calldata.mint(self.funder, escrow.required), self.funder)
        for call in funding_calls(escrow):
            self.send(call["to"], bytes.fromhex(call["data"][2:]), self.funder)

    def _is_funded(self, escrow: Escrow) -> bool:
        project = self.project(escrow)
        return project is not None and project.funded >= escrow.required

    def project(self, escrow: Escrow) -> EscrowProject | None:
        return escrow_project(self.client, self.chain.escrow_address, bytes.fromhex(escrow.chain_key[2:]))

    def block(self, person: User, token: Token, *, on: bool, now: bool = False) -> None:
        address = self.address(person)
        call = keccak(text="set_blocked(address,bool)")[:4] + int(address, 16).to_bytes(32, "big") + bytes(31)
        data = call + bytes([int(on)])
        if now:
            self.send(token.address, data, self.stranger)
            return
        question = "0x" + (keccak(text="blocked(address)")[:4] + int(address, 16).to_bytes(32, "big")).hex()

        def is_done() -> bool:
            answer = self.node.rpc("eth_call", {"to": token.address, "data": question}, "latest")
            return bool(int(answer, 16)) is on

        name, opposite = f"block {address} {on}", f"block {address} {not on}"
        self.errands = [errand for errand in self.errands if errand.name != opposite]
        if not any(errand.name == name for errand in self.errands):
            self.errands.append(Errand(name, is_done, lambda: self.send(token.address, data, self.stranger)))

    def turn_coats(self) -> None:
        """Somebody who was paid on the old branch is refused on the new one."""
        self.block(self.people[1], self.tokens[1], on=True, now=True)
        self.block(self.people[1], self.tokens[1], on=True)

    def unblock_all(self) -> None:
        for token in self.tokens[1:]:
            for person in self.people[:2]:
                self.block(person, token, on=False)

    def turn_token(self, name: str, value: int) -> str:
        self._set_token(name, int(self.address(self.people[2]), 16) if name == "hog" and value else value)
        return f"{name} {value}"

    def calm_token(self) -> None:
        for name in TURNS if self.plan.has_faulty_token else ():
            self._set_token(name, 0)

    def _set_token(self, name: str, value: int) -> None:
        at = self.tokens[1].address
        argument = {"weight": "uint256", "stands_still": "bool", "hog": "address"}[name]
        call = keccak(text=f"set_{name}({argument})")[:4] + value.to_bytes(32, "big")
        question = "0x" + keccak(text=f"{name}()")[:4].hex()

        def is_done() -> bool:
            return int(self.node.rpc("eth_call", {"to": at, "data": question}, "latest"), 16) == value

        self.errands = [errand for errand in self.errands if errand.name != f"token {name}"]
        self.errands.append(Errand(f"token {name}", is_done, lambda: self.send(at, call, self.stranger)))

    def veto(self, batch: SettlementBatch) -> None:
        def is_done() -> bool:
            status = settlement_status(self.client, self.chain.settlement_address)
            return status.is_expired(batch.epoch) or status.is_payable(batch.epoch)

        call = calldata.veto(batch.epoch)
        self.errands.append(
            Errand("veto", is_done, lambda: self.send(self.chain.settlement_address, call, self.guardian))
        )

    def client_closes(self, *, takes_back: bool) -> None:
        escrow, key = self.ending, bytes.fromhex(self.ending.chain_key[2:])
        house = self.chain.escrow_address

        def is_done() -> bool:
            project = self.project(escrow)
            return project is not None and (project.refunded > 0 if takes_back else project.closing_at > 0)

        def send() -> None:
            project = self.project(escrow)
            if project is not None and not project.closing_at:
                self.send(house, calldata.close(key), self.funder)
            if takes_back:
                self.send(house, calldata.refund(key), self.funder)

        self.errands.append(Errand("close", is_done, send))

    def has_covered(self, held_reason: str) -> bool:
        """The platform sends what a client took back on a new branch, after people were paid with it; if it is that."""
        missing = re.search(r"send (\d+) minor units", held_reason)
        if missing is None:
            return True
        token, minor, sent = self.ending.token, int(missing[1]), list[str]()
        name = f"cover {minor}"
        if not any(errand.name == name for errand in self.errands):
            call = calldata.mint(self.chain.settlement_address, minor)
            self.covered += minor
            self.errands.append(
                Errand(
                    name,
                    lambda: any(self.client.receipt(hash_) for hash_ in sent),
                    lambda: sent.append(self.send(token.address, call, self.stranger)),
                )
            )
        return any(errand.name == name and errand.done_at >= 0 for errand in self.errands)

    def platform_closes(self) -> None:
        void_reservations(self.ending)
        begin_refund(self.ending, actor=self.admin)

    def claim_all(self) -> None:
        """What is claimable, each person for themselves; the proofs are those our pages would give."""
        for person in self.people:
            for ready in claims.ready_claims(person):
                name = f"claim {ready.address} {ready.token.pk} {ready.cumulative_minor}"
                if any(errand.name == name for errand in self.errands):
                    continue
                self.errands.append(Errand(name, self._has_claimed(ready), self._claim(ready)))

    def _has_claimed(self, ready: claims.ReadyClaim) -> Callable[[], bool]:
        at, token = self.chain.settlement_address, ready.token.address
        return lambda: claimed(self.client, at, ready.address, token) >= ready.cumulative_minor

    def _claim(self, ready: claims.ReadyClaim) -> Callable[[], None]:
        return lambda: self.send(ready.to, bytes.fromhex(ready.data[2:]), self.stranger)

    # What people earn

    def open_for_work(self) -> bool:
        """Reserves what is funded; True when everything is."""
        found = Escrow.objects.filter(pk__in=[escrow.pk for escrow in self.all_escrows()])
        for escrow in found.select_related("token"):
            if escrow.state == Escrow.State.FUNDED and not escrow.reservations.exists():
                reserve(escrow, reservation_id=uuid4(), amount_minor=escrow.required)
        return all(escrow.reservations.exists() for escrow in found)

    def all_escrows(self) -> list[Escrow]:
        return [*self.escrows, self.ending]

    def work(self, random: Random, escrow: Escrow, *, people: int = PEOPLE) -> None:
        shares = {person: random.randint(1, 20_000) for person in random.sample(self.people, people)}
        earn(escrow, shares)
        owed = self.owed_by_ending if escrow == self.ending else self.owed
        for person, minor in shares.items():
            owed[self.address(person), escrow.token.address] += minor

    def is_stolen(self) -> bool:
        """The client of the ending escrow took back what people had earned: the platform owes it, the chain cannot."""
        project = self.project(self.ending)
        self.ending.refresh_from_db()
        return project is not None and project.refunded > 0 and project.rewarded < self.ending.rewarded

    def is_saved_paid(self) -> bool:
        """All that left the ending escrow before its client took the rest has been given to people."""
        return not self._wrong_loss()

    def lost(self) -> Counter[tuple[str, str]]:
        """What people earned from it and cannot be paid: never in a batch."""
        found: Counter[tuple[str, str]] = Counter()
        if self.is_stolen():
            unpaid = Earning.objects.filter(escrow=self.ending, payout=None)
            for row in unpaid.values("user").annotate(minor=Sum("amount")).order_by():
                person = next(person for person in self.people if person.pk == row["user"])
                found[self.address(person), self.ending.token.address] += int(row["minor"])
        return found

    def all_owed(self) -> Counter[tuple[str, str]]:
        return self.owed + self.owed_by_ending - self.lost()

    def address(self, person: User) -> str:
        return str(person.wallets.get().address)

    # What is true on the chain

    def balance(self, token: str, of: str) -> int:
        return token_balance(self.client, token, of)

    def overpaid(self) -> list[str]:
        return [
            f"{address} has {held} instead of {owed}"
            for (address, token), owed in (self.owed + self.owed_by_ending).items()
            if (held := self.balance(token, address)) > owed
        ]

    def wrong(self) -> list[str]:
        """Every balance that is not exact to the unit."""
        found = []
        for (address, token), owed in self.all_owed().items():
            if (held := self.balance(token, address)) != owed:
                found.append(f"{address} has {held} instead of {owed}")
        found += self._wrong_loss()
        for token in self.tokens:
            rest = self.balance(token.address, self.chain.settlement_address)
            if rest != self.surplus:
                found.append(f"Settlement keeps {rest} {token.symbol} instead of {self.surplus}")
            found += self._wrong_escrow(token)
        if Payout.objects.exclude(state=Payout.State.PAID).exists():
            found.append("a payout is not called paid")
        return found

    def _wrong_loss(self) -> list[str]:
        """What is not paid must be what the chain did not release, to the unit."""
        project, lost = self.project(self.ending), sum(self.lost().values())
        missing = self.ending.rewarded - project.rewarded if project else 0
        missing -= self.covered
        return [] if lost == missing else [f"{lost} are unpaid, and {missing} were taken back"]

    def _wrong_escrow(self, token: Token) -> list[str]:
        projects = [self.project(escrow) for escrow in self.all_escrows() if escrow.token_id == token.pk]
        left = sum(project.left for project in projects if project)
        held = self.balance(token.address, self.chain.escrow_address)
        return [] if held == left else [f"Escrow holds {held} {token.symbol} instead of {left}"]
