"""Reading a chain through nodes that limit, refuse and hang."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from kombu.simple import SimpleQueue

from config.celery import app
from rewards import tasks
from rewards.chain import log_ranges
from rewards.chain.client import ChainClient
from rewards.chain.configuration import ChainSettings
from rewards.chain.errors import ChainUnavailable
from rewards.domain import node
from rewards.domain.indexing import index_chain
from rewards.domain.reconciliation import reconcile
from rewards.models import Escrow
from rewards.tests.chain.proxy import Proxy
from rewards.tests.factories import make_chain


@pytest.fixture
def proxy(scene) -> Iterator[Proxy]:
    log_ranges._sizes.clear()
    cache.clear()
    proxy = Proxy(scene.devchain.url)
    yield proxy
    proxy.die()
    log_ranges._sizes.clear()


def test_a_range_that_is_too_wide_is_asked_in_pieces(scene, proxy):
    proxy.most_blocks = 7
    escrow = scene.quoted()
    scene.mine(30)
    scene.pay_in(escrow)
    scene.mine(30)
    client = ChainClient(proxy.url, scene.chain.chain_id)

    index_chain(scene.chain, client)
    done = reconcile(scene.chain, client)

    escrow.refresh_from_db()
    assert escrow.state == Escrow.State.FUNDED
    assert done is not None
    assert done.is_sound
    granted = [last - first + 1 for first, last in proxy.ranges if last - first + 1 <= 7]
    refused = [last - first + 1 for first, last in proxy.ranges if last - first + 1 > 7]
    assert max(granted) >= 4
    assert len(refused) < len(granted)


def test_a_busy_node_is_asked_for_half_at_the_next_turn(scene, proxy):
    scene.mine(40)
    client = ChainClient(proxy.url, scene.chain.chain_id)
    proxy.mode = "busy_logs"
    for _ in range(2):
        with pytest.raises(ChainUnavailable):
            index_chain(scene.chain, client)
    proxy.mode = ""

    index_chain(scene.chain, client)

    scene.chain.refresh_from_db()
    assert scene.chain.indexed_block == client.block_number()
    first, last = proxy.ranges[0]
    assert last - first + 1 <= 12


def test_a_node_that_lags_is_not_taken_for_a_reorganisation(scene, proxy):
    scene.funded()
    before = scene.chain.events.filter(is_applied=True).count()
    proxy.blocks_behind = 4

    index_chain(scene.chain, ChainClient(proxy.url, scene.chain.chain_id))

    scene.chain.refresh_from_db()
    assert scene.chain.stopped_reason == ""
    assert scene.chain.events.filter(is_applied=True).count() == before


def test_settlement_goes_on_when_the_first_node_dies(scene, proxy, settings):
    settings.CHAIN_RPC_URL, settings.CHAIN_RPC_FALLBACK_URLS = proxy.url, [scene.devchain.url]
    people = scene.earners(2)
    scene.client = node.client_for(scene.chain)
    scene.settle()
    scene.advance()

    proxy.die()
    scene.client = node.client_for(scene.chain)
    scene.go_on()

    assert [scene.on_chain(person.wallets.get().address) for person in people] == [1_000, 1_001]
    scene.check()


def test_a_chain_that_does_not_answer_says_so_until_it_does(scene, proxy, settings):
    settings.CHAIN_RPC_URL = proxy.url
    proxy.mode = "busy"
    tasks.index_chain()
    scene.chain.refresh_from_db()
    assert scene.chain.silent_since is not None

    proxy.mode = ""
    cache.clear()
    tasks.index_chain()

    scene.chain.refresh_from_db()
    assert scene.chain.silent_since is None


def test_each_chain_has_a_turn_of_its_own(scene, settings):
    make_chain(chain_id=4242)
    make_chain(chain_id=777)  # a row whose node this installation does not have
    settings.CHAINS = {4242: ChainSettings(chain_id=4242, name="Other", rpc_urls=("http://127.0.0.1:1",))}
    with app.connection_for_read() as broker:
        queue = SimpleQueue(broker.default_channel, app.conf.task_default_queue or "celery")
        queue.clear()

        tasks.settle()
        turns = [queue.get(timeout=1).payload[0] for _ in range(2)]

        assert sorted(turns) == [[4242], [31337]]
        assert queue.qsize() == 0


def test_a_chain_that_hangs_does_not_delay_another(scene, proxy, settings):
    settings.CHAINS = {4242: ChainSettings(chain_id=4242, name="Hanging", rpc_urls=(proxy.url,))}
    make_chain(chain_id=4242)
    escrow = scene.quoted()
    scene.pay_in(escrow)
    scene.mine()
    proxy.mode = "hangs"

    def hang() -> None:
        try:
            tasks.index_chain(4242)
        finally:
            connection.close()

    thread = threading.Thread(target=hang, daemon=True)
    thread.start()
    while not proxy.asked:
        time.sleep(0.01)
    began = time.monotonic()
    tasks.index_chain(scene.chain.chain_id)
    tasks.index_chain(4242)  # the next turn of the one that hangs leaves at once
    seconds = time.monotonic() - began

    escrow.refresh_from_db()
    assert escrow.state == Escrow.State.FUNDED
    assert thread.is_alive()
    assert seconds < 3
    proxy.die()
    thread.join(15)
