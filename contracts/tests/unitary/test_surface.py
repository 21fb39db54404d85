"""All that can be called. A way out for money, or an upgrade, could not be added without a change here."""

import pytest
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from contracts.scripts.compile import CONTRACTS, EIP170_BYTES, EVM_VERSIONS, build_contract
from contracts.scripts.devchain import start_devchain
from contracts.tests.conftest import deploy_world
from contracts.tests.harness import HALF_HOUR, Chain
from contracts.tests.scenes import BATCH, claim, make_tree, open_project, pay

ROLES_AND_PAUSE = {"nominate", "accept", "revoke_operator", "pause", "unpause"}
SURFACE = {
    "Escrow": {
        "open", "open_with_permit", "top_up", "top_up_with_permit", "release", "close", "refund", "collect_fees",
    },
    "Settlement": {"propose", "activate", "veto", "pay", "claim", "claim_to"},
}  # fmt: skip
NOT_PAYABLE = {"nonpayable", "view", "pure"}


@pytest.mark.parametrize("evm", EVM_VERSIONS)
@pytest.mark.parametrize("name", SURFACE)
def test_nothing_else_can_change_anything(name, evm):
    artifact = build_contract(CONTRACTS / "src" / f"{name}.vy", evm)
    functions = [entry for entry in artifact["abi"] if entry["type"] == "function"]

    changing = {entry["name"] for entry in functions if entry["stateMutability"] not in {"view", "pure"}}

    assert changing == SURFACE[name] | ROLES_AND_PAUSE
    assert {entry["stateMutability"] for entry in artifact["abi"] if "stateMutability" in entry} <= NOT_PAYABLE
    assert "fallback" not in {entry["type"] for entry in artifact["abi"]}
    assert artifact["runtime_size"] < EIP170_BYTES // 2


@pytest.mark.parametrize("name", SURFACE)
def test_the_code_cannot_hand_itself_over_or_vanish(name):
    bundle = FilesystemInputBundle([CONTRACTS])
    source = bundle.load_file(CONTRACTS / "src" / f"{name}.vy")

    operations = set(compile_from_file_input(source, input_bundle=bundle, output_formats=["asm"])["asm"].split())

    assert "CALL" in operations
    assert not operations & {"DELEGATECALL", "CALLCODE", "SELFDESTRUCT", "CREATE", "CREATE2"}


def test_the_paris_build_works_on_a_chain_that_stopped_there():
    with start_devchain("--hardfork", "paris") as devchain:
        world = deploy_world(Chain(devchain), evm="paris")
        escrow, settlement, token = world.escrow, world.settlement, world.token
        _admin, operator, _guardian, _treasury, client, worker = world.chain.accounts[:6]
        key = open_project(escrow, token, client)
        escrow.release(BATCH, token.address, [(key, 60)], sender=operator)
        tree = make_tree(settlement, 1, {token.address: [(worker, 10)]}, [(worker, token.address, 50)])
        settlement.propose(1, tree.root, tree.batch_id, bytes(32), sender=operator)
        world.chain.pass_time(HALF_HOUR)
        settlement.activate(sender=worker)

        pay(settlement, tree.run(0, 1), worker)
        claim(settlement, tree, worker, token.address, client)
        escrow.close(key, sender=operator)
        escrow.refund(key, sender=worker)

        assert token.balanceOf(worker) == 60
        assert token.balanceOf(client) == 1_000 - 63
        assert token.balanceOf(escrow.address) == token.balanceOf(settlement.address) == 0
