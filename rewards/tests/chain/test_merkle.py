import importlib
import sys

import pytest
from eth_abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st

from rewards.chain import merkle

SETTLEMENT, TOKEN, ACCOUNT = ("0x" + two * 20 for two in ("11", "22", "33"))


def leaves_of(count: int) -> list[bytes]:
    return [merkle.keccak(number.to_bytes(8, "big")) for number in range(count)]


@given(count=st.integers(1, 70), data=st.data())
def test_every_proof_leads_to_the_root(count, data):
    leaves = leaves_of(count)
    tree = merkle.build_tree(leaves)

    index = data.draw(st.integers(0, count - 1))

    assert merkle.verify(tree.root, leaves[index], tree.proof(index))
    assert not merkle.verify(tree.root, merkle.keccak(b"another"), tree.proof(index))


@pytest.mark.parametrize("index", [-1, 10])
def test_a_proof_of_no_leaf_is_refused(index):
    with pytest.raises(ValueError, match="outside"):
        merkle.build_tree(leaves_of(10)).proof(index)


def test_a_tree_of_nothing_or_of_broken_leaves_is_refused():
    for leaves in (b"", b"\x01" * 33):
        with pytest.raises(ValueError):
            merkle.build_tree(leaves)


def test_one_leaf_is_its_own_root():
    (leaf,) = leaves_of(1)

    assert merkle.build_tree([leaf]).root == leaf


def test_packed_and_listed_leaves_give_the_same_tree():
    leaves = leaves_of(21)

    assert merkle.build_tree(b"".join(leaves)) == merkle.build_tree(leaves)


def test_the_leaves_are_those_of_the_documents_worked_table():
    domain = merkle.payment_domain(31337, SETTLEMENT, 1, TOKEN)

    assert domain.hex() == "2b2c9ed9c2d669b402dee1996874ad37e152c7b069b7e0064ff4f8e02f122b34"
    assert (
        merkle.run_leaf(domain, 0, merkle.payment_word(ACCOUNT, 5)).hex()
        == "131cd74f67158590908cf082e326c451a76b8bdc135c29df78687fc052ade71f"
    )
    assert (
        merkle.claim_leaf(31337, SETTLEMENT, ACCOUNT, TOKEN, 5).hex()
        == "8afc1fe5794b5a4cbb4b02990e917809343d00da1cd3113bcd8055fa132f400b"
    )
    assert (
        merkle.batch_id(31337, SETTLEMENT, 1, bytes(32)).hex()
        == "fc3b9e03146705ece328d8ba3a832442ac9003d96124c283ef5201c0e54abfdd"
    )


def test_leaves_differ_in_every_part():
    made = {
        merkle.run_leaf(
            merkle.payment_domain(chain, settlement, epoch, token), index, merkle.payment_word(account, amount)
        )
        for chain, settlement, epoch, token, index, account, amount in (
            (1, SETTLEMENT, 1, TOKEN, 0, ACCOUNT, 5),
            (2, SETTLEMENT, 1, TOKEN, 0, ACCOUNT, 5),
            (1, TOKEN, 1, TOKEN, 0, ACCOUNT, 5),
            (1, SETTLEMENT, 2, TOKEN, 0, ACCOUNT, 5),
            (1, SETTLEMENT, 1, ACCOUNT, 0, ACCOUNT, 5),
            (1, SETTLEMENT, 1, TOKEN, 1, ACCOUNT, 5),
            (1, SETTLEMENT, 1, TOKEN, 0, TOKEN, 5),
            (1, SETTLEMENT, 1, TOKEN, 0, ACCOUNT, 6),
        )
    }

    assert len(made) == 8


def test_an_address_of_another_length_is_refused():
    with pytest.raises(ValueError, match="not an address"):
        merkle.claim_leaf(1, "0x11", ACCOUNT, TOKEN, 5)


def test_packed_leaves_are_those_of_one_by_one(monkeypatch):
    monkeypatch.setattr(merkle, "BLOCK", 4)
    token = merkle.address_bytes(TOKEN)
    credits = b"".join(merkle.CREDIT.pack(bytes([n] * 20), token, n.to_bytes(32, "big")) for n in range(1, 12))

    assert merkle.credit_leaves(31337, SETTLEMENT, credits) == b"".join(
        merkle.claim_leaf(31337, SETTLEMENT, "0x" + f"{n:02x}" * 20, TOKEN, n) for n in range(1, 12)
    )


def test_runs_are_cut_and_each_is_hashed_as_the_abi_encodes_it():
    domain = merkle.payment_domain(31337, SETTLEMENT, 1, TOKEN)
    words = [merkle.payment_word("0x" + f"{n:02x}" * 20, n) for n in range(1, 8)]

    leaves = merkle.run_leaves(domain, 40, b"".join(words), run_size=4)

    assert leaves == merkle.run_leaf(domain, 40, b"".join(words[:4])) + merkle.run_leaf(domain, 44, b"".join(words[4:]))
    encoded = abi_encode(
        ["bytes32", "uint256", "uint256[]"], [domain, 44, [int.from_bytes(word) for word in words[4:]]]
    )
    assert leaves[32:] == merkle.keccak(merkle.keccak(encoded))


@pytest.mark.parametrize("amount", [0, -1, 2**96])
def test_a_payment_that_fits_no_word_is_refused(amount):
    with pytest.raises(ValueError, match="lane 2"):
        merkle.payment_word(ACCOUNT, amount)


@pytest.mark.parametrize("missing", [["tiny_keccak"], ["tiny_keccak", "sha3"]])
def test_the_fallbacks_hash_alike(monkeypatch, missing):
    fast = merkle.build_tree(leaves_of(9)).root
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    specification = importlib.util.find_spec("rewards.chain.merkle")
    slow = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "slow_merkle", slow)

    specification.loader.exec_module(slow)

    assert slow.keccak is not merkle.keccak
    assert slow.keccak(b"") == merkle.keccak(b"")
    assert slow.keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert slow.build_tree(leaves_of(9)).root == fast
