"""The seed's node is as a real chain is."""

from stack.processes import free_port
from storm.node import Node


def clock(node: Node) -> int:
    return int(node.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def test_a_chain_that_is_restarted_after_a_jump_of_its_clock_goes_on_from_there(tmp_path):
    node = Node(free_port(), tmp_path)
    try:
        node.rpc("evm_increaseTime", 5_000)
        node.mine()
        before = clock(node)
        node.restart()
        node.mine()
        assert clock(node) >= before
    finally:
        node.kill()
