"""One seed, in a process of its own: a world, two workers and the weather, until everybody has what is owed.

Run by `python -m storm`, which gives it a database, ports and a folder: `python -m storm.seed '{"seed": 3, …}'`.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from rewards.chain import artifacts
from rewards.domain import holds, node, reorganisations
from rewards.domain.books import check_books
from rewards.exceptions import RewardsError
from rewards.models import ChainIntent, Earning, Payout, SettlementBatch
from storm.node import Node
from storm.plan import Plan, plan_of
from storm.points import AFTER, BEFORE, worker_points
from storm.proxy import HUNG, LOST_AFTER, LOST_BEFORE, start_proxy
from storm.weather import Weather
from storm.worker import start_worker, warm_up
from storm.world import World

WORKERS = 2
WAVES = 3
STORM_SECONDS = 6.0
# As much weather on a slow machine, if it is not slower than this.
STORM_TICKS = 150
LONGEST_STORM_SECONDS = 20.0
# The workers must be able to follow, however slow the machine is.
MOST_BEHIND = 6
CALM_SECONDS = 100.0
TICK_SECONDS = 0.012
RATES = {LOST_BEFORE: 0.01, LOST_AFTER: 0.01, HUNG: 0.0005}
SURPLUS = 10**12


@dataclass
class Campaign:
    """The director of one seed."""

    world: World
    plan: Plan
    random: Random
    folder: Path
    armed: set[str]
    workers: dict[int, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    read_to: int = 0
    died: list[str] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    waves: int = 0
    ending_began: bool = False
    last_refusal: str = ""

    def __post_init__(self) -> None:
        self.log = os.open(self.folder / "worker.log", os.O_CREAT | os.O_APPEND | os.O_RDWR)

    # Lives

    def keep_workers(self) -> None:
        for slot in range(WORKERS):
            process = self.workers.get(slot)
            if process is not None:
                gone, _status = os.waitpid(process, os.WNOHANG)
                if not gone:
                    continue
                self.counts["lives lost"] += 1
                self.read_log()
            self.workers[slot] = start_worker(
                log=self.log, armed=self.armed - set(self.died), control=self.plan.control
            )

    def read_log(self) -> None:
        with (self.folder / "worker.log").open(encoding="utf-8", errors="replace") as file:
            file.seek(self.read_to)
            for line in file:
                kind, _, what = line.rstrip("\n").partition(" ")
                if kind == "died":
                    self.died.append(what)
                elif kind == "met":
                    self.met.add(what)
                elif kind == "unlisted":
                    self.unlisted.add(what)
                elif kind == "error":
                    self.errors[what] += 1
            self.read_to = file.tell()

    def end_workers(self) -> None:
        for process in self.workers.values():
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        self.workers.clear()
        self.read_log()

    def mine(self) -> None:
        self.world.chain.refresh_from_db(fields=["indexed_block", "stopped_reason"])
        is_followed = self.world.node.head() - self.world.chain.indexed_block < MOST_BEHIND
        if is_followed or self.world.chain.stopped_reason or self.random.random() < 0.1:
            self.world.node.mine()

    # The people's side

    def play(self, tick: int, *, is_storm: bool) -> None:
        head = self.world.node.head()
        if self.plan.ending == "late thief" and not self.ending_began:
            self.steal_what_is_on_its_way()
        if tick % 4 == 0:
            for errand in list(self.world.errands):
                if not errand.is_sealed(head):
                    errand.look(head)
        if tick % 6 == 0:
            self.earn(is_storm=is_storm)
            self.end_an_escrow()
            self.claim()
        if tick % 5 == 0:
            self.administer()

    def earn(self, *, is_storm: bool) -> None:
        if not self.world.open_for_work() or self.waves >= WAVES:
            return
        if is_storm and self.waves and self.random.random() > 0.12:
            return
        for escrow in self.world.escrows:
            self.world.work(self.random, escrow)
        if not self.ending_began and (self.waves == 0 or self.plan.ending != "thief"):
            self.world.work(self.random, self.world.ending, people=3)
            if self.plan.ending == "thief":
                self.world.client_closes(takes_back=True)
                self.world.errands[-1].look(self.world.node.head())
                self.world.node.mine()
                self.ending_began = True
        self.waves += 1

    def end_an_escrow(self) -> None:
        if self.waves == 0 or self.ending_began:
            if self.plan.ending == "client" and self.ending_began:
                self.let_client_have_the_rest()
            return
        if self.plan.ending == "late thief":
            return
        if self.waves >= 2 or self.random.random() < 0.1:
            self.ending_began = True
            if self.plan.ending == "platform":
                self.world.platform_closes()
            else:
                self.world.client_closes(takes_back=False)

    def let_client_have_the_rest(self) -> None:
        ending = self.world.ending
        ending.refresh_from_db()
        closed = [errand for errand in self.world.errands if errand.name == "close"]
        if ending.client_closing_at and ending.released == ending.rewarded and len(closed) == 1:
            self.world.client_closes(takes_back=True)

    def steal_what_is_on_its_way(self) -> None:
        """The refund is mined while the release waits in the pool."""
        on_its_way = ChainIntent.objects.filter(kind="release", state__in=["signed", "sent"], batch__isnull=False)
        if self.waves == WAVES and not self.is_anything_due():
            self.world.work(self.random, self.world.ending, people=2)  # one more occasion
        if any(self.world.ending.chain_key in str(intent.effect) for intent in on_its_way):
            self.ending_began = True
            self.world.node.rpc("anvil_dropAllTransactions")
            self.world.client_closes(takes_back=True)
            self.world.errands[-1].look(self.world.node.head())
            self.world.node.mine()

    def is_anything_due(self) -> bool:
        return _unconfirmed().exists() or Earning.objects.filter(payout=None).exists()

    def claim(self) -> None:
        if Payout.objects.filter(state=Payout.State.CLAIMABLE).exists():
            self.world.unblock_all()
            self.world.claim_all()

    def administer(self) -> None:
        """A finance admin who reads what is held and goes on."""
        chain, admin = self.world.chain, self.world.admin
        chain.refresh_from_db()
        try:
            if chain.stopped_reason:
                if "reorganisation" not in chain.stopped_reason:
                    raise SeedFailed(f"stopped: {chain.stopped_reason}")
                reorganisations.resume(chain, actor=admin, reason="The chain is steady.")
                self.counts["chain resumed by a person"] += 1
            self.resume_what_is_held()
        except (RewardsError, OperationalError, OSError) as error:
            self.counts[f"not yet: {type(error).__name__}"] += 1
            self.last_refusal = str(error)

    def resume_what_is_held(self) -> None:
        held = ChainIntent.objects.filter(state="held").exclude(held_for="gas_money")
        for intent in held.exclude(escrow=self.world.ending.pk).select_related("batch", "chain"):
            if not self.world.has_covered(intent.held_reason):
                continue
            self.counts[f"held: {intent.kind} {intent.held_for}: {intent.held_reason[:60]}"] += 1
            if intent.batch is not None:
                holds.resume_batch(intent.batch, actor=self.world.admin, reason="Looked at it.")
            else:
                holds.resume_intent(intent, actor=self.world.admin, reason="Looked at it.")

    def veto(self) -> None:
        """Once, the first root that waits."""
        if self.plan.is_vetoed and not any(errand.name == "veto" for errand in self.world.errands):
            batch = SettlementBatch.objects.filter(state=SettlementBatch.State.PROPOSED).first()
            if batch is not None:
                self.world.veto(batch)

    # The end

    def is_quiet(self) -> bool:
        """As of one moment: between two questions the workers may freeze what the first one saw."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return self._is_quiet()

    def _is_quiet(self) -> bool:
        if self.waves < WAVES or not self.ending_began or self.world.chain.stopped_reason:
            return False
        if not all(errand.done_at >= 0 for errand in self.world.errands):
            return False
        unconfirmed = _unconfirmed().exclude(escrow=self.world.ending.pk, state=ChainIntent.State.HELD)
        if unconfirmed.exists() or Payout.objects.exclude(state=Payout.State.PAID).exists():
            return False
        if SettlementBatch.objects.exclude(state__in=SettlementBatch.ENDED).exists():
            return False
        unpaid = Earning.objects.filter(payout=None)
        if self.world.is_stolen():
            return not unpaid.exclude(escrow=self.world.ending.pk).exists() and self.world.is_saved_paid()
        return not unpaid.exists()


