from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from contracts.scripts.devchain import start_devchain
from contracts.tests.harness import DAY, DEFAULT_EVM, HALF_HOUR, Chain, Contract


@dataclass(frozen=True)
class World:
    """Everything deployed once a session; each test starts from the same block."""

    chain: Chain
    token: Contract
    settlement: Contract
    escrow: Contract
    faulty: Contract
    silent: Contract
    probe: Contract


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with start_devchain() as devchain:
        yield deploy_world(Chain(devchain))


def deploy_world(chain: Chain, evm: str = DEFAULT_EVM) -> World:
    admin, operator, guardian, treasury = chain.accounts[:4]
    settlement = chain.deploy("Settlement", admin, operator, guardian, HALF_HOUR, evm=evm)
    escrow = chain.deploy("Escrow", admin, operator, guardian, settlement.address, treasury, 3 * DAY, evm=evm)
    return World(
        chain=chain,
        token=chain.deploy("TestToken", "Test token", "TEST", 6, evm=evm),
        settlement=settlement,
        escrow=escrow,
        faulty=chain.deploy("FaultyToken", evm=evm),
        silent=chain.deploy("SilentToken", evm=evm),
        probe=chain.deploy("MerkleProbe", evm=evm),
    )


@pytest.fixture
def chain(world: World) -> Iterator[Chain]:
    snapshot = world.chain.devchain.snapshot()
    yield world.chain
    world.chain.devchain.revert(snapshot)


@pytest.fixture
def token(world: World, chain: Chain) -> Contract:
    return world.token


@pytest.fixture
def faulty(world: World, chain: Chain) -> Contract:
    return world.faulty


@pytest.fixture
def silent(world: World, chain: Chain) -> Contract:
    return world.silent


@pytest.fixture
def settlement(world: World, chain: Chain) -> Contract:
    return world.settlement


@pytest.fixture
def escrow(world: World, chain: Chain) -> Contract:
    return world.escrow


@pytest.fixture
def admin(world: World) -> str:
    return world.chain.accounts[0]


@pytest.fixture
def operator(world: World) -> str:
    return world.chain.accounts[1]


@pytest.fixture
def guardian(world: World) -> str:
    return world.chain.accounts[2]


@pytest.fixture
def treasury(world: World) -> str:
    return world.chain.accounts[3]


@pytest.fixture
def project_owner(world: World) -> str:
    return world.chain.accounts[4]


@pytest.fixture
def worker(world: World) -> str:
    return world.chain.accounts[5]


@pytest.fixture
def other_worker(world: World) -> str:
    return world.chain.accounts[6]


@pytest.fixture
def outsider(world: World) -> str:
    return world.chain.accounts[7]


@pytest.fixture
def attacker(world: World) -> str:
    return world.chain.accounts[8]


@pytest.fixture
def successor(world: World) -> str:
    return world.chain.accounts[9]
