"""The outbox believes no block that the indexer has not read: else its loss would be noticed by nobody."""

from threading import Thread

import pytest
from django.conf import settings
from django.db import connection

from rewards.chain.client import ChainClient
from rewards.domain import indexing, outbox
from rewards.models import SettlementBatch

DEEP = settings.CHAIN_CONFIRMATIONS + 3


@pytest.fixture
def module_devchain(fresh_devchain):
    return fresh_devchain


def advance_unread(scene, rounds: int = 20) -> None:
    """The timetable while the indexer is down."""
    for _ in range(rounds):
        outbox.advance(scene.chain, scene.client, scene.signer)
        scene.mine()


def paid(scene, people):
    return [scene.on_chain(person.wallets.get().address) for person in people]


def test_nothing_is_confirmed_that_the_indexer_has_not_read(scene):
    scene.mine(40)
    people = scene.earners(2)
    scene.settle()
    before = scene.client.block_number()
    advance_unread(scene)
    scene.rpc("anvil_reorg", scene.client.block_number() - before, [])
    scene.rpc("anvil_dropAllTransactions")
    scene.mine(DEEP)

    scene.index()
    scene.go_on()

    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_what_others_did_for_us_is_not_confirmed_unread_either(scene):
    scene.mine(40)
    scene.earners(2)
    batch = scene.settle()
    release = batch.intents.first()
    scene.rpc("anvil_impersonateAccount", scene.signer.address)
    scene.send(release.to, release.data, sender=scene.signer.address)

    advance_unread(scene)

    release.refresh_from_db()
    assert (release.state, release.nonce) == ("mined", None)
    scene.index()
    scene.advance()
    release.refresh_from_db()
    assert release.state == "confirmed"
    assert release.block_number <= scene.chain.indexed_block


def test_a_batch_that_waits_for_the_indexer_goes_on_by_itself_when_it_reads_again(scene):
    people = scene.earners(2)
    batch = scene.settle()
    advance_unread(scene, rounds=4)
    assert batch.intents.filter(state="mined").count() == 1
    since = batch.intents.get(state="mined").updated_at
    advance_unread(scene, rounds=1)
    assert batch.intents.get(state="mined").updated_at == since

    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


class Moving(ChainClient):
    """The chain turns into another, and the indexer goes back, while the outbox is about to confirm."""

    def __init__(self, scene, before: int) -> None:
        super().__init__(scene.devchain.url, settings.CHAIN_ID)
        self.scene, self.before, self.indexer = scene, before, None

    def block_hash(self, number):
        found = super().block_hash(number)
        if self.indexer is None and self.scene.chain.intents.filter(block_number=number, state="mined").exists():
            self.scene.rpc("anvil_reorg", super().block_number() - self.before, [])
            self.scene.rpc("anvil_dropAllTransactions")
            self.scene.mine(DEEP)
            self.indexer = Thread(target=self.index)
            self.indexer.start()
            self.indexer.join(timeout=1.5)
        return found

    def index(self):
        try:
            indexing.index_chain(
                type(self.scene.chain).objects.get(), ChainClient(self.scene.devchain.url, settings.CHAIN_ID)
            )
        finally:
            connection.close()


def test_nothing_is_confirmed_on_a_branch_that_the_indexer_has_just_left(scene):
    scene.mine(40)
    scene.earners(2)
    scene.settle()
    before = scene.client.block_number()
    scene.advance()
    scene.mine()
    scene.index()
    moving = Moving(scene, before)

    outbox.advance(scene.chain, moving, scene.signer, max_steps=1)
    moving.indexer.join(timeout=30)

    scene.chain.refresh_from_db()
    release = scene.chain.intents.order_by("pk").first()
    assert release.state != "confirmed" or "our release" in scene.chain.stopped_reason
