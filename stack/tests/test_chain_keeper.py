"""The development chain comes back as it was."""

from pathlib import Path

import pytest

from stack.anvil import rpc
from stack.chain_keeper import Keeper, drop_false_geneses
from stack.processes import free_port


def clock(keeper: Keeper) -> int:
    head = rpc(keeper.chain.url, "eth_getBlockByNumber", "latest", False)
    assert isinstance(head, dict)
    return int(head["timestamp"], 16)


@pytest.mark.parametrize("seconds", [0, 50_000])
def test_a_clock_that_was_set_forward_does_not_go_back_when_the_chain_is_restarted(tmp_path: Path, seconds: int):
    state, port = tmp_path / "state.json", free_port()
    keeper = Keeper(port=port, state=state, record_folder=tmp_path)
    process = keeper.start()
    try:
        rpc(keeper.chain.url, "evm_increaseTime", seconds)
        rpc(keeper.chain.url, "evm_mine")
        before = clock(keeper)
        keeper.save()
    finally:
        process.kill()
        process.wait()
    drop_false_geneses(state)

    again = Keeper(port=port, state=state, record_folder=tmp_path)
    process = again.start()
    try:
        rpc(again.chain.url, "evm_mine")
        after = clock(again)
    finally:
        process.kill()
        process.wait()

    assert 0 <= after - before < 60
