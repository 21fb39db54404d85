"""What goes wrong around the workers, drawn from the seed."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from django.db import OperationalError, connection, transaction
from django.db.models import Max, QuerySet

from rewards.domain import locks
from rewards.models import ChainAttempt, ChainIntent
from storm.node import Node
from storm.plan import CONFIRMATIONS, Plan
from storm.world import DEEPEST, GAS, RICH, TURNS, World

GWEI = 10**9
MOST_FORGOTTEN = 12
LONGEST_TURN = 250  # ticks
LONGEST_HUNGER = 80
MOST_GAPS = 6
MOST_STRAYS = 8
LONGEST_STRAY = 25  # ticks
SHOCKS = (GWEI, 50 * GWEI, 200 * GWEI, 900 * GWEI)


@dataclass
class Weather:
    node: Node
    world: World
    plan: Plan
    workers: dict[int, int]  # slot -> process
    random: Random
    counts: Counter[str] = field(default_factory=Counter)
    later: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    has_been_deep: bool = False
    forgotten: int = 0
    turned: int = 0  # for how many ticks
    has_turned_back: bool = False
    hungry: int = 0  # for how many ticks
    is_fed: bool = False
    gap_at: int = -100
    gaps: int = 0
    stray: str = ""  # a transaction of our key that we know nothing of, on its way to be lost
    strays: int = 0
    stray_ticks: int = 0
    has_lost_nonce: bool = False
    is_over: bool = False

    def blow(self, tick: int) -> None:
        self._settle_up(tick)
        for name, often, fault in (
            ("mempool dropped", 0.03, self._drop),
            ("fee shock", 0.015, self._shock),
            ("gas money gone", 0.012, lambda: self._empty(tick)),
            ("clock jump", 0.02, self._jump),
            # No reorganisation reaches below a restart.
            ("chain restarted", 0.008 if self.has_been_deep or not self.plan.goes_deep else 0, self.node.restart),
            ("worker killed", 0.02, self._kill),
            ("worker stopped", 0.008, lambda: self._stop(tick)),
            ("key used elsewhere", 0.01, self._use_key),
            ("token turned", 0.02 if self.plan.has_faulty_token else 0, self._turn_token),
            ("reorganisation", 0.03 if self.plan.reorganises else 0, self._reorganise),
        ):
            if self.random.random() < often:
                name = str(fault() or name)
                self.counts[name] += 1
        if self.plan.goes_deep and not self.has_been_deep:
            self.go_deep()
        if self.plan.forgets:
            self.forget()
        self.turn_as_planned()
        self.starve()
        self.lose_nonce()

    def end(self) -> None:
        """What was taken is given back."""
        self._settle_up(10**9)
        self.is_over = True
        self.give_gas_money()
        if not self.turned or self.has_turned_back:
            self.world.calm_token()

    def starve(self) -> None:
        """Once, just before a root is signed: until the worker has noticed that its gas money is gone."""
        if self.is_fed:
            return
        if self.hungry:
            self.hungry += 1
            if self.hungry > LONGEST_HUNGER or ChainIntent.objects.filter(held_for="gas_money").exists():
                self.is_fed = True
                self.give_gas_money()
            return
        waiting = ChainIntent.objects.filter(kind="propose", state="new", batch__intents__state="mined")
        if waiting.exists():
            self.hungry = 1
            self.counts["gas money gone before a root"] += 1
            self.node.rpc("anvil_setBalance", self.world.signer.address, "0x1")

    def give_gas_money(self) -> None:
        self.node.rpc("anvil_setBalance", self.world.signer.address, RICH)

    def _settle_up(self, tick: int) -> None:
        for at, deed in [each for each in self.later if each[0] <= tick]:
            deed()
            self.later.remove((at, deed))

    def _drop(self) -> None:
        self.node.rpc("anvil_dropAllTransactions")

    def _shock(self) -> None:
        self.node.rpc("anvil_setNextBlockBaseFeePerGas", hex(self.random.choice(SHOCKS)))
        self.node.mine()

    def _empty(self, tick: int) -> None:
        self.node.rpc("anvil_setBalance", self.world.signer.address, "0x1")
        self.later.append((tick + 12, self.give_gas_money))

    def _jump(self) -> None:
        self.node.rpc("evm_increaseTime", self.random.randint(5, 3600))
        self.node.mine()

    def _kill(self) -> None:
        os.kill(self.random.choice(list(self.workers.values())), signal.SIGKILL)

    def _stop(self, tick: int) -> None:
        process = self.random.choice(list(self.workers.values()))
        os.kill(process, signal.SIGSTOP)

        def wake() -> None:
            if process in self.workers.values():
                os.kill(process, signal.SIGCONT)

        self.later.append((tick + 15, wake))

    def _turn_token(self) -> str:
        """It becomes dear to move, cannot be moved at all, or is burnt up by one who gets it; or is as others again."""
        if self._is_waiting_for_turncoat():
            return "token not turned yet"
        name = self.random.choice(list(TURNS))
        return f"token turned: {self.world.turn_token(name, self.random.choice(TURNS[name]))}"

    def turn_as_planned(self) -> None:
        """Between the root and the payments of a batch; and back, once it has shown."""
        if not self.plan.has_faulty_token or self.has_turned_back or self._is_waiting_for_turncoat():
            return
        if self.turned:
            self.turned += 1
            if self._has_shown() or self.turned > LONGEST_TURN:
                self.has_turned_back = True
                self.world.calm_token()
        elif ChainIntent.objects.filter(kind="propose", state__in=["signed", "sent", "mined"]).exists():
            self.turned = 1
            self.counts[f"token turned: {self.world.turn_token(*self.plan.turn)}, as planned"] += 1

    def _is_waiting_for_turncoat(self) -> bool:
        """He must be paid first."""
        return self.plan.has_turncoat and not self.has_been_deep

    def _has_shown(self) -> bool:
        if self.plan.turn[0] == "stands_still":
            return self.world.tokens[1].escrows.exclude(release_refused="").exists()
        open_now = ChainIntent.objects.exclude(state="confirmed")
        return self.turned > 20 and not open_now.filter(kind__in=["propose", "activate", "pay"]).exists()

    def _use_key(self) -> str:
        """A nonce that we did not choose."""
        return "" if self._send_from_our_key() else "key used in vain"

    def _send_from_our_key(self) -> str:
        """The transaction; nothing when its gas money is gone."""
        own = self.world.signer.address
        self.node.rpc("anvil_impersonateAccount", own)  # a restarted node does not remember it
        try:
            return str(self.node.rpc("eth_sendTransaction", {"from": own, "to": own, "value": "0x0", "gas": GAS}))
        except ValueError:
            return ""

    # A nonce that is nobody's

    def lose_nonce(self) -> None:
        """Once: the key is used elsewhere, we sign the next nonce, and a reorganisation loses the block of the former.

        No deeper than any other, and the lost one is not sent again: nobody has a transaction under its nonce.
        """
        if self.has_lost_nonce or not self.plan.reorganises:
            return
        if not self.stray:
            self._let_key_stray()
            return
        self.stray_ticks += 1
        mined = self.world.client.receipt(self.stray)
        depth = self.node.head() - mined.block_number + 1 if mined else CONFIRMATIONS + 1
        if depth > CONFIRMATIONS or self.stray_ticks > LONGEST_STRAY:
            self.stray = ""
        elif self._is_next_ours() and self.node.reorganise(depth):
            self._drop()
            self.has_lost_nonce = True
            self.counts["nonce lost with its block"] += 1

    def waits_for_block(self) -> bool:
        """Blocks are late while we have not signed yet: a reorganisation that reaches the stray must stay shallow."""
        return bool(self.stray) and not self.has_lost_nonce

    def _let_key_stray(self) -> None:
        if self.strays < MOST_STRAYS and self._is_about_to_sign():
            self.strays, self.stray_ticks = self.strays + 1, 0
            self.stray = self._send_from_our_key()
            self.node.mine()

    def _is_about_to_sign(self) -> bool:
        """With the next block at the latest. A root that waits out its delay would need more."""
        first, second = [*ChainIntent.objects.exclude(state="confirmed").order_by("pk")[:2], None, None][:2]
        if first is not None and first.state == "mined" and first.block_number is not None:
            is_last_block = self.node.head() - first.block_number == CONFIRMATIONS - 1
            first = second if is_last_block else None
        return first is not None and first.state == "new" and first.kind != "activate"

    def _is_next_ours(self) -> bool:
        nonce = int(self.node.rpc("eth_getTransactionByHash", self.stray)["nonce"], 16) + 1
        return ChainIntent.objects.filter(nonce=nonce, state__in=["signed", "sent", "mined"]).exists()

    def _reorganise(self) -> str:
        depth = self.random.randint(1, CONFIRMATIONS)
        return f"reorganisation of {depth}" if self.node.reorganise(depth) else "no reorganisation over a restart"

    def go_deep(self) -> None:
        """Deeper than is ever believed, once something of ours is confirmed there. Deposits lie below."""
        head = self.node.head()
        funding = [errand for errand in self.world.errands if errand.name.startswith("fund")]
        funded = all(0 <= errand.done_at < head - DEEPEST for errand in funding)
        confirmed = ChainIntent.objects.filter(state="confirmed", block_number__gt=head - DEEPEST)
        if self.plan.has_turncoat:
            confirmed = self._paying(confirmed)
        last = confirmed.aggregate(block=Max("block_number"))["block"]
        if not funded or last is None:
            return
        # Nothing is confirmed before the indexer has read it, which may be some blocks later.
        depth = max(self.random.randint(CONFIRMATIONS + 1, CONFIRMATIONS + 6), head - last + 1)
        if not self.plan.has_turncoat and self.gaps < MOST_GAPS and self._can_leave_gap(head):
            if not self._is_gap_near(head):
                self._leave_gap()
                return
            depth = head - self.gap_at + 1
            if not confirmed.filter(block_number__gt=self.gap_at, nonce__isnull=False).exists():
                return
        if not self.node.reorganise(depth):
            return
        self.has_been_deep = True
        self.counts[f"reorganisation of {depth}"] += 1
        if self.plan.has_turncoat:
            self.world.turn_coats()
            self.node.mine()

    def _paying(self, confirmed: QuerySet[ChainIntent]) -> QuerySet[ChainIntent]:
        """Somebody in the token that will refuse him on the new branch."""
        return confirmed.filter(kind="pay", data__contains=self.world.tokens[1].address[2:].lower())

    def _is_gap_near(self, head: int) -> bool:
        return 0 <= head - self.gap_at < DEEPEST

    def _can_leave_gap(self, head: int) -> bool:
        """In the calm only as long as there is something to send: else it would never go deep."""
        return not self.is_over or self._is_gap_near(head) or ChainIntent.objects.filter(state="new").exists()

    def _leave_gap(self) -> None:
        """The key is used elsewhere, and then by us: a reorganisation of both leaves a nonce that is nobody's."""
        if not ChainIntent.objects.filter(state="new").exists():
            return
        self.gaps += 1
        self._use_key()
        self.node.mine()
        self.gap_at = self.node.head()

    def forget(self) -> None:
        """As from a backup: an intent is as new, and nobody remembers what was sent for it. Now and then."""
        if self.forgotten >= MOST_FORGOTTEN or self.random.random() > 0.2:
            return
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '300ms'")
                locks.lock_signer(self.world.chain)
                self._forget_one()
        except OperationalError:
            return  # a stopped worker holds the lock

    def _forget_one(self) -> None:
        intent = ChainIntent.objects.filter(state__in=["signed", "sent", "mined"]).order_by("pk").first()
        # Mostly those that pay: to do one of the others again would do nothing.
        if intent is None or (intent.kind != ChainIntent.Kind.PAY and self.random.random() > 0.1):
            return
        ChainAttempt.objects.filter(intent=intent).delete()
        nothing = {"nonce": None, "block_number": None, "block_hash": "", "transaction_hash": ""}
        ChainIntent.objects.filter(pk=intent.pk).update(state="new", **nothing)
        self.forgotten += 1
        self.counts[f"{intent.state} {intent.kind} forgotten"] += 1
