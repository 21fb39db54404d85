"""The verifier that a sceptic runs: on its own, with a node and the published file."""

import ast
import json
import subprocess
import sys
from hashlib import sha256

import pytest

from contracts.scripts.compile import CONTRACTS
from contracts.tests.harness import HALF_HOUR
from contracts.tests.scenes import claim, make_live, make_tree, pay
from rewards.chain.leaf_file import write_leaf_file

VERIFIER = CONTRACTS.parent / "tools" / "verify_epoch.py"
PEOPLE = [f"0x{0xBEEF0000 + number:040x}" for number in range(600)]


@pytest.fixture
def published(settlement, token, faulty, operator, worker, outsider, tmp_path):
    """An epoch as the product publishes it, partly paid and partly claimed."""
    payments = {token.address: [(who, 10 + n) for n, who in enumerate(PEOPLE)], faulty.address: [(worker, 7)]}
    tree = make_tree(settlement, 1, payments, [(worker, token.address, 50), (outsider, token.address, 2**100)])
    path = tmp_path / "epoch.json"
    path.write_bytes(write_leaf_file(tree))
    digest = sha256(path.read_bytes()).digest()
    settlement.propose(1, tree.root, tree.batch_id, digest, sender=operator)
    return tree, path


@pytest.fixture
def live(settlement, token, faulty, operator, worker, outsider, published):
    tree, path = published
    settlement.chain.pass_time(HALF_HOUR)
    settlement.activate(sender=operator)
    faulty.mint(settlement.address, 10**30, sender=outsider)
    total = sum(10 + n for n in range(600)) + 50
    token.mint(settlement.address, total, sender=outsider)
    pay(settlement, tree.run(0, 512), outsider)
    claim(settlement, tree, worker, token.address, outsider)
    return tree, path


def verify(path, chain, *options, isolated=("-I",)):
    done = subprocess.run(
        [sys.executable, *isolated, str(VERIFIER), str(path), "--rpc", chain.devchain.url, *options],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def rewritten(path, change, name="changed.json"):
    data = json.loads(path.read_bytes())
    change(data)
    target = path.with_name(name)
    target.write_text(json.dumps(data))
    return target


def test_it_imports_nothing_of_ours_and_nothing_that_must_be_installed():
    modules = set()
    for node in ast.parse(VERIFIER.read_text()).body:
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[0])

    assert modules <= sys.stdlib_module_names


@pytest.mark.parametrize("isolated", [("-I",), ("-I", "-S")], ids=["with a fast keccak", "with nothing installed"])
def test_a_good_epoch_is_accepted(settlement, token, chain, operator, outsider, tmp_path, isolated):
    tree = make_tree(settlement, 1, {token.address: [(who, 5) for who in PEOPLE[:300]]}, [(outsider, token.address, 9)])
    path = tmp_path / "epoch.json"
    path.write_bytes(write_leaf_file(tree))
    settlement.propose(1, tree.root, tree.batch_id, sha256(path.read_bytes()).digest(), sender=operator)
    chain.pass_time(HALF_HOUR)
    settlement.activate(sender=operator)
    token.mint(settlement.address, 1_509, sender=outsider)
    pay(settlement, tree.run(0, 200), outsider)

    status, said = verify(path, chain, "--settlement", settlement.address, isolated=isolated)

    assert (status, "WRONG" in said) == (0, False), said
    assert "it is live" in said
    assert "payments 1,500: paid 1,000 (200 of 300), unpaid 500" in said
    assert "holds 509 and owes 509 by this root" in said
    assert said.endswith("Everything holds.\n")


