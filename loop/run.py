"""The loop itself: from a file to tokens in wallets, and every figure that says how it went."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from loop.annotator import Annotator
from loop.client import PRICE_MINOR, Client
from loop.crowd import Crowd
from loop.http import Tally, wait_for
from loop.wallet import TRANSFER_TOPIC, Node, Wallet

THREADS = 8
SEED = 1
# Answers are counted every few seconds and fitted every twenty.
QUIET_SECONDS = 60
PAUSE_SECONDS = 1.5
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Loop:
    """One run against a product. `cpu_seconds` reads the CPU time of its servers, when they are ours to look at."""

    base_url: str
    rpc_url: str
    crowd: Crowd
    cpu_seconds: Callable[[], float] | None = None
    on_labelling: Callable[[], None] | None = None
    target: float | None = None  # collect until every item is so sure, instead of all that was recorded
    tally: Tally = field(default_factory=Tally)

    def run(self) -> dict[str, Any]:
        started = time.monotonic()
        node = Node(self.rpc_url)
        client_wallet = Wallet.new()
        client = Client(client_wallet.sign_in(self.base_url, self.tally, name="client"), client_wallet, node)
        client.prepare(self.crowd, team="The loop", target=self.target)
        annotators = self._recruit()
        client.assign(self.crowd, {each.name: each.person for each in annotators})
        funding = client.fund_and_open()
        labelling = self._label(client, annotators)
        accepted = client.accept_everything()
        client.wait_until_resolved(sum(each.submitted for each in annotators))
        records = client.export()
        paid = self._wait_for_money(node, annotators, funding)
        if self.target is None:
            client.close()
        else:
            paid |= self._take_back(client, funding, annotators)
        return {
            "bench": "loop",
            "crowd": self.crowd.name,
            "items": len(records),
            "answers": sum(len(record["answers"]) for record in records),
            "accepted": accepted,
            "accuracy": round(self._accuracy(records), 4),
            "accuracy_majority": round(self._accuracy_of_majority(), 4),
            **paid,
            **labelling,
            "retries": self.tally.retries,
            "seconds": round(time.monotonic() - started, 1),
        }

    def _recruit(self) -> list[Annotator]:
        def join(name: str) -> Annotator:
            wallet = Wallet.new()
            api = wallet.sign_in(self.base_url, self.tally, name=name)
            return Annotator(name, api, wallet, api.get("me/")["id"], self.crowd.labels[name])

        return self._all(join, sorted(self.crowd.labels))

    def _label(self, client: Client, annotators: list[Annotator]) -> dict[str, Any]:
        started, cpu = time.monotonic(), self._cpu()
        if self.on_labelling:
            threading.Thread(target=self.on_labelling, daemon=True).start()
        tasks = {text: task for task, text in self.crowd.texts.items()}
        if self.target is None:
            submitted = sum(self._all(lambda each: each.work(client.project, tasks), annotators))
        else:
            submitted = self._visit_by_turns(client, annotators, tasks)
        labels = submitted or 1
        statements = self.tally.statements.get("next", 0) + self.tally.statements.get("submit", 0)
        spent = None if cpu is None else (self._cpu() or 0) - cpu
        return {
            "submitted": submitted,
            "sql_per_label": round(statements / labels, 2),
            "cpu_s_per_1000_labels": None if spent is None else round(spent * 1000 / labels, 2),
            "labelling_seconds": round(time.monotonic() - started, 1),
        }

    def _visit_by_turns(self, client: Client, annotators: list[Annotator], tasks: dict[str, str]) -> int:
        """Everybody comes by again and again, in an order that chance decides, until nobody has found anything for so
        long that answers were counted and fitted several times."""
        chance = random.Random(SEED)  # noqa: S311 - who comes when, not a secret
        submitted, last_found = 0, time.monotonic()
        while time.monotonic() - last_found < QUIET_SECONDS:
            chance.shuffle(annotators)
            found = sum(self._all(lambda each: each.visit(client.project, tasks), annotators))
            submitted += found
            if found:
                last_found = time.monotonic()
            time.sleep(0 if found > len(annotators) else PAUSE_SECONDS)
        return submitted

    def _take_back(self, client: Client, funding: dict[str, Any], annotators: list[Annotator]) -> dict[str, Any]:
        """What was not bought, against what came back: computed here from the prices, on the chain, in the ledger."""
        bought = sum(each.submitted for each in annotators) * int(PRICE_MINOR)
        fixed = len(self.crowd.texts) * self.crowd.overlap * int(PRICE_MINOR)
        fee_bps = int(funding["quote"]["fee_bps"])
        saved = fixed + fixed * fee_bps // 10_000 - bought - bought * fee_bps // 10_000
        on_chain = client.close_and_take_back(funding["required"]["token"]["address"])
        items = len(self.crowd.texts)
        return {
            "target": self.target,
            "labels_per_item": round(sum(each.submitted for each in annotators) / items, 3),
            "labels_per_item_fixed": self.crowd.overlap,
            "saved_minor": str(saved),
            "refunded_minor": str(on_chain),
            "refunded_ledger_minor": str(client.given_back()),
        }

    def _wait_for_money(self, node: Node, annotators: list[Annotator], funding: dict[str, Any]) -> dict[str, Any]:
        """Until every wallet holds what its owner earned; then what the chain and the ledger say."""
        token = funding["required"]["token"]["address"]
        wanted = {each.name: each.submitted * int(PRICE_MINOR) for each in annotators}

        def balances() -> dict[str, int]:
            return {each.name: node.token_balance(token, each.wallet.address) for each in annotators}

        try:
            wait_for("the payment of everybody", lambda: balances() == wanted, seconds=600, step=1)
            wait_for(
                "the ledger's confirmation",
                lambda: self._ledger(annotators) == sum(wanted.values()),
                seconds=300,
                step=1,
            )
        except TimeoutError as late:
            print(f"# {late}", flush=True)
        found = balances()
        gas, recipients = self._gas(node, annotators, token)
        return {
            "wallets_paid": sum(1 for name, minor in found.items() if minor and minor == wanted[name]),
            "wallets": sum(1 for minor in wanted.values() if minor),
            "chain_minor": str(sum(found.values())),
            "ledger_minor": str(self._ledger(annotators)),
            "expected_minor": str(sum(wanted.values())),
            "gas_per_recipient": round(gas / recipients) if recipients else None,
        }

    def _ledger(self, annotators: list[Annotator]) -> int:
        def paid(each: Annotator) -> int:
            return sum(int(row["paid"]["minor"]) for row in each.api.get("me/balances/"))

        return sum(self._all(paid, annotators))

    def _gas(self, node: Node, annotators: list[Annotator], token: str) -> tuple[int, int]:
        """Gas of the transactions that paid, and the recipients in them, both read from the chain."""
        hashes = {
            payout["transaction_hash"]
            for payouts in self._all(lambda each: list(each.api.pages("me/payouts/")), annotators)
            for payout in payouts
            if payout["transaction_hash"]
        }
        gas = recipients = 0
        for receipt in filter(None, map(node.receipt, hashes)):
            gas += int(receipt["gasUsed"], 16)
            recipients += sum(
                1
                for log in receipt["logs"]
                if log["topics"][0] == TRANSFER_TOPIC and log["address"].lower() == token.lower()
            )
        return gas, recipients

    def _accuracy(self, records: list[dict[str, Any]]) -> float:
        gold = self.crowd.gold
        judged = [record for record in records if record["data"]["id"] in gold]
        right = sum(record["resolution"]["value"].get("label") == gold[record["data"]["id"]] for record in judged)
        return right / len(judged) if judged else 0.0

    def _accuracy_of_majority(self) -> float:
        vote, gold = self.crowd.majority(), self.crowd.gold
        judged = [task for task in gold if task in vote]
        return sum(vote[task].get(gold[task], 0.0) for task in judged) / len(judged) if judged else 0.0

    def _cpu(self) -> float | None:
        return self.cpu_seconds() if self.cpu_seconds else None

    @staticmethod
    def _all(do: Callable[[T], R], these: Iterable[T]) -> list[R]:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(do, these))
