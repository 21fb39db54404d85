"""Two nodes of one chain, the first of which fails in the ways that nodes do."""

import time
from collections.abc import Iterator

import pytest

from rewards.chain.endpoints import FailoverClient, RestsInMemory
from rewards.chain.errors import ChainRejected, ChainUnavailable, Reason
from rewards.tests.chain.proxy import Proxy


@pytest.fixture
def proxies(devchain) -> Iterator[tuple[Proxy, Proxy]]:
    pair = Proxy(devchain.url), Proxy(devchain.url)
    yield pair
    for proxy in pair:
        proxy.die()


def client_over(*proxies: Proxy, rests: RestsInMemory | None = None, timeout: float = 5) -> FailoverClient:
    return FailoverClient([proxy.url for proxy in proxies], 31337, timeout_seconds=timeout, rests=rests)


def test_the_first_node_is_asked_as_long_as_it_answers(proxies):
    first, second = proxies
    client = client_over(first, second)

    for _ in range(3):
        client.block_number()

    assert first.asked.count("eth_blockNumber") == 4  # once to choose
    assert second.asked == ["eth_chainId", "eth_blockNumber"]


def test_when_a_node_dies_the_next_one_answers(proxies):
    first, second = proxies
    client = client_over(first, second)
    head = client.block_number()

    first.die()

    assert client.block_number() == head
    assert client.block(head).number == head
    assert second.asked.count("eth_getBlockByNumber") == 1


def test_a_busy_node_rests_and_is_not_asked_meanwhile(proxies):
    first, second = proxies
    first.mode = "busy"
    rests = RestsInMemory()

    for _ in range(4):
        client_over(first, second, rests=rests).block()

    assert len(first.asked) == 1
    assert second.asked.count("eth_getBlockByNumber") == 4
    assert 0 < rests.until(first.url) - time.time() <= 1


def test_a_node_that_fails_again_rests_for_twice_as_long_and_one_that_answers_is_forgiven(proxies):
    first, _ = proxies
    first.mode = "busy"
    rests = RestsInMemory()
    for failures in (1, 2, 3):
        with pytest.raises(ChainUnavailable):
            client_over(first, rests=rests).block()
        assert rests.failures(first.url) == failures
        assert round(rests.until(first.url) - time.time()) == 2 ** (failures - 1)
        rests.rest(first.url, failures=failures, until=0)

    first.mode = ""
    client_over(first, rests=rests).block()

    assert rests.failures(first.url) == 0


def test_when_all_nodes_rest_nobody_is_asked(proxies):
    for proxy in proxies:
        proxy.mode = "busy"
    rests = RestsInMemory()
    for _ in range(3):
        with pytest.raises(ChainUnavailable):
            client_over(*proxies, rests=rests).block()

    assert [len(proxy.asked) for proxy in proxies] == [1, 1]


def test_a_node_that_lags_is_passed_over(proxies, devchain):
    first, second = proxies
    devchain.rpc("anvil_mine", hex(20))
    first.blocks_behind = 12

    assert client_over(first, second).block_number() == int(devchain.rpc("eth_blockNumber"), 16)
    assert second.asked[-1] == "eth_blockNumber"


def test_a_node_of_another_chain_is_passed_over(proxies):
    first, second = proxies
    first.chain_id = 5

    assert client_over(first, second).check_identity().chain_id == 31337


def test_when_the_only_node_is_on_another_chain_that_is_said(proxies):
    first, _ = proxies
    first.chain_id = 5

    with pytest.raises(ChainRejected) as refused:
        client_over(first).check_identity()

    assert refused.value.reason == Reason.WRONG_CHAIN


def test_a_node_that_hangs_costs_one_wait(proxies):
    first, second = proxies
    first.mode = "hangs"
    rests = RestsInMemory()
    began = time.monotonic()

    for _ in range(5):
        client_over(first, second, rests=rests, timeout=0.5).block()

    assert time.monotonic() - began < 1.5
    assert len(first.asked) == 1


def test_a_refusal_is_no_reason_to_ask_somebody_else(proxies, addresses):
    first, second = proxies
    client = client_over(first, second)

    with pytest.raises(ChainRejected):
        client.simulate(to=addresses.escrow, data=bytes.fromhex("deadbeef"))

    assert "eth_call" not in second.asked