def test_money_that_is_missing_is_found(live, settlement, token, chain, outsider):
    status, said = verify(live[1], chain)

    missing = 2**100
    assert status == 1
    assert f"owes {missing + sum(10 + n for n in range(512, 600)):,} by this root: {missing:,} are missing" in said
    assert said.count("WRONG") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: next(iter(data["payments"].values()))[3].__setitem__(1, "14"), "the root on chain is 0x"),
        (lambda data: data["credits"][0].__setitem__(2, str(int(data["credits"][0][2]) + 1)), "the root on chain is 0x"),
        (lambda data: data["credits"].pop(), "the root on chain is 0x"),
        (lambda data: data["credits"].reverse(), "not in order"),
        (lambda data: data.update(epoch=2), "never proposed"),
        (lambda data: data.update(chain_id=1), "it is chain 31337"),
        (lambda data: data.update(settlement="0x" + "77" * 20), "there is a contract"),
        (lambda data: next(iter(data["payments"].values()))[3].__setitem__(1, "0"), "not an amount"),
        (lambda data: data.pop("credits"), "not a leaf file"),
    ],
    ids=["a payment by a unit", "a credit by a unit", "a line less", "order", "epoch", "chain", "contract", "zero", "part"],
)  # fmt: skip
def test_a_changed_file_is_rejected(live, chain, change, words):
    status, said = verify(rewritten(live[1], change), chain)

    assert status == 1
    assert words in said


def test_a_root_with_one_leaf_changed_by_one_unit_is_rejected(settlement, token, chain, operator, outsider, tmp_path):
    """The operator published a file, and proposed the root of another one under the file's hash."""
    honest, other = (
        make_tree(settlement, 1, {token.address: [(PEOPLE[0], 5), (PEOPLE[1], amount)]}) for amount in (6, 7)
    )
    path = tmp_path / "epoch.json"
    path.write_bytes(write_leaf_file(honest))
    digest = sha256(path.read_bytes()).digest()
    settlement.propose(1, other.root, other.batch_id, digest, sender=operator)
    token.mint(settlement.address, 100, sender=outsider)

    status, said = verify(path, chain)

    assert status == 1
    assert f"WRONG the root on chain is 0x{other.root.hex()}" in said
    assert "it is pending" in said


def test_a_file_with_another_hash_is_rejected_although_its_root_is_right(live, chain):
    path = live[1].with_name("spaced.json")
    path.write_bytes(live[1].read_bytes() + b"\n")

    status, said = verify(path, chain)

    assert status == 1
    assert "ok    the root on chain is the file's" in said
    assert "WRONG the file on chain is" in said


def test_another_settlement_than_the_one_that_is_known_is_rejected(live, chain, outsider):
    status, said = verify(live[1], chain, "--settlement", outsider)

    assert status == 1
    assert f"WRONG the settlement is {outsider}" in said


def test_it_says_how_far_a_root_has_come(published, settlement, token, faulty, chain, operator, guardian, worker):
    _tree, path = published
    assert "it is pending" in verify(path, chain)[1]
    chain.pass_time(HALF_HOUR)
    settlement.activate(sender=worker)
    for epoch, state in ((2, "previous"), (3, "expired")):
        make_live(settlement, make_tree(settlement, epoch, {}, [(worker, token.address, 50)]), operator)
        assert f"it is {state}" in verify(path, chain)[1]
    vetoed = make_tree(settlement, 4, {}, [(worker, token.address, 51)])
    path.write_bytes(write_leaf_file(vetoed))
    settlement.propose(4, vetoed.root, vetoed.batch_id, sha256(path.read_bytes()).digest(), sender=operator)
    settlement.veto(4, sender=guardian)

    status, said = verify(path, chain)

    assert (status, "it is vetoed" in said) == (0, True), said


def test_what_it_prints_for_an_account_is_the_call_that_claims(live, settlement, token, chain, outsider):
    _, said = verify(live[1], chain, "--account", PEOPLE[3])
    assert "payment 3 of" in said
    assert "13, paid" in said

    _, said = verify(live[1], chain, "--account", outsider)
    data = said.split(f"anybody sends to {settlement.address.lower()}: ")[1].split()[0]

    assert "claimed 0" in said
    found = live[0].claim(outsider, token.address)
    assert data == "0x" + settlement.data("claim", outsider, token.address, found.cumulative, found.proof).hex()


def test_a_node_that_does_not_answer_is_no_verdict(live, chain):
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(live[1]), "--rpc", "http://127.0.0.1:9"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 2
    assert "Could not be checked" in done.stderr