def _unconfirmed() -> QuerySet[ChainIntent]:
    return ChainIntent.objects.exclude(state=ChainIntent.State.CONFIRMED)


class SeedFailed(Exception):
    """In words, what is not as it must be."""


def run(plan: Plan, *, folder: Path, node_port: int, proxy_port: int, besides: list[str]) -> dict[str, Any]:
    started = time.monotonic()
    proxy = start_proxy(port=proxy_port, node_port=node_port, seed=plan.seed, folder=folder)
    anvil = Node(node_port, folder)
    if plan.control:
        artifacts.BUILD = folder.parent / "unguarded"
    warm_up()
    world = World(anvil, plan, node.operator_signer(), surplus=SURPLUS if plan.control else 0)
    random = plan.random
    moments = [f"{when} {point.name}" for point in worker_points() for when in (BEFORE, AFTER)]
    campaign = Campaign(world, plan, random, folder, plan.arms(moments) | set(besides))
    weather = Weather(anvil, world, plan, campaign.workers, random)
    failure, storm_end = "", 0.0
    try:
        proxy.set_rates(**{name.replace(" ", "_"): rate for name, rate in RATES.items()})
        storm_end = _storm(campaign, weather)
        proxy.set_rates()
        weather.end()
        _calm(campaign, weather)
    except SeedFailed as error:
        failure = str(error)
    except Exception:
        failure = traceback.format_exc()
    campaign.end_workers()
    failure = failure or _verdict(world, campaign)
    result = _result(plan, campaign, weather, proxy.stop(), failure)
    result["seconds"] = round(time.monotonic() - started, 1)
    result["storm_seconds"] = round(storm_end, 1)
    anvil.kill()
    return result


