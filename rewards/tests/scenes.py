"""A real anvil with our contracts, real rows beside it, and the moves a test makes between them."""

import secrets
from uuid import uuid4

from django.conf import settings
from eth_utils import to_checksum_address

from accounts.models import User
from contracts.scripts.devchain import Devchain
from contracts.tests.harness import Chain as Harness
from rewards.chain.client import ChainClient
from rewards.chain.reads import token_balance
from rewards.chain.signer import KeySigner
from rewards.domain import deployment
from rewards.domain.books import check_books
from rewards.domain.escrows import funding_calls, reserve
from rewards.domain.indexing import index_chain
from rewards.domain.intents import finish_empty_closings
from rewards.domain.outbox import advance
from rewards.domain.settlement import settle
from rewards.models import Escrow, Payout, SettlementBatch, Token
from rewards.tests.factories import earn, make_earner, make_escrow

RICH = hex(10**22)
MINT = "40c10f19"


class Scene:
    """`scene.earners(3)` have earned; `scene.settle_to_the_end()` pays them."""

    def __init__(self, devchain: Devchain, *, chain_id: int | None = None, signer: KeySigner | None = None) -> None:
        self.devchain = devchain
        self.harness = Harness(devchain)
        self.client = ChainClient(devchain.url, chain_id or settings.CHAIN_ID)
        self.signer = signer or KeySigner(secrets.token_bytes(32))
        self.give_gas_money()
        self.chain = deployment.deploy(self.client, self.signer).chain
        self.token = self.chain.tokens.get()
        self.funder = self.harness.accounts[5]

    def rpc(self, method: str, *parameters: object) -> object:
        return self.devchain.rpc(method, *parameters)

    def give_gas_money(self, wei: str = RICH) -> None:
        self.rpc("anvil_setBalance", self.signer.address, wei)

    def mine(self, blocks: int | None = None) -> None:
        self.rpc("anvil_mine", hex(settings.CHAIN_CONFIRMATIONS if blocks is None else blocks))

    # Money in

    def send(self, to: str, data: str, sender: str | None = None) -> str:
        return self.harness.send({"from": sender or self.funder, "to": to, "data": data})["transactionHash"]

    def mint(self, token: Token, to: str, minor: int) -> None:
        self.send(token.address, "0x" + MINT + f"{int(to, 16):064x}{minor:064x}")

    def pay_in(self, escrow: Escrow) -> str:
        """What a client's wallet does with our calls. Returns the last transaction."""
        self.mint(escrow.token, self.funder, escrow.required)
        return [self.send(call["to"], call["data"]) for call in funding_calls(escrow)][-1]

    def quoted(self, rewards_minor: int = 1_000_000, token: Token | None = None, fee_bps: int = 500) -> Escrow:
        return make_escrow(
            token or self.token, rewards_minor=rewards_minor, fee_bps=fee_bps, funder_address=self.funder
        )

    def index(self) -> int:
        done = index_chain(self.chain, self.client)
        finish_empty_closings(self.chain)
        self.chain.refresh_from_db()
        return done

    def funded(self, rewards_minor: int = 1_000_000, token: Token | None = None, fee_bps: int = 500) -> Escrow:
        escrow = self.quoted(rewards_minor, token, fee_bps)
        self.pay_in(escrow)
        self.mine()
        self.index()
        escrow.refresh_from_db()
        reserve(escrow, reservation_id=uuid4(), amount_minor=escrow.required)
        return escrow

    def faulty_token(self) -> Token:
        address = self.harness.deploy("FaultyToken").address
        return Token.objects.create(chain=self.chain, address=address, symbol="FAULT", name="Faulty", decimals=6)

    def block_recipient(self, token: Token, address: str, on: bool = True) -> None:
        from eth_utils import keccak

        selector = keccak(text="set_blocked(address,bool)")[:4].hex()
        self.send(token.address, "0x" + selector + f"{int(address, 16):064x}{int(on):064x}")

    # Money out

    def earners(self, count: int, escrow: Escrow | None = None, minor: int = 1_000) -> list[User]:
        """People who earned minor, minor + 1, … each."""
        people = [make_earner() for _ in range(count)]
        escrow = escrow or self.funded(rewards_minor=count * (minor + count))
        earn(escrow, {person: minor + i for i, person in enumerate(people)})
        return people

    def settle(self) -> SettlementBatch | None:
        return settle(self.chain, self.client)

    def advance(self) -> int:
        """As the timetable does it: what is mined is read first."""
        index_chain(self.chain, self.client)
        return advance(self.chain, self.client, self.signer)

    def go_on(self, rounds: int = 80) -> None:
        """Until nothing is left to send, with blocks in between."""
        for _ in range(rounds):
            if not self.advance() and not self.chain.intents.exclude(state__in=["confirmed", "held"]).exists():
                break
            self.mine()
            self.index()
        self.index()

    def settle_to_the_end(self) -> SettlementBatch:
        batch = self.settle()
        assert batch is not None
        self.go_on()
        batch.refresh_from_db()
        assert batch.state == SettlementBatch.State.FINAL, self.stuck()
        return batch

    def stuck(self) -> list[tuple[str, str, str]]:
        return list(self.chain.intents.exclude(state="confirmed").values_list("kind", "state", "held_reason"))

    # What must hold

    def on_chain(self, address: str, token: Token | None = None) -> int:
        return token_balance(self.client, (token or self.token).address, to_checksum_address(address))

    def check(self) -> None:
        """The books add up, and every payout that is paid is on chain to the unit, once."""
        assert check_books() == []
        self.chain.refresh_from_db()
        assert self.chain.stopped_reason == ""
        paid: dict[tuple[str, Token], int] = {}
        for payout in Payout.objects.select_related("token"):
            key = (payout.address, payout.token)
            paid[key] = paid.get(key, 0) + (payout.amount if payout.state == Payout.State.PAID else 0)
        assert {key: self.on_chain(*key) for key in paid} == paid
