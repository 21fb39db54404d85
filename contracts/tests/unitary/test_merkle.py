"""The Python tree and the Vyper tree, hashed against each other."""

import os

import pytest

from rewards.chain import merkle


@pytest.mark.usefixtures("chain")
def test_a_pair_is_the_same_in_both_and_in_both_orders(world):
    one, two = os.urandom(32), os.urandom(32)

    assert world.probe.climb(one, [two]) == world.probe.climb(two, [one]) == merkle.pair(one, two)


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 31, 64, 100])
def test_every_leafs_proof_climbs_to_the_root_in_both(world, count):
    leaves = [os.urandom(32) for _ in range(count)]
    tree = merkle.build_tree(leaves)

    for index in {0, count // 2, count - 1}:
        proof = tree.proof(index)
        assert world.probe.climb(leaves[index], proof) == merkle.climb(leaves[index], proof) == tree.root