def _lasts(seconds: float, ticks: int) -> bool:
    return seconds < STORM_SECONDS or (ticks < STORM_TICKS and seconds < LONGEST_STORM_SECONDS)


def _storm(campaign: Campaign, weather: Weather) -> float:
    began, tick = time.monotonic(), 0
    while _lasts(time.monotonic() - began, tick):
        tick += 1
        campaign.keep_workers()
        if weather.random.random() < 0.7 and not weather.waits_for_block():
            campaign.mine()
        weather.blow(tick)
        campaign.play(tick, is_storm=True)
        campaign.veto()
        _fail_when_overpaid(campaign, tick)
        time.sleep(TICK_SECONDS)
    return time.monotonic() - began


def _calm(campaign: Campaign, weather: Weather) -> None:
    """Nothing new goes wrong, but for the moments at which the workers still die; each does so once."""
    deadline, tick = time.monotonic() + CALM_SECONDS, 0
    while True:
        tick += 1
        campaign.keep_workers()
        if not weather.waits_for_block():
            campaign.mine()
        if weather.plan.delay_seconds and tick % 10 == 0:
            weather.node.rpc("evm_increaseTime", weather.plan.delay_seconds // 2)
        if weather.plan.goes_deep and not weather.has_been_deep:
            weather.go_deep()
        if weather.plan.forgets:
            weather.forget()
        weather.turn_as_planned()
        weather.starve()
        weather.lose_nonce()
        if tick % 40 == 0:
            weather.give_gas_money()  # a reorganisation may have brought the empty account back
        campaign.play(tick, is_storm=False)
        campaign.veto()
        _fail_when_overpaid(campaign, tick)
        if tick % 10 == 0 and campaign.is_quiet():
            return
        if time.monotonic() > deadline:
            raise SeedFailed(_why_not_quiet(campaign))
        time.sleep(TICK_SECONDS)


def _fail_when_overpaid(campaign: Campaign, tick: int) -> None:
    if tick % 25 == 0 and (found := campaign.world.overpaid()):
        raise SeedFailed(f"paid twice: {'; '.join(found)}")


def _verdict(world: World, campaign: Campaign) -> str:
    wrong = world.wrong()
    wrong += [f"{finding.rule}: {finding.subject} {finding.detail}" for finding in check_books()]
    wrong += [f"a write that is no point: {what}" for what in sorted(campaign.unlisted)]
    return "; ".join(wrong)


def _why_not_quiet(campaign: Campaign) -> str:
    chain = campaign.world.chain
    late = Payout.objects.exclude(state=Payout.State.PAID).values_list("state", "lane", "credit_batch__epoch")
    said = {
        "waves": campaign.waves,
        "ending began": campaign.ending_began,
        "intents": list(_unconfirmed().values_list("kind", "state", "nonce", "held_reason")[:6]),
        "batches": list(SettlementBatch.objects.values_list("epoch", "state")),
        "errands": [errand.name for errand in campaign.world.errands if errand.done_at < 0],
        "earnings": Earning.objects.filter(payout=None).count(),
        "payouts": list(late[:4]),
        "stopped": chain.stopped_reason,
        "read": f"to {chain.indexed_block} of {campaign.world.node.head()}",
        "refused": campaign.last_refusal,
    }
    return f"not finished: {said}"


def _result(plan: Plan, campaign: Campaign, weather: Weather, proxied: dict[str, int], failure: str) -> dict[str, Any]:
    kinds = SettlementBatch.objects.values_list("state", flat=True)
    return {
        "seed": plan.seed,
        "ok": not failure,
        "failure": failure,
        "delay": plan.delay_seconds,
        "ending": plan.ending,
        "batches": dict(Counter(kinds)),
        "intents": ChainIntent.objects.count(),
        "crashes": len(campaign.died),
        "faults": dict(sorted((weather.counts + Counter(proxied) + campaign.counts).items())),
        "died": sorted(set(campaign.died)),
        "met": sorted(campaign.met),
        "errors": dict(campaign.errors.most_common(6)),
    }


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    connection.ensure_connection()
    settings.SETTLEMENT_DELAY_SECONDS = plan_of(asked["seed"], asked["control"]).delay_seconds
    answer = run(
        plan_of(asked["seed"], asked["control"]),
        folder=Path(asked["folder"]),
        node_port=asked["node_port"],
        proxy_port=asked["proxy_port"],
        besides=asked["besides"],
    )
    print(json.dumps(answer), flush=True)
